/*
 * opensmtpd.h - what the parsers of smtpd(8) share; for opensmtpd/ alone
 *
 * All processes of OpenSMTPD log as "smtpd".  From 6.4 on (before, from 5.9,
 * with "event=" before its third word) a line of a session is
 *
 *	be66676625502bb8 smtp failed-command command="..." result="550 ..."
 *	be666775807d8087 mta delivery evpid=f3f275e3a0dc7c71 from=<a@b> ...
 *
 * with the session's id in front, and up to 5.7
 *
 *	smtp-in: Failed command on session be66676625502bb8: "..." => 550 ...
 *	relay: Ok for f3f275e3a0dc7c71: session=..., from=<a@b>, to=<c@d>, ...
 *
 * An envelope (one recipient) has 16 digits, of which the first 8 are those of
 * its message.  Session 0 is a delivery that found no route.  Sources: the
 * log_info() calls of usr.sbin/smtpd/smtp_session.c, mta.c, mta_session.c,
 * mda.c, queue.c, and log_envelope() of the older util.c.
 *
 * What a client says stands in the line as it came but for control bytes and
 * backslashes (vis(3), VIS_SAFE | VIS_CSTYLE): also with quotes.  The
 * server's answer is behind it, and repeats no client's blanks.  Addresses
 * were checked and have neither blanks nor brackets (valid_localpart()).
 */
#ifndef OPENSMTPD_OPENSMTPD_H
#define OPENSMTPD_OPENSMTPD_H

#include "collectors/entry.h"
#include "collectors/sessions.h"

/* In each `id' is the session's, and `text' what follows the known words. */
entry_fn opensmtpd_connected, opensmtpd_disconnected, opensmtpd_tls,
    opensmtpd_auth;
entry_fn opensmtpd_message, opensmtpd_envelope, opensmtpd_failed,
    opensmtpd_bad_input;
entry_fn opensmtpd_mta, opensmtpd_mda;
/* The same in the words of 5.7 and before, behind "smtp-in: ". */
entry_fn opensmtpd_old;
/* "Ok for EVPID: ...", behind "relay: " or "delivery: ". */
entry_fn opensmtpd_old_delivery, opensmtpd_old_relay;

/* session.c */

/* NULL if there is none, as where the log began in its middle. */
struct session *opensmtpd_session(struct entry *);
/* Who is connected: of the line, where it says so, or of the session. */
struct addr opensmtpd_client(const struct session *, struct slice text);
enum meaning opensmtpd_ended(struct entry *, enum session_end);
enum meaning opensmtpd_began(struct entry *, struct slice address);
enum meaning opensmtpd_auth_told(
    struct entry *, struct slice user, struct slice result);
enum meaning opensmtpd_secured(struct entry *, struct slice version);
/* A line with the sender, one a recipient: as the older versions have. */
enum meaning opensmtpd_taken(struct entry *, struct slice id);

/* refusal.c: a command that was answered with 4xx or 5xx; `whole': the end of
   the answer was seen */
enum meaning opensmtpd_refused(
    struct entry *, struct slice said, struct slice reply, bool whole);
enum meaning opensmtpd_bad(struct entry *, struct slice reply);
/* Mail for that domain stays on this host. */
void opensmtpd_local_domain(struct entry *, struct slice domain);

/* fields.c */

/* The value behind the last `name' (" size="), up to a blank, a comma or the
   end; a value that the end of the line may have cut is one all the same. */
bool last_field(struct slice text, struct slice name, struct slice *value);
/* " from=<value>": without the brackets; false if one is missing. */
bool last_address(struct slice text, struct slice name, struct slice *value);
bool last_number(struct slice text, struct slice name, uint64_t *number);
/* "192.0.2.1", "[2001:db8::1]", and what may follow a blank */
bool read_host(struct slice text, struct addr *);
/* 16 hexadecimal digits, or 8. */
bool is_hex(struct slice text, size_t n);

#endif
