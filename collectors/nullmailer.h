/* nullmailer.h - what the parsers of nullmailer's lines share; for them alone */
#ifndef COLLECTORS_NULLMAILER_H
#define COLLECTORS_NULLMAILER_H

#include "collectors/format.h"

/* The value behind "name: ", up to the next blank; empty: it is not there. */
struct slice nullmailer_field(struct slice text, struct slice name);

/* For struct log_format (nullmailer_own.c). */
bool nullmailer_front(struct stamp_clock *, struct slice line, struct header *);
bool nullmailer_claims(const struct header *);

#endif
