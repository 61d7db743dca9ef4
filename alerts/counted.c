/* counted.c - what the kinds that count over windows have in common */
#include "alerts/counted.h"

#include <stdlib.h>

#include "base/mem.h"

struct counted {
	const struct condition *condition;
	struct windows *windows;
	struct rule_config config;
};

static void *
make(const struct rule *rule, const struct condition *condition, bool members)
{
	struct counted *counted = mem_zero(1, sizeof(*counted));

	counted->condition = condition;
	counted->windows = windows_new(rule->key, members);
	return counted;
}

void *
counted_make(const struct rule *rule, const struct condition *condition)
{
	return make(rule, condition, false);
}

void *
counted_make_members(const struct rule *rule, const struct condition *condition)
{
	return make(rule, condition, true);
}

void
counted_free(void *arg)
{
	struct counted *counted = arg;

	windows_free(counted->windows);
	free(counted);
}

void
counted_configure(void *arg, const struct rule_config *config)
{
	struct counted *counted = arg;
	uint32_t within[ALERT_LEVELS];

	counted->config = *config;
	for (int l = 0; l < ALERT_LEVELS; l++) {
		const uint32_t *level = config->levels[l];

		within[l] = level[counted->condition->limit] != 0
				? level[counted->condition->within]
				: 0;
	}
	windows_configure(counted->windows, within);
}

bool
counted_judge(void *arg, const struct mark *mark, struct verdict *verdict,
    counted_fn *asks)
{
	struct counted *counted = arg;
	struct window_sum sums[ALERT_LEVELS];

	windows_add(counted->windows, mark, sums);
	if (mark->part == 0)
		return false;
	for (int l = 0; l < ALERT_LEVELS; l++) {
		const uint32_t *level = counted->config.levels[l];
		uint32_t least = level[counted->condition->limit];
		double value = (double)sums[l].part;

		if (sums[l].part > verdict->count)
			verdict->count = sums[l].part;
		if (least == 0 || sums[l].part < least ||
		    (asks != NULL && !asks(level, &sums[l], &value)))
			continue;
		verdict->level = l;
		verdict->first = sums[l].first;
		verdict->at = sums[l].last;
		verdict->within = level[counted->condition->within];
		verdict->value = value;
	}
	return true;
}

void
counted_save(void *arg, struct state_rows *rows, struct slice key)
{
	windows_save(((struct counted *)arg)->windows, rows, key);
}

bool
counted_load(void *arg, struct slice key, struct slice value)
{
	return windows_load(((struct counted *)arg)->windows, key, value);
}

size_t
counted_keys(const void *arg)
{
	return windows_keys(((const struct counted *)arg)->windows);
}

uint64_t
counted_evicted(const void *arg)
{
	return windows_evicted(((const struct counted *)arg)->windows);
}
