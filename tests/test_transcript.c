/* test_transcript.c - what is said in a transcript, and by whom */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "collectors/transcript/speaker.h"
#include "collectors/transcript/transcript.h"
#include "tests/feed.h"

#define GREETING                                                               \
	" >>> 220 mx ESMTP Sendmail 8.18.1/8.18.1; Tue, 1 Dec 2026 02:00:00 "  \
	"GMT\n"
#define HELLO                                                                  \
	"00007" GREETING "00007 <<< EHLO c.example.net\n"                      \
	"00007 >>> 250-mx Hello c.example.net [192.0.2.7], pleased to meet "   \
	"you\n00007 >>> 250 HELP\n"
#define MESSAGE                                                                \
	"00007 <<< MAIL FROM:<a@example.net>\n"                                \
	"00007 >>> 250 2.1.0 <a@example.net>... Sender ok\n"                   \
	"00007 <<< RCPT TO:<b@example.com>\n"                                  \
	"00007 >>> 250 2.1.5 <b@example.com>... Recipient ok\n"                \
	"00007 <<< DATA\n"                                                     \
	"00007 >>> 354 End data with <CR><LF>.<CR><LF>\n"                      \
	"00007 <<< \n00007 <<< hello\n00007 <<< .\n"
#define TAKEN                                                                  \
	"00007 >>> 250 2.0.0 6B12vXIt000007 Message accepted for delivery\n"
#define GOODBYE "00007 <<< QUIT\n00007 >>> 221 2.0.0 mx closing connection\n"

#define AT   "1796090400.000000 host=mx1 "
#define CAME AT "connected wire client=192.0.2.7\n"
#define LEFT AT "disconnected wire client=192.0.2.7 ended\n"
#define RECEIVED                                                               \
	AT "received wire id=6B12vXIt000007 client=192.0.2.7 "                 \
	   "from=a@example.net recipients=1 bytes=9\n"

/* The text's events, as those of a file of its own. */
static void
assert_events(const char *text, const char *events)
{
	struct feed *feed = feed_new(true);

	feed_text(feed, text);
	assert_string_equal(feed_events(feed), events);
	feed_free(feed);
}

/* While it serves, Sendmail calls another host, which says what it likes. */
static void
a_host_that_is_called_speaks_for_no_client(void **state)
{
	static const char *const said[] = {
		"00007 <<< MAIL FROM:<x@example.net>\n",
		"00007 <<< [EOF]\n00007 <<< QUIT\n",
		"00007 <<< 221-bye\n00007 <<< VRFY root\n",
		/* Whatever 3xx it answers, the message goes out. */
		"00007 >>> DATA\n00007 <<< 399 go on\n"
		"00007" GREETING "00007 >>> 550 5.7.1 no\n00007 >>> .\n",
		"00007 >>> DATA\n00007 <<< [EOF]\n00007 <<< 354 go on\n"
		"00007 >>> 421 4.7.0 mx Lost input channel from "
		"x [203.0.113.9]\n00007 >>> .\n",
		"00007 >>> QUIT\n00007 <<< 221-bye\n00007 <<< VRFY root\n"
		"00007 <<< 221 bye\n",
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(said); i++) {
		char text[4096];

		snprintf(text, sizeof(text),
		    HELLO MESSAGE
		    "00007 === CONNECT mx.example.com.\n%s" TAKEN GOODBYE,
		    said[i]);
		print_message("%s", said[i]);
		assert_events(text, CAME RECEIVED LEFT);
	}
}

/* `more' stands behind `n' bytes of a line of that process. */
static void
put_long(char *text, const char *front, size_t n, const char *more)
{
	size_t at = strlen(front);

	memcpy(text, front, at);
	memset(text + at, 'x', n - at);
	strcpy(text + n, more);
}

static void
the_rest_of_a_line_that_was_broken_begins_no_session(void **state)
{
	static const size_t blocks[] = { 512, 4096, 8192 - 512 };
	static char line[8192], text[16384];

	(void)state;
	for (size_t i = 0; i < NELEMS(blocks); i++) {
		put_long(line, "00009 <<< ", blocks[i], "00008 <<< NOOP\n");
		snprintf(text, sizeof(text),
		    "00009" GREETING "%s00007" GREETING "00009 <<< .\n"
		    "00007 >>> 221 2.0.0 mx closing connection\n"
		    "00006" GREETING
		    "00006 >>> 221 2.0.0 mx closing connection\n",
		    line);
		assert_events(text,
		    AT "connected wire\n" AT "probe wire empty\n" AT
		       "disconnected wire ended\n");
	}
	/* Where no blocks meet is nothing broken. */
	put_long(line, "00009 <<< ", 700, "00008 <<< NOOP\n");
	snprintf(text, sizeof(text), "%s" HELLO GOODBYE, line);
	assert_events(text, CAME LEFT);
}

static void
behind_a_line_too_long_to_be_read_is_nobody_known(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	feed_text(feed, HELLO);
	feed->source.overlong++;
	feed_text(feed, "00008" GREETING); /* may be the rest of it */
	feed_text(feed, MESSAGE TAKEN GOODBYE);
	feed_text(feed, "00008 <<< VRFY root\n00008 >>> 252 2.5.2 no\n");
	assert_string_equal(feed_events(feed), CAME);
	feed_free(feed);
}

static void
a_line_without_a_speaker_is_not_understood(void **state)
{
	static const char *const lines[] = { "7 >>> 220 x", "00007 ??? x",
		"00007 >>>", "000007 >>> 220 x", "00007", "x", ">>> 220 x" };
	struct feed *feed = feed_new(true);

	(void)state;
	feed_text(feed, HELLO);
	for (size_t i = 0; i < NELEMS(lines); i++)
		if (feed_line(feed, slice_of(lines[i])) != MEANS_UNKNOWN)
			fail_msg("%s is understood", lines[i]);
	feed_text(feed, GOODBYE);
	assert_string_equal(feed_events(feed), CAME LEFT);
	feed_free(feed);
}

static void
the_longest_silent_makes_room(void **state)
{
	struct feed *feed = feed_new(false);
	char line[200];

	(void)state;
	for (unsigned pid = 1; pid <= TRANSCRIPT_MOST + 10; pid++) {
		snprintf(line, sizeof(line), "%05u" GREETING, pid);
		feed_text(feed, line);
	}
	assert_int_equal(tracker_counts(feed->tracker)->dropped, 10);
	feed_free(feed);
}

static void
a_front_is_as_long_as_it_says(void **state)
{
	static const uint64_t pids[] = { 0, 7, 99999, 100000, 4194304 };

	(void)state;
	for (size_t i = 0; i < NELEMS(pids); i++) {
		char line[64];
		struct slice text;
		uint64_t pid;

		snprintf(line, sizeof(line), "%05llu >>> x",
		    (unsigned long long)pids[i]);
		assert_true(speaker_read(slice_of(line), &pid, &text));
		assert_int_equal(pid, pids[i]);
		assert_int_equal(text.p - line, speaker_length(pid));
	}
}

/* Each of these lines is among the others, in their order. */
static bool
are_among(const char *some, const char *all)
{
	struct slice rest = slice_of(some), others = slice_of(all), line, other;

	while (slice_cut(&rest, SLICE("\n"), &line))
		do
			if (!slice_cut(&others, SLICE("\n"), &other))
				return false;
		while (!slice_eq(line, other));
	return true;
}

/* What a restart behind that many lines leaves. */
static void
assert_nothing_made_up(const char *text, size_t lines, const char *all)
{
	struct feed *first = feed_new(true), *second = feed_new(true);
	struct state_rows rows = { 0 };
	struct slice rest = slice_of(text), line;
	size_t n;

	for (size_t i = 0; i < lines && slice_cut(&rest, SLICE("\n"), &line);
	     i++)
		(void)feed_line(first, line);
	feed_hand_over(first, second, &rows);
	while (slice_cut(&rest, SLICE("\n"), &line))
		(void)feed_line(second, line);
	tracker_finish(second->tracker);
	n = strlen(feed_events(first));
	assert_memory_equal(feed_events(first), all, n);
	if (!are_among(feed_events(second), all + n))
		fail_msg(
		    "stopped behind line %zu: %s", lines, feed_events(second));
	rows_fini(&rows);
	feed_free(first);
	feed_free(second);
}

static void
a_restart_makes_nothing_up(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(
	    glob("tests/fixtures/transcript/*.log", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *text = feed_file(found.gl_pathv[i]);
		struct feed *feed = feed_new(true);
		struct slice rest = slice_of(text), line;
		size_t lines = 0;

		for (; slice_cut(&rest, SLICE("\n"), &line); lines++)
			(void)feed_line(feed, line);
		tracker_finish(feed->tracker);
		for (size_t at = 0; at < lines; at++)
			assert_nothing_made_up(text, at, feed_events(feed));
		feed_free(feed);
		free(text);
	}
	globfree(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_that_is_called_speaks_for_no_client),
		cmocka_unit_test(
		    the_rest_of_a_line_that_was_broken_begins_no_session),
		cmocka_unit_test(
		    behind_a_line_too_long_to_be_read_is_nobody_known),
		cmocka_unit_test(a_line_without_a_speaker_is_not_understood),
		cmocka_unit_test(the_longest_silent_makes_room),
		cmocka_unit_test(a_restart_makes_nothing_up),
		cmocka_unit_test(a_front_is_as_long_as_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
