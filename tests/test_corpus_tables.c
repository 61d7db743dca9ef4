/*
 * test_corpus_tables.c - the tables of a real run against sums of its events
 *
 * What "replay --data" kept of a run in its state is held, row by row and
 * column by column, against what a walk through the lines of "replay --events"
 * sums up, which knows nothing of the tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon.h"
#include "tests/event_text.h"
#include "tests/feed.h"
#include "tests/tables_text.h"

static struct logs logs;
static char *events; /* as they were printed */
static struct tally *tally;

static const char *const runs[] = { "a-big", "a-small", "a-variants" };

static void
run(const char *words, const char *to)
{
	char command[4 * PATH_MAX];

	snprintf(command, sizeof(command), "%s replay --zone UTC %s >%s",
	    program(), words, to);
	if (system(command) != 0)
		fail_msg("%s: failed", command);
}

static void
open_run(const char *name)
{
	struct state_part part;
	char words[3 * PATH_MAX];
	struct err err;

	logs_make(&logs);
	snprintf(words, sizeof(words), "--events tests/corpus/%s.log.xz", name);
	run(words, in(&logs, "events").path);
	snprintf(words, sizeof(words), "--data %s/data tests/corpus/%s.log.xz",
	    logs.directory, name);
	run(words, "/dev/null");
	events = feed_file(in(&logs, "events").path);
	tally = tally_new();
	tally_widen(tally);
	part = tally_part(tally);
	if (state_read(in(&logs, "data").path, &part, 1, &err) == -1)
		fail_msg("%s", err.text);
}

static void
close_run(void)
{
	tally_free(tally);
	free(events);
	logs_remove(&logs);
}

/* The domain as the table has it, by a way of its own. */
static bool
is_of(struct slice address, struct slice domain)
{
	char text[512];
	const char *at;

	if (address.n == 0)
		return slice_is(domain, "<>");
	slice_copy(address, text, sizeof(text));
	at = strrchr(text, '@');
	return at == NULL ? slice_is(domain, "(no domain)")
			  : strlen(at + 1) == domain.n &&
				strncasecmp(at + 1, domain.p, domain.n) == 0;
}

static void
sum_sender(const struct mail_event *event, struct slice name, uint64_t *sums)
{
	bool told =
	    event->message.bytes != 0 ||
	    (event->kind == EVENT_RECEIVED && event->message.recipients != 0);

	if ((event->kind == EVENT_RECEIVED || event->kind == EVENT_SIZED) &&
	    !event->message.generated && told &&
	    is_of(event->message.sender, name)) {
		sums[SENDER_MESSAGES] += event->count;
		sums[SENDER_BYTES] += event->count * event->message.bytes;
	} else if (event->kind == EVENT_REJECTED &&
		   event->reject.sender.n + event->reject.recipient.n != 0 &&
		   is_of(event->reject.sender, name)) {
		sums[SENDER_REJECTED] += event->count;
	} else if (event->kind == EVENT_VERDICT && event->author.n != 0 &&
		   event->verdict != VERDICT_CLEAN &&
		   is_of(event->author, name)) {
		sums[SENDER_SPAM] += event->count;
	}
}

static void
sum_recipient(const struct mail_event *event, struct slice name, uint64_t *sums)
{
	uint64_t n = event->count;

	if (event->kind == EVENT_REJECTED) {
		if (event->reject.recipient.n != 0 &&
		    event->reject.reason != REASON_RELAY_DENIED &&
		    is_of(event->reject.recipient, name))
			sums[RECIPIENT_REJECTED] += n;
		return;
	}
	if (!(event->kind == EVENT_SENT || event->kind == EVENT_DEFERRED ||
		event->kind == EVENT_BOUNCED) ||
	    !is_of(event->delivery.recipient, name))
		return;
	if (event->kind == EVENT_SENT) {
		sums[RECIPIENT_SENT] += n;
		sums[RECIPIENT_BYTES] += n * event->delivery.bytes;
	} else {
		sums[event->kind == EVENT_DEFERRED ? RECIPIENT_DEFERRED
						   : RECIPIENT_BOUNCED] += n;
	}
}

static void
check_side(const char *run_name, enum domain_side side, size_t least)
{
	struct listing listing = { .most = SIZE_MAX };

	domains_list(tally_domains(tally), side, &listing);
	assert_true(listing.n >= least);
	for (size_t i = 0; i < listing.n; i++) {
		const struct domain_row *row = listing.rows[i];
		struct slice rest = slice_of(events), line;
		uint64_t sums[DOMAIN_COLUMNS] = { 0 };
		struct mail_event event;

		while (slice_cut(&rest, SLICE("\n"), &line))
			if (event_read(line, &event))
				(side == SENDERS ? sum_sender : sum_recipient)(
				    &event, roster_name(row), sums);
		for (unsigned c = 0; c < DOMAIN_COLUMNS; c++)
			if (sums[c] != row->counts[c])
				fail_msg("%s: %.*s: %s is %llu, not %llu",
				    run_name, (int)row->name.length,
				    row->name.name, domains_column(side, c),
				    (unsigned long long)row->counts[c],
				    (unsigned long long)sums[c]);
	}
	listing_fini(&listing);
}

/* Each delivery went to one destination, and none is missing. */
static void
check_destinations(const char *run_name)
{
	struct listing listing = { .most = SIZE_MAX };
	struct slice rest = slice_of(events), line;
	struct mail_event event;
	uint64_t kinds[EVENT_KINDS] = { 0 };

	while (slice_cut(&rest, SLICE("\n"), &line))
		if (event_read(line, &event))
			kinds[event.kind] += event.count;
	destinations_list(tally_destinations(tally), &listing);
	for (size_t i = 0; i < listing.n; i++) {
		const struct destination_row *row = listing.rows[i];

		kinds[EVENT_SENT] -= row->sent;
		kinds[EVENT_DEFERRED] -= row->deferred;
		kinds[EVENT_BOUNCED] -= row->bounced;
	}
	if (kinds[EVENT_SENT] + kinds[EVENT_DEFERRED] + kinds[EVENT_BOUNCED] !=
	    0)
		fail_msg("%s: deliveries to no destination", run_name);
	listing_fini(&listing);
}

static void
tables_are_the_sums_of_the_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEMS(runs); i++) {
		open_run(runs[i]);
		check_side(runs[i], SENDERS, 5);
		check_side(runs[i], RECIPIENTS, 5);
		check_destinations(runs[i]);
		close_run();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_the_sums_of_the_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
