/*
 * grants.h - who may relay because somebody logged in from there
 *
 * POP before SMTP: a login by POP or IMAP opens the relay to its address for a
 * while (DRAC: rpc.dracd(8), 30 min by default; pop-before-smtp(8), the same).
 * A stranger's login must not hide an open relay where nothing of the kind is
 * in use.  So logins count where the configuration or the mail system's own
 * says so, or where a daemon that grants this spoke on that host within
 * GRANT_PROOF; and an address that a daemon names may relay in any case.
 *
 * A grant is of one address on one host, from the login on, and ends before
 * the window has passed in full.  What a daemon says that it took back ends
 * then.  A client of our networks needs none.
 */
#ifndef COLLECTORS_GRANTS_H
#define COLLECTORS_GRANTS_H

#include "collectors/tracker.h"

#define GRANTS_MOST  16384 /* addresses; then the longest untouched goes */
#define GRANT_SPANS  4     /* of one address; then its first goes */
#define GRANT_TEXT   64    /* of an account */
#define GRANT_WINDOW 1800  /* seconds */
/* So long, in seconds: a daemon told that it grants an address, and never that
   it took it back; and after a daemon's last word logins still count, after
   the last login more are expected. */
#define GRANT_LONGEST 86400
#define GRANT_PROOF   (7 * 86400)

/* The size of a row of the tracker's table of them. */
size_t grant_bytes(void);

/* Somebody logged in: EVENT_LOGIN_OK. */
void grants_login(struct tracker *, const struct mail_event *);

enum grant_end {
	GRANT_BY_TIME, /* it is one for the window, as a login is */
	GRANT_BY_WORD  /* until the daemon says so */
};

/* A daemon says that the address may relay; the account may be empty. */
void grants_add(struct tracker *, const struct log_line *, const struct addr *,
    struct slice account, enum grant_end);
/* And that it may no longer. */
void grants_end(struct tracker *, const struct log_line *, const struct addr *);
/* One is at work on the line's host. */
void grants_seen(struct tracker *, const struct log_line *);

/* Might the client relay then (Unix microseconds)?  Whose login it was,
   borrowed until the next call; empty: unknown. */
bool grants_find(const struct tracker *, uint32_t host_index,
    const struct addr *client, int64_t when, struct slice *account);
/*
 * By what right a client relays that has none but by a login: with a grant
 * RELAY_AUTHENTICATED, and *account is set; else as it would be.  Where logins
 * let their addresses relay and none is seen, they are logged elsewhere, and
 * a stranger may be somebody who logged in: RELAY_UNSURE.
 */
enum relay_kind grants_judge(const struct tracker *, uint32_t host_index,
    const struct addr *client, int64_t when, enum relay_kind otherwise,
    struct slice *account);
/* Does a login let its address relay, on that host and then? */
bool grants_usual(const struct tracker *, uint32_t host_index, int64_t when);
/* The account's number (inflight.h); 0: no grant, or unknown. */
uint32_t grants_account(struct tracker *, uint32_t host_index,
    const struct addr *client, int64_t when);

void grants_save(struct tracker *, struct state_rows *);
bool grants_load(struct tracker *, struct slice key, struct slice value);

#endif
