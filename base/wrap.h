/*
 * wrap.h - text in lines that are broken at blanks
 */
#ifndef BASE_WRAP_H
#define BASE_WRAP_H

#include <stddef.h>
#include <stdio.h>

/*
 * UTF-8 in at most `width' columns where its words allow it: the first line
 * goes on at `column', the others begin at `indent'.  Then a new line.
 */
void wrap_text(
    FILE *, const char *text, size_t width, size_t column, size_t indent);

#endif
