/*
 * complaint.h - what a mail program complains of, beside the mail itself
 *
 * "warning: ", "error: ", "fatal: " and "panic: " as Postfix (msg(3)) begins a
 * line, Dovecot's "SERVICE: Error: ", Sendmail's "SYSERR(user): ".
 */
#ifndef COLLECTORS_COMPLAINT_H
#define COLLECTORS_COMPLAINT_H

#include "base/complaint.h"

/* Does it begin as a complaint may?  For the many lines that do not. */
static inline bool
complaint_may_begin(struct slice text)
{
	char c = text.n == 0 ? '\0' : text.p[0];

	return c == 'w' || c == 'e' || c == 'f' || c == 'p';
}

/*
 * True if the text is a complaint; *words is what it says.  `fact': a format
 * made an event of it, so that only the first words of a line are looked at.
 */
bool complaint_read(
    struct slice text, bool fact, enum severity *severity, struct slice *words);

#endif
