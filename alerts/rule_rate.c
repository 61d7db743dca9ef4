/* rule_rate.c - too many: a count or a sum */
#include "alerts/counted.h"

static bool
judge(void *arg, const struct mark *mark, struct verdict *verdict)
{
	return counted_judge(arg, mark, verdict, NULL);
}

const struct rule_kind rule_rate = {
	.name = "rate",
	.make = counted_make,
	.judge = judge,
	COUNTED_REST,
};
