/*
 * collectors_ownlog.c - sources whose lines name no program, nor a host
 */
#include <sys/utsname.h>

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/collectors_impl.h"
#include "collectors/format.h"
#include "collectors/lines.h"
#include "collectors/logfile.h"

#define LOOKED_AT (64u << 10) /* of a log, to tell what it is */

/* As the logs call it, with or without its domain. */
static struct slice
host_of(struct source *source)
{
	const char *name = source->host;
	struct utsname node;

	if (name == NULL)
		name = uname(&node) == 0 ? node.nodename : "localhost";
	return collectors_name_host(source->owner, slice_of(name));
}

void
source_decide(struct source *source, struct slice line)
{
	struct maillog_source *log = &source->log;

	ownlog_decide(&log->own, &log->clock, line);
	if (log->own.format != NULL && log->here.n == 0)
		log->here = host_of(source);
}

bool
collectors_is_format(const char *name)
{
	struct ownlog log;

	return ownlog_named(&log, slice_of(name));
}

const char *
collectors_format_name(size_t i)
{
	if (i == 0)
		return "syslog";
	for (size_t k = 0; k < format_count; k++)
		if (formats[k]->front != NULL && --i == 0)
			return formats[k]->name;
	return NULL;
}

struct guess {
	struct ownlog log;
	struct stamp_clock clock;
};

static void
look(void *arg, struct slice line, uint64_t begin)
{
	struct guess *guess = arg;

	(void)begin;
	ownlog_decide(&guess->log, &guess->clock, line);
}

const char *
collectors_guess_format(const char *path)
{
	struct err err;
	struct logfile *file = logfile_open(path, &err);
	struct zone *zone = zone_new("UTC", &err);
	struct guess guess = { .clock = { .zone = zone } };
	struct lines *lines = mem_zero(1, sizeof(*lines));
	const char *block;
	ssize_t n = -1;

	if (file != NULL && zone != NULL)
		n = logfile_next(file, LOOKED_AT, &block, &err);
	if (n > 0)
		lines_feed(lines, block, (size_t)n, look, &guess);
	free(lines);
	zone_free(zone);
	logfile_close(file);
	return ownlog_name(&guess.log);
}
