/*
 * test_mailout.c - which mails there are, when they go, by which way, and what
 * a restart keeps
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/daily.h"
#include "base/array.h"
#include "tests/mail_rig.h"
#include "tests/scratch.h"

#define SECONDS INT64_C(1000)
#define MINUTES (60 * SECONDS)
#define HOURS   (60 * MINUTES)

static void
tell(struct rig *rig, const struct incident *incident, enum notice notice)
{
	mailout_notice(rig->mailout, incident, notice, rig->now);
}

static struct incident *
opens(struct rig *rig, const char *rule, const char *key)
{
	struct incident *one = rig_incident(rig, rule, key);

	tell(rig, one, NOTICE_OPEN);
	return one;
}

static bool
says(struct rig *rig, size_t i, const char *words)
{
	return i < rig->mail_count && strstr(rig->mails[i], words) != NULL;
}

/* "Message-ID: <...>" of a mail: what stands in <>. */
static struct slice
field(const char *mail, const char *name)
{
	struct slice rest = slice_of(mail), value;
	char begin[64];
	ptrdiff_t at;

	snprintf(begin, sizeof(begin), "\n%s: <", name);
	at = slice_find(rest, slice_of(begin));
	if (at == -1)
		return SLICE("");
	rest = slice_from(rest, (size_t)at + strlen(begin));
	assert_true(slice_cut(&rest, SLICE(">"), &value));
	return value;
}

static void
one_incident_is_one_mail_and_one_when_it_is_over(void **state)
{
	struct rig *rig = *state;
	struct incident *one = opens(rig, "relay-abuse", "203.0.113.7");

	rig_pass(rig, 4 * SECONDS);
	assert_int_equal(rig->mail_count, 0); /* it gathers */
	rig_pass(rig, 10 * SECONDS);
	assert_int_equal(rig->mail_count, 1);
	assert_true(says(rig, 0, "Subject: [mx1] relay-abuse: 203.0.113.7"));
	assert_true(says(rig, 0, "\nAuto-Submitted: auto-generated\n"));
	assert_true(says(rig, 0, "\nTo: postmaster,\n kim@example.org\n"));
	assert_null(strchr(rig->mails[0], '\r'));
	rig_pass(rig, HOURS);
	assert_int_equal(rig->mail_count, 1);
	one->open = false;
	tell(rig, one, NOTICE_OVER);
	rig_pass(rig, 10 * MINUTES);
	assert_int_equal(rig->mail_count, 2);
	assert_true(says(rig, 1, "relay-abuse is over"));
}

static void
one_incident_is_one_thread(void **state)
{
	struct rig *rig = *state;
	struct incident *one = rig_incident(rig, "relay-abuse", "203.0.113.7");
	struct slice first;

	one->level = LEVEL_WARN;
	tell(rig, one, NOTICE_OPEN);
	rig_pass(rig, MINUTES);
	one->level = LEVEL_ACT;
	tell(rig, one, NOTICE_GROW);
	rig_pass(rig, MINUTES);
	tell(rig, one, NOTICE_OVER);
	rig_pass(rig, 10 * MINUTES);
	assert_int_equal(rig->mail_count, 3);
	first = field(rig->mails[0], "Message-ID");
	assert_true(first.n > 24);
	assert_int_equal(field(rig->mails[0], "References").n, 0);
	for (size_t i = 1; i < 3; i++) {
		assert_true(
		    slice_eq(field(rig->mails[i], "References"), first));
		assert_true(
		    slice_eq(field(rig->mails[i], "In-Reply-To"), first));
		assert_false(
		    slice_eq(field(rig->mails[i], "Message-ID"), first));
	}
	/* All of them are ours, and the next incident is another thread. */
	assert_int_equal(rig->own_count, 3);
	assert_true(slice_eq(slice_of(rig->own[0]), first));
	opens(rig, "relay-abuse", "203.0.113.7");
	rig_pass(rig, MINUTES);
	assert_int_equal(field(rig->mails[3], "References").n, 0);
}

/* 10,000 of them: in 10 s, each known for as long as it is asked for. */
static void
ten_thousand_offenders_are_one_mail_a_level(void **state)
{
	struct rig *rig = *state;
	struct incident *one = NULL;

	for (unsigned i = 0; i < 10000; i++) {
		if (rig->incident_count == RIG_INCIDENTS)
			rig->incident_count--; /* evicted */
		one = rig_incident(rig, "relay-abuse", "203.0.113.7");
		one->number = i;
		one->level = LEVEL_WARN;
		tell(rig, one, NOTICE_OPEN);
		one->level = LEVEL_ACT;
		tell(rig, one, NOTICE_GROW);
		if (i % 1000 == 999)
			rig_pass(rig, SECONDS);
	}
	rig_pass(rig, HOURS);
	assert_int_equal(rig->mail_count, 1);
	assert_true(says(rig, 0, "level act"));
	assert_int_equal(mailout_counts(rig->mailout).digested, 0);
	for (unsigned i = 0; i < 10000; i++) {
		one->number = i;
		tell(rig, one, NOTICE_OVER);
	}
	rig_pass(rig, HOURS);
	assert_int_equal(rig->mail_count, 2);
	assert_true(says(rig, 1, "9999 more clients"));
}

static void
one_who_comes_and_goes_is_not_two_mails_each_time(void **state)
{
	struct rig *rig = *state;

	for (int i = 0; i < 20; i++) {
		struct incident *one = opens(rig, "relay-abuse", "203.0.113.7");

		rig_pass(rig, MINUTES);
		tell(rig, one, NOTICE_OVER);
		rig_pass(rig, 2 * MINUTES);
	}
	assert_int_equal(rig->mail_count, 1);
	rig_pass(rig, 10 * MINUTES);
	assert_int_equal(rig->mail_count, 2);
}

static void
what_has_no_mails_or_is_past_is_not_mailed(void **state)
{
	struct rig *rig = *state;
	struct incident *one = rig_incident(rig, "harvest", "203.0.113.7");

	one->mails = false;
	tell(rig, one, NOTICE_OPEN);
	tell(rig, one, NOTICE_OVER);
	one = rig_incident(rig, "relay-abuse", "203.0.113.7");
	one->past = true;
	tell(rig, one, NOTICE_OPEN);
	rig_pass(rig, HOURS);
	assert_int_equal(rig->mail_count, 0);
}

static void
six_mails_an_hour_and_the_rest_in_one_digest(void **state)
{
	struct rig *rig = *state;
	char rule[32];

	for (int i = 0; i < 20; i++) {
		snprintf(rule, sizeof(rule), "rule-%d", i);
		opens(rig, mem_text(rule), "203.0.113.7");
		rig_pass(rig, 10 * SECONDS);
	}
	assert_int_equal(rig->mail_count, 6);
	rig_pass(rig, 20 * MINUTES);
	assert_int_equal(rig->mail_count, 7);
	assert_true(says(rig, 6, "digest: 14 more alerts"));
	assert_true(says(rig, 6, "rule-6: 203.0.113.7"));
	assert_true(says(rig, 6, "rule-19: 203.0.113.7"));
	assert_int_equal(mailout_counts(rig->mailout).digested, 14);
	for (size_t i = 0; i < rig->incident_count; i++)
		free((char *)(uintptr_t)rig->incidents[i].rule);
}

/* Each hour six, and a digest, until thirty are reached. */
static void
thirty_mails_a_day(void **state)
{
	struct rig *rig = *state;
	size_t alerts = 0, digests = 0;
	char rule[32];

	for (int i = 0; i < 24 * 8; i++) {
		snprintf(rule, sizeof(rule), "rule-%d", i);
		rig->incident_count = 0;
		opens(rig, rule, "203.0.113.7");
		rig_pass(rig, 7 * MINUTES + 30 * SECONDS);
		rig_forget_mails(rig);
	}
	alerts = (size_t)mailout_counts(rig->mailout).sent;
	digests = 24 * 8 - 30;
	assert_int_equal(mailout_counts(rig->mailout).digested, digests);
	/* 30, and a digest each hour of the 24 at most */
	assert_in_range(alerts, 30 + 18, 30 + 25);
}

static void
what_no_way_takes_is_tried_again_and_later_and_later(void **state)
{
	struct rig *rig = *state;
	uint64_t failed;

	rig->bad = "queue is full";
	opens(rig, "relay-abuse", "203.0.113.7");
	rig_pass(rig, 20 * SECONDS);
	assert_int_equal(mailout_counts(rig->mailout).failed, 1);
	assert_string_equal(rig->trouble, "mail: sendmail: queue is full");
	rig_pass(rig, 10 * MINUTES);
	assert_in_range(mailout_counts(rig->mailout).failed, 4, 6);
	failed = mailout_counts(rig->mailout).failed;
	rig_pass(rig, 24 * HOURS);
	assert_in_range(mailout_counts(rig->mailout).failed - failed, 90, 97);
	for (size_t i = 1; i < rig->mail_count; i++)
		assert_true(slice_eq(field(rig->mails[i], "Message-ID"),
		    field(rig->mails[0], "Message-ID")));
	rig->bad = NULL;
	rig_pass(rig, 15 * MINUTES);
	assert_int_equal(mailout_counts(rig->mailout).sent, 1);
	assert_int_equal(mailout_counts(rig->mailout).waiting, 0);
	assert_string_equal(rig->trouble, "");
}

static void
what_waits_for_three_days_is_lost_and_counted(void **state)
{
	struct rig *rig = *state;

	rig->bad = "queue is full";
	opens(rig, "relay-abuse", "203.0.113.7");
	for (int i = 0; i < 80; i++) {
		rig_pass(rig, HOURS);
		rig_forget_mails(rig);
	}
	assert_int_equal(mailout_counts(rig->mailout).waiting, 0);
	assert_int_equal(mailout_counts(rig->mailout).dropped, 1);
	assert_int_equal(mailout_counts(rig->mailout).sent, 0);
}

static void
the_queue_is_bounded(void **state)
{
	struct rig *rig = *state;
	const struct mail_daily daily = { "mx1", "day", 0, 86400, NULL, 0,
		"page\n" };

	rig->bad = "queue is full";
	for (int i = 0; i < MAIL_QUEUE + 7; i++)
		mailout_daily(rig->mailout, i + 1, &daily, rig->now);
	assert_int_equal(mailout_counts(rig->mailout).waiting, MAIL_QUEUE);
	assert_int_equal(mailout_counts(rig->mailout).dropped, 7);
}

/* A port nobody listens at: the kernel answers at once, in the other thread. */
static void
await_result(struct rig *rig, uint64_t failed)
{
	struct pollfd fd = { mailout_fd(rig->mailout), POLLIN, 0 };

	while (mailout_counts(rig->mailout).failed < failed) {
		assert_int_equal(poll(&fd, 1, 20000), 1);
		mailout_ready(rig->mailout, rig->now);
	}
}

static void
after_five_minutes_the_next_way_has_its_turn(void **state)
{
	struct rig *rig = *state;
	static char nobody[] = "127.0.0.1:1";
	uint64_t failed = 0;
	int64_t began;

	rig->config.local = nobody;
	rig->config.ways[0] = WAY_LOCAL;
	rig->config.ways[1] = WAY_SENDMAIL;
	rig->config.way_count = 2;
	opens(rig, "relay-abuse", "203.0.113.7");
	rig->now += 5 * SECONDS;
	mailout_ready(rig->mailout, rig->now);
	rig->now += 5 * SECONDS;
	began = rig->now;
	while (rig->mail_count == 0 && rig->now < began + HOURS) {
		rig_turn(rig);
		if (rig->mail_count != 0)
			break;
		await_result(rig, ++failed);
		assert_non_null(strstr(rig->trouble, "mail: local: "));
		rig->now = mailout_due(rig->mailout);
	}
	assert_int_equal(rig->now - began, 5 * MINUTES);
	assert_in_range(failed, 3, 6);
	assert_int_equal(mailout_counts(rig->mailout).sent, 1);
	assert_string_equal(rig->trouble, "");
}

static void
pictures_are_waited_for_but_not_for_long(void **state)
{
	struct rig *rig = *state;
	static const char png[] = "\x89PNG\r\n\x1a\n";

	rig->draws = true;
	opens(rig, "relay-abuse", "203.0.113.7");
	rig_pass(rig, 5 * SECONDS);
	assert_int_equal(rig->wish_count, 1);
	assert_string_equal(rig->wishes[0].series, "rejects.relay_denied");
	assert_string_equal(rig->wishes[0].host, "mx1");
	mailout_picture(rig->mailout, rig->wishes[0].ticket, 0, png, 8);
	mailout_picture(rig->mailout, rig->wishes[0].ticket, 7, png, 8);
	mailout_picture(rig->mailout, 12345, 0, png, 8);
	rig_pass(rig, 6 * SECONDS);
	assert_true(says(rig, 0, "iVBORw0KGgo="));
	opens(rig, "open-relay", "mx1");
	rig_pass(rig, 14 * SECONDS);
	assert_int_equal(rig->mail_count, 1);
	rig_pass(rig, 2 * SECONDS);
	assert_int_equal(rig->mail_count, 2);
	assert_false(says(rig, 1, "image/png"));
	/* Too late is no harm. */
	mailout_picture(rig->mailout, rig->wishes[1].ticket, 0, png, 8);
}

static void
commit(struct state *kept)
{
	struct err err;

	if (state_commit_now(kept, &err) == -1)
		fail_msg("%s", err.text);
}

static void
a_mail_is_not_sent_before_it_is_kept(void **state)
{
	struct rig *rig = *state;
	char *directory = scratch_make();
	struct state *kept =
	    scratch_open(directory, mailout_part(rig->mailout));

	opens(rig, "relay-abuse", "203.0.113.7");
	rig->now += 5 * SECONDS;
	rig_turn(rig);
	commit(kept); /* handed over */
	rig_turn(rig);
	assert_int_equal(rig->mail_count, 0);
	commit(kept); /* so it was durable before */
	rig_turn(rig);
	assert_int_equal(rig->mail_count, 1);
	state_close(kept);
	scratch_remove(directory);
}

static void
a_restart_keeps_mails_threads_and_limits(void **state)
{
	struct rig *rig = *state;
	char *directory = scratch_make();
	struct state *kept =
	    scratch_open(directory, mailout_part(rig->mailout));
	static const char png[] = "\x89PNG\r\n\x1a\n";
	struct incident *one;
	char first[200], *before;

	rig->bad = "queue is full";
	rig->draws = true;
	one = opens(rig, "relay-abuse", "203.0.113.7");
	rig_pass(rig, 5 * SECONDS);
	mailout_picture(rig->mailout, rig->wishes[0].ticket, 0, png, 8);
	rig_pass(rig, 20 * SECONDS);
	assert_true(rig->mail_count > 0);
	before = mem_text(rig->mails[0]);
	slice_copy(field(before, "Message-ID"), first, sizeof(first));
	commit(kept);
	state_close(kept);

	rig->own_count = 0;
	rig_restart(rig);
	rig_forget_mails(rig);
	rig->bad = NULL;
	kept = scratch_open(directory, mailout_part(rig->mailout));
	assert_int_equal(rig->own_count, 1);
	assert_string_equal(rig->own[0], first);
	rig_pass(rig, 10 * SECONDS);
	assert_int_equal(rig->mail_count, 1);
	assert_true(
	    slice_eq(field(rig->mails[0], "Message-ID"), slice_of(first)));
	assert_true(says(rig, 0, "iVBORw0KGgo="));
	/* What is over now belongs to the thread from before. */
	tell(rig, one, NOTICE_OVER);
	rig_pass(rig, 10 * MINUTES);
	assert_int_equal(rig->mail_count, 2);
	assert_true(
	    slice_eq(field(rig->mails[1], "References"), slice_of(first)));
	commit(kept);
	state_close(kept);

	/* Nothing is left to be sent. */
	rig_restart(rig);
	rig_forget_mails(rig);
	kept = scratch_open(directory, mailout_part(rig->mailout));
	rig_pass(rig, HOURS);
	assert_int_equal(rig->mail_count, 0);
	state_close(kept);
	free(before);
	scratch_remove(directory);
}

static void
a_digest_survives_a_restart(void **state)
{
	struct rig *rig = *state;
	char *directory = scratch_make();
	struct state *kept =
	    scratch_open(directory, mailout_part(rig->mailout));
	char rule[32];

	for (int i = 0; i < 8; i++) {
		snprintf(rule, sizeof(rule), "rule-%d", i);
		rig->incident_count = 0;
		opens(rig, rule, "203.0.113.7");
		rig_pass(rig, 10 * SECONDS);
	}
	commit(kept);
	state_close(kept);
	rig_restart(rig);
	rig_forget_mails(rig);
	kept = scratch_open(directory, mailout_part(rig->mailout));
	rig_pass(rig, 30 * MINUTES);
	assert_int_equal(rig->mail_count, 1);
	assert_true(says(rig, 0, "digest: 2 more alerts"));
	state_close(kept);
	scratch_remove(directory);
}

/* Whatever stands in the table, it is taken whole or not at all. */
static void
a_damaged_row_is_refused(void **state)
{
	struct rig *rig = *state;
	struct state_part part = mailout_part(rig->mailout);
	static const struct {
		const char *key, *value;
	} rows[] = { { "q", "" }, { "q0000000000000001", "" },
		{ "q00000000000000zz", "x" }, { "limits", "short" },
		{ "t", "" }, { "tmx1", "x" }, { "o0000000000000fff", "x" },
		{ "daily", "" }, { "nonsense", "" }, { "", "" } };
	struct err err;

	for (size_t i = 0; i < NELEMS(rows); i++)
		if (part.load(part.arg, slice_of(rows[i].key),
			slice_of(rows[i].value), &err) != -1)
			fail_msg("%s: taken", rows[i].key);
	assert_int_equal(mailout_counts(rig->mailout).waiting, 0);
}

static void
the_daily_report_comes_once_at_its_minute(void **state)
{
	struct rig *rig = *state;
	const struct mail_daily daily = { "mx1", "Sat 2026-11-21", 0, 86400,
		NULL, 0, "page of text\n" };
	unsigned times = 0;
	int64_t day;

	/* It is 01:00 here. */
	rig->config.daily = 7 * 60;
	rig_turn(rig);
	assert_false(mailout_wants_daily(rig->mailout, rig->now, &day));
	for (int minute = 0; minute < 3 * 1440; minute++) {
		rig->now += MINUTES;
		if (!mailout_wants_daily(rig->mailout, rig->now, &day))
			continue;
		assert_int_equal(
		    rig->now, RIG_START + (6 + 24 * times++) * HOURS);
		assert_int_equal(
		    day, RIG_START / 1000 / 86400 - 2 + (int)times);
		mailout_daily(rig->mailout, day, &daily, rig->now);
	}
	assert_int_equal(times, 3);
	rig_pass(rig, MINUTES);
	assert_int_equal(rig->mail_count, 3);
	assert_true(says(rig, 0, "mail report of Sat 2026-11-21"));
	assert_true(says(rig, 0, "page of text"));
	/* A clock that is set back brings none again. */
	rig->now -= 24 * HOURS;
	assert_false(mailout_wants_daily(rig->mailout, rig->now, &day));
}

static void
a_clock_that_is_set_back_stops_no_mail(void **state)
{
	struct rig *rig = *state;

	rig->bad = "queue is full";
	opens(rig, "relay-abuse", "203.0.113.7");
	rig_pass(rig, HOURS);
	opens(rig, "open-relay", "mx1");
	rig->now -= 400 * 24 * HOURS;
	rig->bad = NULL;
	rig_forget_mails(rig);
	rig_pass(rig, 10 * MINUTES);
	assert_int_equal(rig->mail_count, 2);
}

static int64_t
no_offset(void *arg, int64_t when)
{
	(void)arg;
	(void)when;
	return 0;
}

static void
the_daily_mail_is_the_report_of_its_day(void **state)
{
	const struct digest_config config = { .offset = no_offset };
	struct digest *digest = digest_new(&config);
	struct rig *rig = *state;
	int64_t day = RIG_START / 1000 / 86400 - 1;
	struct mail_event event = { .when = (RIG_START - HOURS) * 1000,
		.kind = EVENT_RECEIVED,
		.count = 1,
		.host = SLICE("mx1") };
	struct incident *one = rig_incident(rig, "harvest", "203.0.113.7");

	one->first = one->last = (RIG_START - 2 * HOURS) * 1000;
	one = rig_incident(rig, "probing", "203.0.113.8"); /* later */
	one->first = one->last = (RIG_START + 2 * HOURS) * 1000;
	event.message.sender = SLICE("<b>@example.net");
	digest_add(digest, &event);
	rig->draws = true;
	daily_send(rig->mailout, digest, day, rig->now);
	rig_pass(rig, MINUTES);
	assert_int_equal(rig->mail_count, 1);
	assert_true(says(rig, 0, "[mx1] mail report of Sat 2026-11-21"));
	assert_true(says(rig, 0, "Mail report of mx1: Sat 2026-11-21"));
	assert_true(says(rig, 0, "harvest on mx1: 203.0.113.7"));
	assert_false(says(rig, 0, "203.0.113.8"));
	assert_int_equal(rig->wish_count, 3);
	assert_int_equal(rig->wishes[0].to - rig->wishes[0].from, 86400);
	/* Of a day that is not known there is none. */
	daily_send(rig->mailout, digest, day - 3, rig->now);
	rig_pass(rig, MINUTES);
	assert_int_equal(rig->mail_count, 1);
	digest_free(digest);
}

static void
who_starts_after_the_minute_waits_for_the_next_day(void **state)
{
	struct rig *rig = *state;
	int64_t day;

	rig->config.daily = 30; /* 00:30; it is 01:00 */
	rig_turn(rig);
	assert_false(mailout_wants_daily(rig->mailout, rig->now, &day));
	rig->now += 24 * HOURS;
	assert_true(mailout_wants_daily(rig->mailout, rig->now, &day));
	mailout_daily(rig->mailout, day, NULL, rig->now);
	assert_false(mailout_wants_daily(rig->mailout, rig->now, &day));
}

struct told {
	unsigned times;
	bool sent;
	char words[2048];
};

static void
test_told(void *arg, bool sent, const char *words)
{
	struct told *told = arg;

	told->times++;
	told->sent = sent;
	snprintf(told->words, sizeof(told->words), "%s", words);
}

static void
a_test_goes_at_once_and_tells_what_became_of_it(void **state)
{
	struct rig *rig = *state;
	struct told told = { 0 };
	static char nobody[] = "127.0.0.1:1";
	struct pollfd fd;
	struct err err;

	assert_int_equal(
	    mailout_test(rig->mailout, rig->now, test_told, &told, &err), 0);
	assert_int_equal(
	    mailout_test(rig->mailout, rig->now, test_told, &told, &err), -1);
	rig_turn(rig);
	assert_int_equal(told.times, 1);
	assert_true(told.sent);
	assert_string_equal(told.words, "sendmail took it: taken");
	assert_true(says(rig, 0, "this is how alerts arrive"));

	/* From way to way, and each is told of. */
	rig->config.local = nobody;
	rig->config.ways[0] = WAY_LOCAL;
	rig->config.ways[1] = WAY_SENDMAIL;
	rig->config.way_count = 2;
	rig->bad = "queue is full";
	assert_int_equal(
	    mailout_test(rig->mailout, rig->now, test_told, &told, &err), 0);
	fd = (struct pollfd){ mailout_fd(rig->mailout), POLLIN, 0 };
	assert_int_equal(poll(&fd, 1, 20000), 1);
	rig_turn(rig);
	assert_int_equal(told.times, 2);
	assert_false(told.sent);
	assert_non_null(strstr(told.words, "local did not take it: "));
	assert_non_null(
	    strstr(told.words, "; sendmail did not take it: queue is full"));
	assert_int_equal(mailout_counts(rig->mailout).waiting, 0);

	rig->config.way_count = 0;
	assert_int_equal(
	    mailout_test(rig->mailout, rig->now, test_told, &told, &err), -1);
}

static int
set_up(void **state)
{
	*state = rig_new();
	return 0;
}

static int
tear_down(void **state)
{
	rig_free(*state);
	return 0;
}

#define MAIL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MAIL_TEST(one_incident_is_one_mail_and_one_when_it_is_over),
		MAIL_TEST(one_incident_is_one_thread),
		MAIL_TEST(ten_thousand_offenders_are_one_mail_a_level),
		MAIL_TEST(one_who_comes_and_goes_is_not_two_mails_each_time),
		MAIL_TEST(what_has_no_mails_or_is_past_is_not_mailed),
		MAIL_TEST(six_mails_an_hour_and_the_rest_in_one_digest),
		MAIL_TEST(thirty_mails_a_day),
		MAIL_TEST(what_no_way_takes_is_tried_again_and_later_and_later),
		MAIL_TEST(what_waits_for_three_days_is_lost_and_counted),
		MAIL_TEST(the_queue_is_bounded),
		MAIL_TEST(after_five_minutes_the_next_way_has_its_turn),
		MAIL_TEST(pictures_are_waited_for_but_not_for_long),
		MAIL_TEST(a_mail_is_not_sent_before_it_is_kept),
		MAIL_TEST(a_restart_keeps_mails_threads_and_limits),
		MAIL_TEST(a_digest_survives_a_restart),
		MAIL_TEST(a_damaged_row_is_refused),
		MAIL_TEST(the_daily_report_comes_once_at_its_minute),
		MAIL_TEST(a_clock_that_is_set_back_stops_no_mail),
		MAIL_TEST(the_daily_mail_is_the_report_of_its_day),
		MAIL_TEST(who_starts_after_the_minute_waits_for_the_next_day),
		MAIL_TEST(a_test_goes_at_once_and_tells_what_became_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
