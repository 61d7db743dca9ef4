/*
 * rule_silence.c - too quiet: nothing for so long
 *
 * Usual is the longest gap of the last four weeks; a gap that was an incident
 * itself is not usual.  Before a week is known nothing is said.
 */
#include "alerts/rule.h"

#include <stdlib.h>

#include "base/mem.h"

#define DAYS      28
#define LEAST     7 /* of them must be known */
#define DAY       INT64_C(86400000000)
#define SECOND    1000000
#define HOST_DAYS (ALERTS_HOSTS + 1) /* and "other" */

struct quiet {
	uint64_t host; /* hash of its name; 0: no such host */
	int64_t last;  /* its last message, Unix microseconds */
	bool dirty;
	struct {
		int32_t day;      /* since 1970; 0: none */
		uint32_t longest; /* gap that ended then, seconds */
	} days[DAYS];
};

struct silence {
	struct rule_config config;
	struct quiet hosts[HOST_DAYS];
};

static void *
make(const struct rule *rule, const struct condition *condition)
{
	(void)rule;
	(void)condition;
	return mem_zero(1, sizeof(struct silence));
}

static void
configure(void *arg, const struct rule_config *config)
{
	((struct silence *)arg)->config = *config;
}

static struct quiet *
get(struct silence *silence, uint64_t host)
{
	for (size_t i = 0; i < HOST_DAYS; i++) {
		struct quiet *quiet = &silence->hosts[i];

		if (quiet->host == 0)
			quiet->host = host;
		if (quiet->host == host)
			return quiet;
	}
	return NULL;
}

/* The longest usual gap in microseconds; 0: not known. */
static int64_t
usual_gap(const struct quiet *quiet, int64_t now)
{
	int64_t today = now / DAY, longest = 0;
	unsigned known = 0;

	for (unsigned i = 0; i < DAYS; i++) {
		if (quiet->days[i].day == 0 ||
		    today - quiet->days[i].day >= DAYS)
			continue;
		known++;
		if (quiet->days[i].longest > longest)
			longest = quiet->days[i].longest;
	}
	return known < LEAST ? 0 : longest * SECOND;
}

/* So long is too long, in microseconds; 0: there is no telling. */
static int64_t
limit_of(const struct silence *silence, const struct quiet *quiet, int64_t now)
{
	const uint32_t *act = silence->config.levels[LEVEL_ACT];
	int64_t limit = usual_gap(quiet, now) * act[OPTION_FACTOR];
	int64_t least = (int64_t)act[OPTION_AGE] * SECOND;

	if (limit == 0)
		return 0;
	return limit > least ? limit : least;
}

static bool
judge(void *arg, const struct mark *mark, struct verdict *verdict)
{
	struct silence *silence = arg;
	struct quiet *quiet = get(silence, mark->host->hash);
	int64_t gap, limit, day = mark->when / DAY;

	(void)verdict;
	if (quiet == NULL || mark->when <= quiet->last)
		return false;
	gap = quiet->last != 0 ? mark->when - quiet->last : 0;
	limit = limit_of(silence, quiet, mark->when);
	quiet->last = mark->when;
	quiet->dirty = true;
	if (quiet->days[day % DAYS].day != day) {
		quiet->days[day % DAYS].day = (int32_t)day;
		quiet->days[day % DAYS].longest = 0;
	}
	if ((limit == 0 || gap <= limit) &&
	    gap / SECOND > quiet->days[day % DAYS].longest)
		quiet->days[day % DAYS].longest = (uint32_t)(gap / SECOND);
	return false;
}

static bool
pass(void *arg, const struct alert_host *host, int64_t now,
    struct verdict *verdict)
{
	struct silence *silence = arg;
	struct quiet *quiet = get(silence, host->hash);
	const uint32_t *act = silence->config.levels[LEVEL_ACT];
	int64_t limit, gap, usual;

	/* The rest is for the few gaps that are not short. */
	if (quiet == NULL || quiet->last == 0)
		return false;
	gap = now - quiet->last;
	if (gap < (int64_t)act[OPTION_AGE] * SECOND)
		return false;
	limit = limit_of(silence, quiet, now);
	if (limit == 0 || gap <= limit)
		return false;
	gap /= SECOND;
	usual = usual_gap(quiet, now) / SECOND;
	*verdict =
	    (struct verdict){ LEVEL_ACT, quiet->last, quiet->last + limit, 1,
		    act[OPTION_WITHIN], (double)gap, (double)usual };
	return true;
}

static void
save(void *arg, struct state_rows *rows, struct slice prefix)
{
	struct silence *silence = arg;

	for (size_t i = 0; i < HOST_DAYS; i++) {
		struct quiet *quiet = &silence->hosts[i];
		struct state_writer key = { 0 }, w = { 0 };

		if (!quiet->dirty)
			continue;
		quiet->dirty = false;
		put_bytes(&key, prefix.p, prefix.n);
		put_u64(&key, quiet->host);
		put_u64(&w, (uint64_t)quiet->last);
		for (unsigned d = 0; d < DAYS; d++) {
			put_u32(&w, (uint32_t)quiet->days[d].day);
			put_u32(&w, quiet->days[d].longest);
		}
		rows_put(rows, (struct slice){ key.p, key.n },
		    (struct slice){ w.p, w.n });
		writer_fini(&key);
		writer_fini(&w);
	}
}

static bool
load(void *arg, struct slice key, struct slice value)
{
	struct quiet *quiet;
	uint64_t host, last;
	uint32_t day;

	if (!get_u64(&key, &host) || host == 0 || key.n != 0 ||
	    (quiet = get(arg, host)) == NULL || !get_u64(&value, &last))
		return false;
	quiet->last = (int64_t)last;
	for (unsigned d = 0; d < DAYS; d++) {
		if (!get_u32(&value, &day) ||
		    !get_u32(&value, &quiet->days[d].longest))
			return false;
		quiet->days[d].day = (int32_t)day;
	}
	return true;
}

const struct rule_kind rule_silence = {
	.name = "silence",
	.make = make,
	.free = free,
	.configure = configure,
	.judge = judge,
	.pass = pass,
	.save = save,
	.load = load,
};
