/*
 * safe.h - what strangers wrote, as text that people can be shown
 *
 * For pages of text and mails: terminals and mail readers obey control
 * characters, and some characters make a line look like another.
 */
#ifndef BASE_SAFE_H
#define BASE_SAFE_H

#include "base/slice.h"

/*
 * Escaped, without control characters of any kind or changes of direction, in
 * at most `width' columns (0: all), of which the last three are "..." where it
 * was cut.  What is written is valid UTF-8, of one line.  The columns used.
 */
size_t safe_text(struct slice text, size_t width, char *out, size_t size);

#endif
