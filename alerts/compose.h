/*
 * compose.h - what the mails say
 */
#ifndef ALERTS_COMPOSE_H
#define ALERTS_COMPOSE_H

#include "alerts/alerts.h"
#include "alerts/letter.h"

#define COMPOSE_KEYS 20 /* named in a mail */

/* What all of them need. */
struct compose {
	const char *host, *link; /* of this agent; link NULL: none */
	int64_t now;             /* Unix seconds */
	int64_t offset;          /* seconds east of UTC */
};

/* Incidents of one host and rule.  The first is the one that is shown whole. */
struct alert_mail {
	enum notice notice;
	const struct incident *incidents[COMPOSE_KEYS];
	size_t n;      /* at least 1 */
	uint64_t keys; /* how many there are, at least n */
};

/* A letter to letter_fini(); its identifications are the caller's to set. */
void compose_alert(
    struct letter *, const struct alert_mail *, const struct compose *);
/* Subjects of the mails that were too many; `more' have no line. */
void compose_digest(struct letter *, const char *const *lines, size_t n,
    uint64_t more, const struct compose *);
/* `nth' walks all incidents. */
void compose_daily(struct letter *, const struct mail_daily *,
    const struct incident *(*nth)(void *arg, size_t i), void *arg,
    const struct compose *);
void compose_test(struct letter *, const struct compose *);

#endif
