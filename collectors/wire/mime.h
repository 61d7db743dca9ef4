/*
 * mime.h - what a message's headers and MIME structure tell, in passing
 *
 * Fields: RFC 5322, 2.2; parts: RFC 2046, 5.1 (digests: 5.1.5) and 5.2.1; a
 * file's name: RFC 2183, 2.3, and the `name' of RFC 2045's time; RFC 2231 and,
 * though it forbids that there, RFC 2047 in it.  PGP/MIME: RFC 3156, 4; S/MIME:
 * RFC 8551, 3.2.
 *
 * The content streams through.  One header field and the boundaries of
 * MIME_DEPTH multiparts within each other are all that is held of it; deeper
 * ones are bodies.  Lines of a body are looked at for boundaries alone, and
 * those of a message that is no multipart not at all.
 */
#ifndef WIRE_MIME_H
#define WIRE_MIME_H

#include "base/event.h"

#define MIME_DEPTH     8
#define MIME_SUBJECT   128 /* with a NUL; a longer one is cut */
#define MIME_EXTENSION 16  /* the same; no longer one is listed */

/* Extensions that are counted: lower case, without the dot.  Borrowed. */
struct mime_list {
	char *const *extensions;
	size_t n;
};

struct mime_facts {
	uint32_t attachments; /* parts that name a file */
	uint32_t listed;      /* of them, with an extension of the list */
	enum encryption_kind encryption;
	/* What subjects have in common that differ in case, digits and blanks
	   alone; 0: there is none. */
	uint64_t subject_key;
	char subject[MIME_SUBJECT];     /* without control characters */
	char extension[MIME_EXTENSION]; /* of the first listed one */
};

struct mime;

struct mime *mime_new(const struct mime_list *);
void mime_free(struct mime *);
/* The next bytes of the content, as the sender meant them. */
void mime_take(struct mime *, struct slice);
/* Bytes are missing: no more is told of it than what is known. */
void mime_lose(struct mime *);
/* The content is over. */
const struct mime_facts *mime_end(struct mime *);

#endif
