/*
 * test_ownlog.c - logs whose lines name no program, and who tells of them
 *
 * Also after a restart, through rotation, and beside a syslog that has the
 * same lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "collectors/collectors.h"
#include "collectors/ownlog.h"
#include "collectors/owners.h"
#include "collectors/teller.h"
#include "tests/logs.h"

#define NOW INT64_C(1795348800000) /* 2026-11-22 12:00:00 UTC */

enum { MAINLOG, REJECTLOG, SYSLOG, LOGS };

static const char *const names[LOGS] = { "mainlog", "rejectlog", "mail.log" };
static struct logs logs;
static char paths[LOGS][160];
static char zone[] = "UTC", title[] = "log", host[] = "mx1";
static struct source_config sources[LOGS];
static struct collect_config config = { .sources = sources };
static struct collectors *collectors;
static struct state *state;
static unsigned rejected, received, logged_in;

static void
take(void *arg, const struct mail_event *event)
{
	(void)arg;
	assert_true(slice_is(event->host, "mx1"));
	rejected += event->kind == EVENT_REJECTED;
	received += event->kind == EVENT_RECEIVED;
	logged_in += event->kind == EVENT_LOGIN_OK;
}

static void
start(size_t n)
{
	static const struct collect_sinks sinks = { .events = { take, NULL } };
	struct state_part parts[COLLECTORS_PARTS];
	struct err err;

	config.source_count = n;
	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	assert_non_null(collectors);
	collectors_parts(collectors, parts);
	state = state_open(logs.directory, parts, COLLECTORS_PARTS, &err);
	if (state == NULL)
		fail_msg("%s", err.text);
}

static void
stop(void)
{
	struct err err;

	assert_int_equal(state_commit_now(state, &err), 0);
	collectors_close(collectors);
	state_close(state);
}

static void
say(unsigned log, const char *line)
{
	FILE *out = fopen(paths[log], "ae");

	assert_non_null(out);
	fprintf(out, "%s\n", line);
	assert_int_equal(fclose(out), 0);
}

/* Some time passes: what was renamed is read to its end first. */
static void
read_all(void)
{
	for (int64_t now = NOW; now < NOW + 120000; now += 10000) {
		collectors_ready(collectors, now);
		while (collectors_read(collectors, 1 << 20, now) != 0)
			;
	}
}

static int
set_up(void **unused)
{
	(void)unused;
	logs_make(&logs);
	for (unsigned i = 0; i < LOGS; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", logs.directory,
		    names[i]);
		sources[i] = (struct source_config){ .title = title,
			.path = paths[i],
			.zone = zone,
			.host = host };
	}
	rejected = received = logged_in = 0;
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	logs_remove(&logs);
	return 0;
}

#define REJECT                                                                 \
	"H=(x) [192.0.2.1] F=<a@example.net> rejected RCPT <b@example.com>: "  \
	"Unknown user"

static void
a_line_that_can_only_be_ones_decides(void **unused)
{
	static const struct {
		const char *line, *format;
	} rows[] = {
		{ "2026-11-22 09:00:01 1xUwbp-00000M-15 Completed", "exim" },
		{ "2026-11-22 09:00:01 +0100 [7] Start queue run: pid=8",
		    "exim" },
		{ "2026-11-22 09:00:01.250 " REJECT, "exim" },
		{ "2026-11-22 09:00:01 PLAIN authenticator failed for (x) "
		  "[192.0.2.1]: 535 no",
		    "exim" },
		{ "Nov 22 09:00:00 imap-login: Info: Login: user=<kim>, rip=x",
		    "dovecot" },
		{ "Nov 22 09:00:00 lmtp(kim)<1><x>: Info: saved mail",
		    "dovecot" },
		{ "Nov 22 09:00:00 mx1 dovecot: imap-login: Info: Login: x",
		    "syslog" },
		{ "Nov 22 09:00:00 backup: Info: Login: x", NULL },
		{ "VKAAAgH0000#\tconnection from a [192.0.2.7]:1 on port 25",
		    "zmailer" },
		{ "VKAAAgH0000w\t220 mx1.example.com ZMailer", "zmailer" },
		{ "0000000000#\tkilled server pid 1", NULL },
		{ "VYAAAgH0000#\tat the 25th hour", NULL },
		{ "@4000000066f5c1d10a1b2c3d new msg 7", "qmail" },
		{ "@4000000066f5c1d10a1b2c3d tcpserver: pid 7 from 192.0.2.1",
		    "qmail" },
		{ "@4000000066f5c1d10a1b2c3d Rescanning queue.", "nullmailer" },
		{ "Nov 22 09:00:01 added 192.0.2.7 to DB", "pop-before-smtp" },
		{ "Nov 22 09:00:01 starting up (v1.42)", "pop-before-smtp" },
		{ "Nov 22 09:00:01 added x[1]: 192.0.2.7 to DB", "syslog" },
		{ "From a@example.org  Sun Nov 22 09:00:01 2026", "procmail" },
		{ "procmail: [7] Sun Nov 22 09:00:01 2026", "procmail" },
		{ "procmail: No match on \"^Subject:.*list\"", "procmail" },
		{ "Nov 22 09:00:01 2026 (7) post to news", "mailman" },
		{ "2026.11.22 09:00:01 LOG5[3]: Connection closed", "stunnel" },
		{ "00176 >>> 220 mx.example.org ESMTP", "transcript" },
		{ "Nov 22 09:00:01 mx1 exim[7]: 1xUwbp-00000M-15 Completed",
		    "syslog" },
		{ "2026-11-22T09:00:01Z mx1 postfix/smtpd[7]: x", "syslog" },
		{ "<22>1 2026-11-22T09:00:01Z mx1 exim 7 - - x", "syslog" },
		{ "{\"MESSAGE\":\"x\"}", "syslog" },
		/* Other programs' logs, and what is none. */
		{ "2026-11-22 09:00:01 startup archives unpack", NULL },
		{ "2026-11-22 09:00:01 H=of nobody", NULL },
		{ "2026-11-22 09:00:01 1xUwbp-00000M-151 Completed", NULL },
		{ "  Subject: 2026-11-22 09:00:01 1xUwbp-00000M-15 Completed",
		    NULL },
		{ "P Received: from x", NULL },
		{ "@4000000066f5c1d10a1b2c3d kept by another service", NULL },
		{ "From here on it is no longer  so", NULL },
		{ "", NULL },
	};
	struct stamp_clock clock = { .last = 1 };
	struct err err;
	struct zone *utc = zone_new("UTC", &err);

	(void)unused;
	clock.zone = utc;
	for (size_t i = 0; i < NELEMS(rows); i++) {
		struct ownlog log = { false, NULL };
		const char *name;

		ownlog_decide(&log, &clock, slice_of(rows[i].line));
		name = ownlog_name(&log);
		if (rows[i].format == NULL
			? name != NULL
			: name == NULL || strcmp(name, rows[i].format))
			fail_msg("%s: %s", rows[i].line,
			    name != NULL ? name : "nothing");
	}
	zone_free(utc);
}

static void
what_was_decided_stays_so_and_is_kept(void **unused)
{
	(void)unused;
	start(1);
	say(MAINLOG, "2026-11-22 09:00:01 " REJECT);
	say(MAINLOG, "Nov 22 09:00:02 mx1 postfix/smtpd[7]: NOQUEUE: reject: "
		     "RCPT from x[192.0.2.1]: 550 5.1.1 no; from=<> to=<a@b>");
	read_all();
	assert_int_equal(rejected, 1);
	assert_string_equal(collectors_source(collectors, 0).format, "exim");
	stop();

	/* What comes first now says nothing of it. */
	start(1);
	assert_string_equal(collectors_source(collectors, 0).format, "exim");
	say(MAINLOG, "P Received: from x");
	say(MAINLOG, "Nov 22 09:00:03 mx1 sm-mta[7]: x");
	say(MAINLOG, "2026-11-22 09:00:04 " REJECT);
	read_all();
	assert_int_equal(rejected, 2);
	stop();
}

static void
the_configuration_comes_before_the_lines(void **unused)
{
	static char format[] = "syslog";

	(void)unused;
	sources[0].format = format;
	start(1);
	say(MAINLOG, "2026-11-22 09:00:01 " REJECT);
	read_all();
	assert_int_equal(rejected, 0);
	assert_string_equal(collectors_source(collectors, 0).format, "syslog");
	stop();
	start(1);
	assert_string_equal(collectors_source(collectors, 0).format, "syslog");
	stop();
}

static void
it_is_the_same_through_rotation(void **unused)
{
	char old[200];

	(void)unused;
	start(1);
	say(MAINLOG, "2026-11-22 09:00:01 " REJECT);
	read_all();
	snprintf(old, sizeof(old), "%s.1", paths[MAINLOG]);
	assert_int_equal(rename(paths[MAINLOG], old), 0);
	say(MAINLOG, "2026-11-22 09:00:02 " REJECT);
	read_all();
	assert_int_equal(rejected, 2);
	assert_string_equal(collectors_source(collectors, 0).format, "exim");
	stop();
}

static void
say_everywhere(const char *time, const char *id)
{
	char line[400];

	snprintf(line, sizeof(line), "2026-11-22 %s " REJECT, time);
	say(MAINLOG, line);
	say(REJECTLOG, line);
	for (int twice = 0; twice < 2; twice++) {
		snprintf(line, sizeof(line),
		    "Nov 22 %s mx1 exim[7]: 2026-11-22 %s " REJECT, time, time);
		say(SYSLOG, line);
	}
	snprintf(line, sizeof(line),
	    "2026-11-22 %s %s <= a@example.net H=(x) [192.0.2.1] P=smtp S=9",
	    time, id);
	say(MAINLOG, line);
	snprintf(line, sizeof(line),
	    "Nov 22 %s mx1 exim[7]: %s <= a@example.net H=(x) [192.0.2.1] "
	    "P=smtp S=9",
	    time, id);
	say(SYSLOG, line);
	snprintf(line, sizeof(line), "2026-11-22 %s %s Completed", time, id);
	say(MAINLOG, line);
	snprintf(line, sizeof(line), "Nov 22 %s mx1 exim[7]: %s Completed",
	    time, id);
	say(SYSLOG, line);
}

static void
what_two_logs_have_counts_once_also_after_a_restart(void **unused)
{
	(void)unused;
	start(LOGS);
	say_everywhere("09:00:01", "1xUwbp-00000M-15");
	read_all();
	say_everywhere("09:00:02", "1xUwbp-00000N-15");
	read_all();
	assert_int_equal(rejected, 2);
	assert_int_equal(received, 2);
	stop();

	start(LOGS);
	say_everywhere("09:00:03", "1xUwbp-00000P-15");
	read_all();
	assert_int_equal(rejected, 3);
	assert_int_equal(received, 3);
	stop();
}

/* As where syslog got Exim's lines for some time only. */
static void
a_log_that_is_silent_gives_up_its_place(void **unused)
{
	(void)unused;
	start(LOGS);
	say(SYSLOG, "Nov 22 09:00:01 mx1 exim[7]: " REJECT);
	read_all();
	say(MAINLOG, "2026-11-22 09:00:01 " REJECT);
	say(MAINLOG, "2026-11-22 09:30:00 " REJECT);
	read_all();
	assert_int_equal(rejected, 1);
	say(MAINLOG, "2026-11-22 10:00:02 " REJECT);
	say(REJECTLOG, "2026-11-22 10:00:02 " REJECT);
	read_all();
	assert_int_equal(rejected, 2);
	stop();
}

/* smtpserver refuses in a log of its own; services of Dovecot may have one. */
static void
logs_that_share_nothing_all_count(void **unused)
{
	static const char *const dialog[] = {
		"VKAAAgH0000#\tconnection from mail.example.net "
		"[192.0.2.7]:1234 "
		"on port 25 ipcnt 1 childs 1 pid 2055 ident: X",
		"VKAAAgH0001r\tRCPT TO:<x@example.org>",
		"VKAAAgH0001w\t503 5.5.1 Waiting for HELO/EHLO command",
	};

	(void)unused;
	start(LOGS);
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < NELEMS(dialog); k++)
			say(MAINLOG, dialog[k]);
		say(SYSLOG, "Nov 22 10:00:01 mx1 router[200]: S5uFgLl4711: "
			    "from=<kim@example.net>, rrelay=[192.0.2.7]:1234, "
			    "size=4711, nrcpts=3, msgid=<a@example.net>, "
			    "delay=00:00:00, xdelay=00:00:00");
		say(SYSLOG,
		    "Nov 22 10:00:01 mx1 dovecot: pop3-login: Login: "
		    "user=<kim>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1");
		say(REJECTLOG,
		    "Nov 22 10:00:01 imap-login: Info: Login: user=<kim>, "
		    "method=PLAIN, rip=192.0.2.7, lip=192.0.2.1");
		read_all();
	}
	assert_int_equal(rejected, 2);
	assert_int_equal(received, 1); /* the same message */
	assert_int_equal(logged_in, 4);
	stop();
}

static void
a_logs_name_is_its_siblings(void **unused)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "/var/log/exim4/mainlog", "/var/log/exim4/mainlog.1", true },
		{ "/var/log/exim4/mainlog.2.gz", "/var/log/exim4/mainlog.10",
		    true },
		{ "/var/log/mail.log", "/var/log/mail.log-20261122.xz", true },
		{ "/var/log/exim4/mainlog", "/var/log/exim4/rejectlog", false },
		{ "/var/log/mail.log", "/srv/mail.log", false },
		{ "mainlog", "mainlog.1", true },
	};

	(void)unused;
	for (size_t i = 0; i < NELEMS(rows); i++) {
		uint64_t a = teller_name(rows[i].a, true).origin;
		uint64_t b = teller_name(rows[i].b, true).origin;

		assert_true((a == b) == rows[i].same);
	}
	assert_true(teller_name("/var/log/exim4/rejectlog.1", true).copies);
	assert_false(teller_name("/srv/reject/mainlog", true).copies);
}

static void
finished_logs_are_read_in_the_order_that_counts(void **unused)
{
	const char *order[LOGS];

	(void)unused;
	say_everywhere("09:00:01", "1xUwbp-00000M-15");
	order[0] = paths[REJECTLOG];
	order[1] = paths[MAINLOG];
	order[2] = paths[SYSLOG];
	collectors_sort(order, LOGS);
	assert_string_equal(order[0], paths[SYSLOG]);
	assert_string_equal(order[1], paths[MAINLOG]);
	assert_string_equal(order[2], paths[REJECTLOG]);
}

/* Of each format that has logs of its own, a program. */
static const char *const programs[] = { "exim", "qmail", "nullmailer-send",
	"mailman", "procmail", "pop-before-smtp", "transcript" };

static void
each_format_with_its_own_logs_has_its_own_number(void **unused)
{
	struct shares *shares = shares_new();
	struct owners *owners = owners_new(shares);
	bool seen[64] = { false };
	unsigned all = formats_own(format_count);
	size_t known = 0;

	(void)unused;
	for (size_t i = 0; i < NELEMS(programs); i++) {
		struct header header = { .program = slice_of(programs[i]) };
		const struct owner *owner = owners_get(owners, &header);

		assert_non_null(owner->format);
		assert_non_null(owner->format->front);
		assert_in_range(owner->own, 1, all);
		assert_false(seen[owner->own]);
		seen[owner->own] = true;
	}
	for (size_t i = 0; i < format_count; i++)
		known += formats[i]->front != NULL && !formats[i]->apart;
	assert_int_equal(known, NELEMS(programs));
	owners_free(owners);
	shares_free(shares);
}

static void
who_told_is_kept_for_each_format(void **unused)
{
	static const struct tracker_config none;
	const struct event_sink sink = { 0 };
	const struct teller_name first = teller_name("/var/log/a", false);
	const struct teller_name other = teller_name("/var/log/b", false);
	struct tracker *tracker = tracker_new(&none, sink);
	struct teller *teller = teller_new(), *again = teller_new();
	struct state_writer w = { 0 };
	unsigned n = formats_own(format_count);
	uint32_t mx1, mx2;

	(void)unused;
	(void)tracker_host(tracker, SLICE("mx1"), &mx1);
	(void)tracker_host(tracker, SLICE("mx2"), &mx2);
	assert_false(teller_save(teller, tracker, &w));
	for (unsigned i = 0; i < n; i++)
		teller_note(teller, &first, mx2, i, 1000 + i);
	assert_true(teller_save(teller, tracker, &w));
	assert_false(teller_save(teller, tracker, &w));
	assert_true(teller_load(again, tracker, (struct slice){ w.p, w.n }));
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < n; k++) {
			assert_int_equal(i == k,
			    teller_has_told(again, &other, mx2, i, 1000 + k));
			assert_false(
			    teller_has_told(again, &other, mx1, i, 1000 + k));
			assert_false(
			    teller_has_told(again, &first, mx2, i, 1000 + k));
		}
	for (size_t cut = 1; cut < 35; cut++)
		assert_false(
		    teller_load(again, tracker, (struct slice){ w.p, cut }));
	writer_fini(&w);
	teller_free(again);
	teller_free(teller);
	tracker_free(tracker);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_that_can_only_be_ones_decides),
		TEST(what_was_decided_stays_so_and_is_kept),
		TEST(the_configuration_comes_before_the_lines),
		TEST(it_is_the_same_through_rotation),
		TEST(what_two_logs_have_counts_once_also_after_a_restart),
		TEST(a_log_that_is_silent_gives_up_its_place),
		TEST(logs_that_share_nothing_all_count),
		cmocka_unit_test(a_logs_name_is_its_siblings),
		cmocka_unit_test(
		    each_format_with_its_own_logs_has_its_own_number),
		cmocka_unit_test(who_told_is_kept_for_each_format),
		TEST(finished_logs_are_read_in_the_order_that_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
