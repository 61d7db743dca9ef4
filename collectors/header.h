/*
 * header.h - the front of a log line: when, where, who
 */
#ifndef COLLECTORS_HEADER_H
#define COLLECTORS_HEADER_H

#include "collectors/stamp.h"

#define FACILITY_MAIL 2 /* RFC 5424 6.2.1 */

/* What a header says; slices borrowed. */
struct header {
	int64_t when; /* Unix time, microseconds */
	struct slice host, program, text;
	uint64_t pid; /* 0: none */
	int facility; /* -1: the form does not say */
};

/* False: no form fits.  `header->when' may be set all the same. */
bool header_read(struct stamp_clock *, struct slice line, struct header *);

/*
 * One line of "journalctl -o json" (systemd JOURNAL_EXPORT_FORMATS).  The
 * texts are copied to `buffer', which the header then points into.
 */
bool export_read(struct slice line, struct header *, char *buffer, size_t size);

#endif
