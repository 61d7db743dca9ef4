/*
 * speaker.h - the front of a transcript's line: whose it is, and who speaks
 *
 * "00176 >>> ": the process' number, of five digits or more, and ">>>", "<<<"
 * or "===" (Sendmail's "%05d %s ").
 */
#ifndef TRANSCRIPT_SPEAKER_H
#define TRANSCRIPT_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* A line's; `text' begins with who speaks. */
bool speaker_read(struct slice line, uint64_t *pid, struct slice *text);
/* How long the front is, before who speaks. */
size_t speaker_length(uint64_t pid);

/*
 * Sendmail writes a line at once, unless it is longer than its buffer (the
 * file's block, 4096 bytes mostly): then what others write may stand between
 * its blocks, and the next part of it where a line begins, whatever a stranger
 * wrote there.  Where blocks meet in a line is a front.
 */
#define SPEAKER_BLOCK 512 /* no buffer is smaller */

/* Of a text behind a front of that length, the next such front behind `at', a
   place in the text; 0: there is none. */
size_t speaker_inside(
    struct slice text, size_t front, size_t at, uint64_t *pid);

#endif
