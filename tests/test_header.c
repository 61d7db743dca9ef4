/* test_header.c - the front of a line in every form that loggers write */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "collectors/header.h"

#define MAR14 ((days_from_civil(2026, 3, 14) * 86400 + 9 * 3600) * 1000000)

static struct zone *utc;

static int
open_zone(void **state)
{
	struct err err;

	(void)state;
	utc = zone_new("UTC", &err);
	return utc == NULL ? -1 : 0;
}

static int
close_zone(void **state)
{
	(void)state;
	zone_free(utc);
	return 0;
}

static bool
read_header(struct slice line, struct header *header)
{
	struct stamp_clock clock = {
		.zone = utc, .year = 2026, .hint = INT64_MAX / 2
	};

	return header_read(&clock, line, header);
}

static const struct {
	const char *line, *host, *program, *text;
	uint64_t pid;
	int facility;
} forms[] = {
	{ "Mar 14 09:00:00 mx1 postfix/smtpd[811]: hello there", "mx1",
	    "postfix/smtpd", "hello there", 811, -1 },
	{ "Mar 14 09:00:00 mx1 dovecot: imap-login: Login", "mx1", "dovecot",
	    "imap-login: Login", 0, -1 },
	{ "2026-03-14T09:00:00.000000+00:00 mx1 postfix/qmgr[1]: x", "mx1",
	    "postfix/qmgr", "x", 1, -1 },
	{ "<22>Mar 14 09:00:00 mx1 postfix/smtpd[811]: x", "mx1",
	    "postfix/smtpd", "x", 811, 2 },
	{ "<22>1 2026-03-14T09:00:00Z mx1 postfix 811 - - x y", "mx1",
	    "postfix", "x y", 811, 2 },
	{ "<22>1 2026-03-14T09:00:00Z mx1 postfix - ID7 - \xef\xbb\xbfx", "mx1",
	    "postfix", "x", 0, 2 },
	{ "<22>1 2026-03-14T09:00:00Z mx1 a 1 - [x@1 k=\"]\\\"]\"][y z=\"1\"] "
	  "t",
	    "mx1", "a", "t", 1, 2 },
	{ "<30>1 2026-03-14T09:00:00Z mx1 a 1 - -", "mx1", "a", "", 1, 3 },
	{ "Mar 14 09:00:00 mx1 mail.info postfix/smtpd[811]: x", "mx1",
	    "postfix/smtpd", "x", 811, 2 },
	{ "Mar 14 09:00:00 mx1 auth.warn sshd[1]: x", "mx1", "sshd", "x", 1,
	    0 },
	{ "Mar 14 09:00:00 mx1 last message repeated 2 times", "mx1", "",
	    "last message repeated 2 times", 0, -1 },
	{ "Mar 14 09:00:00 2001:db8::1 a[1]: x", "2001:db8::1", "a", "x", 1,
	    -1 },
	{ "Mar 14 09:00:00 mx1 majordomo[1] {kim@example.org} help", "mx1",
	    "majordomo", "{kim@example.org} help", 1, -1 },
	{ "Mar 14 09:00:00 mx1 majordomo {kim@example.org} help", "mx1", "",
	    "majordomo {kim@example.org} help", 0, -1 },
	{ "Mar 14 09:00:00 mx1 a:x", "mx1", "a", "x", 0, -1 },
	{ "Mar 14 09:00:00 mx1 a[1]:", "mx1", "a", "", 1, -1 },
	/* a tag that is none: then the line has no program */
	{ "Mar 14 09:00:00 mx1 a[x]: y", "mx1", "", "a[x]: y", 0, -1 },
	{ "Mar 14 09:00:00 mx1 a[1: y", "mx1", "", "a[1: y", 0, -1 },
	{ "Mar 14 09:00:00 mx1 [1]: y", "mx1", "", "[1]: y", 0, -1 },
};

static void
every_form_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEMS(forms); i++) {
		struct header header;

		if (!read_header(slice_of(forms[i].line), &header))
			fail_msg("%s: not read", forms[i].line);
		assert_int_equal(header.when, MAR14);
		assert_true(slice_eq(header.host, slice_of(forms[i].host)));
		assert_true(
		    slice_eq(header.program, slice_of(forms[i].program)));
		assert_true(slice_eq(header.text, slice_of(forms[i].text)));
		if (header.program.n != 0)
			assert_int_equal(header.pid, forms[i].pid);
		assert_int_equal(header.facility, forms[i].facility);
	}
}

static void
garbage_has_no_header(void **state)
{
	static const struct slice bad[] = { { "", 0 }, { "\0\0\0\0", 4 },
		{ "Mar 14 09:00:00", 15 }, { "Mar 14 09:00:00 ", 16 },
		{ "Mar 14 09:00:00 mx1", 19 }, { "<", 1 }, { "<22", 3 },
		{ "<22>", 4 }, { "<x>Mar 14 09:00:00 mx1 a: b", 27 },
		{ "<192>Mar 14 09:00:00 mx1 a: b", 29 }, { "<22>1 ", 6 },
		{ "<22>1 2026-03-14T09:00:00Z mx1 a 1 -", 36 },
		{ "<22>1 2026-03-14T09:00:00Z mx1 a 1 - [x y=\"]", 44 },
		{ "<22>1 2026-03-14T09:00:00Z mx1 a 1 - x", 38 },
		{ "<22>1 Mar 14 09:00:00 mx1 a: b", 30 },
		{ "{\"MESSAGE\":1}", 13 },
		{ "hello, world, how are you", 25 } };

	(void)state;
	for (size_t i = 0; i < NELEMS(bad); i++) {
		struct header header;

		if (read_header(bad[i], &header))
			fail_msg("%s: read", bad[i].p);
	}
}

/* Each on a heap of its own size, so that reading past it is seen. */
static void
a_cut_header_says_no_wrong_host_program_or_pid(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEMS(forms); i++) {
		for (size_t n = 0; n < strlen(forms[i].line); n++) {
			char *exact = malloc(n);
			struct header header;

			if (n != 0)
				memcpy(exact, forms[i].line, n);
			if (read_header((struct slice){ exact, n }, &header)) {
				assert_true(slice_eq(
				    header.host, slice_of(forms[i].host)));
				assert_true(header.program.n == 0 ||
					    slice_eq(header.program,
						slice_of(forms[i].program)));
				assert_true(header.program.n == 0 ||
					    header.pid == forms[i].pid);
			}
			free(exact);
		}
	}
}

#define ENTRY(more)                                                            \
	"{\"__REALTIME_TIMESTAMP\":\"1773478800000000\",\"_HOSTNAME\":"        \
	"\"mx1\","                                                             \
	"\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\",\"SYSLOG_PID\":\"811\","      \
	"\"SYSLOG_FACILITY\":\"2\"" more "}"

static void
a_journal_entry_is_read(void **state)
{
	struct header header;
	char buffer[64];

	(void)state;
	assert_true(export_read(SLICE(ENTRY(",\"MESSAGE\":\"x \\u00e4\"")),
	    &header, buffer, sizeof(buffer)));
	assert_int_equal(header.when, MAR14);
	assert_true(slice_is(header.host, "mx1"));
	assert_true(slice_is(header.program, "postfix/smtpd"));
	assert_true(slice_is(header.text, "x \xc3\xa4"));
	assert_int_equal(header.pid, 811);
	assert_int_equal(header.facility, 2);
	/* bytes that are no UTF-8 come as numbers */
	assert_true(export_read(SLICE(ENTRY(",\"MESSAGE\":[120,255,0]")),
	    &header, buffer, sizeof(buffer)));
	assert_true(slice_is(header.text, "x\xff\0"));
	/* when it was logged, not when it was stored */
	assert_true(export_read(
	    SLICE(ENTRY(",\"MESSAGE\":\"\","
			"\"_SOURCE_REALTIME_TIMESTAMP\":\"1773478799999999\"")),
	    &header, buffer, sizeof(buffer)));
	assert_int_equal(header.when, MAR14 - 1);
}

static void
a_broken_journal_entry_is_refused(void **state)
{
	static const char *const bad[] = { "{}", "{", "[]", "null", "1",
		ENTRY(""), ENTRY(",\"MESSAGE\":null"), ENTRY(",\"MESSAGE\":{}"),
		ENTRY(",\"MESSAGE\":\"this is far too long for what is left of "
		      "the buffer that it goes to\""),
		"{\"__REALTIME_TIMESTAMP\":\"x\",\"_HOSTNAME\":\"a\","
		"\"MESSAGE\":\"b\"}",
		"{\"__REALTIME_TIMESTAMP\":1,\"_HOSTNAME\":\"a\","
		"\"MESSAGE\":\"b\"}",
		"{\"__REALTIME_TIMESTAMP\":\"9999999999999999999\","
		"\"_HOSTNAME\":\"a\",\"MESSAGE\":\"b\"}",
		"{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"b\"}" };
	struct header header;
	char buffer[64];

	(void)state;
	for (size_t i = 0; i < NELEMS(bad); i++)
		if (export_read(
			slice_of(bad[i]), &header, buffer, sizeof(buffer)))
			fail_msg("%s: read", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(garbage_has_no_header),
		cmocka_unit_test(
		    a_cut_header_says_no_wrong_host_program_or_pid),
		cmocka_unit_test(a_journal_entry_is_read),
		cmocka_unit_test(a_broken_journal_entry_is_refused),
	};

	return cmocka_run_group_tests(tests, open_zone, close_zone);
}
