/* metric.c - everything that is counted */
#include "base/metric.h"

struct row {
	const char *name;
	enum metric_unit unit;
	enum metric_kind kind;
	const char *help;
};

static const struct row metrics[METRICS] = {
#define METRIC_ROW(name, dotted, unit, kind, help)                             \
	[METRIC_##name] = { dotted, UNIT_##unit, METRIC_##kind, help },
	METRIC_TABLE(METRIC_ROW)
#undef METRIC_ROW
#define REASON_ROW(name, word, help)                                           \
	[METRIC_REJECTS_FIRST + REASON_##                                      \
	    name] = { "rejects." word, UNIT_REPLIES, METRIC_COUNTER, help },
	    REASON_TABLE(REASON_ROW)
#undef REASON_ROW
#define WIRE_REASON_ROW(name, word, help)                                      \
	[METRIC_WIRE_REJECTS_FIRST + REASON_##name] = { "wire.rejects_" word,  \
		UNIT_REPLIES, METRIC_COUNTER, help },
		REASON_TABLE(WIRE_REASON_ROW)
#undef WIRE_REASON_ROW
};

static const struct row mailer_metrics[MAILER_METRICS] = {
#define MAILER_METRIC_ROW(name, word, unit, help)                              \
	[MAILER_##name] = { word, UNIT_##unit, METRIC_COUNTER, help },
	MAILER_METRIC_TABLE(MAILER_METRIC_ROW)
#undef MAILER_METRIC_ROW
};

static const char *const units[] = {
	[UNIT_MESSAGES] = "messages",
	[UNIT_RECIPIENTS] = "recipients",
	[UNIT_DELIVERIES] = "deliveries",
	[UNIT_BYTES] = "bytes",
	[UNIT_KILOBYTES] = "kilobytes",
	[UNIT_REPLIES] = "replies",
	[UNIT_SESSIONS] = "sessions",
	[UNIT_LOGINS] = "logins",
	[UNIT_COMMANDS] = "commands",
	[UNIT_LINES] = "lines",
	[UNIT_BLOCKS] = "blocks",
	[UNIT_PACKETS] = "packets",
	[UNIT_SECONDS] = "seconds",
	[UNIT_ADDRESSES] = "addresses",
	[UNIT_TIMES] = "times",
	[UNIT_RATIO] = "ratio",
};

const char *
metric_name(enum metric metric)
{
	return metrics[metric].name;
}

const char *
metric_help(enum metric metric)
{
	return metrics[metric].help;
}

enum metric_unit
metric_unit(enum metric metric)
{
	return metrics[metric].unit;
}

enum metric_kind
metric_kind(enum metric metric)
{
	return metrics[metric].kind;
}

const char *
unit_name(enum metric_unit unit)
{
	return units[unit];
}

enum metric
metric_find(struct slice name)
{
	unsigned i = 0;

	while (i < METRICS && !slice_eq(name, slice_of(metrics[i].name)))
		i++;
	return (enum metric)i;
}

const char *
mailer_metric_name(enum mailer_metric metric)
{
	return mailer_metrics[metric].name;
}

const char *
mailer_metric_help(enum mailer_metric metric)
{
	return mailer_metrics[metric].help;
}

enum metric_unit
mailer_metric_unit(enum mailer_metric metric)
{
	return mailer_metrics[metric].unit;
}

enum mailer_metric
mailer_metric_find(struct slice name)
{
	unsigned i = 0;

	while (i < MAILER_METRICS &&
	       !slice_eq(name, slice_of(mailer_metrics[i].name)))
		i++;
	return (enum mailer_metric)i;
}
