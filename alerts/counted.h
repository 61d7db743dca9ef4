/*
 * counted.h - what the kinds that count over windows have in common
 *
 * They differ in what a window keeps, and in what a level asks of its sum.
 */
#ifndef ALERTS_COUNTED_H
#define ALERTS_COUNTED_H

#include "alerts/window.h"

void *counted_make(const struct rule *, const struct condition *);
/* Of different members. */
void *counted_make_members(const struct rule *, const struct condition *);
void counted_free(void *);
void counted_configure(void *, const struct rule_config *);

/*
 * Count the mark.  A level holds where its window has enough, and where `asks'
 * (NULL: no more is asked) is true of it; `value' tells what is said of it.
 */
typedef bool counted_fn(const uint32_t level[ALERT_OPTIONS],
    const struct window_sum *, double *value);
bool counted_judge(
    void *, const struct mark *, struct verdict *, counted_fn *asks);

void counted_save(void *, struct state_rows *, struct slice key);
bool counted_load(void *, struct slice key, struct slice value);
size_t counted_keys(const void *);
uint64_t counted_evicted(const void *);

/* Of a row of struct rule_kind: all but its name, make and judge. */
#define COUNTED_REST                                                           \
	.free = counted_free, .configure = counted_configure,                  \
	.save = counted_save, .load = counted_load, .keys = counted_keys,      \
	.evicted = counted_evicted

#endif
