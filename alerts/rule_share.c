/* rule_share.c - too large a part of the whole, from a least number */
#include "alerts/counted.h"

static bool
asks(const uint32_t level[ALERT_OPTIONS], const struct window_sum *sum,
    double *value)
{
	uint64_t whole = sum->whole > sum->other ? sum->whole : sum->other;

	if (whole < sum->part)
		whole = sum->part;
	*value = 100.0 * (double)sum->part / (double)whole;
	return sum->part * 100 >= whole * level[OPTION_SHARE];
}

static bool
judge(void *arg, const struct mark *mark, struct verdict *verdict)
{
	return counted_judge(arg, mark, verdict, asks);
}

const struct rule_kind rule_share = {
	.name = "share",
	.make = counted_make,
	.judge = judge,
	COUNTED_REST,
};
