/*
 * rule_surge.c - many times what is usual
 *
 * An hour, to the minute, against the median of the same hours of the day in
 * the last four weeks.  The hour at hand lies in two of the clock: the higher
 * of both medians is the usual.  Before a week is known nothing is said.  What
 * is counted without a whole is compared by its number, else by its share.
 */
#include "alerts/rule.h"

#include <stdlib.h>

#include "base/mem.h"

#define HOSTS       (ALERTS_HOSTS + 1) /* and "other" */
#define MINUTES     60
#define MINUTE      INT64_C(60000000)
#define DAYS        28
#define HOURS       (DAYS * 24)
#define LEAST_HOURS (7 * 24) /* that must be known */
#define LEAST_SHARE 1        /* per cent: less is not told from none */

struct part {
	uint32_t part, whole;
};

struct flow {
	uint64_t host;        /* hash of its name */
	int64_t minute, hour; /* the last ones, since 1970; 0: none */
	int64_t since;        /* the first hour that is known */
	struct part minutes[MINUTES], hours[HOURS];
	uint64_t part, whole; /* of the minutes */
	int64_t usual_hour;   /* for which `usual' was found */
	double usual;
	bool dirty, hours_dirty;
};

struct surge {
	const struct condition *condition;
	struct rule_config config;
	struct flow *hosts[HOSTS];
};

static void *
make(const struct rule *rule, const struct condition *condition)
{
	struct surge *surge = mem_zero(1, sizeof(*surge));

	(void)rule;
	surge->condition = condition;
	return surge;
}

static void
free_surge(void *arg)
{
	struct surge *surge = arg;

	for (size_t i = 0; i < HOSTS; i++)
		free(surge->hosts[i]);
	free(surge);
}

static void
configure(void *arg, const struct rule_config *config)
{
	((struct surge *)arg)->config = *config;
}

static struct flow *
get(struct surge *surge, uint64_t host)
{
	for (size_t i = 0; i < HOSTS; i++) {
		if (surge->hosts[i] == NULL) {
			surge->hosts[i] = mem_zero(1, sizeof(struct flow));
			surge->hosts[i]->host = host;
		}
		if (surge->hosts[i]->host == host)
			return surge->hosts[i];
	}
	return NULL;
}

/* Up to that minute: those between had nothing. */
static void
advance(struct flow *flow, int64_t minute)
{
	int64_t hour = minute / 60, m = flow->minute, h = flow->hour;

	if (m < minute - MINUTES)
		m = minute - MINUTES;
	while (m < minute) {
		struct part *gone = &flow->minutes[++m % MINUTES];

		flow->part -= gone->part;
		flow->whole -= gone->whole;
		*gone = (struct part){ 0 };
	}
	flow->hours_dirty |= h != hour;
	if (h < hour - HOURS)
		h = hour - HOURS;
	while (h < hour)
		flow->hours[++h % HOURS] = (struct part){ 0 };
	flow->minute = minute;
	flow->hour = hour;
}

static void
add(struct part *to, const struct mark *mark)
{
	to->part += mark->part;
	to->whole += mark->whole;
}

static double
value_of(uint64_t part, uint64_t whole)
{
	if (whole == 0)
		return (double)part;
	return 100.0 * (double)part / (double)(whole > part ? whole : part);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of that hour of the clock, on the days before; a share is only known of
   hours that had a whole. */
static double
median(const struct flow *flow, int64_t hour, bool is_share)
{
	double values[DAYS];
	size_t n = 0;

	for (int64_t h = hour - 24; h >= flow->since && h > flow->hour - HOURS;
	     h -= 24) {
		const struct part *part = &flow->hours[h % HOURS];

		if (is_share && part->whole == 0)
			continue;
		values[n++] = value_of(part->part, part->whole);
	}
	if (n == 0)
		return 0;
	qsort(values, n, sizeof(*values), by_value);
	return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

/* Days that are over do not change: once an hour will do. */
static double
usual_of(struct flow *flow)
{
	bool is_share = flow->whole != 0;
	double now, before;

	if (flow->usual_hour == flow->hour)
		return flow->usual;
	now = median(flow, flow->hour, is_share);
	before = median(flow, flow->hour - 1, is_share);
	flow->usual = now > before ? now : before;
	if (is_share && flow->usual < LEAST_SHARE)
		flow->usual = LEAST_SHARE;
	flow->usual_hour = flow->hour;
	return flow->usual;
}

static bool
judge(void *arg, const struct mark *mark, struct verdict *verdict)
{
	struct surge *surge = arg;
	struct flow *flow = get(surge, mark->host->hash);
	int64_t minute = mark->when / MINUTE, hour = minute / 60;
	double value, usual;

	if (flow == NULL || hour <= flow->hour - HOURS)
		return false;
	if (flow->since == 0 || hour < flow->since)
		flow->since = hour;
	if (minute > flow->minute)
		advance(flow, minute);
	add(&flow->hours[hour % HOURS], mark);
	flow->dirty = true;
	flow->hours_dirty |= hour != flow->hour;
	if (minute <= flow->minute - MINUTES)
		return false;
	add(&flow->minutes[minute % MINUTES], mark);
	flow->part += mark->part;
	flow->whole += mark->whole;
	if (mark->part == 0)
		return false;
	if (flow->hour - flow->since < LEAST_HOURS)
		return true;
	value = value_of(flow->part, flow->whole);
	usual = usual_of(flow);
	for (int l = 0; l < ALERT_LEVELS; l++) {
		const uint32_t *level = surge->config.levels[l];

		if (level[OPTION_COUNT] == 0 ||
		    flow->part < level[OPTION_COUNT] ||
		    value < usual * level[OPTION_FACTOR])
			continue;
		*verdict = (struct verdict){ l,
			mark->when - 3600 * INT64_C(1000000), mark->when,
			flow->part, level[OPTION_WITHIN], value, usual };
	}
	return true;
}

static void
put_parts(struct state_writer *w, const struct part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put_u32(w, parts[i].part);
		put_u32(w, parts[i].whole);
	}
}

static bool
get_parts(struct slice *at, struct part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!get_u32(at, &parts[i].part) ||
		    !get_u32(at, &parts[i].whole))
			return false;
	return true;
}

static void
put_row(struct state_rows *rows, struct slice prefix, char kind, uint64_t host,
    struct state_writer *w)
{
	struct state_writer key = { 0 };

	put_bytes(&key, prefix.p, prefix.n);
	put_u8(&key, (uint8_t)kind);
	put_u64(&key, host);
	rows_put(
	    rows, (struct slice){ key.p, key.n }, (struct slice){ w->p, w->n });
	writer_fini(&key);
	writer_fini(w);
}

/* The hours are put when one is over, the minutes and the hour at hand each
   time: 'h' and 'm'. */
static void
save(void *arg, struct state_rows *rows, struct slice key)
{
	struct surge *surge = arg;

	for (size_t i = 0; i < HOSTS && surge->hosts[i] != NULL; i++) {
		struct flow *flow = surge->hosts[i];
		struct state_writer w = { 0 };

		if (flow->hours_dirty) {
			put_parts(&w, flow->hours, HOURS);
			put_row(rows, key, 'h', flow->host, &w);
		}
		w = (struct state_writer){ 0 };
		if (flow->dirty) {
			put_u64(&w, (uint64_t)flow->minute);
			put_u64(&w, (uint64_t)flow->since);
			put_parts(&w, flow->minutes, MINUTES);
			put_parts(&w, &flow->hours[flow->hour % HOURS], 1);
			put_row(rows, key, 'm', flow->host, &w);
		}
		flow->dirty = flow->hours_dirty = false;
	}
}

static bool
load_minutes(struct flow *flow, struct slice value)
{
	uint64_t minute, since;
	struct part hour;

	if (!get_u64(&value, &minute) || !get_u64(&value, &since) ||
	    !get_parts(&value, flow->minutes, MINUTES) ||
	    !get_parts(&value, &hour, 1))
		return false;
	flow->minute = (int64_t)minute;
	flow->hour = flow->minute / 60;
	flow->since = (int64_t)since;
	flow->hours[flow->hour % HOURS] = hour;
	flow->part = flow->whole = 0;
	for (size_t i = 0; i < MINUTES; i++) {
		flow->part += flow->minutes[i].part;
		flow->whole += flow->minutes[i].whole;
	}
	return flow->minute >= 0;
}

/* The minutes' row may have come before: its hour is the newer one. */
static bool
load_hours(struct flow *flow, struct slice value)
{
	struct part hour = flow->hours[flow->hour % HOURS];

	if (!get_parts(&value, flow->hours, HOURS))
		return false;
	if (flow->minute != 0)
		flow->hours[flow->hour % HOURS] = hour;
	return true;
}

static bool
load(void *arg, struct slice key, struct slice value)
{
	struct flow *flow;
	uint64_t host;
	uint8_t kind;

	if (!get_u8(&key, &kind) || !get_u64(&key, &host) || key.n != 0 ||
	    (flow = get(arg, host)) == NULL)
		return false;
	return kind == 'm' ? load_minutes(flow, value)
			   : kind == 'h' && load_hours(flow, value);
}

const struct rule_kind rule_surge = {
	.name = "surge",
	.make = make,
	.free = free_surge,
	.configure = configure,
	.judge = judge,
	.save = save,
	.load = load,
};
