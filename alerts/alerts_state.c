/*
 * alerts_state.c - windows and incidents, in the state
 *
 * The part "rules" holds, under a rule's name and the number of its condition,
 * what its kind keeps, and under an empty name what is kept of the whole; the
 * part "incidents" one row each, by its number.
 */
#include "alerts/alerts_impl.h"

#define STATE_VERSION 1

static struct slice
written(const struct state_writer *w)
{
	return (struct slice){ w->p, w->n };
}

static void
save_whole(struct alerts *alerts, struct state_rows *rows)
{
	struct state_writer key = { 0 }, w = { 0 };

	put_text(&key, SLICE(""));
	put_u64(&w, alerts->number);
	put_u64(&w, (uint64_t)alerts->clock);
	for (size_t i = 0; i < OWN_MESSAGES; i++)
		put_u64(&w, alerts->own[(alerts->own_next + i) % OWN_MESSAGES]);
	rows_put(rows, written(&key), written(&w));
	writer_fini(&key);
	writer_fini(&w);
}

static bool
load_whole(struct alerts *alerts, struct slice value)
{
	uint64_t saved;

	if (!get_u64(&value, &alerts->number) || !get_u64(&value, &saved))
		return false;
	alerts->saved = (int64_t)saved;
	for (size_t i = 0; i < OWN_MESSAGES; i++)
		if (!get_u64(&value, &alerts->own[i]))
			return false;
	return true;
}

static void
save_rules(void *arg, struct state_rows *out)
{
	struct alerts *alerts = arg;

	save_whole(alerts, out);
	for (size_t i = 0; i < ALERT_RULES; i++)
		for (size_t c = 0; c < CONDITIONS; c++) {
			const struct rule_kind *kind =
			    rules[i].conditions[c].kind;
			struct state_writer key = { 0 };

			if (kind == NULL || kind->save == NULL)
				continue;
			put_text(&key, slice_of(rules[i].name));
			put_u8(&key, (uint8_t)c);
			kind->save(alerts->watches[i].conditions[c], out,
			    written(&key));
			writer_fini(&key);
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
		return load_whole(alerts, value)
			   ? 0
			   : err_set(err, "rules: damaged row");
	i = alerts_find_rule(name);
	if (i == -1 || !get_u8(&key, &condition) || condition >= CONDITIONS)
		return err_set(err, "rules: a rule that is not known");
	kind = rules[i].conditions[condition].kind;
	if (kind == NULL || kind->load == NULL ||
	    !kind->load(alerts->watches[i].conditions[condition], key, value))
		return err_set(err, "rule %s: damaged row", rules[i].name);
	return 0;
}

static void
put_incident(struct state_writer *w, const struct incident_row *row)
{
	const struct incident *public = &row->public;

	put_text(w, slice_of(public->rule));
	put_text(w, slice_of(public->host));
	put_text(w, slice_of(public->key));
	put_text(w, slice_of(public->words));
	put_bytes(w, &public->client, sizeof(public->client));
	put_u8(w, (uint8_t) public->level);
	put_u8(w, public->open);
	put_u8(w, public->past);
	put_u8(w, (uint8_t) public->action);
	put_u8(w, row->wire);
	put_u64(w, (uint64_t) public->first);
	put_u64(w, (uint64_t) public->crossed);
	put_u64(w, (uint64_t) public->last);
	put_u64(w, public->count);
	put_bytes(w, &public->value, sizeof(public->value));
	put_bytes(w, &public->usual, sizeof(public->usual));
	put_u32(w, public->within);
	put_u32(w, public->block_seconds);
	put_u64(w, (uint64_t)row->blocked_until);
	put_u64(w, row->hash);
	put_u8(w, row->evidence != NULL);
	if (row->evidence != NULL)
		evidence_put(w, row->evidence);
}

static void
drop_gone(struct alerts *alerts, struct state_rows *rows)
{
	struct slice at = written(&alerts->gone), key;

	while (get_text(&at, &key))
		rows_drop(rows, key);
	alerts->gone.n = 0;
}

static void
save_incidents(void *arg, struct state_rows *rows)
{
	struct alerts *alerts = arg;
	struct incident_row *row;

	drop_gone(alerts, rows);
	for (size_t i = 0; i < alerts->incidents.made; i++) {
		struct state_writer key = { 0 }, w = { 0 };

		row = table_row(&alerts->incidents, i);
		if (row == NULL || !row->dirty)
			continue;
		put_u64(&key, row->public.number);
		put_incident(&w, row);
		rows_put(rows, written(&key), written(&w));
		writer_fini(&key);
		writer_fini(&w);
		row->dirty = false;
		row->saved = true;
	}
}

struct flags {
	uint8_t level, open, past, action, wire, evidence;
};

static bool
get_numbers(struct slice *at, struct incident_row *row, struct flags *flags)
{
	struct incident *public = &row->public;
	uint64_t first, crossed, last, until;

	if (!get_bytes(at, &public->client, sizeof(public->client)) ||
	    !get_u8(at, &flags->level) || !get_u8(at, &flags->open) ||
	    !get_u8(at, &flags->past) || !get_u8(at, &flags->action) ||
	    !get_u8(at, &flags->wire) || !get_u64(at, &first) ||
	    !get_u64(at, &crossed) || !get_u64(at, &last) ||
	    !get_u64(at, &public->count) ||
	    !get_bytes(at, &public->value, sizeof(public->value)) ||
	    !get_bytes(at, &public->usual, sizeof(public->usual)) ||
	    !get_u32(at, &public->within) ||
	    !get_u32(at, &public->block_seconds) || !get_u64(at, &until) ||
	    !get_u64(at, &row->hash) || !get_u8(at, &flags->evidence) ||
	    flags->level >= ALERT_LEVELS || flags->action > ACTION_NONE)
		return false;
	public->first = (int64_t)first;
	public->crossed = (int64_t)crossed;
	public->last = (int64_t)last;
	row->blocked_until = (int64_t)until;
	return true;
}

static bool
get_incident(struct alerts *alerts, uint64_t number, struct slice value)
{
	struct incident_row read = { .public = { .number = number } }, *row;
	struct slice rule, host, text, words;
	char key[ALERTS_KEY];
	struct watch *watch;
	struct flags flags;
	int i;

	if (!get_text(&value, &rule) || !get_text(&value, &host) ||
	    !get_text(&value, &text) || !get_text(&value, &words) ||
	    !get_numbers(&value, &read, &flags))
		return false;
	i = alerts_find_rule(rule);
	if (i == -1 && !slice_is(rule, "agent"))
		return false;
	watch = i != -1 ? &alerts->watches[i] : NULL;
	slice_copy(text, key, sizeof(key));
	row = incident_add(alerts, watch, read.hash, flags.wire != 0, key);
	row->blocked_until = read.blocked_until;
	slice_copy(slice_of(row->public.key), read.public.key, ALERTS_KEY);
	row->public = read.public;
	row->public.level = (enum alert_level)flags.level;
	row->public.action = (enum incident_action)flags.action;
	row->public.past = flags.past != 0;
	row->public.open = flags.open != 0;
	incident_describe(alerts, row, host, words);
	row->saved = true;
	row->dirty = false;
	if (row->of_host != NULL)
		row->of_host->due = 0; /* to be found out */
	if (!row->public.open)
		incident_is_closed(alerts, row);
	if (flags.evidence == 0)
		return true;
	incident_evidence(alerts, row);
	return row->evidence == NULL || evidence_get(&value, row->evidence);
}

static int
load_incidents(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct alerts *alerts = arg;
	uint64_t number;

	if (!get_u64(&key, &number) || key.n != 0 ||
	    !get_incident(alerts, number, value))
		return err_set(err, "incidents: damaged row");
	if (number > alerts->number)
		alerts->number = number;
	return 0;
}

void
alerts_parts(struct alerts *alerts, struct state_part parts[ALERTS_PARTS])
{
	parts[0] = (struct state_part){ "rules", STATE_VERSION, alerts,
		save_rules, load_rules };
	parts[1] = (struct state_part){ "incidents", STATE_VERSION, alerts,
		save_incidents, load_incidents };
}
