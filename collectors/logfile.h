/*
 * logfile.h - the bytes of one log file, compressed or not, in order
 *
 * Pull style, so that the caller can weave several sources together.  Whether
 * a file is compressed (gzip, xz, zstd, bzip2; several members are one text)
 * is seen by its first bytes.  A plain file may grow: after its end has been
 * reported, more may come.
 */
#ifndef COLLECTORS_LOGFILE_H
#define COLLECTORS_LOGFILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define LOGFILE_BLOCK (256u << 10) /* given at once at most */

struct logfile;

/*
 * The descriptor is adopted, also on failure; name is for messages, and its
 * ending says whether an empty file is an archive that is not yet written.
 */
struct logfile *logfile_adopt(int fd, const char *name, struct err *);
/* "-" is standard input.  A directory or a missing file is an error. */
struct logfile *logfile_open(const char *path, struct err *);
void logfile_close(struct logfile *);

/*
 * The next bytes, at most `most', borrowed until the next call.  0: the end
 * for now.  -1: the file is damaged or not wholly written; what was given out
 * before was good.
 */
ssize_t logfile_next(
    struct logfile *, size_t most, const char **block, struct err *);

/* The next bytes, which stay where they are: the first ones tell what the file
   is.  Empty at its end, or where it is damaged. */
struct slice logfile_peek(struct logfile *);

/* Go on at this offset of the text (uncompressed); -1 if it is shorter. */
int logfile_skip(struct logfile *, uint64_t offset, struct err *);

bool logfile_is_compressed(const struct logfile *);
int logfile_fd(const struct logfile *);
const char *logfile_library(void); /* name and version */

#endif
