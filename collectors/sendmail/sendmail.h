/*
 * sendmail.h - what the parsers of Sendmail's lines share; for sendmail/ alone
 *
 * Sources: the sm_syslog() calls of sendmail/srvrsmtp.c, collect.c (logsender),
 * deliver.c (logdelivery), envelope.c, savemail.c, milter.c, daemon.c and
 * tls.c, 8.12 to 8.18; doc/op/op.me "The System Log"; cf/README for the texts
 * of the rulesets.
 *
 * A stranger chooses addresses, Message-IDs, headers, HELO and host names and
 * replies.  What Sendmail wrote itself is read from the front as far as it
 * goes, and from the back where free text stands before it.  A value counts
 * when its terminator was seen, so that a cut line gives no wrong fact.
 */
#ifndef SENDMAIL_SENDMAIL_H
#define SENDMAIL_SENDMAIL_H

#include "collectors/sendmail/domains.h"
#include "collectors/sendmail/envelope.h"
#include "collectors/sendmail/waiting.h"
#include "collectors/sessions.h"

entry_fn sendmail_from, sendmail_to;
entry_fn sendmail_ruleset, sendmail_milter, sendmail_milter_action,
    sendmail_milter_edit;
entry_fn sendmail_complaint, sendmail_too_many, sendmail_too_large;
entry_fn sendmail_discarded, sendmail_eight_bit;
entry_fn sendmail_connect, sendmail_starttls, sendmail_auth;
entry_fn sendmail_auth_failure, sendmail_lost, sendmail_timeout;
entry_fn sendmail_collect, sendmail_pregreet, sendmail_starting;
/* "host [192.0.2.1]: ..." and "host [192.0.2.1] did not issue ..." */
entry_fn sendmail_peer;
/* "A: B: DSN: ...": `id' is A, the text begins with B. */
bool sendmail_report(struct entry *, enum meaning *);

/*
 * The session of the line's process, begun if need be; `client' NULL: the
 * line does not tell.  The envelope may be NULL where the client is told.
 */
struct session *sendmail_session(
    struct entry *, const struct addr *client, struct envelope *);

/* Sessions that were silent too long, by their hosts' times, are over. */
void sessions_forget(struct tracker *, const int64_t now[TRACKER_HOSTS]);

/* The size of what is delivered, by the priority of its first attempt. */
void sendmail_weigh(struct entry *, struct envelope *, uint64_t priority);

/* "name [192.0.2.1] (may be forged)", the whole of it; false: no address. */
bool relay_address(struct slice text, struct addr *);
/* Cut at the last place that has it: *text keeps what is before. */
bool cut_last(struct slice *text, struct slice marker, struct slice *value);
/* The number behind `marker', at the front; its end must be seen. */
bool cut_number(struct slice *text, struct slice marker, uint64_t *number);
/*
 * Where an address or a list of them, as Sendmail prints it, ends: at the
 * first `end' outside of quotes and brackets; -1: nowhere.
 */
ptrdiff_t address_end(struct slice text, struct slice end);
/* Without <>; the domain behind its last @, or empty. */
struct slice bare_address(struct slice address);
struct slice domain_of(struct slice address);
/* At the front: 6AM1ETvI000057, AAA12345; 0: none. */
size_t sendmail_id_length(struct slice text);

#endif
