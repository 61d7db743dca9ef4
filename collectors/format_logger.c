/*
 * format_logger.c - what the loggers admit to have lost
 *
 * journald: "Suppressed 42 messages from postfix@-.service" (journald-rate-
 * limit.c).  rsyslog: "imuxsock[pid 42]: begin to drop messages due to
 * rate-limiting", "imjournal: 42 messages lost due to rate-limiting"; before 8
 * "imuxsock lost 42 messages from pid 42 due to rate-limiting".
 */
#include "base/array.h"
#include "collectors/format.h"

static const struct slice names[] = {
	{ "systemd-journald", 16 },
	{ "systemd-journal", 15 },
	{ "rsyslogd", 8 },
	{ "rsyslogd-2177", 13 },
	{ "journal", 7 },
	{ "syslog-ng", 9 },
	{ "syslogd", 7 },
};

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

/* The number in front of `behind'. */
static bool
number_before(struct slice text, struct slice behind, uint64_t *number)
{
	ptrdiff_t end = slice_find(text, behind);
	size_t start = end == -1 ? 0 : (size_t)end;

	if (end == -1)
		return false;
	while (
	    start > 0 && text.p[start - 1] >= '0' && text.p[start - 1] <= '9')
		start--;
	return slice_number(
	    (struct slice){ text.p + start, (size_t)end - start }, number);
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text;
	uint64_t lost;

	(void)kind;
	if ((slice_begins(text, "Suppressed ") &&
		number_before(text, SLICE(" messages from "), &lost)) ||
	    (slice_begins(text, "imuxsock lost ") &&
		number_before(text, SLICE(" messages from pid "), &lost)) ||
	    number_before(
		text, SLICE(" messages lost due to rate-limiting"), &lost)) {
		tracker_counts(tracker)->lost += lost;
		return MEANS_FACT;
	}
	if (slice_find(text, SLICE("begin to drop messages")) != -1) {
		tracker_counts(tracker)->lost++;
		return MEANS_FACT;
	}
	return MEANS_NOTHING;
}

const struct log_format format_logger = {
	.name = "logger",
	.systems = "journald, rsyslog",
	.reads = "how many lines the logger lost",
	.owns = owns,
	.parse = parse,
};
