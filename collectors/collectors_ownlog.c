/*
 * collectors_ownlog.c - sources whose lines name no program, nor a host
 */
#include <sys/utsname.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/collectors_impl.h"
#include "collectors/format.h"
#include "collectors/lines.h"
#include "collectors/logfile.h"
#include "collectors/reader.h"
#include "collectors/wire/pcapfile.h"

#define LOOKED_AT (64u << 10) /* of a log, to tell what it is */

/* The one host that logs read before are of; empty: none or several. */
static struct slice
only_host(const struct collectors *c)
{
	struct slice host = { NULL, 0 };

	for (uint32_t i = 0; i < TRACKER_HOSTS; i++) {
		if (c->hosts[i].n == 0)
			continue;
		if (host.n != 0)
			return (struct slice){ NULL, 0 };
		host = c->hosts[i];
	}
	return host;
}

/*
 * As the logs call it, with or without its domain.  What is read to its end
 * may be another host's: of the one that the other logs are of.
 */
static struct slice
host_of(struct source *source)
{
	struct slice host = only_host(source->owner);
	const char *name = source->host;
	struct utsname node;

	if (name == NULL && source->config == NULL && host.n != 0)
		return host;
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

/* Of what has only copies: is what it has copies of read as well? */
void
collectors_find_copies(struct collectors *c)
{
	for (size_t i = 0; i < c->source_count; i++)
		for (size_t k = 0; k < c->source_count; k++)
			if (c->sources[i].reader == &reader_file &&
			    c->sources[k].reader == &reader_file &&
			    teller_is_beside(c->sources[i].config->path,
				c->sources[k].config->path))
				c->sources[i].log.name.beside = true;
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

static bool
is_capture(const char *path)
{
	struct err err;
	struct logfile *file = logfile_open(path, &err);
	bool is = file != NULL && pcapfile_begins(logfile_peek(file));

	logfile_close(file);
	return is;
}

/* Captures come first, then logs that name their host, main logs, copies. */
static int
rank_of(const char *path)
{
	const char *format;

	if (teller_name(path, false).copies)
		return 3;
	if (strcmp(path, "-") == 0)
		return 1;
	if (is_capture(path))
		return 0;
	format = collectors_guess_format(path);
	return 1 + (format != NULL &&
		       strcmp(format, collectors_format_name(0)) != 0);
}

void
collectors_sort(const char **paths, size_t n)
{
	const char **sorted = mem_zero(n, sizeof(*sorted));
	int *ranks = mem_zero(n, sizeof(*ranks));
	size_t done = 0;

	for (size_t i = 0; i < n && n > 1; i++)
		ranks[i] = rank_of(paths[i]);
	for (int rank = 0; rank <= 3; rank++)
		for (size_t i = 0; i < n; i++)
			if (ranks[i] == rank)
				sorted[done++] = paths[i];
	memcpy(paths, sorted, n * sizeof(*paths));
	free(sorted);
	free(ranks);
}
