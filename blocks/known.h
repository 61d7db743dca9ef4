/*
 * known.h - of whom good is known: who authenticated, who delivered good mail
 *
 * A row a client, and one for the /64 of an IPv6 client, that stands for all
 * in it.  Days are those of UTC.  At BLOCK_KNOWN rows the oldest half of those
 * go that neither authenticated within a day nor delivered on two; where there
 * is none of that kind, the oldest quarter.  Then a good client of old may be
 * blocked like any other, until it has been good again.
 *
 * Beside them, clients that failed to authenticate, with up to
 * KNOWN_ACCOUNTS accounts each: at KNOWN_GUESSERS the one seen longest ago goes,
 * which then is trusted again if it authenticated.
 */
#ifndef BLOCKS_KNOWN_H
#define BLOCKS_KNOWN_H

#include "base/state.h"
#include "base/table.h"
#include "blocks/exempt.h"
#include "blocks/rows_gone.h"

#define KNOWN_GUESSERS 8192
#define KNOWN_ACCOUNTS 5  /* failures on so many, and it is not trusted */
#define KNOWN_DAYS     14 /* in which good mail counts */
#define KNOWN_ADMINS   64 /* at the cap the one seen longest ago goes */

struct known {
	struct table clients, guessers, admins;
	int64_t now;    /* seconds; 0: unknown */
	int64_t latest; /* seconds, of what was learnt */
	uint64_t forgotten;
	struct rows_gone gone;
};

void known_init(struct known *);
void known_fini(struct known *);

void known_learn(struct known *, const struct mail_event *);
/* True: it was not one of them. */
bool known_admin(struct known *, const struct addr *, int64_t seconds);

/* Of an address, or of anyone within the prefix. */
bool known_admin_in(const struct known *, const struct prefix *, int64_t);
bool known_authenticated(const struct known *, const struct prefix *, int64_t);
bool known_good(const struct known *, const struct prefix *, int64_t seconds);

struct state_part known_part(struct known *);

#endif
