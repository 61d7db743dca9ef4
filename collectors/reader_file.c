/* reader_file.c - a log as a source of lines */
#include "collectors/reader.h"

static void
close_it(void *it)
{
	tail_close(it);
}

static int
load(void *it, struct slice value, struct err *err)
{
	return tail_load(it, value, err);
}

static void
save(const void *it, struct state_writer *w)
{
	tail_save(it, w);
}

static int
fd(const void *it)
{
	return tail_fd(it);
}

static void
ready(void *it, int64_t now_ms)
{
	tail_ready(it, now_ms);
}

static int64_t
due(const void *it)
{
	return tail_due(it);
}

static void
take_line(void *arg, struct slice line, const struct line_origin *origin)
{
	struct source *source = arg;

	source->log.clock.hint = origin->hint;
	if (origin->offset == 0 && source->log.clock.last == 0)
		source->log.clock.year = tail_year(source->it);
	source->log.overlong = tail_overlong(source->it);
	source_line(source->owner, source, line);
}

static size_t
read_it(struct source *source, size_t most)
{
	return tail_read(source->it, most, take_line, source);
}

static uint64_t
backlog_bytes(const void *it)
{
	return tail_backlog_bytes(it);
}

static uint64_t
lost(const void *it)
{
	return tail_overlong(it);
}

static const char *
trouble(const void *it)
{
	return tail_trouble(it);
}

const struct reader reader_file = { close_it, load, save, fd, ready, due,
	read_it, backlog_bytes, lost, trouble };
