/*
 * test_tables.c - domains, destinations and how accounts behave
 *
 * fixtures/tables/CASE.events holds what event_print() writes; CASE.tables is
 * what a wide tally shows of it at the time of its last event.  "make golden"
 * rewrites it: read the diff.  A restart behind any event changes no word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rows.h"
#include "base/tally.h"
#include "tests/event_text.h"
#include "tests/feed.h"
#include "tests/scratch.h"
#include "tests/tables_text.h"

#define NOON 1795338001

static struct tally *
wide(void)
{
	struct tally *tally = tally_new();

	tally_widen(tally);
	return tally;
}

/* What was saved goes to another one, as at a restart; `kept' is all. */
static struct tally *
restart(struct tally *tally, struct state_rows *kept)
{
	struct state_part old = tally_part(tally), new;
	struct state_rows rows = { 0 };
	struct tally *next = wide();
	struct row row;
	struct err err;

	old.save(old.arg, &rows);
	rows_merge(&rows, kept);
	*kept = rows;
	new = tally_part(next);
	for (size_t at = 0; rows_next(kept, &at, &row);)
		if (!row.dropped)
			assert_int_equal(
			    0, new.load(new.arg, row.key, row.value, &err));
	tally_free(tally);
	return next;
}

static char *
tables_of(const char *events, bool restarts)
{
	struct slice rest = slice_of(events), line;
	struct state_rows kept = { 0 };
	struct tally *tally = wide();
	struct mail_event event;
	int64_t now = 0;
	char *text;

	while (slice_cut(&rest, SLICE("\n"), &line)) {
		assert_true(event_read(line, &event));
		tally_add(tally, &event);
		now = event.when / 1000000;
		if (restarts)
			tally = restart(tally, &kept);
	}
	text = tables_print(tally, now);
	tally_free(tally);
	rows_fini(&kept);
	return text;
}

static void
rewrite(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void
samples_give_their_tables(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(
	    glob("tests/fixtures/tables/*.events", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *events = feed_file(found.gl_pathv[i]);
		char *got = tables_of(events, false), *want, *again;
		char *path = strdup(found.gl_pathv[i]);

		strcpy(path + strlen(path) - strlen("events"), "tables");
		if (getenv("GOLDEN") != NULL)
			rewrite(path, got);
		want = feed_file(path);
		assert_non_null(want);
		assert_string_equal(got, want);
		again = tables_of(events, true);
		assert_string_equal(again, want);
		free(path);
		free(again);
		free(want);
		free(got);
		free(events);
	}
	globfree(&found);
}

static void
receive(struct tally *tally, const char *sender, int64_t when)
{
	tally_add(tally, &(struct mail_event){ .kind = EVENT_RECEIVED,
			     .count = 1,
			     .when = when * 1000000,
			     .host = SLICE("mx1"),
			     .message = { .sender = slice_of(sender),
				 .recipients = 1,
				 .bytes = 10 } });
}

static void
reject(struct tally *tally, const char *sender, int64_t when)
{
	tally_add(tally, &(struct mail_event){ .kind = EVENT_REJECTED,
			     .count = 1,
			     .when = when * 1000000,
			     .host = SLICE("mx1"),
			     .reject = { .reason = REASON_DNSBL,
				 .sender = slice_of(sender) } });
}

/* The first row whose name holds the text, and how many there are. */
static const struct domain_row *
sender(const struct tally *tally, const char *holds, size_t *total)
{
	struct listing listing = { .most = 1, .filter = slice_of(holds) };
	const struct domain_row *row;

	domains_list(tally_domains(tally), SENDERS, &listing);
	row = listing.n == 0 ? NULL : listing.rows[0];
	*total = listing.total;
	listing_fini(&listing);
	return row;
}

/* Each claims another domain; a few of our own brought mail long before. */
static void
forged_names_do_not_wash_away_whose_mail_came(void **state)
{
	struct tally *tally = wide();
	char name[64];
	size_t total;

	(void)state;
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "a@real%02d.example", i);
		receive(tally, name, NOON);
	}
	for (int i = 0; i < 4 * DOMAINS_MOST; i++) {
		snprintf(name, sizeof(name), "a@forged%d.example", i);
		reject(tally, name, NOON + i);
	}
	(void)sender(tally, "real", &total);
	assert_int_equal(total, 50);
	(void)sender(tally, "", &total);
	assert_true(total <= DOMAINS_MOST && total >= DOMAINS_MOST / 2);
	assert_int_equal(domains_evicted(tally_domains(tally), SENDERS),
	    50 + 4 * DOMAINS_MOST - total);
	tally_free(tally);
}

static void
rows_that_went_are_gone_after_a_restart_too(void **state)
{
	struct tally *tally = wide(), *after = wide();
	char *directory = scratch_make(), name[64], *before_text, *after_text;
	struct state *file = scratch_open(directory, tally_part(tally));
	size_t total, again;
	struct err err;

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		for (int i = 0; i < DOMAINS_MOST - 10; i++) {
			snprintf(
			    name, sizeof(name), "a@d%d-%d.example", turn, i);
			reject(tally, name, NOON + turn);
		}
		receive(tally, "a@stays.example", NOON + turn);
		assert_int_equal(state_commit_now(file, &err), 0);
	}
	state_close(file);
	file = scratch_open(directory, tally_part(after));
	(void)sender(tally, "", &total);
	(void)sender(after, "", &again);
	assert_int_equal(total, again);
	assert_int_equal(
	    sender(after, "STAYS", &again)->counts[SENDER_MESSAGES], 3);
	before_text = tables_print(tally, NOON);
	after_text = tables_print(after, NOON);
	assert_string_equal(before_text, after_text);
	free(before_text);
	free(after_text);
	state_close(file);
	tally_free(tally);
	tally_free(after);
	scratch_remove(directory);
}

static void
of_a_long_name_the_end_is_kept(void **state)
{
	struct tally *tally = wide();
	char name[400];
	size_t total;

	(void)state;
	memset(name, 'x', sizeof(name));
	strcpy(name + 300, ".example.org");
	name[1] = '@';
	receive(tally, name, NOON);
	name[2] = 'y';
	receive(tally, name, NOON);
	assert_int_equal(
	    sender(tally, ".example.org", &total)->counts[SENDER_MESSAGES], 2);
	assert_int_equal(total, 1);
	tally_free(tally);
}

/* Whatever the order, the first rows are those of the whole table sorted. */
static void
a_short_listing_is_the_head_of_a_long_one(void **state)
{
	struct tally *tally = wide();
	uint32_t seed = 3;
	char name[64];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		seed = seed * 1664525u + 1013904223u;
		snprintf(name, sizeof(name), "a@n%u.example", seed >> 16 & 511);
		receive(tally, name, NOON + (seed >> 8 & 255));
	}
	for (unsigned order = 0; order <= DOMAINS_BY_NAME; order++) {
		struct listing few = { .order = order, .most = 17 };
		struct listing all = { .order = order, .most = SIZE_MAX };

		domains_list(tally_domains(tally), SENDERS, &few);
		domains_list(tally_domains(tally), SENDERS, &all);
		assert_int_equal(few.n, 17);
		assert_int_equal(few.total, all.n);
		for (size_t i = 0; i < few.n; i++)
			assert_ptr_equal(few.rows[i], all.rows[i]);
		for (size_t i = 1; i < all.n; i++)
			assert_true(all.compare(&all, all.rows[i - 1],
					all.rows[i]) < 0);
		listing_fini(&few);
		listing_fini(&all);
	}
	tally_free(tally);
}

/* Cut anywhere, and what begins like another's row. */
static void
a_cut_row_of_the_state_is_damaged_and_changes_nothing(void **state)
{
	char *events = feed_file("tests/fixtures/tables/deferring.events");
	struct tally *tally = wide(), *empty = wide();
	struct slice rest = slice_of(events), line;
	struct state_part from = tally_part(tally), to = tally_part(empty);
	char *text, *nothing = tables_print(empty, NOON);
	struct state_rows rows = { 0 };
	struct mail_event event;
	struct row row;
	struct err err;
	size_t seen = 0;

	(void)state;
	while (slice_cut(&rest, SLICE("\n"), &line))
		if (event_read(line, &event))
			tally_add(tally, &event);
	from.save(from.arg, &rows);
	for (size_t at = 0; rows_next(&rows, &at, &row); seen++)
		for (size_t n = 0; n < row.value.n; n++) {
			char *exact = malloc(n);

			memcpy(exact, row.value.p, n);
			assert_int_equal(
			    -1, to.load(to.arg, row.key,
				    (struct slice){ exact, n }, &err));
			free(exact);
		}
	assert_true(seen > 10);
	text = tables_print(empty, NOON);
	assert_string_equal(text, nothing);
	free(text);
	free(nothing);
	free(events);
	rows_fini(&rows);
	tally_free(tally);
	tally_free(empty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_give_their_tables),
		cmocka_unit_test(forged_names_do_not_wash_away_whose_mail_came),
		cmocka_unit_test(rows_that_went_are_gone_after_a_restart_too),
		cmocka_unit_test(of_a_long_name_the_end_is_kept),
		cmocka_unit_test(a_short_listing_is_the_head_of_a_long_one),
		cmocka_unit_test(
		    a_cut_row_of_the_state_is_damaged_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
