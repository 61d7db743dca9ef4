/*
 * statfile.h - Sendmail's statistics file, as bytes
 *
 * sendmail/mailstats.h, STAT_VERSION 4: a struct in the byte order and word
 * size of the host that wrote it.  Both are told from the bytes, so a file
 * from any machine is read on any other.
 */
#ifndef BASE_STATFILE_H
#define BASE_STATFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define STATFILE_MAGIC   0x1b1de
#define STATFILE_VERSION 4
#define STATFILE_MAILERS 25   /* MAXMAILERS */
#define STATFILE_BYTES   1448 /* of a 64-bit host's, the largest */

/* mailstats' seven columns, by mailer number; kilobytes are of 1000 bytes. */
enum statfile_column {
	STATFILE_MSGS_FROM,
	STATFILE_KBYTES_FROM,
	STATFILE_MSGS_TO,
	STATFILE_KBYTES_TO,
	STATFILE_REJECTED,
	STATFILE_DISCARDED,
	STATFILE_QUARANTINED,
	STATFILE_COLUMNS
};

struct statfile {
	bool empty;    /* of no bytes: counting is on, nothing was counted */
	int64_t since; /* Unix seconds */
	int64_t connections_from, connections_to, connections_rejected;
	int64_t columns[STATFILE_COLUMNS][STATFILE_MAILERS];
};

/*
 * All the bytes of a file.  -1: not a statistics file, of another version, or
 * of another size than it says, as while it is being written.
 */
int statfile_decode(
    struct statfile *, const void *bytes, size_t n, struct err *);

#endif
