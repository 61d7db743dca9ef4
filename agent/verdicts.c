/* verdicts.c - what the rules would have done over finished logs */
#include "agent/verdicts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/when.h"
#include "base/mem.h"

#define TIME_TEXT 40

struct verdict_incident {
	uint64_t number, count;
	const char *rule;
	char *host, *key;
	enum alert_key kind;
	enum alert_level level;
	enum incident_action action;
	int64_t first, crossed, last;
	double value;
	const char *unit;
	uint32_t within, block_seconds;
};

struct verdict_block {
	struct addr client;
	struct prefix what;
	const char *rule;
	int64_t at;
	uint32_t seconds;
};

static struct verdict_incident *
find(struct verdicts *verdicts, uint64_t number)
{
	size_t low = 0, high = verdicts->incident_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (verdicts->incidents[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < verdicts->incident_count &&
		       verdicts->incidents[low].number == number
		   ? &verdicts->incidents[low]
		   : NULL;
}

static void
set(struct verdict_incident *to, const struct incident *from)
{
	to->level = from->level;
	to->action = from->action;
	to->first = from->first;
	to->crossed = from->crossed;
	to->last = from->last;
	to->count = from->count;
	to->value = from->value;
	to->within = from->within;
	to->block_seconds = from->block_seconds;
}

/* Room for twice as many as there are, at each power of two. */
static void *
room_for_one(void *rows, size_t n, size_t size)
{
	return (n & (n - 1)) == 0 ? mem_grow(rows, n == 0 ? 1 : 2 * n, size)
				  : rows;
}

static void
add(struct verdicts *verdicts, const struct incident *incident)
{
	struct verdict_incident *to;

	if (verdicts->incident_count == VERDICTS) {
		verdicts->more++;
		return;
	}
	verdicts->incidents = room_for_one(
	    verdicts->incidents, verdicts->incident_count, sizeof(*to));
	to = &verdicts->incidents[verdicts->incident_count++];
	*to = (struct verdict_incident){ .number = incident->number,
		.rule = incident->rule,
		.host = mem_text(incident->host),
		.key = mem_text(incident->key),
		.kind = incident->kind,
		.unit = incident->unit };
	set(to, incident);
}

static void
noticed(void *arg, const struct incident *incident, enum notice what)
{
	struct verdicts *verdicts = arg;
	struct verdict_incident *known;

	if (what == NOTICE_OPEN) {
		add(verdicts, incident);
		return;
	}
	known = find(verdicts, incident->number);
	if (known != NULL)
		set(known, incident);
}

static void
blocked(void *arg, const struct incident *incident, int64_t when,
    const struct block *block)
{
	struct verdicts *verdicts = arg;

	if (verdicts->block_count == VERDICTS) {
		verdicts->more++;
		return;
	}
	verdicts->blocks = room_for_one(
	    verdicts->blocks, verdicts->block_count, sizeof(*verdicts->blocks));
	verdicts->blocks[verdicts->block_count++] =
	    (struct verdict_block){ incident->client, block->what,
		    incident->rule, when, block->seconds };
}

void
verdicts_open(struct verdicts *verdicts, const struct alert_config *alerts,
    const struct block_config *blocks)
{
	memset(verdicts, 0, sizeof(*verdicts));
	verdicts->respond.finished = true;
	verdicts->respond.noticed = noticed;
	verdicts->respond.blocked = blocked;
	verdicts->respond.arg = verdicts;
	respond_open(&verdicts->respond, alerts, blocks);
}

void
verdicts_close(struct verdicts *verdicts)
{
	for (size_t i = 0; i < verdicts->incident_count; i++) {
		free(verdicts->incidents[i].host);
		free(verdicts->incidents[i].key);
	}
	free(verdicts->incidents);
	free(verdicts->blocks);
	respond_close(&verdicts->respond);
	memset(verdicts, 0, sizeof(*verdicts));
}

void
verdicts_finish(struct verdicts *verdicts)
{
	struct alerts *alerts = verdicts->respond.alerts;

	for (size_t i = 0; i < alerts_incident_count(alerts); i++) {
		const struct incident *incident = alerts_incident(alerts, i);
		struct verdict_incident *known =
		    find(verdicts, incident->number);

		if (known != NULL)
			set(known, incident);
	}
}

/* RFC 3339, with a fraction where the log has one. */
static const char *
time_text(int64_t micros, char text[TIME_TEXT])
{
	time_t seconds = (time_t)(micros / 1000000);
	struct tm tm;
	size_t n;

	if (gmtime_r(&seconds, &tm) == NULL)
		return "";
	n = strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	if (micros % 1000000 != 0)
		n += (size_t)snprintf(
		    text + n, TIME_TEXT - n, ".%06d", (int)(micros % 1000000));
	snprintf(text + n, TIME_TEXT - n, "Z");
	return text;
}

static json_t *
incident_json(const struct verdict_incident *incident)
{
	char first[TIME_TEXT], crossed[TIME_TEXT], last[TIME_TEXT];
	char key[4 * ALERTS_KEY], host[256];

	slice_escape(slice_of(incident->key), key, sizeof(key));
	slice_escape(slice_of(incident->host), host, sizeof(host));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}",
	    "rule", incident->rule, "host", host, "level",
	    alert_level_name(incident->level), "key", key, "kind",
	    alert_key_name(incident->kind), "first",
	    time_text(incident->first, first), "crossed",
	    time_text(incident->crossed, crossed), "last",
	    time_text(incident->last, last), "count",
	    (json_int_t)incident->count, "action",
	    incident_action_name(incident->action));
}

static void
print_prefix(const struct prefix *prefix, char *text, size_t size)
{
	char address[ADDR_TEXT];

	addr_print(&prefix->addr, address);
	if (prefix->bits == (prefix->addr.family == 4 ? 32u : 128u))
		snprintf(text, size, "%s", address);
	else
		snprintf(text, size, "%s/%u", address, prefix->bits);
}

static json_t *
block_json(const struct verdict_block *block)
{
	char address[ADDR_TEXT], at[TIME_TEXT], what[ADDR_TEXT + 8];

	addr_print(&block->client, address);
	print_prefix(&block->what, what, sizeof(what));
	return json_pack("{s:s, s:s, s:s, s:s, s:I}", "address", address,
	    "what", what, "rule", block->rule, "at", time_text(block->at, at),
	    "seconds", (json_int_t)block->seconds);
}

void
verdicts_json(const struct verdicts *verdicts, json_t *root)
{
	json_t *incidents = json_array(), *blocks = json_array();

	for (size_t i = 0; i < verdicts->incident_count; i++)
		json_array_append_new(
		    incidents, incident_json(&verdicts->incidents[i]));
	for (size_t i = 0; i < verdicts->block_count; i++)
		json_array_append_new(blocks, block_json(&verdicts->blocks[i]));
	json_object_set_new(root, "incidents", incidents);
	json_object_set_new(root, "blocks", blocks);
	if (verdicts->more != 0)
		json_object_set_new(root, "more_verdicts",
		    json_integer((json_int_t)verdicts->more));
}

static void
print_incident(FILE *out, const struct verdict_incident *incident)
{
	char crossed[TIME_TEXT], key[4 * ALERTS_KEY], span[SPAN_TEXT];

	slice_escape(slice_of(incident->key), key, sizeof(key));
	fprintf(out, " %-28s %-4s %-20s %-28s %7" PRIu64 "  %s",
	    time_text(incident->crossed, crossed),
	    alert_level_name(incident->level), incident->rule, key,
	    incident->count, incident_action_name(incident->action));
	if (incident->action == ACTION_BLOCK) {
		span_print(incident->block_seconds, span);
		fprintf(out, " %s", span);
	}
	putc('\n', out);
}

void
verdicts_print(FILE *out, const struct verdicts *verdicts)
{
	fprintf(out, "\n%zu incidents, %zu blocks\n", verdicts->incident_count,
	    verdicts->block_count);
	if (verdicts->incident_count != 0)
		fputs(" crossed                      level rule               "
		      " key                            count  done\n",
		    out);
	for (size_t i = 0; i < verdicts->incident_count; i++)
		print_incident(out, &verdicts->incidents[i]);
	if (verdicts->more != 0)
		fprintf(out, " and %" PRIu64 " more\n", verdicts->more);
}
