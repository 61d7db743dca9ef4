/*
 * alerts_state.c - the rules' windows, in the state
 *
 * The part "rules" holds, under a rule's name and the number of its condition,
 * what its kind keeps, and how often it fired; under an empty name what is kept of a host, and of the
 * whole under the empty host.
 */
#include "alerts/alerts_impl.h"

#define STATE_VERSION 1
#define FIRED_ROW     255 /* in place of a condition's number */

/* Which commit it was, every half a minute is enough (incidents.c). */
static void
save_whole(struct alerts *alerts, struct state_rows *rows)
{
	struct state_writer key = { 0 }, w = { 0 };
	int64_t lived = alerts->live ? alerts->clock : alerts->saved;

	if (alerts->number == alerts->number_saved &&
	    alerts->first == alerts->first_saved &&
	    lived < alerts->lived_saved + 30 * SECOND)
		return;
	put_text(&key, SLICE(""));
	put_text(&key, SLICE(""));
	put_u64(&w, alerts->number);
	put_u64(&w, (uint64_t)lived);
	put_u64(&w, (uint64_t)alerts->first);
	rows_put(rows, writer_slice(&key), writer_slice(&w));
	writer_fini(&key);
	writer_fini(&w);
	alerts->number_saved = alerts->number;
	alerts->lived_saved = lived;
	alerts->first_saved = alerts->first;
}

static void
save_own(struct alerts *alerts, struct state_rows *rows)
{
	struct state_writer key = { 0 }, w = { 0 };

	if (!alerts->own_dirty)
		return;
	alerts->own_dirty = false;
	put_text(&key, SLICE(""));
	put_text(&key, SLICE(""));
	put_u8(&key, 'o');
	for (size_t i = 0; i < OWN_MESSAGES; i++)
		put_u64(&w, alerts->own[(alerts->own_next + i) % OWN_MESSAGES]);
	rows_put(rows, writer_slice(&key), writer_slice(&w));
	writer_fini(&key);
	writer_fini(&w);
}

static bool
load_whole(struct alerts *alerts, struct slice key, struct slice value)
{
	uint64_t lived, first = 0;

	for (size_t i = 0; key.n != 0 && i < OWN_MESSAGES; i++)
		if (!get_u64(&value, &alerts->own[i]))
			return false;
	if (key.n != 0)
		return true;
	if (!get_u64(&value, &alerts->number) || !get_u64(&value, &lived))
		return false;
	(void)get_u64(&value, &first); /* earlier versions had none */
	alerts->first = alerts->first_saved = (int64_t)first;
	alerts->saved = (int64_t)lived;
	alerts->number_saved = alerts->number;
	alerts->lived_saved = alerts->saved;
	return true;
}

static void
put_sight(struct state_writer *w, const struct sight *sight)
{
	put_u64(w, (uint64_t)sight->minute);
	for (size_t i = 0; i < SIGHT_MINUTES; i++) {
		put_u64(w, sight->all[i]);
		put_u64(w, sight->missed[i]);
	}
}

static bool
get_sight(struct slice *at, struct sight *sight)
{
	uint64_t minute;

	if (!get_u64(at, &minute))
		return false;
	sight->minute = (int64_t)minute;
	for (size_t i = 0; i < SIGHT_MINUTES; i++)
		if (!get_u64(at, &sight->all[i]) ||
		    !get_u64(at, &sight->missed[i]))
			return false;
	return true;
}

/* How well it is seen. */
static void
save_host(struct host *host, struct state_rows *rows)
{
	struct state_writer key = { 0 }, w = { 0 };

	if (!host->dirty)
		return;
	host->dirty = false;
	put_text(&key, SLICE(""));
	put_text(&key, slice_of(host->public.name));
	put_sight(&w, &host->lines);
	put_sight(&w, &host->packets);
	put_bytes(&w, host->blind, sizeof(host->blind));
	put_u64(&w, (uint64_t)host->lag);
	rows_put(rows, writer_slice(&key), writer_slice(&w));
	writer_fini(&key);
	writer_fini(&w);
}

static bool
load_host(struct alerts *alerts, struct slice key, struct slice value)
{
	struct slice name;
	struct host *host;
	uint64_t lag;
	uint8_t blind;

	if (!get_text(&key, &name))
		return false;
	if (name.n == 0)
		return load_whole(alerts, key, value);
	host = hosts_get(alerts, name);
	if (!get_sight(&value, &host->lines) ||
	    !get_sight(&value, &host->packets))
		return false;
	for (size_t i = 0; i <= GAUGE_DROPS; i++) {
		if (!get_u8(&value, &blind))
			return false;
		host->blind[i] = blind != 0;
	}
	if (!get_u64(&value, &lag))
		return false;
	host->lag = (int64_t)lag;
	return true;
}

static void
save_fired(struct watch *watch, struct state_rows *rows)
{
	struct state_writer key = { 0 };

	put_text(&key, slice_of(watch->rule->name));
	put_u8(&key, FIRED_ROW);
	fired_save(&watch->fired, rows, writer_slice(&key));
	writer_fini(&key);
}

static void
save_rules(void *arg, struct state_rows *out)
{
	struct alerts *alerts = arg;

	save_whole(alerts, out);
	save_own(alerts, out);
	for (size_t i = 0; i < alerts->host_count; i++)
		save_host(&alerts->hosts[i], out);
	for (size_t i = 0; i < ALERT_RULES; i++) {
		save_fired(&alerts->watches[i], out);
		for (size_t c = 0; c < CONDITIONS; c++) {
			const struct rule_kind *kind =
			    rules[i].conditions[c].kind;
			struct state_writer key = { 0 };

			if (kind == NULL || kind->save == NULL)
				continue;
			put_text(&key, slice_of(rules[i].name));
			put_u8(&key, (uint8_t)c);
			kind->save(alerts->watches[i].conditions[c], out,
			    writer_slice(&key));
			writer_fini(&key);
		}
	}
}

static int
load_rules(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct alerts *alerts = arg;
	const struct rule_kind *kind;
	struct slice name;
	uint8_t condition;
	int i;

	if (!get_text(&key, &name))
		return err_set(err, "rules: damaged row");
	if (name.n == 0)
		return load_host(alerts, key, value)
			   ? 0
			   : err_set(err, "rules: damaged row");
	i = alerts_find_rule(name);
	if (i == -1 || !get_u8(&key, &condition) ||
	    (condition >= CONDITIONS && condition != FIRED_ROW))
		return err_set(err, "rules: a rule that is not known");
	if (condition == FIRED_ROW)
		return fired_load(&alerts->watches[i].fired, key, value)
			   ? 0
			   : err_set(
				 err, "rule %s: damaged row", rules[i].name);
	kind = rules[i].conditions[condition].kind;
	if (kind == NULL || kind->load == NULL ||
	    !kind->load(alerts->watches[i].conditions[condition], key, value))
		return err_set(err, "rule %s: damaged row", rules[i].name);
	return 0;
}

void
alerts_parts(struct alerts *alerts, struct state_part parts[ALERTS_PARTS])
{
	parts[0] = (struct state_part){ "rules", STATE_VERSION, alerts,
		save_rules, load_rules };
	parts[1] = (struct state_part){ "incidents", STATE_VERSION, alerts,
		incidents_save, incidents_load };
}
