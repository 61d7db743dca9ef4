/* mime_text.h - the values of header fields, decoded; for mime*.c alone */
#ifndef WIRE_MIME_TEXT_H
#define WIRE_MIME_TEXT_H

#include "base/slice.h"

#define MIME_VALUE 1024 /* of a parameter; what is longer is cut */

/*
 * Text with encoded words (RFC 2047) to bytes of their charsets; how many.  The
 * Western charsets become UTF-8, others stay as they are.
 */
size_t mime_decode(struct slice text, char *out, size_t size);

/*
 * The next of "; name=value; ...", from its semicolon on; a quoted value is
 * without its quotes and backslashes, in `text'.
 */
bool mime_parameter(struct slice *rest, struct slice *name,
    char text[MIME_VALUE], struct slice *value);

/* The value of NAME*, or NAME*0, NAME*1, ... in a row (RFC 2231, 3 and 4); how
   many bytes, 0: there is none. */
size_t mime_extended(
    struct slice parameters, struct slice name, char text[MIME_VALUE]);

#endif
