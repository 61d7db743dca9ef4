/*
 * opener.h - who may open the logs opens them
 *
 * A maillog may be root's alone.  The helper, started while the agent still is
 * root, keeps CAP_DAC_READ_SEARCH and nothing else; it opens, for reading, the
 * logs that were named at its start and their rotated siblings, and no other
 * path.  A log that is a symbolic link at that moment stands for the file it
 * points to; from then on the last part of a path must be a regular file and
 * no link, for others than root may write into a log directory.
 *
 * It also counts the mail systems' queue directories, a bounded part of a walk
 * an answer (collectors/spool.h), so that a spool of a million files does not
 * keep a log waiting.
 */
#ifndef COLLECTORS_OPENER_H
#define COLLECTORS_OPENER_H

#include <sys/types.h>

#include "base/err.h"
#include "collectors/siblings.h"
#include "collectors/spool.h"

struct opener;

/* All that it will ever open; not needed after the call. */
struct opener_paths {
	const char *const *logs;
	size_t log_count;
	const struct opener_spool {
		const char *path;
		const struct spool_system *system;
	} * spools;
	size_t spool_count;
};

/* With the helper; before any thread.  uid 0: it stays what we are. */
struct opener *opener_start(
    const struct opener_paths *, uid_t uid, gid_t gid, struct err *);
/* Without: with the rights that this process has.  For replay. */
struct opener *opener_direct(const struct opener_paths *);
void opener_stop(struct opener *);

/*
 * The descriptor, the caller's, of a log (name NULL) or of one of its
 * siblings; -1 with errno, ENOENT where it is not there.
 */
int opener_open(struct opener *, size_t log, const char *name, struct err *);

/* -1 with errno, ENOENT where the directory is not there. */
int opener_list(struct opener *, size_t log, struct siblings *, struct err *);

/* spool_step() of that spool; SPOOL_FAILED: errno and err. */
enum spool_result opener_count(struct opener *, size_t spool, bool again,
    struct spool_count *, struct err *);

/* Where the log is: the directory, to be watched, and the name in it. */
const char *opener_directory(const struct opener *, size_t log);
const char *opener_base(const struct opener *, size_t log);

#endif
