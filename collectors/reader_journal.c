/* reader_journal.c - the journal as a source of lines */
#include "collectors/journal.h"
#include "collectors/reader.h"

static void
close_it(void *it)
{
	journal_close(it);
}

static int
load(void *it, struct slice value, struct err *err)
{
	return journal_load(it, value, err);
}

static void
save(const void *it, struct state_writer *w)
{
	journal_save(it, w);
}

static int
fd(const void *it)
{
	return journal_fd(it);
}

static void
ready(void *it, int64_t now_ms)
{
	journal_ready(it, now_ms);
}

static int64_t
due(const void *it)
{
	return journal_due(it);
}

static void
take_entry(void *arg, const struct header *entry)
{
	struct source *source = arg;

	source_entry(source->owner, source, entry);
}

static size_t
read_it(struct source *source, size_t most)
{
	return journal_read(source->it, most, take_entry, source);
}

static uint64_t
backlog_bytes(const void *it)
{
	return journal_backlog_bytes(it);
}

static uint64_t
lost(const void *it)
{
	return journal_lost(it);
}

static const char *
trouble(const void *it)
{
	return journal_trouble(it);
}

const struct reader reader_journal = { close_it, load, save, fd, ready, due,
	read_it, backlog_bytes, lost, trouble };
