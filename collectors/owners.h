/*
 * owners.h - whose lines a program's are
 *
 * The program's name is looked up once: a small cache remembers whose it is.
 * Where a logger cut the names (RFC 5424 files), or an administrator gave his
 * own, a name that nobody owns is learnt from a line of the mail facility that
 * only one system writes, or from one that bears its process's mark.
 */
#ifndef COLLECTORS_OWNERS_H
#define COLLECTORS_OWNERS_H

#include "base/pseudonym.h"
#include "base/state.h"
#include "collectors/format.h"
#include "collectors/header.h"
#include "collectors/shares.h"

struct owner {
	char program[PROGRAM_TEXT];
	size_t length;
	const struct log_format *format; /* NULL: no mail program */
	unsigned kind;
	struct share *share; /* where its lines are counted */
	unsigned own; /* its number among those with own logs, from 1; or 0 */
};

struct owners;

struct owners *owners_new(struct shares *); /* borrowed */
void owners_free(struct owners *);

/* Of the line's program; holds until the next call. */
const struct owner *owners_get(struct owners *, const struct header *);

/* As maillog_save() and maillog_load(). */
/* Their lines with people by those names; NULL: as they are. */
bool owners_save(struct owners *, struct pseudonyms *, struct state_writer *);
bool owners_load(struct owners *, struct slice value);

#endif
