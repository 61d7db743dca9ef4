/* rule_distinct.c - too many different ones: accounts, networks */
#include "alerts/counted.h"

static bool
judge(void *arg, const struct mark *mark, struct verdict *verdict)
{
	return counted_judge(arg, mark, verdict, NULL);
}

const struct rule_kind rule_distinct = {
	.name = "distinct",
	.make = counted_make_members,
	.judge = judge,
	COUNTED_REST,
};
