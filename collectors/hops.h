/*
 * hops.h - content filters: hand-overs and returns are not deliveries
 *
 * A filter takes a message under one queue id and brings it back under
 * another.  Cues, strongest first: the return names the original
 * (orig_queue_id=); a loopback client, or a pickup after a pipe service took
 * it, brings the Message-ID of a message in flight; the filter's reply names
 * the new queue id.  Where the proof may come after the line in question, the
 * event waits for at most HOPS_WAIT of event time.
 *
 * A message that was delivered on this host is in no filter: what comes from
 * loopback with its Message-ID is a list manager's post, and a new message with
 * another sender and other recipients.  So is the second of two messages from
 * loopback with one Message-ID, where filters name what they bring back.
 *
 * Postfix FILTER_README and SMTPD_PROXY_README describe the set-ups.
 */
#ifndef COLLECTORS_HOPS_H
#define COLLECTORS_HOPS_H

#include "collectors/inflight.h"

#define HOPS_WAIT 60000000 /* microseconds */

/* `message' is `original' come back; NULL: one that is not known. */
void hops_return(
    struct tracker *, struct message *message, struct message *original);

/* The same, told by the original's id. */
void hops_named_return(
    struct tracker *, struct message *message, struct message *original);

/* What no account needs and the history does: EVENT_RETURNED; a delivery that
   was a hand-over, EVENT_HANDED. */
void hops_tell_return(
    struct tracker *, const struct message *, struct slice original);
void hops_tell_handed(struct tracker *, const struct mail_event *delivery);

/* The Message-ID of a new message is known: is it a return? */
void hops_message_id(struct tracker *, struct message *);

/* True if it may still turn out to be a return: then it waits. */
bool hops_may_return(const struct tracker *, const struct message *);
void hops_wait(struct tracker *, const struct log_line *, struct message *,
    struct slice sender);

/* A delivery to a loopback relay was answered so. */
enum hop_answer {
	HOP_NONE,      /* an ordinary delivery */
	HOP_HANDED,    /* a filter has it: not a delivery */
	HOP_DISCARDED, /* the filter threw it away */
	HOP_BOUNCED    /* the filter sent it back to its sender */
};
enum hop_answer hops_answer(
    struct tracker *, struct message *, struct slice reply);

/* Filters are known to run on that host, or a message may be a return. */
bool hops_expected(const struct tracker *, uint32_t host_index);

/* The filter's notice for a BOUNCE, if one waits, is generated. */
void hops_notice(struct tracker *, const struct log_line *);

/*
 * A pipe service delivered: true if the event is taken care of, because the
 * service is a filter or may prove to be one.
 */
bool hops_piped(struct tracker *, const struct log_line *, struct message *,
    struct slice service, const struct mail_event *);

/* Its queue id is used again: what was waited for will not come. */
void hops_decide(struct tracker *, const struct message *);

/* One that waits and goes by that number (message_id), or NULL. */
struct message *hops_waiting(
    struct tracker *, uint32_t host_index, uint64_t message_id);
/* It waits no longer: the mail system made it. */
void hops_generated(
    struct tracker *, const struct log_line *, struct message *);

/* Decide what has waited until now; INT64_MAX: all of it. */
void hops_settle(struct tracker *, int64_t now);

#endif
