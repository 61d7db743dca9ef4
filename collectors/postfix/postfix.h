/*
 * postfix.h - what the parsers of Postfix' daemons share; for postfix/ alone
 *
 * Postfix logs one line per step, each by the daemon that took it: the
 * daemon's name picks the parser.  Sources: the manual pages smtpd(8) to
 * qmgr(8), postscreen(8), RELEASE_NOTES 2.11 to 3.9, and the msg_info() calls
 * of src/smtpd/smtpd.c, smtpd_check.c, cleanup/cleanup_message.c,
 * cleanup_milter.c, global/log_adhoc.c, qmgr/qmgr_active.c,
 * postscreen/postscreen*.c.
 *
 * A stranger chooses addresses, HELO names, headers, reply texts: fields are
 * read from the front as far as Postfix wrote them itself, and a tail is
 * accepted only where all of it parses.  A value counts when its terminator
 * was seen, so that a cut line gives no wrong fact.
 */
#ifndef POSTFIX_POSTFIX_H
#define POSTFIX_POSTFIX_H

#include "collectors/address.h"
#include "collectors/entry.h"

entry_fn postfix_smtpd, postfix_cleanup, postfix_qmgr, postfix_pickup;
entry_fn postfix_delivery, postfix_pipe, postfix_bounce, postfix_postscreen;
entry_fn postfix_postsuper, postfix_master, postfix_tlsproxy;

/* The mailer that the daemon is, for deliveries: "smtp", "local", ... */
struct slice postfix_mailer(const struct entry *);

/* Which daemon only can have written that; NULL: none, or several. */
const char *postfix_guess(struct slice text);

/* fields.c: the words that lines are made of */

/* "name[192.0.2.1]", "[2001:db8::1]:4711"; *port 0: none given. */
bool cut_peer(struct slice *text, struct addr *, uint64_t *port);
/* The same, and then `behind', which is stepped over. */
bool cut_peer_and(struct slice *text, struct addr *, struct slice behind);
/* "TLSv1.3 with cipher ...": false if the version's end was not logged. */
bool read_tls_version(struct slice text, enum tls_version *);

/* "; from=<a> to=<b> proto=SMTP helo=<c>", as at the end of a refusal. */
struct tail {
	struct slice sender, recipient, helo, rest;
	bool ambiguous; /* a quote was not closed */
	bool found;     /* else the line was cut, or has none */
};
/*
 * Split at the last place from which a whole tail parses: *text keeps what is
 * before it.  `rest' is what may follow behind ": " (cleanup's).  False: there
 * is none, and *text is all there is.
 */
bool cut_tail(struct slice *text, struct tail *tail);

/* A warning that means something (limits, SASL failures), or nothing. */
enum meaning postfix_warning(struct entry *);

/* reject.c: a refusal of smtpd, postscreen or cleanup */
struct refusal {
	struct addr client;
	struct slice stage; /* "RCPT", "END-OF-MESSAGE", ... */
	struct slice text;  /* "554 5.7.1 <a@b>: Relay access denied" */
	struct tail tail;
	uint16_t code; /* 0: in the text, or unknown */
	enum reason reason;
	bool is_filter;      /* a milter's or proxy's words, not Postfix' */
	struct slice mailer; /* the way in; empty: smtp */
	bool decided;        /* reason is given */
};
/* Not counted, and not understood, if neither code says 4xx or 5xx. */
enum meaning postfix_refuse(struct entry *, struct refusal *);

#endif
