/*
 * login.h - a POP3 or IMAP session up to its login, to events
 *
 * POP3: RFC 1939; CAPA: RFC 2449; STLS: RFC 2595; AUTH: RFC 5034; what an error
 * is about: RFC 3206.  IMAP: RFC 9051; a first answer to AUTHENTICATE: RFC 4959;
 * literals that wait for nobody: RFC 7888; response codes: RFC 5530.
 *
 * Who logs in, how that ended, and whether a password went by for all to see.
 * What follows a login is not read, nor is what STARTTLS encrypts but for its
 * handshake, nor a session whose bytes are not all there.  Passwords are passed
 * over, and wiped where they had to wait for the rest of their line.
 */
#ifndef WIRE_LOGIN_H
#define WIRE_LOGIN_H

#include "base/event.h"
#include "collectors/wire/flow.h"

struct login_context {
	struct event_sink events;
	struct slice host; /* of the events */
};

struct login;

/* `implicit': TLS from the first byte on.  NULL: its beginning is missing. */
struct login *login_start(const struct login_context *,
    const struct flow_start *, enum mail_protocol, bool implicit);
/* False: there is no more to be read. */
bool login_data(void *login, const struct stream_data *);
bool login_gap(void *login, enum side from, uint32_t bytes, int64_t when);
void login_closed(void *login, enum side from);
/* It is over, and freed. */
void login_end(void *login, const struct flow_end *);

#endif
