/* test_digest.c - a day's tables: exact, then bounded, and kept */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/rows.h"
#include "tests/digest_rig.h"
#include "tests/scratch.h"

static void
a_message_is_in_every_table_that_it_belongs_to(void **state)
{
	struct digest *digest = rig_digest();
	struct mail_event event = rig_event(EVENT_SENT, MIDNIGHT + 5);
	const struct digest_row *row;
	struct digest_page *page;

	(void)state;
	rig_received(digest, MIDNIGHT, "Kim@EXAMPLE.org", 1000);
	rig_received(digest, MIDNIGHT + HOURS, "Kim@example.org", 500);
	rig_received(digest, MIDNIGHT, "", 10);
	rig_received(digest, MIDNIGHT, "root", 10);
	event.delivery.recipient = SLICE("a@b.example");
	event.delivery.bytes = 1000;
	event.delivery.delay_ms = 1500;
	digest_add(digest, &event);
	event.delivery.delay_ms = 500;
	digest_add(digest, &event);
	page = rig_page(digest, THE_DAY);
	assert_non_null(page);
	assert_int_equal(page->counts[DIGEST_RECEIVED], 4);
	assert_int_equal(page->hours[1][DIGEST_RECEIVED], 1);
	row = rig_row(page, DIGEST_SENDERS, "Kim@example.org");
	assert_int_equal(row->cells[SENDERS_MESSAGES], 2);
	assert_int_equal(row->cells[SENDERS_BYTES], 1500);
	assert_int_equal(row->first, MIDNIGHT);
	assert_int_equal(row->last, MIDNIGHT + HOURS);
	assert_non_null(rig_row(page, DIGEST_SENDING, "<>"));
	assert_non_null(rig_row(page, DIGEST_SENDING, "(no domain)"));
	assert_int_equal(page->lists[DIGEST_SENDERS].named, 3);
	row = rig_row(page, DIGEST_RECEIVING, "b.example");
	assert_int_equal(row->cells[RECEIVING_SENT], 2);
	assert_int_equal(row->cells[RECEIVING_DELAY_MS], 2000);
	assert_int_equal(row->cells[RECEIVING_MAX_DELAY_MS], 1500);
	digest_page_free(page);
	digest_free(digest);
}

static void
mail_on_hold_joins_the_tables_when_its_size_is_told(void **state)
{
	struct digest *digest = rig_digest();
	struct mail_event held = rig_event(EVENT_RECEIVED, MIDNIGHT);
	struct digest_page *page;

	(void)state;
	digest_add(digest, &held);
	page = rig_page(digest, THE_DAY);
	assert_int_equal(page->counts[DIGEST_RECEIVED], 1);
	assert_int_equal(page->lists[DIGEST_SENDERS].n, 0);
	digest_page_free(page);
	held.kind = EVENT_SIZED;
	held.message.sender = SLICE("a@b.example");
	held.message.bytes = 70;
	held.message.recipients = 2;
	digest_add(digest, &held);
	page = rig_page(digest, THE_DAY);
	assert_int_equal(page->counts[DIGEST_RECEIVED], 1);
	assert_int_equal(page->counts[DIGEST_RECEIVED_BYTES], 70);
	assert_int_equal(
	    rig_row(page, DIGEST_SENDERS, "a@b.example")->cells[0], 1);
	digest_page_free(page);
	digest_free(digest);
}

static void
a_further_recipient_is_no_further_message(void **state)
{
	struct digest *digest = rig_digest();
	struct mail_event event = rig_event(EVENT_RECEIVED, MIDNIGHT);
	const struct digest_row *row;
	struct digest_page *page;

	(void)state;
	event.message.sender = SLICE("a@b.example");
	event.account = SLICE("a");
	event.message.bytes = 70;
	event.message.recipients = 1;
	digest_add(digest, &event);
	event.kind = EVENT_SIZED;
	event.message.bytes = 0;
	digest_add(digest, &event);
	event.message.sender = SLICE("");
	digest_add(digest, &event);
	page = rig_page(digest, THE_DAY);
	assert_int_equal(page->counts[DIGEST_RECEIVED_RECIPIENTS], 3);
	assert_int_equal(page->lists[DIGEST_SENDERS].n, 1);
	row = rig_row(page, DIGEST_SENDERS, "a@b.example");
	assert_int_equal(row->cells[SENDERS_MESSAGES], 1);
	assert_int_equal(row->cells[SENDERS_BYTES], 70);
	assert_int_equal(row->cells[SENDERS_RECIPIENTS], 2);
	row = rig_row(page, DIGEST_ACCOUNTS, "a");
	assert_int_equal(row->cells[SENDERS_MESSAGES], 1);
	digest_page_free(page);
	digest_free(digest);
}

static void
reasons_that_are_alike_are_one_row(void **state)
{
	struct digest *digest = rig_digest();
	const struct digest_row *row;
	struct digest_page *page;

	(void)state;
	rig_deferred(digest, MIDNIGHT, "a@b.example",
	    "host mx.b.example[192.0.2.7] said: 450 4.2.0 <a@b.example>: busy");
	rig_deferred(digest, MIDNIGHT + 9, "c@b.example",
	    "host mx.b.example[192.0.2.8] said: 450 4.2.0 <c@b.example>: busy");
	page = rig_page(digest, THE_DAY);
	assert_int_equal(page->lists[DIGEST_DEFERRALS].n, 1);
	row = rig_row(page, DIGEST_DEFERRALS, "b.example\n450 4.2.0 <>: busy");
	assert_non_null(row);
	assert_int_equal(row->cells[TEXTS_COUNT], 2);
	assert_int_equal(row->first, MIDNIGHT);
	assert_int_equal(row->last, MIDNIGHT + 9);
	digest_page_free(page);
	digest_free(digest);
}

/* Counted, and nobody's fault. */
static void
who_was_refused_with_the_right_password_is_no_guesser(void **state)
{
	struct digest *digest = rig_digest();
	struct mail_event event = rig_event(EVENT_LOGIN_FAILED, MIDNIGHT);
	struct digest_page *page;
	const struct digest_row *row;

	(void)state;
	addr_parse(SLICE("192.0.2.7"), &event.client);
	event.auth.unavailable = true;
	digest_add(digest, &event);
	addr_parse(SLICE("192.0.2.8"), &event.client);
	event.auth.unavailable = false;
	digest_add(digest, &event);
	page = rig_page(digest, THE_DAY);
	assert_int_equal(page->counts[DIGEST_LOGINS_FAILED], 2);
	assert_null(rig_row(page, DIGEST_CLIENTS, "192.0.2.7"));
	row = rig_row(page, DIGEST_CLIENTS, "192.0.2.8");
	assert_non_null(row);
	assert_int_equal(row->cells[CLIENTS_AUTH_FAILED], 1);
	digest_page_free(page);
	digest_free(digest);
}

/* One message each half hour, from midnight to midnight of the local clock. */
static void
check_dst(int64_t begin, int64_t length, unsigned hour, uint64_t in_hour,
    uint64_t in_all)
{
	struct digest_config config = { .offset = rig_offset };
	struct digest *digest = digest_new(&config);
	int64_t day = (begin + rig_offset(NULL, begin)) / DAYS;
	struct digest_page *page;

	for (int64_t t = begin - 1800; t < begin + length + 1800; t += 1800)
		rig_received(digest, t, "a@b.example", 1);
	page = rig_page(digest, day);
	assert_int_equal(page->counts[DIGEST_RECEIVED], in_all);
	assert_int_equal(page->hours[hour][DIGEST_RECEIVED], in_hour);
	assert_int_equal(page->hours[12][DIGEST_RECEIVED], 2);
	digest_page_free(page);
	page = rig_page(digest, day - 1);
	assert_int_equal(page->counts[DIGEST_RECEIVED], 1);
	digest_page_free(page);
	page = rig_page(digest, day + 1);
	assert_int_equal(page->counts[DIGEST_RECEIVED], 1);
	digest_page_free(page);
	digest_free(digest);
}

static int64_t
spring(void *arg, int64_t when)
{
	(void)arg;
	return when < rig_change ? HOURS : 2 * HOURS;
}

static void
a_day_is_the_local_calendars_also_with_25_and_23_hours(void **state)
{
	struct digest_config config = { .offset = spring };
	struct digest *digest;
	struct digest_page *page;
	/* 2026-10-25 00:00 +02:00; at 03:00 the clock is put back. */
	int64_t autumn = 1792879200;
	/* 2026-03-29 00:00 +01:00; at 02:00 it is put forward. */
	int64_t begin = 1774738800;

	(void)state;
	rig_change = autumn + 3 * HOURS;
	check_dst(autumn, 25 * HOURS, 2, 4, 50);
	rig_change = begin + 2 * HOURS;
	digest = digest_new(&config);
	for (int64_t t = begin; t < begin + 23 * HOURS; t += 1800)
		rig_received(digest, t, "a@b.example", 1);
	page = digest_page(digest, SLICE("mx1"), INT64_MIN, INT64_MAX);
	assert_int_equal(page->day_count, 1);
	assert_int_equal(page->counts[DIGEST_RECEIVED], 46);
	assert_int_equal(page->hours[2][DIGEST_RECEIVED], 0);
	assert_int_equal(page->hours[3][DIGEST_RECEIVED], 2);
	digest_page_free(page);
	digest_free(digest);
	rig_change = 0;
}

/* Exact up to the cap; then what is frequent stays, and all is accounted. */
static void
a_full_table_keeps_the_frequent_and_counts_the_rest(void **state)
{
	struct digest *digest = rig_digest();
	struct digest_page *page;
	uint64_t listed = 0;
	char sender[64];

	(void)state;
	for (unsigned i = 0; i < DIGEST_NAMES; i++) {
		snprintf(sender, sizeof(sender), "u%u@example.org", i);
		rig_received(digest, MIDNIGHT, sender, 1);
	}
	page = rig_page(digest, THE_DAY);
	assert_int_equal(page->lists[DIGEST_SENDERS].n, DIGEST_NAMES);
	assert_int_equal(page->lists[DIGEST_SENDERS].unlisted, 0);
	digest_page_free(page);
	/* A hundred that come often, among a flood that comes once. */
	for (unsigned i = 0; i < 200000; i++) {
		snprintf(sender, sizeof(sender), "x%u@example.net", i);
		rig_received(digest, MIDNIGHT, sender, 1);
		snprintf(
		    sender, sizeof(sender), "often%u@example.org", i % 100);
		rig_received(digest, MIDNIGHT, sender, 1);
	}
	page = rig_page(digest, THE_DAY);
	for (size_t i = 0; i < 100; i++) {
		const struct digest_row *row =
		    &page->lists[DIGEST_SENDERS].rows[i];

		assert_true(slice_begins(row->name, "often"));
		assert_in_range(row->cells[0], 1990, 2000);
	}
	assert_true(page->lists[DIGEST_SENDERS].n <= DIGEST_NAMES);
	for (size_t i = 0; i < page->lists[DIGEST_SENDERS].n; i++)
		listed += page->lists[DIGEST_SENDERS].rows[i].cells[0];
	assert_int_equal(listed + page->lists[DIGEST_SENDERS].unlisted,
	    page->counts[DIGEST_RECEIVED]);
	digest_page_free(page);
	digest_free(digest);
}

static void
long_names_that_begin_alike_are_two(void **state)
{
	struct digest *digest = rig_digest();
	struct digest_page *page;
	char name[600];

	(void)state;
	memset(name, 'x', sizeof(name));
	memcpy(name + 290, "@a.example", 11);
	rig_received(digest, MIDNIGHT, name, 1);
	memcpy(name + 290, "@b.example", 11);
	rig_received(digest, MIDNIGHT, name, 1);
	rig_received(digest, MIDNIGHT, name, 1);
	page = rig_page(digest, THE_DAY);
	assert_int_equal(page->lists[DIGEST_SENDERS].n, 2);
	assert_int_equal(page->lists[DIGEST_SENDERS].named, 2);
	assert_true(slice_ends(
	    page->lists[DIGEST_SENDERS].rows[0].name, SLICE("x@b.example")));
	digest_page_free(page);
	digest_free(digest);
}

/* Fifty days: the last sixteen are there, and of those that are over the
   first rows in every order. */
static void
old_days_are_pruned_and_then_go(void **state)
{
	struct digest *digest = rig_digest();
	struct digest_page *page;
	char sender[64];

	(void)state;
	for (unsigned day = 0; day < 50; day++)
		for (unsigned i = 0; i < 300; i++) {
			snprintf(sender, sizeof(sender), "u%u@example.org", i);
			for (unsigned k = 0; k < (i < 60 ? 3 : 1); k++)
				rig_received(digest,
				    MIDNIGHT + day * DAYS + 2 * HOURS, sender,
				    i == 299 ? 1000000 : 1);
		}
	page = digest_page(digest, SLICE(""), INT64_MIN, INT64_MAX);
	assert_int_equal(page->day_count, DIGEST_DAYS);
	assert_int_equal(page->days[0].number, THE_DAY + 50 - DIGEST_DAYS);
	assert_int_equal(page->counts[DIGEST_RECEIVED], DIGEST_DAYS * 420);
	digest_page_free(page);
	page = rig_page(digest, THE_DAY + 40);
	assert_in_range(
	    page->lists[DIGEST_SENDERS].n, DIGEST_KEPT, 3 * DIGEST_KEPT);
	assert_int_equal(page->lists[DIGEST_SENDERS].named, 300);
	for (size_t i = 0; i < DIGEST_KEPT; i++)
		assert_int_equal(
		    page->lists[DIGEST_SENDERS].rows[i].cells[0], 3);
	/* The largest came once. */
	assert_non_null(rig_row(page, DIGEST_SENDERS, "u299@example.org"));
	digest_page_free(page);
	page = rig_page(digest, THE_DAY + 49);
	assert_int_equal(page->lists[DIGEST_SENDERS].n, 300);
	digest_page_free(page);
	digest_free(digest);
}

static void
what_comes_late_opens_its_day_again(void **state)
{
	struct digest *digest = rig_digest();
	struct digest_page *page;

	(void)state;
	rig_received(digest, MIDNIGHT, "a@b.example", 1);
	rig_received(digest, MIDNIGHT + 2 * DAYS, "a@b.example", 1);
	rig_received(digest, MIDNIGHT + 30, "a@b.example", 1);
	rig_received(digest, MIDNIGHT + 2 * DAYS + 9, "a@b.example", 1);
	page = rig_page(digest, THE_DAY);
	assert_int_equal(page->counts[DIGEST_RECEIVED], 2);
	assert_int_equal(
	    rig_row(page, DIGEST_SENDERS, "a@b.example")->cells[0], 2);
	assert_int_equal(page->lists[DIGEST_SENDERS].named, 1);
	digest_page_free(page);
	digest_free(digest);
}

static void
what_is_dated_ahead_of_the_clock_pushes_no_day_out(void **state)
{
	struct digest *digest = rig_digest();
	struct digest_page *page;

	(void)state;
	digest_clock(digest, MIDNIGHT);
	rig_received(digest, MIDNIGHT, "a@b.example", 1);
	for (unsigned i = 2; i < 100; i++)
		rig_received(digest, MIDNIGHT + i * DAYS, "a@b.example", 1);
	page = digest_page(digest, SLICE(""), INT64_MIN, INT64_MAX);
	assert_int_equal(page->day_count, 1);
	assert_int_equal(digest_dropped(digest), 98);
	digest_page_free(page);
	digest_free(digest);
}

static void
hosts_are_kept_apart_up_to_a_cap(void **state)
{
	struct digest *digest = rig_digest();
	struct digest_page *page;
	char name[64];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		struct mail_event event = rig_event(EVENT_SENT, MIDNIGHT);

		snprintf(name, sizeof(name), "host%u", i);
		event.host = slice_of(name);
		event.delivery.recipient = SLICE("a@b.example");
		digest_add(digest, &event);
	}
	page = digest_page(digest, SLICE("HOST1"), THE_DAY, THE_DAY);
	assert_int_equal(page->counts[DIGEST_SENT], 1);
	digest_page_free(page);
	page = digest_page(digest, SLICE("other"), THE_DAY, THE_DAY);
	assert_int_equal(page->counts[DIGEST_SENT], 100 - DIGEST_HOSTS + 1);
	digest_page_free(page);
	page = rig_page(digest, THE_DAY);
	assert_int_equal(page->counts[DIGEST_SENT], 100);
	assert_int_equal(page->lists[DIGEST_RECEIVING].n, 1);
	digest_page_free(page);
	assert_null(digest_page(digest, SLICE("host99"), THE_DAY, THE_DAY));
	assert_null(rig_page(digest, THE_DAY + 1));
	digest_free(digest);
}

static void
fill(struct digest *digest, unsigned day, unsigned seed)
{
	char text[64];

	digest_queue(
	    digest, SLICE("mx1"), MIDNIGHT + day * DAYS, seed + 1, day);
	for (unsigned i = 0; i < 500; i++) {
		int64_t when = MIDNIGHT + day * DAYS + (i * 97 + seed) % DAYS;
		struct mail_event event = rig_event(EVENT_REJECTED, when);

		snprintf(text, sizeof(text), "u%u@d%u.example",
		    rand_r(&seed) % 200, rand_r(&seed) % 30);
		rig_received(digest, when, text, rand_r(&seed) % 100000);
		rig_deferred(digest, when, text, "450 busy");
		event.client =
		    (struct addr){ 4, { 192, 0, 2, (uint8_t)rand_r(&seed) } };
		event.reject.reason =
		    (enum reason)((unsigned)rand_r(&seed) % REASONS);
		event.reject.text = SLICE("no");
		digest_add(digest, &event);
	}
}

static void
assert_same(const struct digest *a, const struct digest *b)
{
	struct digest_page *x = digest_page(a, SLICE(""), 0, INT64_MAX);
	struct digest_page *y = digest_page(b, SLICE(""), 0, INT64_MAX);
	char *p = rig_text(x), *q = rig_text(y);

	assert_string_equal(p, q);
	assert_int_equal(x->day_count, y->day_count);
	for (size_t i = 0; i < x->day_count; i++)
		assert_int_equal(x->days[i].number, y->days[i].number);
	free(p);
	free(q);
	digest_page_free(x);
	digest_page_free(y);
}

/* Saved and loaded at any time, it goes on as if nothing had been. */
static void
a_restart_changes_nothing(void **state)
{
	struct digest *kept = rig_digest(), *other = rig_digest();
	char *path = scratch_make();
	struct err err;

	(void)state;
	for (unsigned day = 0; day < 20; day++) {
		struct state *st = scratch_open(path, digest_part(other));

		if (day != 0)
			assert_same(kept, other);
		for (unsigned part = 0; part < 3; part++) {
			fill(kept, day, part);
			fill(other, day, part);
			assert_int_equal(state_commit_now(st, &err), 0);
		}
		/* Some came late, into a day that is packed. */
		if (day > 3) {
			rig_received(kept, MIDNIGHT + (day - 2) * DAYS, "l", 1);
			rig_received(
			    other, MIDNIGHT + (day - 2) * DAYS, "l", 1);
		}
		assert_int_equal(state_commit_now(st, &err), 0);
		state_close(st);
		digest_free(other);
		other = rig_digest();
		state_close(scratch_open(path, digest_part(other)));
		assert_same(kept, other);
		digest_free(other);
		other = rig_digest();
	}
	digest_free(kept);
	digest_free(other);
	scratch_remove(path);
}

static size_t
saved_rows(struct digest *digest, size_t *drops)
{
	struct state_part part = digest_part(digest);
	struct state_rows rows = { 0 };
	size_t puts = 0;
	struct row row;

	*drops = 0;
	part.save(part.arg, &rows);
	for (size_t at = 0; rows_next(&rows, &at, &row);) {
		puts += !row.dropped;
		*drops += row.dropped;
	}
	rows_fini(&rows);
	return puts;
}

static void
only_what_changed_is_saved_and_what_is_gone_is_dropped(void **state)
{
	struct digest *digest = rig_digest();
	size_t drops;

	(void)state;
	rig_received(digest, MIDNIGHT, "a@b.example", 1);
	/* Counts, the sender, its domain. */
	assert_int_equal(saved_rows(digest, &drops), 3);
	assert_int_equal(saved_rows(digest, &drops), 0);
	rig_received(digest, MIDNIGHT, "b@b.example", 1);
	assert_int_equal(saved_rows(digest, &drops), 3);
	/* Packed: one row for all of the tables, whose own go. */
	digest_pack(digest);
	assert_int_equal(saved_rows(digest, &drops), 2);
	assert_int_equal(drops, 3);
	/* Opened again: the rows, and no packed one. */
	rig_received(digest, MIDNIGHT, "b@b.example", 1);
	assert_int_equal(saved_rows(digest, &drops), 4);
	assert_int_equal(drops, 1);
	/* Too old: nothing of it stays. */
	for (unsigned day = 1; day <= DIGEST_DAYS; day++)
		rig_received(digest, MIDNIGHT + day * DAYS, "b@b.example", 1);
	saved_rows(digest, &drops);
	assert_int_equal(drops, 3 + 1);
	digest_free(digest);
}

static void
a_damaged_row_is_refused(void **state)
{
	struct digest *digest = rig_digest(), *other = rig_digest();
	struct state_part part, to;
	struct state_rows rows = { 0 };
	struct row row;
	struct err err;
	unsigned refused = 0;

	(void)state;
	fill(digest, 0, 1);
	part = digest_part(digest);
	to = digest_part(other);
	part.save(part.arg, &rows);
	digest_pack(digest);
	part.save(part.arg, &rows);
	for (size_t at = 0; rows_next(&rows, &at, &row);) {
		struct slice cut = row.value;

		if (row.dropped)
			continue;
		for (cut.n = 0; cut.n < row.value.n; cut.n += 7)
			refused += to.load(to.arg, row.key, cut, &err) == -1;
		for (cut = row.key, cut.n = 0; cut.n < row.key.n && cut.n < 12;
		     cut.n++)
			assert_int_equal(
			    to.load(to.arg, cut, row.value, &err), -1);
	}
	assert_true(refused > 100);
	rows_fini(&rows);
	digest_free(digest);
	digest_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_message_is_in_every_table_that_it_belongs_to),
		cmocka_unit_test(
		    mail_on_hold_joins_the_tables_when_its_size_is_told),
		cmocka_unit_test(a_further_recipient_is_no_further_message),
		cmocka_unit_test(reasons_that_are_alike_are_one_row),
		cmocka_unit_test(
		    who_was_refused_with_the_right_password_is_no_guesser),
		cmocka_unit_test(
		    a_day_is_the_local_calendars_also_with_25_and_23_hours),
		cmocka_unit_test(
		    a_full_table_keeps_the_frequent_and_counts_the_rest),
		cmocka_unit_test(long_names_that_begin_alike_are_two),
		cmocka_unit_test(old_days_are_pruned_and_then_go),
		cmocka_unit_test(what_comes_late_opens_its_day_again),
		cmocka_unit_test(
		    what_is_dated_ahead_of_the_clock_pushes_no_day_out),
		cmocka_unit_test(hosts_are_kept_apart_up_to_a_cap),
		cmocka_unit_test(a_restart_changes_nothing),
		cmocka_unit_test(
		    only_what_changed_is_saved_and_what_is_gone_is_dropped),
		cmocka_unit_test(a_damaged_row_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
