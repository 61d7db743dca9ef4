/*
 * rule_level.c - too high or too low: a gauge
 *
 * Nothing is counted: it holds while the gauge says so, and is over when it
 * was calm for `within'.
 */
#include "alerts/rule.h"

#include <stdlib.h>

#include "base/mem.h"

struct level {
	const struct condition *condition;
	struct rule_config config;
};

static void *
make(const struct rule *rule, const struct condition *condition)
{
	struct level *level = mem_zero(1, sizeof(*level));

	(void)rule;
	level->condition = condition;
	return level;
}

static void
configure(void *arg, const struct rule_config *config)
{
	((struct level *)arg)->config = *config;
}

static bool
judge(void *arg, const struct mark *mark, struct verdict *verdict)
{
	const struct level *level = arg;
	const struct condition *condition = level->condition;

	for (int l = 0; l < ALERT_LEVELS; l++) {
		const uint32_t *options = level->config.levels[l];
		uint32_t limit = options[condition->limit];

		if (limit == 0 || (condition->below ? mark->value >= limit
						    : mark->value <= limit))
			continue;
		*verdict = (struct verdict){ l, mark->when, mark->when, 1,
			options[condition->within], (double)mark->value, -1 };
	}
	return verdict->level != -1;
}

const struct rule_kind rule_level = {
	.name = "level",
	.make = make,
	.free = free,
	.configure = configure,
	.judge = judge,
};
