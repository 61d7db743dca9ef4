/*
 * sendmail_cf.h - what mailstats(8) takes from sendmail.cf: the names of the
 * mailers, in the order of their numbers, and where the statistics are
 *
 * "Mname, ..." defines a mailer, a name twice the same one; "O StatusFile=" or
 * "OS" names the file, the last one counts.  A line ends at '#', and one of
 * more than 2047 bytes is read as several, as mailstats does.
 */
#ifndef AGENT_SENDMAIL_CF_H
#define AGENT_SENDMAIL_CF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/statfile.h"

#define SENDMAIL_CF      "/etc/mail/sendmail.cf"
#define SUBMIT_CF        "/etc/mail/submit.cf"
#define SENDMAIL_CF_LINE 2048       /* and its NUL */
#define SENDMAIL_CF_NAME 21         /* of a mailer; and its NUL */
#define SENDMAIL_CF_MOST (16 << 20) /* bytes; what follows is not read */

struct sendmail_cf {
	size_t mailer_count; /* three have no line: prog, *file*, *include* */
	char mailers[STATFILE_MAILERS][SENDMAIL_CF_NAME];
	bool names_file; /* status_file is set, if only to "" */
	char status_file[SENDMAIL_CF_LINE];
};

/* The mailers of a sendmail.cf as m4 makes it: where there is none to read. */
void sendmail_cf_usual(struct sendmail_cf *);

/* False: more mailers than Sendmail can have. */
bool sendmail_cf_read(struct sendmail_cf *, FILE *);

#endif
