/*
 * hosts.c - mail servers: their time, and how well the agent sees them
 *
 * Names can be forged: what comes after ALERTS_HOSTS is "other".
 */
#include "alerts/alerts_impl.h"

#define LEAST_SEEN 200 /* lines or packets: of fewer nothing follows */

static struct host *
find(struct alerts *alerts, struct slice name)
{
	for (size_t i = 0; i < alerts->host_count; i++) {
		struct host *host = &alerts->hosts[i];

		if (host->public.length == name.n &&
		    memcmp(host->public.name, name.p, name.n) == 0)
			return host;
	}
	return NULL;
}

struct host *
hosts_get(struct alerts *alerts, struct slice name)
{
	struct host *host = alerts->last_host;

	if (name.n >= sizeof(host->public.name))
		name.n = sizeof(host->public.name) - 1;
	if (host != NULL && host->public.length == name.n &&
	    memcmp(host->public.name, name.p, name.n) == 0)
		return host;
	host = find(alerts, name);
	if (host == NULL && alerts->host_count >= ALERTS_HOSTS) {
		name = SLICE("other");
		host = find(alerts, name);
	}
	if (host == NULL) {
		host = &alerts->hosts[alerts->host_count++];
		host->public.length = slice_copy(
		    name, host->public.name, sizeof(host->public.name));
		host->public.hash = slice_hash(name) | 1;
		host->public.due = INT64_MAX;
	}
	alerts->last_host = host;
	return host;
}

/* Some rules hear that nothing came. */
static void
let_pass(struct alerts *alerts, struct host *host, int64_t now)
{
	struct mark mark = {
		.when = now, .host = &host->public, .hash = host->public.hash
	};

	for (size_t i = 0; i < ALERT_RULES; i++) {
		struct watch *watch = &alerts->watches[i];
		const struct rule_kind *kind = watch->rule->conditions[0].kind;
		struct verdict verdict = verdict_none();

		if (kind->pass != NULL && watch->config.enabled &&
		    kind->pass(
			watch->conditions[0], &host->public, now, &verdict))
			incidents_offence(alerts, watch, &mark, NULL, &verdict);
	}
}

void
hosts_time(struct alerts *alerts, struct host *host, int64_t now)
{
	if (now <= host->public.now)
		return;
	let_pass(alerts, host, now);
	host->public.now = now;
	if (now > host->public.due)
		incidents_close_due(alerts, host);
}

static void
judge_gauge(struct alerts *alerts, struct host *host, enum gauge gauge,
    struct mark *mark)
{
	for (size_t i = 0; i < ALERT_RULES; i++) {
		struct watch *watch = &alerts->watches[i];
		struct verdict verdict = verdict_none();

		for (size_t c = 0; c < CONDITIONS; c++) {
			const struct condition *condition =
			    &watch->rule->conditions[c];
			bool holds;

			if (condition->gauge != gauge || !watch->config.enabled)
				continue;
			holds = condition->kind->judge(
			    watch->conditions[c], mark, &verdict);
			host->dirty |= holds != host->blind[gauge];
			host->blind[gauge] = holds;
			if (holds)
				incidents_offence(
				    alerts, watch, mark, NULL, &verdict);
		}
	}
}

static void
gauge_is(struct alerts *alerts, struct host *host, enum gauge gauge,
    int64_t when, uint64_t value)
{
	struct mark mark = { .when = when,
		.host = &host->public,
		.hash = host->public.hash,
		.value = value };

	judge_gauge(alerts, host, gauge, &mark);
}

void
alerts_gauge(struct alerts *alerts, struct slice name, int64_t when,
    enum metric metric, uint64_t value)
{
	struct host *host;
	enum gauge gauge;

	if (metric == METRIC_QUEUE_OLDEST_SECONDS)
		gauge = GAUGE_OLDEST;
	else if (metric == METRIC_AGENT_LAG_SECONDS)
		gauge = GAUGE_LAG;
	else
		return;
	host = hosts_get(alerts, name);
	if (gauge == GAUGE_LAG && host->lag != (int64_t)value) {
		host->lag = (int64_t)value;
		host->dirty = true;
	}
	/* A backlog is no lag. */
	if (gauge != GAUGE_LAG || alerts->live)
		gauge_is(alerts, host, gauge, when * SECOND, value);
}

/* Per cent of what was there, in the minutes that are over; 100 where there
   was little. */
static uint64_t
seen(const struct sight *sight)
{
	uint64_t all = 0, missed = 0;

	for (size_t i = 0; i < SIGHT_MINUTES; i++) {
		all += sight->all[i];
		missed += sight->missed[i];
	}
	if (all < LEAST_SEEN)
		return 100;
	return missed >= all ? 0 : 100 * (all - missed) / all;
}

static void
advance(struct sight *sight, int64_t minute)
{
	int64_t m = sight->minute;

	if (m < minute - SIGHT_MINUTES)
		m = minute - SIGHT_MINUTES;
	while (m < minute) {
		m++;
		sight->all[m % SIGHT_MINUTES] = 0;
		sight->missed[m % SIGHT_MINUTES] = 0;
	}
	sight->minute = minute;
}

/* Counted, and judged when a minute is over. */
static void
see(struct alerts *alerts, struct host *host, bool lines, int64_t minute,
    uint64_t all, uint64_t missed)
{
	struct sight *sight = lines ? &host->lines : &host->packets;
	uint64_t percent = seen(sight);

	if (minute < sight->minute)
		return;
	if (minute > sight->minute && sight->minute != 0)
		gauge_is(alerts, host, lines ? GAUGE_COVERAGE : GAUGE_DROPS,
		    minute * 60 * SECOND, lines ? percent : 100 - percent);
	host->dirty = true;
	advance(sight, minute);
	sight->all[minute % SIGHT_MINUTES] += all;
	sight->missed[minute % SIGHT_MINUTES] += missed;
}

void
alerts_count(struct alerts *alerts, struct slice name, int64_t when,
    enum metric metric, uint64_t n)
{
	struct host *host = hosts_get(alerts, name);
	int64_t minute = when / 60;

	if (metric == METRIC_AGENT_LINES)
		see(alerts, host, true, minute, n, 0);
	else if (metric == METRIC_AGENT_LINES_UNRECOGNISED)
		see(alerts, host, true, minute, 0, n);
	else if (metric < METRICS && metric == alerts->packets)
		see(alerts, host, false, minute, n, 0);
	else if (metric < METRICS && metric == alerts->dropped)
		see(alerts, host, false, minute, n, n);
}
