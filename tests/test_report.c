/* test_report.c - the page: what it calls for, what it compares, and safe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "agent/local.h"
#include "agent/report.h"
#include "base/array.h"
#include "base/safe.h"
#include "tests/digest_rig.h"

static struct report
report_of(const struct digest_page *page, const struct digest_page *before)
{
	return (struct report){ .page = page,
		.before = before,
		.host = "mx1",
		.from = page->days[0].number,
		.to = page->days[page->day_count - 1].number,
		.top = 20 };
}

static char *
text_of(const struct report *report)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	report_print(out, report);
	fclose(out);
	return text;
}

static bool
finds(const struct report *report, const char *what, const char *words)
{
	struct findings findings;

	report_judge(report, &findings);
	for (size_t i = 0; i < findings.n; i++)
		if (strcmp(findings.list[i].what, what) == 0 &&
		    strstr(findings.list[i].text, words) != NULL)
			return true;
	return false;
}

static void
add(struct digest *digest, enum event_kind kind, unsigned times)
{
	struct mail_event event = rig_event(kind, MIDNIGHT + 9 * HOURS);

	event.client = (struct addr){ 4, { 192, 0, 2, 7 } };
	event.account = SLICE("kim");
	if (kind == EVENT_RELAYED)
		event.relay = RELAY_OPEN;
	if (kind == EVENT_RECEIVED)
		event.message.recipients = 1;
	while (times-- > 0)
		digest_add(digest, &event);
}

/* Enough lines, all understood, and a message: nothing to say. */
static struct digest *
quiet(void)
{
	struct digest *digest = rig_digest();

	digest_count(digest, SLICE("mx1"), MIDNIGHT, METRIC_AGENT_LINES, 1000);
	rig_received(digest, MIDNIGHT, "a@b.example", 1);
	return digest;
}

static void
complain(struct digest *digest, enum severity severity, const char *words)
{
	struct complaint complaint = { .when = MIDNIGHT * 1000000LL,
		.host = SLICE("mx1"),
		.program = SLICE("postfix/master"),
		.severity = severity,
		.words = slice_of(words),
		.count = 1 };

	digest_complaint(digest, &complaint);
}

static void
on_a_quiet_day_nothing_needs_a_hand(void **state)
{
	struct digest *digest = quiet();
	struct digest_page *page = rig_page(digest, THE_DAY);
	struct report report = report_of(page, NULL);
	struct findings findings;
	char *text;

	(void)state;
	report_judge(&report, &findings);
	assert_int_equal(findings.n, 0);
	text = text_of(&report);
	assert_non_null(strstr(text, "What needs a hand\n"
				     "-----------------\n  nothing\n"));
	assert_non_null(strstr(text, "that day is not known"));
	assert_non_null(strstr(text, "Mail report of mx1: Sat 2026-11-21\n"));
	free(text);
	digest_page_free(page);
	digest_free(digest);
}

static void
check_judge(void (*happens)(struct digest *, unsigned), unsigned below,
    unsigned above, const char *what, const char *words)
{
	for (unsigned pass = 0; pass < 2; pass++) {
		struct digest *digest = quiet();
		struct digest_page *page;
		struct report report;

		happens(digest, pass == 0 ? below : above);
		page = rig_page(digest, THE_DAY);
		report = report_of(page, NULL);
		if (finds(&report, what, pass == 0 ? "" : words) != pass)
			fail_msg("%s: %s", what, pass ? "missed" : "found");
		digest_page_free(page);
		digest_free(digest);
	}
}

static void
relays(struct digest *digest, unsigned n)
{
	add(digest, EVENT_RELAYED, n);
}

static void
defers(struct digest *digest, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		rig_deferred(digest, MIDNIGHT + 3 * HOURS + i * 60,
		    "a@far.example", "450 4.2.0 <a@far.example>: busy");
}

static void
guesses(struct digest *digest, unsigned n)
{
	add(digest, EVENT_AUTH_FAILED, n);
}

static void
mails(struct digest *digest, unsigned n)
{
	add(digest, EVENT_RECEIVED, n);
}

static void
bounces(struct digest *digest, unsigned n)
{
	add(digest, EVENT_SENT, 75);
	add(digest, EVENT_BOUNCED, n);
}

/* From 20 on; it grew when it has doubled and is fifty more. */
static void
queues(struct digest *digest, unsigned n)
{
	digest_queue(digest, SLICE("mx1"), MIDNIGHT, 20, 0);
	digest_queue(digest, SLICE("mx1"), MIDNIGHT + 60, 90, 0);
	digest_queue(digest, SLICE("mx1"), MIDNIGHT + 120, n, 0);
}

static void
waits(struct digest *digest, unsigned n)
{
	digest_queue(digest, SLICE("mx1"), MIDNIGHT, 1, n);
}

static void
loses(struct digest *digest, unsigned n)
{
	digest_count(
	    digest, SLICE("mx1"), MIDNIGHT, METRIC_AGENT_LINES_LOST, n);
}

static void
puzzles(struct digest *digest, unsigned n)
{
	digest_count(
	    digest, SLICE("mx1"), MIDNIGHT, METRIC_AGENT_LINES_UNRECOGNISED, n);
}

static void
dies(struct digest *digest, unsigned n)
{
	while (n-- > 0)
		complain(digest, SEVERITY_FATAL, "bind port 25: in use");
}

static void
each_trouble_is_called_from_its_threshold_on(void **state)
{
	(void)state;
	check_judge(relays, 0, 1, "open_relay", "192.0.2.7 brought 1 of them");
	check_judge(defers, 9, 10, "deferring",
	    "far.example defers since 03:00, last at 03:09, 10 times, and took "
	    "nothing: 450 4.2.0 <>: busy");
	check_judge(guesses, 9, 10, "password_guessing",
	    "1 client failed 10 times or more; most: 192.0.2.7 (10)");
	check_judge(mails, 499, 500, "account_volume",
	    "Account kim sent 500 messages to 500 recipients.");
	check_judge(bounces, 24, 25, "account_bounces",
	    "Account kim: 25 % of 100 attempts");
	check_judge(bounces, 24, 25, "bounced_share",
	    "25 % of the delivery attempts bounced (25 of 100)");
	check_judge(queues, 69, 70, "queue_growing",
	    "The queue grew from 20 to 70 messages (highest: 90).");
	check_judge(waits, 14399, 14400, "queue_age", "for 4.0 h");
	check_judge(loses, 0, 1, "lines_lost", "1 log lines were lost");
	check_judge(puzzles, 5, 6, "coverage", "6 of 1000");
	check_judge(dies, 0, 1, "fatal",
	    "postfix/master: fatal, 1 times: bind port 25: in use");
}

static void
a_share_is_judged_against_the_same_weekday(void **state)
{
	struct digest *digest = quiet(), *old = quiet();
	struct digest_page *page, *before;
	struct report report;
	char *text;

	(void)state;
	bounces(digest, 25);
	bounces(old, 20);
	page = rig_page(digest, THE_DAY);
	before = rig_page(old, THE_DAY);
	report = report_of(page, before);
	assert_false(finds(&report, "bounced_share", ""));
	text = text_of(&report);
	assert_non_null(strstr(text, " bounced                            "
				     "25           20      +25 %\n"));
	free(text);
	digest_page_free(before);
	digest_free(old);
	old = quiet();
	bounces(old, 2);
	before = rig_page(old, THE_DAY);
	report = report_of(page, before);
	assert_true(
	    finds(&report, "bounced_share", "a week before it was 3 %"));
	digest_page_free(before);
	digest_page_free(page);
	digest_free(old);
	digest_free(digest);
}

/* Bytes that a terminal or a mail must not see. */
static void
assert_safe(const char *text)
{
	struct slice rest = slice_of(text);
	size_t n;

	for (; rest.n != 0; rest = slice_from(rest, n)) {
		unsigned char c = (unsigned char)rest.p[0];

		n = slice_utf8(rest);
		assert_true(n > 0);
		assert_true(c == '\n' || (c >= ' ' && c != 0x7f));
		assert_false(
		    n == 2 && c == 0xc2 && (unsigned char)rest.p[1] < 0xa0);
		assert_false(slice_begins(rest, "\xe2\x80\xae"));
		assert_false(slice_begins(rest, "\nSubject:"));
		assert_false(slice_begins(rest, "\n.\n"));
	}
}

static const char *const hostile[] = {
	"a\r\nSubject: gotcha\r\n\r\n@b.example",
	"\x1b]0;owned\x07@\x1b[2J.example",
	"\xc2\x9b"
	"31m@c1.example",
	"\xe2\x80\xae"
	"evil@rtl.example\xe2\x80\xa8next",
	"\xff\xfe\x80@bad.example",
	"k\xc3\xbc"
	"che@\xe2\x82\xac.example",
	"\n.\n@dot.example",
	"%s%n%d@format.example",
	"a@b@c@@",
};

static void
nothing_that_a_stranger_wrote_gets_out(void **state)
{
	struct digest *digest = quiet();
	struct digest_page *page;
	struct report report;
	char huge[5000], *text;
	size_t size = 0;
	json_t *json;
	FILE *out;

	(void)state;
	memset(huge, 'h', sizeof(huge));
	memcpy(huge + sizeof(huge) - 13, "\xe2\x82@x.example", 13);
	for (size_t i = 0; i <= NELEMS(hostile); i++) {
		const char *s = i == NELEMS(hostile) ? huge : hostile[i];
		struct mail_event event = rig_event(EVENT_REJECTED, MIDNIGHT);

		rig_received(digest, MIDNIGHT, s, 1);
		for (unsigned k = 0; k < 20; k++)
			rig_deferred(digest, MIDNIGHT, s, s);
		event.reject.text = event.reject.recipient = slice_of(s);
		digest_add(digest, &event);
		complain(digest, SEVERITY_PANIC, s);
		event = rig_event(EVENT_RECEIVED, MIDNIGHT);
		event.account = slice_of(s);
		event.message.recipients = 1000;
		digest_add(digest, &event);
		event = rig_event(EVENT_DISCARDED, MIDNIGHT);
		event.delivery.reply = event.host = slice_of(s);
		digest_add(digest, &event);
	}
	page = rig_page(digest, THE_DAY);
	report = report_of(page, NULL);
	report.host = hostile[0];
	text = text_of(&report);
	assert_safe(text);
	assert_non_null(strstr(text, "k\xc3\xbc"
				     "che@\xe2\x82\xac.example"));
	free(text);
	text = NULL;
	out = open_memstream(&text, &size);
	assert_int_equal(report_print_json(out, &report), 0);
	fclose(out);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	json_decref(json);
	free(text);
	digest_page_free(page);
	digest_free(digest);
}

static void
texts_are_cut_at_a_character(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		const char *shown;
	} cases[] = {
		{ "abcdef", 6, "abcdef" },
		{ "abcdefg", 6, "abc..." },
		{ "abcdefg", 0, "abcdefg" },
		{ "ab\x01zzzz", 6, "ab..." },
		{ "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 4,
		    "\xc3\xbc..." },
		{ "a\xc2\x9b", 20, "a\\302\\233" },
		{ "", 6, "" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		safe_text(
		    slice_of(cases[i].text), cases[i].width, out, sizeof(out));
		assert_string_equal(out, cases[i].shown);
	}
	for (size_t size = 8; size < 64; size++) {
		safe_text(slice_of(hostile[3]), 0, out, size);
		assert_true(strlen(out) < size);
	}
}

static void
sizes_and_delays_are_written_for_people(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = { { 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 kB" },
		{ 99949, "99.9 kB" }, { 123456, "123 kB" },
		{ 999499, "999 kB" }, { 999500, "1.0 MB" },
		{ UINT64_MAX, "18447 PB" } };
	char text[NUMBER_TEXT];

	(void)state;
	for (size_t i = 0; i < NELEMS(sizes); i++) {
		report_bytes(sizes[i].bytes, text);
		assert_string_equal(text, sizes[i].text);
	}
	report_delay(0.04, text);
	assert_string_equal(text, "0.0 s");
	report_delay(90, text);
	assert_string_equal(text, "1.5 min");
	report_delay(7200, text);
	assert_string_equal(text, "2.0 h");
	report_delay(259200, text);
	assert_string_equal(text, "3.0 d");
}

static void
days_are_read_as_they_are_printed(void **state)
{
	static const char *const wrong[] = { "", "2026-11-31", "2026-13-01",
		"2026-1-1", "21.11.2026", "2026-11-21x", "2026-02-29",
		"1969-01-01", "2026-11- 1" };
	char text[DAY_TEXT];
	int64_t day;

	(void)state;
	assert_true(day_read(SLICE("2026-11-21"), &day));
	assert_int_equal(day, THE_DAY);
	day_print(day, true, text);
	assert_string_equal(text, "Sat 2026-11-21");
	assert_true(day_read(SLICE("2028-02-29"), &day));
	for (size_t i = 0; i < NELEMS(wrong); i++)
		assert_false(day_read(slice_of(wrong[i]), &day));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_a_quiet_day_nothing_needs_a_hand),
		cmocka_unit_test(each_trouble_is_called_from_its_threshold_on),
		cmocka_unit_test(a_share_is_judged_against_the_same_weekday),
		cmocka_unit_test(nothing_that_a_stranger_wrote_gets_out),
		cmocka_unit_test(texts_are_cut_at_a_character),
		cmocka_unit_test(sizes_and_delays_are_written_for_people),
		cmocka_unit_test(days_are_read_as_they_are_printed),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
