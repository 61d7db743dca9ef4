/*
 * window.h - counts per key over a sliding window of event time, capped
 *
 * Moments at most so long apart are in one window, to the microsecond.  A mark
 * that comes up to two minutes late is put where it belongs, and judged in
 * every window that it is in.  alerts.h says what is evicted, and what that
 * can cost.
 */
#ifndef ALERTS_WINDOW_H
#define ALERTS_WINDOW_H

#include "alerts/rule.h"
#include "base/table.h"

struct window_sum {
	uint64_t part, whole, other;
	int64_t first, last; /* moments in it, Unix microseconds */
};

struct windows;

/* `members': moments are of different members, the last one of each. */
struct windows *windows_new(enum alert_key, bool members);
void windows_free(struct windows *);
/* Seconds of each level's window; 0: it has none.  What is kept stays. */
void windows_configure(struct windows *, const uint32_t within[ALERT_LEVELS]);

/* Count it: the sums of the key's windows, of those that hold it. */
void windows_add(struct windows *, const struct mark *,
    struct window_sum sums[ALERT_LEVELS]);

size_t windows_keys(const struct windows *);
uint64_t windows_evicted(const struct windows *);

/* window_state.c: as struct rule_kind wants them. */
void windows_save(struct windows *, struct state_rows *, struct slice key);
bool windows_load(struct windows *, struct slice key, struct slice value);

#endif
