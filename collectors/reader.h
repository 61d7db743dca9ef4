/*
 * reader.h - what reads a source of lines
 *
 * A log is read by its lines (collectors/tail.h), the journal by its entries
 * (collectors/journal.h); to whoever drives them both are the same.  A row a
 * kind; `it' is what its open() made.
 */
#ifndef COLLECTORS_READER_H
#define COLLECTORS_READER_H

#include "collectors/collectors_impl.h"

struct reader {
	void (*close)(void *it);
	/* The place, in the state; before the first read. */
	int (*load)(void *it, struct slice value, struct err *);
	void (*save)(const void *it, struct state_writer *);
	/* The descriptor to watch or -1, what to call when it stirs or is
	   due, and when that is (Unix milliseconds; -1: never). */
	int (*fd)(const void *it);
	void (*ready)(void *it, int64_t now_ms);
	int64_t (*due)(const void *it);
	/* Read about that many bytes; 0: nothing more for now. */
	size_t (*read)(struct source *, size_t most);
	uint64_t (*backlog_bytes)(const void *it); /* an estimate */
	uint64_t (*lost)(const void *it); /* lines dropped or missed so far */
	const char *(*trouble)(const void *it); /* NULL: none */
};

extern const struct reader reader_file, reader_journal;

#endif
