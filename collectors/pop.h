/*
 * pop.h - POP and IMAP servers that tell of the client in a line of its own
 *
 * A process has one client at a time, so its session has what a later line, in
 * which it logs in or fails to, leaves out.
 */
#ifndef COLLECTORS_POP_H
#define COLLECTORS_POP_H

#include "collectors/sessions.h"

/* "mail.example.net (192.0.2.7)", "192.0.2.7": as tcpd writes it, and those
   that imitate it.  False: neither. */
bool pop_read_client(struct slice text, struct addr *client);
/* The process has that client now; and none any more. */
enum meaning pop_connected(
    struct tracker *, const struct log_line *, struct slice client);
enum meaning pop_gone(struct tracker *, const struct log_line *);

/* An event of the process's client. */
struct mail_event pop_event(
    struct tracker *, const struct log_line *, enum event_kind);
/* It did not get in; `guessed': for its password.  `account' may be empty. */
enum meaning pop_failed(struct tracker *, const struct log_line *,
    struct slice account, bool guessed);

#endif
