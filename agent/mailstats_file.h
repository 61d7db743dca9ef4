/*
 * mailstats_file.h - mailstats(8) itself: sendmail.cf, the statistics file,
 * its complaints and exit codes
 *
 * Held against Sendmail 8.17's.  The difference: files of hosts of another
 * byte order or word size are read, which that refuses.
 */
#ifndef AGENT_MAILSTATS_FILE_H
#define AGENT_MAILSTATS_FILE_H

#include <stdbool.h>

#include "agent/mailstats.h"
#include "agent/sendmail_cf.h"

/* "usage: mailstats ..." and a newline. */
extern const char mailstats_usage[];

/*
 * Read the configuration at `path'.  0, or the exit status (sysexits.h), said
 * on standard error.
 */
int mailstats_read_cf(struct sendmail_cf *, const char *path);

/*
 * Read the statistics file `path', NULL: the configuration's; *found is then
 * the one that was read, borrowed.  0, or the exit status, said on standard
 * error.
 */
int mailstats_read_file(struct mailstats *, const struct sendmail_cf *,
    const char *path, const char **found);

/* -p: counting starts anew.  What cannot be emptied is left, as there. */
void mailstats_empty(const char *path);

#endif
