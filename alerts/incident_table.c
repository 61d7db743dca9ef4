/*
 * incident_table.c - open and recent incidents, capped
 *
 * An open one is found by its key; a closed one stays until ALERTS_RECENT
 * later ones are closed, or the table is full.
 */
#include <stdlib.h>

#include "alerts/alerts_impl.h"
#include "base/mem.h"

#define WITH_EVIDENCE 512 /* of them; then the oldest closed one loses it */

struct key {
	const struct watch *watch;
	const struct mark *mark;
	const char *what; /* of "agent", which has no mark */
};

static bool
same_incident(const void *row, const void *wanted)
{
	const struct incident_row *incident = row;
	const struct incident *public = &incident->public;
	const struct key *key = wanted;

	if (!public->open || incident->watch != key->watch)
		return false;
	if (key->mark == NULL)
		return strcmp(public->key, key->what) == 0;
	if (incident->of_host != key->mark->host ||
	    incident->wire != key->mark->wire)
		return false;
	if (public->kind == KEY_CLIENT)
		return addr_eq(&public->client, &key->mark->client);
	if (public->kind != KEY_ACCOUNT)
		return true;
	/* Any bytes may be in it, also NULs. */
	return strncmp(public->key, key->mark->account.p,
		   key->mark->account.n) == 0 &&
	       public->key[key->mark->account.n] == '\0';
}

static uint64_t
row_hash(const struct watch *watch, uint64_t hash)
{
	return hash ^
	       ((watch != NULL ? watch->index + 1 : 0) * 0x9e3779b97f4a7c15u);
}

struct incident_row *
incident_find(
    struct alerts *alerts, const struct watch *watch, const struct mark *mark)
{
	const struct key wanted = { watch, mark, NULL };

	return table_find(&alerts->incidents, row_hash(watch, mark->hash),
	    same_incident, &wanted);
}

struct incident_row *
incident_find_trouble(struct alerts *alerts, const char *what)
{
	const struct key wanted = { NULL, NULL, what };

	return table_find(&alerts->incidents,
	    row_hash(NULL, slice_hash(slice_of(what))), same_incident, &wanted);
}

static void
forget_list(struct alerts *alerts)
{
	free(alerts->list);
	alerts->list = NULL;
}

static void
drop_evidence(struct alerts *alerts, struct incident_row *row)
{
	alerts->evidence_count -= row->evidence != NULL;
	evidence_free(row->evidence);
	row->evidence = NULL;
	row->public.evidence = NULL;
}

void
incident_remove(struct alerts *alerts, struct incident_row *row)
{
	struct state_writer key = { 0 };

	if (row->saved) {
		put_u64(&key, row->public.number);
		put_text(&alerts->gone, (struct slice){ key.p, key.n });
		writer_fini(&key);
	}
	drop_evidence(alerts, row);
	free(row->words);
	forget_list(alerts);
	table_remove(&alerts->incidents, row);
}

static struct incident_row *
oldest_closed(struct alerts *alerts)
{
	struct incident_row *row;

	if (alerts->closed_count == 0)
		return NULL;
	row = alerts->closed[alerts->closed_first];
	alerts->closed_first = (alerts->closed_first + 1) % ALERTS_RECENT;
	alerts->closed_count--;
	alerts->bare_count -= alerts->bare_count > 0;
	return row;
}

void
incident_is_closed(struct alerts *alerts, struct incident_row *row)
{
	if (alerts->closed_count == ALERTS_RECENT)
		incident_remove(alerts, oldest_closed(alerts));
	alerts->closed[(alerts->closed_first + alerts->closed_count++) %
		       ALERTS_RECENT] = row;
}

static void
make_room(struct alerts *alerts)
{
	struct incident_row *row = oldest_closed(alerts);

	if (row == NULL) {
		incidents_close(alerts, (void *)alerts->incidents.oldest);
		row = oldest_closed(alerts);
		alerts->evicted++;
	}
	incident_remove(alerts, row);
}

/* Room for it: the oldest closed one that has some loses its own. */
void
incident_evidence(struct alerts *alerts, struct incident_row *row)
{
	while (alerts->evidence_count >= WITH_EVIDENCE) {
		size_t at = alerts->closed_first + alerts->bare_count;

		if (alerts->bare_count == alerts->closed_count)
			return;
		drop_evidence(alerts, alerts->closed[at % ALERTS_RECENT]);
		alerts->bare_count++;
	}
	alerts->evidence_count++;
	row->evidence = mem_zero(1, sizeof(*row->evidence));
	row->public.evidence = row->evidence;
}

struct incident_row *
incident_add(struct alerts *alerts, struct watch *watch, uint64_t hash,
    bool wire, const char *key)
{
	uint64_t at = row_hash(watch, hash);
	struct incident_row *row = table_add(&alerts->incidents, at);

	if (row == NULL) {
		make_room(alerts);
		row = table_add(&alerts->incidents, at);
	}
	forget_list(alerts);
	row->watch = watch;
	row->hash = hash;
	row->wire = wire;
	row->dirty = true;
	row->public.open = true;
	row->public.words = "";
	slice_copy(slice_of(key), row->public.key, sizeof(row->public.key));
	return row;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = (*(struct incident_row *const *)a)->public.number;
	uint64_t y = (*(struct incident_row *const *)b)->public.number;

	return (x > y) - (x < y);
}

static void
make_list(struct alerts *alerts)
{
	struct incident_row *row, *next;
	size_t n = 0;

	if (alerts->list != NULL)
		return;
	alerts->list = mem_zero(alerts->incidents.count, sizeof(row));
	TABLE_EACH (&alerts->incidents, row, next)
		alerts->list[n++] = row;
	qsort(alerts->list, n, sizeof(row), by_number);
}

size_t
alerts_incident_count(struct alerts *alerts)
{
	return alerts->incidents.count;
}

const struct incident *
alerts_incident(struct alerts *alerts, size_t i)
{
	make_list(alerts);
	return &alerts->list[i]->public;
}

const struct incident *
alerts_incident_find(struct alerts *alerts, uint64_t number)
{
	struct incident_row wanted = { .public = { .number = number } };
	struct incident_row *key = &wanted, **found;

	make_list(alerts);
	found = bsearch(&key, alerts->list, alerts->incidents.count,
	    sizeof(key), by_number);
	return found != NULL ? &(*found)->public : NULL;
}

void
incidents_free(struct alerts *alerts)
{
	struct incident_row *row, *next;

	TABLE_EACH (&alerts->incidents, row, next) {
		evidence_free(row->evidence);
		free(row->words);
	}
	forget_list(alerts);
	table_fini(&alerts->incidents);
	writer_fini(&alerts->gone);
}
