/* known_impl.h - the rows of what is known of clients; for known*.c alone */
#ifndef BLOCKS_KNOWN_IMPL_H
#define BLOCKS_KNOWN_IMPL_H

#include "blocks/known.h"

#define DAY_SECS 86400

struct client {
	struct table_row row;
	struct prefix who;     /* whole, or the /64 of IPv6 */
	int64_t authenticated; /* seconds, the last time; 0: never */
	uint32_t day;          /* that is being counted, since 1970 */
	uint32_t good, bad;    /* of it: messages, those that were spam */
	uint16_t days;         /* bit i: the day i + 1 before it was good */
	bool saved, dirty;
};

struct guesser {
	struct table_row row;
	struct prefix who;
	struct {
		uint32_t account; /* half of its name's hash */
		uint32_t when;    /* seconds; 0: no account */
	} failed[KNOWN_ACCOUNTS]; /* newest first */
	bool saved, dirty;
};

struct admin {
	struct table_row row;
	struct prefix who;
	int64_t seen; /* seconds */
	bool saved, dirty;
};

/* At the next commit the state drops that row: 'c', 'g' or 'a'. */
void known_gone(struct known *, char kind, const struct prefix *);
/* All rows begin alike, and are looked up alike; NULL: there is none. */
void *known_find(const struct table *, const struct prefix *);
/* Made where need be; never NULL: another may have to go. */
struct client *known_client(struct known *, const struct prefix *);
struct guesser *known_guesser(struct known *, const struct prefix *);
struct admin *known_get_admin(struct known *, const struct prefix *);

#endif
