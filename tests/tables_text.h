/*
 * tables_text.h - domains, destinations and accounts of a wide tally, as text
 */
#ifndef TESTS_TABLES_TEXT_H
#define TESTS_TABLES_TEXT_H

#include <inttypes.h>
#include <stdio.h>

#include "base/tally.h"

static inline void
tables_name(FILE *out, const void *row)
{
	char name[4 * ROSTER_TEXT + 1];

	slice_escape(roster_name(row), name, sizeof(name));
	fprintf(out, "  %s", name);
}

static inline void
tables_domains(FILE *out, const struct tally *tally, enum domain_side side)
{
	struct listing listing = { .order = 0, .most = SIZE_MAX };

	domains_list(tally_domains(tally), side, &listing);
	for (size_t i = 0; i < listing.n; i++) {
		const struct domain_row *row = listing.rows[i];

		tables_name(out, row);
		for (unsigned c = 0; domains_column(side, c) != NULL; c++)
			fprintf(out, " %s=%" PRIu64, domains_column(side, c),
			    row->counts[c]);
		fprintf(out, " last=%" PRId64 "\n", row->last);
	}
	listing_fini(&listing);
}

static inline void
tables_destinations(FILE *out, const struct tally *tally, int64_t now)
{
	struct listing all = { .order = DESTINATIONS_BY_NAME,
		.most = SIZE_MAX };
	struct listing waiting = {
		.order = DESTINATIONS_BY_SINCE, .most = SIZE_MAX, .now = now
	};

	destinations_list(tally_destinations(tally), &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct destination_row *row = all.rows[i];

		tables_name(out, row);
		fprintf(out,
		    " sent=%" PRIu64 " deferred=%" PRIu64 " bounced=%" PRIu64
		    " delay=%" PRIu64 " last=%" PRId64 " since=%" PRId64
		    " streak=%" PRIu32 " reply=\"%.*s\"\n",
		    row->sent, row->deferred, row->bounced,
		    destinations_delay(row), row->last_sent, row->since,
		    row->streak, (int)row->reply_length, row->reply);
	}
	destinations_waiting(tally_destinations(tally), &waiting);
	fputs("waiting\n", out);
	for (size_t i = 0; i < waiting.n; i++) {
		tables_name(out, waiting.rows[i]);
		fputc('\n', out);
	}
	listing_fini(&all);
	listing_fini(&waiting);
}

static inline void
tables_accounts(FILE *out, const struct tally *tally, int64_t now)
{
	struct listing listing = {
		.order = ACCOUNTS_BY_RISK, .most = SIZE_MAX, .now = now
	};
	char words[RISK_WORDS];
	struct risk_facts facts;

	tally_list_accounts(tally, &listing);
	for (size_t i = 0; i < listing.n; i++) {
		const struct account_row *row = listing.rows[i];

		risk_judge(&row->risk, now, &facts);
		risk_words(&facts, words);
		fprintf(out, "  %s %u %s\n", row->account, facts.score, words);
	}
	listing_fini(&listing);
}

/* To be freed. */
static inline char *
tables_print(const struct tally *tally, int64_t now)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fputs("senders\n", out);
	tables_domains(out, tally, SENDERS);
	fputs("recipients\n", out);
	tables_domains(out, tally, RECIPIENTS);
	fputs("destinations\n", out);
	tables_destinations(out, tally, now);
	fputs("accounts\n", out);
	tables_accounts(out, tally, now);
	fclose(out);
	return text;
}

#endif
