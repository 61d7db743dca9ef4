/* incident_state.c - incidents, in the state: a row each, by its number */
#include <stdlib.h>

#include "alerts/alerts_impl.h"
#include "base/mem.h"

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
	struct slice at = writer_slice(&alerts->gone), key;

	while (get_text(&at, &key))
		rows_drop(rows, key);
	alerts->gone.n = 0;
}

void
incidents_save(void *arg, struct state_rows *rows)
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
		rows_put(rows, writer_slice(&key), writer_slice(&w));
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

/* NULL and false: it is damaged. */
static bool
get_evidence(
    struct slice *at, const struct flags *flags, struct evidence **evidence)
{
	*evidence = NULL;
	if (flags->evidence == 0)
		return true;
	*evidence = mem_zero(1, sizeof(**evidence));
	if (evidence_get(at, *evidence))
		return true;
	evidence_free(*evidence);
	*evidence = NULL;
	return false;
}

static void
give_evidence(
    struct alerts *alerts, struct incident_row *row, struct evidence *evidence)
{
	if (evidence == NULL)
		return;
	incident_evidence(alerts, row);
	if (row->evidence == NULL) {
		evidence_free(evidence);
		return;
	}
	*row->evidence = *evidence;
	free(evidence);
}

static bool
get_incident(struct alerts *alerts, uint64_t number, struct slice value)
{
	struct incident_row read = { .public = { .number = number } }, *row;
	struct slice rule, host, text, words;
	struct evidence *evidence;
	char key[ALERTS_KEY];
	struct watch *watch;
	struct flags flags;
	int i;

	if (!get_text(&value, &rule) || !get_text(&value, &host) ||
	    !get_text(&value, &text) || !get_text(&value, &words) ||
	    !get_numbers(&value, &read, &flags))
		return false;
	i = alerts_find_rule(rule);
	if ((i == -1 && !slice_is(rule, "agent")) ||
	    !get_evidence(&value, &flags, &evidence))
		return false;
	watch = i != -1 ? &alerts->watches[i] : NULL;
	slice_copy(text, key, sizeof(key));
	row = incident_add(alerts, watch, read.hash, flags.wire != 0, key);
	row->blocked_until = read.blocked_until;
	slice_copy(slice_of(key), read.public.key, ALERTS_KEY);
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
	give_evidence(alerts, row, evidence);
	return true;
}

int
incidents_load(void *arg, struct slice key, struct slice value, struct err *err)
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
