/*
 * letter.h - a mail of ours before it is MIME: what it says, and its pictures
 *
 * Texts are UTF-8 that safe_text() let through, lines end with '\n'.  In the
 * HTML the place of picture I is LETTER_PICTURE with I in it, which escaped
 * text cannot hold; where the picture is missing the place is left out.
 */
#ifndef ALERTS_LETTER_H
#define ALERTS_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LETTER_PICTURES 3
#define LETTER_PICTURE  "<!--picture %u-->"
#define LETTER_ID       160

struct letter_picture {
	char *series; /* dotted name of what is drawn */
	char *host;   /* of that host; "": of all */
	int64_t from, to;
	void *png; /* NULL: not there (yet) */
	size_t n;
};

struct letter {
	char id[LETTER_ID]; /* Message-ID, without <> */
	char thread
	    [LETTER_ID]; /* that of the first mail of this thread, or "" */
	char *subject, *text, *html; /* safe, all of them */
	char *json;     /* the same for programs: what a webhook gets */
	int64_t when;   /* Unix seconds */
	int64_t offset; /* seconds east of UTC then */
	struct letter_picture pictures[LETTER_PICTURES];
	size_t picture_count;
};

void letter_fini(struct letter *);
/* At most LETTER_PICTURES. */
void letter_add_picture(struct letter *, const char *series, const char *host,
    int64_t from, int64_t to);

/* header.c: fields that nothing a stranger wrote can break */

/*
 * "Name: text", folded, without the end of the line.  What is not plain ASCII,
 * or would be read as an encoded word, is encoded (RFC 2047); to be freed.
 */
char *header_text(const char *name, const char *text);
/* "Mon, 30 Nov 2026 19:48:51 +0100" (RFC 5322, 3.3) */
#define HEADER_DATE 40
void header_date(int64_t when, int64_t offset, char text[HEADER_DATE]);

#endif
