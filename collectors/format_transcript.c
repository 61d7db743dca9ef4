/*
 * format_transcript.c - what Sendmail writes with -X: whole dialogues
 *
 * 00176 >>> 220 mx.example.org ESMTP Sendmail 8.17.1; Tue, 1 Dec 2026 02:46:16
 *  GMT
 * 00176 <<< ehlo client.example.net
 * 00279 === CONNECT mx.example.com.
 *
 * (sendmail(8): -X logfile; the forms are those of 8.17.1, held against a real
 * one.)  A line is a process' number, of five digits or more, who speaks, and
 * what is said: ">>>" Sendmail, "<<<" the other one, "===" whom it calls.  Each
 * line of a message stands behind its own front, so a stranger begins none.
 *
 * There is no time stamp.  The greeting has the time, by which a line is no
 * older than the one before and no younger than the file.
 */
#include <stdio.h>

#include "base/array.h"
#include "collectors/format.h"
#include "collectors/transcript/speaker.h"
#include "collectors/transcript/transcript.h"

/* A hint that is none: the year was given, and may be any. */
#define NEVER (INT64_MAX / 1000000)

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "transcript");
}

/* "GMT", "+0100" and "+0100 (CET)"; RFC 5322, 3.3. */
static bool
read_zone(struct slice zone, char offset[static 8])
{
	if (slice_begins(zone, "GMT") || slice_begins(zone, "UTC")) {
		strcpy(offset, "+0000");
		return true;
	}
	if (zone.n < 5 || (zone.p[0] != '+' && zone.p[0] != '-'))
		return false;
	(void)slice_copy((struct slice){ zone.p, 5 }, offset, 8);
	return true;
}

/* "1 Dec 2026 02:46:16 GMT", behind "Tue, ". */
static bool
read_date(struct stamp_clock *clock, struct slice text, int64_t *when)
{
	char stamp[24], wall[64], offset[8];
	struct slice day, month, year, time, read;
	int number, month_number;

	if (!slice_cut(&text, SLICE(" "), &day) || day.n > 2 || day.n == 0 ||
	    !slice_cut(&text, SLICE(" "), &month) || month.n != 3 ||
	    !slice_cut(&text, SLICE(" "), &year) || year.n != 4 ||
	    !slice_cut(&text, SLICE(" "), &time) || time.n != 8 ||
	    !read_zone(text, offset))
		return false;
	snprintf(stamp, sizeof(stamp), "%.3s %2.*s %.8s ", month.p, (int)day.n,
	    day.p, time.p);
	if (!stamp_day(slice_of(stamp), &month_number, &number))
		return false;
	snprintf(wall, sizeof(wall), "%.4s-%02d-%02d %.8s %s ", year.p,
	    month_number, number, time.p, offset);
	read = slice_of(wall);
	return stamp_read_wall(clock, &read, when);
}

/* Of a greeting: "...; Tue, 1 Dec 2026 02:46:16 GMT; ..." */
static void
move_clock(struct stamp_clock *clock, struct slice text)
{
	struct stamp_clock tried = *clock;
	struct slice before, rest = text;
	int64_t when;

	if (!slice_begins(text, ">>> 220 "))
		return;
	while (slice_cut(&rest, SLICE("; "), &before)) {
		if (rest.n < 5 || rest.p[3] != ',' || rest.p[4] != ' ' ||
		    !read_date(&tried, slice_from(rest, 5), &when))
			continue;
		when /= 1000000;
		if (when > clock->last && when <= clock->hint)
			clock->last = when;
		return;
	}
}

/* What has no speaker may be anything, and is not looked at. */
static bool
front(struct stamp_clock *clock, struct slice line, struct header *header)
{
	header->program = SLICE("transcript");
	if (speaker_read(line, &header->pid, &header->text))
		move_clock(clock, header->text);
	else
		header->text = SLICE("");
	if (clock->last != 0)
		header->when = clock->last * 1000000;
	else
		header->when = clock->hint < NEVER ? clock->hint * 1000000 : 0;
	return true;
}

static bool
claims(const struct header *header)
{
	return header->text.n != 0;
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	(void)kind;
	return transcript_line(tracker, line);
}

const struct log_format format_transcript = {
	.name = "transcript",
	.systems = "Sendmail 8, its -X",
	.reads = "whole dialogues, as the wire has them: beside the log",
	.owns = owns,
	.parse = parse,
	.front = front,
	.claims = claims,
	.in_parts = true,
	.beside = true,
};
