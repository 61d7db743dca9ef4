/* mime_impl.h - what a reader of messages is made of; for mime*.c alone */
#ifndef WIRE_MIME_IMPL_H
#define WIRE_MIME_IMPL_H

#include "collectors/wire/mime.h"

#define FIELD    2048 /* of a header field, unfolded; the rest is dropped */
#define BOUNDARY 71   /* RFC 2046, 5.1.1: 70 */

enum reading {
	READ_HEADER,
	READ_BODY, /* up to a line that may be a boundary */
	READ_LINE, /* that line */
	READ_NONE
};

/* A part, as its header tells so far. */
struct part {
	bool named, listed;
	bool multipart;
	bool digest;  /* whose parts are messages unless they say otherwise */
	bool message; /* a whole one, with a header of its own */
	char boundary[BOUNDARY];
};

struct mime {
	const struct mime_list *list;
	struct mime_facts facts;
	enum reading reading;
	bool inside;   /* the message's own header was read */
	bool at_start; /* of a line */
	bool blank;    /* it has nothing but a CR so far */
	bool folded;   /* it goes on with the line before */
	struct part part;
	unsigned depth;
	char boundaries[MIME_DEPTH][BOUNDARY];
	bool digests[MIME_DEPTH];
	size_t n;
	char text[FIELD]; /* a field, or the line */
};

/* mime_field.c: a header field, unfolded: what it tells of the part, and of the
   message. */
void mime_field(struct mime *, struct slice name, struct slice value);

#endif
