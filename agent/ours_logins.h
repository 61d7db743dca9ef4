/*
 * ours_logins.h - signs that a login by POP or IMAP lets its address relay
 *
 * DRAC, pop-before-smtp, poprelayd, vpopmail, relay-ctrl and whoson keep the
 * addresses in a table that the mail system looks up: by the names that their
 * documentation gives it, for nothing else in a configuration tells what it
 * is.
 */
#ifndef AGENT_OURS_LOGINS_H
#define AGENT_OURS_LOGINS_H

#include "agent/ours.h"

/* "hash:/etc/postfix/pop-before-smtp", "net-btree;/etc/mail/dracd.db" */
bool ours_is_login_table(struct slice text);
/* There is one; the first counts. */
void ours_by_login(struct ours *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The first of those files that is there, if any; the last one is NULL. */
void ours_login_files(struct ours *, const char *const *paths);

#endif
