/* digest_count.c - what the digest is told beside the events */
#include "base/digest_impl.h"
#include "base/gist.h"

void
digest_complaint(struct digest *digest, const struct complaint *complaint)
{
	static const enum digest_count counts[SEVERITIES] = { DIGEST_WARNINGS,
		DIGEST_ERRORS, DIGEST_FATALS, DIGEST_PANICS };
	struct increment increment = { complaint->when / 1000000,
		{ complaint->count } };
	char text[NAME_TEXT + GIST_TEXT];
	unsigned hour;
	size_t n;
	struct day *day =
	    digest_day_at(digest, complaint->host, complaint->when, &hour);

	if (day == NULL)
		return;
	day->dirty = true;
	day->hours[hour][counts[complaint->severity]] += complaint->count;
	day = digest_table_day(digest, day);
	/* What an event tells of is told in another table. */
	if (complaint->fact || day == NULL)
		return;
	n = slice_copy(complaint->program, text, NAME_TEXT);
	text[n++] = '\n';
	n += gist(complaint->words, text + n, GIST_TEXT - n);
	digest_line_add(digest, day, DIGEST_COMPLAINTS,
	    (uint32_t)complaint->severity, (struct slice){ text, n },
	    &increment);
}

void
digest_count(struct digest *digest, struct slice host, int64_t when,
    enum metric metric, uint64_t n)
{
	enum digest_count count;
	struct day *day;
	unsigned hour;

	switch (metric) {
	case METRIC_AGENT_LINES:
		count = DIGEST_LINES;
		break;
	case METRIC_AGENT_LINES_RECOGNISED:
		count = DIGEST_LINES_RECOGNISED;
		break;
	case METRIC_AGENT_LINES_IGNORED:
		count = DIGEST_LINES_IGNORED;
		break;
	case METRIC_AGENT_LINES_UNRECOGNISED:
		count = DIGEST_LINES_UNRECOGNISED;
		break;
	case METRIC_AGENT_LINES_LOST:
		count = DIGEST_LINES_LOST;
		break;
	default:
		return;
	}
	day = digest_day_at(digest, host, when * 1000000, &hour);
	if (day == NULL)
		return;
	day->dirty = true;
	day->hours[hour][count] += n;
}

void
digest_queue(struct digest *digest, struct slice host, int64_t when,
    uint64_t messages, uint64_t oldest_seconds)
{
	unsigned hour;
	struct day *day = digest_day_at(digest, host, when * 1000000, &hour);
	struct digest_queue *queue;

	if (day == NULL)
		return;
	day->dirty = true;
	queue = &day->queue;
	if (!queue->known)
		queue->first = messages;
	queue->known = true;
	queue->last = messages;
	if (messages > queue->highest)
		queue->highest = messages;
	if (oldest_seconds > queue->oldest_seconds)
		queue->oldest_seconds = oldest_seconds;
}
