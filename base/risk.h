/*
 * risk.h - does an account look stolen: what it did and met with lately
 *
 * Lately is today and the day before, by UTC and event time.  The score is a
 * sum, at most 100, made to be checked by eye:
 *
 *   guessing   1 for every 4 failed logins in its name, at most 15
 *   networks   4 for each beyond two that it came from (/24 of IPv4, /64 of
 *              IPv6), at most 30
 *   returned   of 20 or more deliveries the share that bounced or was deferred,
 *              in per cent and from 10 on, times 0.6; at most 30
 *   volume     5 for each time that the recipients of its busier day are its
 *              usual number, beyond twice; at most 25; from 50 recipients on
 *              and where three days or more are usual
 *
 * Who is guessed at is attacked, not stolen, hence the low cap on the first.
 */
#ifndef BASE_RISK_H
#define BASE_RISK_H

#include "base/event.h"
#include "base/state.h"

#define RISK_NETWORKS 12 /* told apart a day; then it is that many or more */
#define RISK_SHOWN    20 /* a score from which on somebody should look */
#define RISK_WORDS    200

struct risk_day {
	int64_t number; /* since 1970; 0: nothing is known */
	uint32_t recipients, sent, deferred, bounced, failed, network_count;
	uint32_t networks[RISK_NETWORKS]; /* their hashes */
};

struct risk {
	struct risk_day days[2]; /* the newer one first */
	uint32_t usual_days;     /* before them, on which it sent; at most 14 */
	uint64_t usual_milli;    /* recipients a day on those, times 1000 */
};

struct risk_facts {
	unsigned score;
	uint32_t recipients, sent, deferred, bounced, failed, networks;
	uint32_t busiest, usual; /* recipients a day; usual 0: not known */
	int64_t since;           /* Unix seconds */
};

/* What the account did, or somebody in its name; true: it counts here. */
bool risk_add(struct risk *, const struct mail_event *);
void risk_judge(const struct risk *, int64_t now, struct risk_facts *);
/* "bounced or deferred 34 % of 120, from 6 networks"; empty at score 0. */
void risk_words(const struct risk_facts *, char text[RISK_WORDS]);

void risk_put(struct state_writer *, const struct risk *);
bool risk_get(struct slice *at, struct risk *);

#endif
