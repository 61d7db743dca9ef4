/*
 * exim.h - what the parsers of Exim's lines share; for exim/ alone
 *
 * Sources: The Exim Specification, chapter "Log files" (the two-character
 * flags, the list of fields, log_selector), sections "Logging to syslog" and
 * "Message identification"; log_write() in log.c, receive.c, deliver.c,
 * smtp_in.c, acl.c and daemon.c, 4.80 to 4.98, and logs of 4.96.
 *
 * A stranger chooses addresses, HELO names, subjects, Message-IDs and replies.
 * Exim prints what is not printable as escapes, so they never end a line; a
 * blank within an address is quoted, and subjects, replies and certificates
 * stand in quotes.  So a line is read from the front, word by word, a blank
 * within quotes ending none.  Two things a stranger may write without quotes:
 * the answer of an ident server (U=), behind which P= begins anew, and, where
 * helo_accept_junk_hosts lets him, a HELO name with blanks in it, by which he
 * can name another address than his.
 */
#ifndef EXIM_EXIM_H
#define EXIM_EXIM_H

#include "collectors/entry.h"
#include "collectors/life.h"
#include "collectors/sessions.h"

/* How the line came. */
enum exim_way { EXIM_SYSLOG, EXIM_OWN };

/* A line whose stamp, pid and piece number were taken off. */
enum meaning exim_parse(struct entry *);

/* "host (helo) [192.0.2.1]:25", with any of the first two missing. */
struct exim_peer {
	struct slice name, helo; /* empty: not there */
	struct addr addr;
	uint64_t port; /* 0: not there */
};
/* At the front; stepped over.  False: no address is there. */
bool exim_cut_peer(struct slice *text, struct exim_peer *);
/* Of a client that a wrapper brings: who it is. */
void exim_unwrap(const struct entry *, struct exim_peer *);
/*
 * The next of " NAME=value" and flags such as " L", as log lines list them;
 * "H=" gives the place of its peer, which is not stepped over.  False: what
 * follows is none, such as ": why".
 */
bool exim_cut_field(
    struct slice *text, struct slice *name, struct slice *value);
/* An address or word up to a blank outside of quotes, or the end. */
struct slice exim_cut_word(struct slice *text);
/* "<address>": what is in it; false: none begins there, or it has no end. */
bool exim_cut_angle(struct slice *text, struct slice *address);
/* To whom, and the address that the message came with (recipient.c). */
bool exim_cut_recipient(
    struct slice *text, struct slice *recipient, struct slice *addressed);
/* "1xUwbp-00000M-15" or "1tJ8oQ-000000001Ab-2Xyz" at the front; 0: none. */
size_t exim_id_length(struct slice text);
/* "250 2.0.0 ...": the code, 0 if none, and the enhanced one, or empty. */
uint16_t exim_codes(struct slice text, struct slice *dsn);

/* Understood, and no count changes by it (remarks.c). */
bool exim_is_remark(const struct entry *);

/* Messages (message.c): what stands behind their id. */
entry_fn exim_arrival, exim_completed, exim_frozen_by;
/* The message of this id is more than its first line: it lives. */
void exim_decide(struct entry *);
/* It does not: it was discarded whole. */
void exim_forget(struct entry *);
/* Deliveries (delivery.c). */
entry_fn exim_sent, exim_failed, exim_deferred;
/* Refusals (refusal.c): "H=...", all of it, and those that begin otherwise. */
entry_fn exim_host, exim_rejected, exim_rejected_from, exim_too_many;
entry_fn exim_unqualified, exim_dropped, exim_refused, exim_refused_connection;
entry_fn exim_sync, exim_syntax, exim_reserved, exim_long_header;
entry_fn exim_rejected_greeting, exim_deferred_greeting, exim_vrfy_failed;
entry_fn exim_prdr;
/* Sessions (session.c). */
entry_fn exim_connection, exim_unexpected, exim_timeout, exim_data_timeout,
    exim_no_mail, exim_authenticator, exim_started;

/*
 * What a session that is known by its message says of itself: the process that
 * took it is the middle of the id.  Each counts once a session.
 */
void exim_session(struct entry *, const struct addr *client,
    struct slice account, struct slice tls);
/* "PLAIN:kim@example.com" */
struct slice exim_account(struct slice authenticated);
void exim_probe(struct entry *, const struct addr *, enum probe_kind);

/*
 * A line of syslog: pieces of one entry are put together again, and what is
 * said to the reject log as well is told once (syslog.c).
 */
enum meaning exim_syslog(struct entry *);
/* Exim's own stamp and process number, at the front of such a line. */
void exim_skip_stamp(struct slice *text);

#endif
