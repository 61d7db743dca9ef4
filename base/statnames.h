/*
 * statnames.h - the names of the mailers that a statistics file numbers
 *
 * Sendmail's conf.c and readcf.c: prog, *file* and *include* are numbers 0 to
 * 2, then the M lines of sendmail.cf in their order; a name that is there
 * already gets no number of its own.
 */
#ifndef BASE_STATNAMES_H
#define BASE_STATNAMES_H

#include "base/slice.h"
#include "base/statfile.h"

#define STATFILE_NAME 24 /* a mailer's name and its NUL; MAXMNAME is 20 */

/* From the text of sendmail.cf; how many there are, the rest is "". */
size_t statnames_read(
    struct slice cf, char names[STATFILE_MAILERS][STATFILE_NAME]);

#endif
