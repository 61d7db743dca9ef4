/*
 * complaint.h - what a mail program complains of, beside the mail itself
 *
 * "warning: ", "error: ", "fatal: " and "panic: " as Postfix (msg(3)) begins a
 * line, Dovecot's "SERVICE: Error: ", Sendmail's "SYSERR(user): ".
 */
#ifndef COLLECTORS_COMPLAINT_H
#define COLLECTORS_COMPLAINT_H

#include "base/complaint.h"

/*
 * True if the text is a complaint; *words is what it says.  `fact': a format
 * made an event of it, so that only the first words of a line are looked at.
 */
bool complaint_read(
    struct slice text, bool fact, enum severity *severity, struct slice *words);

#endif
