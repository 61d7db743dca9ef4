/* collectors_status.c - what the collectors tell of themselves */
#include "collectors/captures.h"
#include "collectors/collectors_impl.h"
#include "collectors/format.h"
#include "collectors/reader.h"
#include "collectors/shapes.h"
#include "collectors/shares.h"

struct coverage_counts
collectors_coverage(const struct collectors *c)
{
	const struct coverage *from = maillog_coverage(c->maillog);
	struct coverage_counts counts = { from->lines, from->recognised,
		from->ignored, from->unrecognised, from->first, from->last };

	if (counts.first == 0 ||
	    (c->captured_first != 0 && c->captured_first < counts.first))
		counts.first = c->captured_first;
	if (c->captured_last > counts.last)
		counts.last = c->captured_last;
	return counts;
}

void
collectors_print_shapes(const struct collectors *c, FILE *out)
{
	shapes_print(maillog_shapes(c->maillog), out);
}

size_t
collectors_shapes(const struct collectors *c, struct line_shape *rows,
    size_t most, uint64_t *others)
{
	return shapes_top(maillog_shapes(c->maillog), rows, most, others);
}

size_t
collectors_programs(const struct collectors *c, struct program_share *rows,
    size_t most, struct program_share *others)
{
	return shares_top(maillog_shares(c->maillog), rows, most, others);
}

void
collectors_print_programs(const struct collectors *c, FILE *out)
{
	shares_print(maillog_shares(c->maillog), out);
}

int
collectors_progress(struct collectors *c)
{
	uint64_t left = 0, all = 0;
	bool reading = false;

	if (c->caught_up)
		return -1;
	for (size_t i = 0; i < c->source_count; i++) {
		struct source *source = &c->sources[i];
		uint64_t backlog = source->reader->backlog_bytes(source->it);

		if (backlog > source->first_backlog)
			source->first_backlog = backlog;
		left += backlog;
		all += source->first_backlog;
		reading |= source->idle_since == 0;
	}
	/* At rest with nothing left, it is the present from now on. */
	c->caught_up = !reading && left == 0;
	if (c->caught_up || all == 0)
		return -1;
	return (int)(100 - left * 100 / all);
}

bool
collectors_live(struct collectors *c)
{
	(void)collectors_progress(c);
	return c->caught_up;
}

size_t
collectors_source_count(const struct collectors *c)
{
	return c->source_count + polled_count(c->polled) +
	       captures_count(c->captures);
}

struct source_status
collectors_source(const struct collectors *c, size_t i)
{
	const struct source *source = &c->sources[i];
	struct source_status status;
	const char *path;

	if (i >= c->source_count + polled_count(c->polled))
		return captures_source(
		    c->captures, i - c->source_count - polled_count(c->polled));
	if (i >= c->source_count)
		return polled_source(c->polled, i - c->source_count);
	path = source->config->path;
	status = (struct source_status){ source->config->title,
		path != NULL ? path : "journal", "reading",
		source->reader->trouble(source->it), source->lines,
		source->log.clock.last, false, ownlog_name(&source->log.own) };
	if (status.trouble != NULL)
		status.state = "missing";
	else if (source->idle_since == 0)
		status.state = "catching up";
	else if (source->log.retold && source->log.own.format != NULL)
		status.state = "not counted: another log has the same";
	return status;
}

int
collectors_check_zone(const char *name, struct err *err)
{
	/* Not zone_new(): it sets TZ, and a reload has a thread beside it. */
	return zone_check(name, err);
}

size_t
collectors_formats(void)
{
	return format_count;
}

struct format_row
collectors_format(size_t i)
{
	return (struct format_row){ formats[i]->name, formats[i]->systems,
		formats[i]->reads };
}

const char *
collectors_library(void)
{
	return logfile_library();
}
