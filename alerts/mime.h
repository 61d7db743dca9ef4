/*
 * mime.h - a letter as the bytes that are sent
 */
#ifndef ALERTS_MIME_H
#define ALERTS_MIME_H

#include "alerts/letter.h"
#include "base/err.h"

struct mime_people {
	const char *from;
	char **to;
	size_t to_count;
};

/*
 * RFC 5322 with lines ending in CRLF: text and HTML as alternatives, the
 * pictures beside the HTML, by Content-ID (RFC 2387, RFC 2392).  To be freed.
 */
char *mime_bytes(
    const struct letter *, const struct mime_people *, size_t *n, struct err *);

#endif
