/*
 * nullmailer_own.c - nullmailer's lines in a log of its own: when, and whose
 */
#include "collectors/nullmailer.h"

#include "base/array.h"

#define LATEST 17179869183 /* a second of the year 2514 */

struct slice
nullmailer_field(struct slice text, struct slice name)
{
	struct slice before, value;

	if (!slice_cut(&text, name, &before))
		return SLICE("");
	return slice_cut(&text, SLICE(" "), &value) ? value : text;
}

/* The latest second that a file was queued in; before the first, the log's
   own time. */
static int64_t
time_of_files(struct stamp_clock *clock, struct slice line)
{
	struct slice file = nullmailer_field(line, SLICE(" file: ")), seconds;
	uint64_t queued;

	if (slice_begins(line, "Starting delivery: ") &&
	    slice_cut(&file, SLICE("."), &seconds) &&
	    slice_number(seconds, &queued) && queued <= LATEST &&
	    (int64_t)queued > clock->last)
		clock->last = (int64_t)queued;
	if (clock->last == 0 && clock->hint > 0 && clock->hint <= LATEST)
		return clock->hint * 1000000;
	return clock->last * 1000000;
}

bool
nullmailer_front(
    struct stamp_clock *clock, struct slice line, struct header *header)
{
	if (!stamp_read_tai64n(clock, &line, &header->when) &&
	    !stamp_read_wall(clock, &line, &header->when))
		header->when = time_of_files(clock, line);
	header->program = SLICE("nullmailer");
	header->text = line;
	return true;
}

bool
nullmailer_claims(const struct header *header)
{
	static const struct slice marks[] = { { "Starting delivery: host: ",
						  25 },
		{ "Starting delivery: protocol: ", 29 },
		{ "Starting delivery, ", 19 }, { "Delivery complete, ", 19 },
		{ "Rescanning queue.", 17 }, { "Trigger pulled.", 15 },
		{ "Sending failed: ", 16 }, { "Sent file.", 10 } };

	for (size_t i = 0; i < NELEMS(marks); i++)
		if (slice_starts(header->text, marks[i]))
			return true;
	return false;
}
