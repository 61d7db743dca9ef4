/*
 * qmail.h - what the parsers of qmail's logs share; for qmail/ alone
 *
 * qmail, netqmail, notqmail and s/qmail write to their standard error; multilog
 * puts a TAI64N stamp before each line, splogger hands it to syslog with the
 * seconds before it ("1795310701.660353 ", or with a "+" instead of the blank
 * where a long line goes on).  The words in front tell who spoke.  Sources:
 * qmail-send.c and qsutil.c (logsafe()), splogger.c, qmail-smtpd.c, of
 * ucspi-tcp tcpserver.c, rblsmtpd.c and recordio.c, sslserver(1), multilog(8)
 * and tai64n(8), the README of spamdyke 5, simscan.c, s/qmail's log.c.
 *
 * qmail-send writes addresses and reports with "_" for what is no printable
 * ASCII and for blanks, "/" for line ends; so a blank always ends them.
 *
 *	new msg 11790785
 *	info msg 11790785: bytes 763 from <kim@example.org> qp 38 uid 1001
 *	starting delivery 1: msg 11790785 to local ann@example.com
 *	delivery 1: success: did_1+0+0/
 *	bounce msg 11790785 qp 63
 *	end msg 11790785
 *
 * Numbers of messages and of deliveries are used again.  "qp" is the process
 * that queued the message: a bounce and a forward ("qp_58/" in the report of a
 * local delivery) are told by it, and with recordio who brought the message.
 * Else its log has no way to say that: such mail comes by mailer "queue".
 */
#ifndef QMAIL_QMAIL_H
#define QMAIL_QMAIL_H

#include "collectors/entry.h"
#include "collectors/sessions.h"

/* send.c: qmail-send */
entry_fn qmail_new, qmail_info, qmail_begin, qmail_result, qmail_bounce;
entry_fn qmail_end;
/* The log of this host tells who brings which message. */
void qmail_tells(struct entry *);
/* The process `qp' queued a message for that session's client. */
void qmail_brought(struct entry *, uint64_t qp, const struct session *session);

/*
 * tries.c.  Beside messages, whose ids are numbers, rows in flight remember
 * something under a letter and a number: "q26" what is known of the message
 * that process 38 queues, "r..." that a recipient was tried, by a hash.
 */
struct row_name {
	char text[QUEUE_ID_TEXT];
	size_t n;
};
struct row_name row_name(char kind, uint64_t number);

static inline struct slice
row_slice(const struct row_name *name)
{
	return (struct slice){ name->text, name->n };
}

struct begun;
/* The message may be NULL: older than the log. */
bool qmail_is_retry(
    struct entry *, const struct begun *, struct message *message);
/* An attempt is over, and must be made again or not.  True if it was not the
   first. */
bool qmail_note_tried(struct entry *, const struct begun *,
    const struct message *message, bool again);

/* server.c: tcpserver, sslserver, rblsmtpd */
entry_fn qmail_server, qmail_rblsmtpd;
/* The session of that process, or NULL. */
struct session *qmail_session(struct entry *, uint64_t pid);

/* dialog.c: recordio's lines, and what a server may answer */
enum meaning qmail_dialog(struct entry *, uint64_t pid);
/* "553 sorry, ...": a refusal; `told': one that the client is told of later
   by another line as well */
void qmail_refused(struct entry *, struct session *, struct addr client,
    struct slice reply, const enum reason *known);

/* checks.c: programs in front of the queue */
entry_fn qmail_smtpd, qmail_simscan, qmail_received, qmail_spamdyke;
entry_fn qmail_spamdyke_pid;

/* "38 ": the number and what `behind' steps over. */
bool cut_count(struct slice *text, struct slice behind, uint64_t *number);

/* splogger's stamp stepped over; *more: it goes on with the line before. */
bool qmail_cut_stamp(struct slice *text, bool *more);
enum meaning qmail_parse(
    struct tracker *, const struct log_line *, struct slice text);

#endif
