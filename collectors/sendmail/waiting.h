/*
 * waiting.h - what a later line of Sendmail's decides
 *
 * A from= line with a Message-ID and recipients is a message, unless a header
 * rule, a milter or its size refuses it: the line that says so stands before
 * or after.  So it waits, until a delivery, a report or the process's next
 * message shows that it lives, and then counts at the time of its from= line.
 *
 * Other events wait for that line: most refusals do not name the client, and
 * mailstats counts them for the mailer that the sender would be reached by.
 *
 * Bounds: SENDMAIL_WAITING of them (the oldest is decided as it is, and
 * counted), ENVELOPE_WAIT or DECISION_WAIT of the host's time.
 */
#ifndef SENDMAIL_WAITING_H
#define SENDMAIL_WAITING_H

#include "collectors/sendmail/envelope.h"

#define SENDMAIL_WAITING 4096

/*
 * How long a line is waited for, in microseconds of event time.  A milter may
 * take 5 min at the end of the data (Xfilter, T=E:5m); where there is none,
 * what is refused is refused at once.
 */
#define ENVELOPE_WAIT 330000000
#define DECISION_WAIT 20000000

/* It waits to be decided, if nothing decided it before. */
void envelope_arrived(
    struct tracker *, const struct log_line *, struct envelope *);
/* Generated; its size waits for its first delivery, and is known then. */
void envelope_wait_size(
    struct tracker *, const struct log_line *, struct envelope *);
void envelope_sized(
    struct tracker *, const struct log_line *, struct envelope *);
/* It was refused at the end of the data: false if that is known already. */
bool envelope_refused(struct tracker *, struct envelope *);
/* It is thrown away: once. */
void envelope_discarded(
    struct tracker *, const struct log_line *, struct envelope *);
/* It lives; false: it was known, or is no message at all. */
bool envelope_lives(
    struct tracker *, const struct log_line *, struct envelope *);
/* The process begins another message: the one before lives. */
void envelope_next(struct tracker *, const struct log_line *);
/* Its from= line told the client and the sender: what waited for it goes. */
void envelope_settle(struct tracker *, struct envelope *);
/* A line told who the client is: what waits for that goes. */
void envelope_client(struct tracker *, struct envelope *, const struct addr *);

/* The event waits for the client of that id's session. */
void envelope_wait(struct tracker *, const struct log_line *, struct envelope *,
    const struct mail_event *);
/* One more in a column of the mailer that the sender belongs to. */
void envelope_column(struct tracker *, const struct log_line *,
    struct envelope *, enum mailer_metric);
/* Messages from, and their size: once. */
void envelope_count(
    struct tracker *, const struct log_line *, struct envelope *);

/* The host has milters. */
void envelopes_milter(struct tracker *, uint32_t host_index);

/* No earlier event of the host is to come; INT64_MAX: nothing waits. */
int64_t envelopes_floor(const struct tracker *, uint32_t host_index);

#endif
