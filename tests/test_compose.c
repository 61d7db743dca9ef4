/*
 * test_compose.c - what mails say, and that nothing a stranger wrote can change
 * what they are
 *
 * fixtures/mail/CASE.subject, .txt and .html; "make golden" rewrites them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include "alerts/compose.h"
#include "alerts/mime.h"
#include "base/array.h"
#include "tests/feed.h"
#include "tests/mail_rig.h"

static const struct compose compose = { "mx1.example.org",
	"https://mx1.example.org/weir/", RIG_START / 1000, 3600 };

static char denied[] =
    "Nov 22 00:59:52 mx1 postfix/smtpd[812]: NOQUEUE: reject: RCPT from "
    "unknown[203.0.113.7]: 554 5.7.1 <victim@example.com>: Relay access "
    "denied; from=<a@example.net> to=<victim@example.com> proto=SMTP "
    "helo=<pc>";
static char evil[] =
    "Nov 22 00:59:59 mx1 postfix/smtpd[812]: \t<script>alert(1)"
    "</script> <!--picture 0--> \xff\xe2\x80\xae\x1b[31m";
static char abuser[] = "203.0.113.7";
static char reply[] = "550 5.1.1 <kim>: <b>unknown</b>";

static struct evidence evidence = {
	.line_count = 2,
	.client_count = 1,
	.reply_count = 1,
	.lines = { denied, evil },
	.clients = { { abuser, 3 } },
	.replies = { { reply, 12 } },
};

static void
golden(const char *name, const char *ending, const char *got)
{
	char path[256], *want;
	FILE *out;

	snprintf(path, sizeof(path), "tests/fixtures/mail/%s.%s", name, ending);
	if (getenv("GOLDEN") != NULL) {
		out = fopen(path, "w");
		assert_non_null(out);
		fputs(got, out);
		fclose(out);
	}
	want = feed_file(path);
	if (want == NULL)
		fail_msg("%s: cannot be read", path);
	assert_string_equal(got, want);
	free(want);
}

static void
check(const char *name, struct letter *letter)
{
	json_t *json = json_loads(letter->json, 0, NULL);

	golden(name, "subject", letter->subject);
	golden(name, "txt", letter->text);
	golden(name, "html", letter->html);
	assert_string_equal(
	    json_string_value(json_object_get(json, "text")), letter->text);
	json_decref(json);
	letter_fini(letter);
}

static void
alert(const char *name, struct rig *rig, enum notice notice, uint64_t keys)
{
	struct alert_mail mail = { .notice = notice, .keys = keys };
	struct letter letter;

	for (; mail.n < rig->incident_count && mail.n < COMPOSE_KEYS; mail.n++)
		mail.incidents[mail.n] = &rig->incidents[mail.n];
	compose_alert(&letter, &mail, &compose);
	check(name, &letter);
	rig->incident_count = 0;
}

static void
a_mail_tells_all_that_is_asked_of_it(void **state)
{
	struct rig *rig = *state;
	struct incident *one = rig_incident(rig, "relay-abuse", "203.0.113.7");

	one->evidence = &evidence;
	alert("relay-abuse", rig, NOTICE_OPEN, 1);

	one = rig_incident(rig, "relay-abuse", "203.0.113.7");
	one->action = ACTION_OBSERVED;
	alert("observed", rig, NOTICE_OPEN, 1);

	one = rig_incident(rig, "relay-abuse", "2001:db8::7");
	one->action = ACTION_SPARED;
	one->block_seconds = 0;
	alert("spared", rig, NOTICE_GROW, 1);

	rig_incident(rig, "relay-abuse", "203.0.113.7");
	rig_incident(rig, "relay-abuse", "203.0.113.8");
	rig_incident(rig, "relay-abuse", "203.0.113.9");
	alert("many", rig, NOTICE_OPEN, 10000);

	rig_incident(rig, "relay-abuse", "203.0.113.7")->open = false;
	alert("over", rig, NOTICE_OVER, 1);
}

static void
each_kind_of_key_has_its_words(void **state)
{
	struct rig *rig = *state;
	struct incident *one = rig_incident(rig, "account-volume", "kim");

	one->kind = KEY_ACCOUNT;
	one->value = 312;
	one->within = 3600;
	one->level = LEVEL_WARN;
	one->action = ACTION_ALERT;
	alert("account", rig, NOTICE_OPEN, 1);

	one = rig_incident(rig, "reject-surge", "mx1");
	one->kind = KEY_HOST;
	one->value = 640;
	one->usual = 90;
	one->within = 3600;
	one->action = ACTION_ALERT;
	alert("surge", rig, NOTICE_OPEN, 1);

	one = rig_incident(rig, "queue-age", "mx1");
	one->kind = KEY_HOST;
	one->unit = "s";
	one->value = 5400;
	one->action = ACTION_ALERT;
	alert("queue-age", rig, NOTICE_OPEN, 1);

	one = rig_incident(rig, "agent", "firewall");
	one->kind = KEY_AGENT;
	one->action = ACTION_ALERT;
	one->words = "the table is gone; it is made again";
	alert("agent", rig, NOTICE_OPEN, 1);

	one = rig_incident(rig, "new-rule", "203.0.113.7");
	one->action = ACTION_ALERT;
	alert("unknown-rule", rig, NOTICE_OPEN, 1);
}

/* A client is named by whoever it is; an account may be any bytes. */
static void
a_hostile_key_is_only_text(void **state)
{
	struct rig *rig = *state;
	struct incident *one = rig_incident(rig, "account-volume",
	    "kim\r\nBcc: all@example.org\r\n\r\n<img src=x>\xff");

	one->kind = KEY_ACCOUNT;
	one->action = ACTION_ALERT;
	alert("hostile", rig, NOTICE_OPEN, 1);
}

static void
the_other_mails_have_their_own(void **state)
{
	static const char *const lines[] = { "[mx1] probing: 203.0.113.7",
		"[mx1] harvest: <b>203.0.113.8</b>" };
	static const char *const findings[] = {
		"12 messages wait for far.example: 450 <busy>"
	};
	const struct mail_daily daily = { "mx1", "Sat 2026-11-21",
		RIG_START / 1000 - 86400 - 3600, RIG_START / 1000 - 3600,
		findings, 1, "Mail report of mx1\n=====\n 12 <received>\n" };
	struct rig *rig = *state;
	struct letter letter;

	compose_digest(&letter, lines, 2, 7, &compose);
	check("digest", &letter);
	compose_test(&letter, &compose);
	check("test", &letter);
	rig_incident(rig, "harvest", "203.0.113.7")->first -=
	    INT64_C(7200000000);
	compose_daily(&letter, &daily, rig_nth, rig, &compose);
	check("daily", &letter);
	rig->incident_count = 0;
}

/* The header: up to the empty line; every line begins with one of our names,
   or goes on. */
static void
assert_header_is_ours(const char *bytes)
{
	static const char *const names[] = { "Content-Type:", "Date:", "From:",
		"To:", "Subject:", "Message-ID:", "In-Reply-To:", "References:",
		"Auto-Submitted:", "MIME-Version:", " " };
	struct slice rest = slice_of(bytes), line;
	bool known;

	while (slice_cut(&rest, SLICE("\r\n"), &line) && line.n > 0) {
		known = false;
		for (size_t i = 0; i < NELEMS(names); i++)
			known |= slice_starts(line, slice_of(names[i]));
		if (!known)
			fail_msg("%.*s", (int)line.n, line.p);
		/* That one is made by libcurl, with its boundary. */
		assert_true(
		    line.n <= 78 || slice_begins(line, "Content-Type:"));
		assert_int_equal(slice_find_char(line, '\n'), -1);
		for (size_t i = 0; i < line.n; i++)
			assert_in_range(line.p[i], ' ', '~');
	}
	assert_true(rest.n > 0);
}

static char *
mime_of(struct letter *letter, size_t *n)
{
	const struct mime_people people = { "weir@mx1.example.org", rig_to, 2 };
	struct err err;
	char *bytes;

	strcpy(letter->id, "0123456789abcdef.mailweir@mx1.example.org");
	bytes = mime_bytes(letter, &people, n, &err);
	if (bytes == NULL)
		fail_msg("%s", err.text);
	return bytes;
}

static void
no_subject_adds_a_header(void **state)
{
	static const char *const subjects[] = { "plain",
		"x\r\nBcc: all@example.org", "x\nBcc: y\n\nbody", "\r\n\r\n",
		"=?utf-8?Q?=0ABcc:_x?=", "\xff\xfe\x80",
		"\xc3\xa4\xc3\xb6 "
		"\xe2\x82\xac \xf0\x9f\x90\x9f \xe2\x80\xae" };
	char longest[3000];
	struct letter letter;
	char *bytes;
	size_t n;

	(void)state;
	for (size_t i = 0; i <= NELEMS(subjects); i++) {
		compose_test(&letter, &compose);
		free(letter.subject);
		for (size_t k = 0; k + 2 < sizeof(longest); k += 2)
			memcpy(longest + k, k % 34 ? "\xc3\xa4" : "a ", 3);
		letter.subject =
		    mem_text(i < NELEMS(subjects) ? subjects[i] : longest);
		bytes = mime_of(&letter, &n);
		assert_header_is_ours(bytes);
		free(bytes);
		letter_fini(&letter);
	}
}

static const struct {
	const char *text, *field;
} fields[] = {
	{ "short", "Subject: short" },
	{ "", "Subject: " },
	{ "one two three four five six seven eight nine ten eleven twelve "
	  "thirteen fourteen",
	    "Subject: one two three four five six seven eight nine ten eleven "
	    "twelve\r\n thirteen fourteen" },
	{ "\xc3\xbc b", "Subject: =?utf-8?Q?=C3=BC_b?=" },
	{ "a=?b", "Subject: =?utf-8?Q?a=3D=3Fb?=" },
	{ "a\r\nb", "Subject: a\\015\\012b" },
};

static void
a_field_is_folded_and_encoded(void **state)
{
	char *field;

	(void)state;
	for (size_t i = 0; i < NELEMS(fields); i++) {
		field = header_text("Subject", fields[i].text);
		assert_string_equal(field, fields[i].field);
		free(field);
	}
}

static void
the_date_is_that_of_the_zone(void **state)
{
	static const struct {
		int64_t offset;
		const char *text;
	} rows[] = { { 0, "Sun, 22 Nov 2026 00:00:00 +0000" },
		{ 3600, "Sun, 22 Nov 2026 01:00:00 +0100" },
		{ -12600, "Sat, 21 Nov 2026 20:30:00 -0330" },
		{ 20700, "Sun, 22 Nov 2026 05:45:00 +0545" } };
	char text[HEADER_DATE];

	(void)state;
	for (size_t i = 0; i < NELEMS(rows); i++) {
		header_date(RIG_START / 1000, rows[i].offset, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void
a_dot_alone_does_not_end_a_mail(void **state)
{
	struct letter letter;
	char *bytes;
	size_t n;

	(void)state;
	compose_test(&letter, &compose);
	free(letter.text);
	letter.text = mem_text("before\n.\n..\n.x\nafter\n");
	bytes = mime_of(&letter, &n);
	assert_int_equal(strlen(bytes), n);
	assert_non_null(
	    strstr(bytes, "\r\nbefore\r\n.\r\n..\r\n.x\r\nafter\r\n"));
	free(bytes);
	letter_fini(&letter);
}

static void
a_picture_stands_beside_the_html(void **state)
{
	struct letter letter;
	char *bytes;
	size_t n;

	(void)state;
	compose_test(&letter, &compose);
	bytes = mime_of(&letter, &n);
	assert_null(strstr(bytes, "image/png"));
	assert_null(strstr(bytes, "picture 0"));
	free(bytes);
	letter.pictures[0].png = mem_text("\x89PNG\r\n\x1a\n");
	letter.pictures[0].n = 8;
	bytes = mime_of(&letter, &n);
	assert_non_null(strstr(bytes, "cid:picture0.0123456789abcdef"));
	assert_non_null(strstr(
	    bytes, "Content-ID: <picture0.0123456789abcdef.mailweir@mx1"));
	assert_non_null(strstr(bytes, "\r\niVBORw0KGgo="));
	free(bytes);
	letter_fini(&letter);
}

static void
an_address_needs_no_quoting(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = { { "postmaster", true }, { "kim@example.org", true },
		{ "a.b+c@[192.0.2.1]", false }, { "", false }, { "@x", false },
		{ "x@", false }, { "a@b@c", false }, { "a b@c", false },
		{ "a@b\r\nc", false }, { "-f@x", false }, { "\"a\"@b", false },
		{ "a,b", false }, { "\xc3\xa4@b", false } };

	(void)state;
	for (size_t i = 0; i < NELEMS(rows); i++)
		if (mail_is_address(rows[i].text) != rows[i].is)
			fail_msg("%s", rows[i].text);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_tells_all_that_is_asked_of_it),
		cmocka_unit_test(each_kind_of_key_has_its_words),
		cmocka_unit_test(a_hostile_key_is_only_text),
		cmocka_unit_test(the_other_mails_have_their_own),
		cmocka_unit_test(no_subject_adds_a_header),
		cmocka_unit_test(a_field_is_folded_and_encoded),
		cmocka_unit_test(the_date_is_that_of_the_zone),
		cmocka_unit_test(a_dot_alone_does_not_end_a_mail),
		cmocka_unit_test(a_picture_stands_beside_the_html),
		cmocka_unit_test(an_address_needs_no_quoting),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
