/* window_impl.h - what windows are made of; for window*.c alone */
#ifndef ALERTS_WINDOW_IMPL_H
#define ALERTS_WINDOW_IMPL_H

#include "alerts/window.h"

/* Keys go into the state so many to a row: by their place in the table. */
#define WINDOW_GROUP  16
#define WINDOW_GROUPS (ALERTS_KEYS / WINDOW_GROUP)

/* A mark that comes so late is still judged in every window that it is in. */
#define WINDOW_LATE  (120 * INT64_C(1000000)) /* microseconds */
#define WINDOW_SLOTS 512 /* moments that remain, where there are too many */

struct moment {
	int64_t when; /* Unix microseconds */
	uint64_t part, other;
	union {
		uint64_t whole;
		uint64_t member; /* `part' is 1, and there is no whole */
	};
};

/* A level's window: the moments from `from' to the last one. */
struct span {
	uint32_t from;
	uint64_t part, whole, other;
};

struct window {
	struct table_row row;
	uint64_t host;
	struct addr client;
	bool wire;
	uint32_t n, size; /* moments, and room for them in `many' */
	struct span spans[ALERT_LEVELS];
	struct moment *many; /* NULL: the only one is `one' */
	struct moment one;
	char account[]; /* of a rule on accounts: ALERTS_KEY */
};

struct windows {
	struct table table;
	enum alert_key key;
	bool members;
	int64_t within[ALERT_LEVELS]; /* microseconds; -1: none */
	int64_t longest;
	size_t moments; /* in all `many' */
	uint64_t evicted;
	bool dirty[WINDOW_GROUPS];
	bool regroup;        /* places are not those of the state */
	size_t groups_saved; /* rows that the state may have */
};

static inline struct moment *
window_moments(struct window *window)
{
	return window->many != NULL ? window->many : &window->one;
}

/* window_keys.c: the key's row, made if need be, where another may have to go. */
struct window *window_get(struct windows *, const struct mark *key);
/* Room for one more moment behind the last. */
struct moment *window_room(struct windows *, struct window *);
/* So many moments from that on go; the sums are then wrong. */
void window_remove(struct window *, uint32_t at, uint32_t n);
/* window.c: sum up anew what is in the levels' windows. */
void window_sum_up(const struct windows *, struct window *);

#endif
