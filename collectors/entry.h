/*
 * entry.h - one line of a mail program, by what it begins with
 *
 * Formats are tables of beginnings: the first row that fits names the parser.
 */
#ifndef COLLECTORS_ENTRY_H
#define COLLECTORS_ENTRY_H

#include "collectors/format.h"

struct entry {
	struct tracker *tracker;
	const struct log_line *line;
	struct slice id;   /* queue id; empty: the line has none */
	struct slice text; /* behind the id */
};

typedef enum meaning entry_fn(struct entry *);

struct entry_row {
	struct slice start; /* stepped over */
	entry_fn *parse;
};
#define ENTRY_ROW(text, fn)                                                    \
	{                                                                      \
		{ text, sizeof(text) - 1 }, fn                                 \
	}

/* What a line of these words is: by the first row that fits; false: none. */
bool entry_by_row(struct entry *, const struct entry_row *rows, size_t n,
    enum meaning *meaning);
/* Understood, and it changes no count. */
entry_fn entry_nothing;
/* A command that no mail client says: bytes that are no letters, HTTP. */
bool entry_is_alien(struct slice command);

#endif
