/*
 * domains.h - which domains are delivered on the host itself
 *
 * At most SENDMAIL_DOMAINS are learnt; what is not is counted.
 */
#ifndef SENDMAIL_DOMAINS_H
#define SENDMAIL_DOMAINS_H

#include "collectors/line.h"
#include "collectors/tracker.h"

#define SENDMAIL_DOMAINS 65536

/* Addresses of that domain are delivered on this host, by that mailer. */
void envelopes_learn(struct tracker *, const struct log_line *,
    struct slice domain, struct slice mailer);
bool envelopes_is_local(
    const struct tracker *, uint32_t host_index, struct slice domain);

#endif
