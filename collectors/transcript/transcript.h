/*
 * transcript.h - the dialogues in what Sendmail writes with -X
 *
 * Each is read as one on the wire is (collectors/wire/smtp.h), and its events
 * are of the wire: they stand beside what the log tells, and are never added to
 * it.  What Sendmail says as a client, and to programs that deliver, is passed
 * over.  Of a message nothing is kept but what the wire keeps of one.
 *
 * A process' first line is its greeting, so a session whose beginning was not
 * read, or that was open at a restart, is not read at all.
 */
#ifndef TRANSCRIPT_TRANSCRIPT_H
#define TRANSCRIPT_TRANSCRIPT_H

#include "collectors/tracker.h"

#define TRANSCRIPT_MOST 2048 /* processes; then the longest silent goes */

struct transcripts;

/* ">>> 250 ok", of the process that the line names; an empty text has none. */
enum meaning transcript_line(struct tracker *, const struct log_line *);
/* Who does what, for the state. */
void transcripts_save(struct tracker *, struct state_rows *);
bool transcripts_load(struct tracker *, struct slice value);
/* No line will follow. */
void transcripts_finish(struct tracker *);
void transcripts_free(struct transcripts *);

#endif
