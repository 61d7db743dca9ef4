/*
 * mould.h - new series files, the like of one that librrd made
 *
 * Files of one kind that begin at the same time are equal, byte for byte but
 * for the row each archive starts at, which librrd draws by lot.  A mail log
 * makes dozens at once: the first is librrd's, the others are its copies, at a
 * fifth of the cost.
 */
#ifndef RRD_MOULD_H
#define RRD_MOULD_H

#include "rrd/schema.h"

struct mould {
	char *bytes; /* of a whole file; NULL: there is none yet */
	enum series_kind kind;
	int64_t start;
};

void mould_fini(struct mould *);

/* As schema_create(): the file is not there. */
int mould_create(struct mould *, const char *path, enum series_kind,
    int64_t start, struct err *);

#endif
