/* events.c - the last events, for whoever looks on */
#include "web/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "web/json.h"

struct events {
	uint64_t number;
	struct event_row rows[EVENTS_KEPT]; /* that of number n at n % KEPT */
};

struct events *
events_new(void)
{
	return mem_zero(1, sizeof(struct events));
}

void
events_free(struct events *events)
{
	free(events);
}

static void
take_parties(struct event_row *row, const struct mail_event *event)
{
	struct slice sender = { NULL, 0 }, recipient = { NULL, 0 };

	switch (event->kind) {
	case EVENT_RECEIVED:
		sender = event->message.sender;
		break;
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
	case EVENT_EXPIRED:
	case EVENT_DISCARDED:
	case EVENT_QUARANTINED:
		sender = event->delivery.sender;
		recipient = event->delivery.recipient;
		break;
	case EVENT_REJECTED:
		sender = event->reject.sender;
		recipient = event->reject.recipient;
		break;
	default:
		break;
	}
	slice_escape(sender, row->sender, sizeof(row->sender));
	slice_escape(recipient, row->recipient, sizeof(row->recipient));
}

void
events_add(struct events *events, const struct mail_event *event)
{
	struct event_row *row;
	char words[sizeof(row->words)];

	if (event->kind == EVENT_SIZED || event->kind == EVENT_RELAYED ||
	    event->kind == EVENT_COUNTED)
		return;
	row = &events->rows[++events->number % EVENTS_KEPT];
	row->number = events->number;
	row->when = event->when;
	row->kind = event->kind;
	row->wire = event->source == SOURCE_WIRE;
	row->count = event->count;
	row->client = event->client;
	slice_escape(event->host, row->host, sizeof(row->host));
	slice_escape(event->account, row->account, sizeof(row->account));
	take_parties(row, event);
	event_words(event, words, sizeof(words));
	slice_escape(slice_of(words), row->words, sizeof(row->words));
}

uint64_t
events_number(const struct events *events)
{
	return events->number;
}

const struct event_row *
events_find(const struct events *events, uint64_t number)
{
	const struct event_row *row = &events->rows[number % EVENTS_KEPT];

	return number != 0 && row->number == number ? row : NULL;
}

/* "auth failed", as people read it. */
static void
say_kind(enum event_kind kind, char *text, size_t size)
{
	snprintf(text, size, "%s", event_kind_name(kind));
	for (char *at = text; (at = strchr(at, '_')) != NULL;)
		*at = ' ';
}

bool
event_row_is(const struct event_row *row, const char *host, const char *filter)
{
	char client[ADDR_TEXT], kind[32];
	const char *const texts[] = { row->host, event_kind_name(row->kind),
		kind, client, row->account, row->sender, row->recipient,
		row->words };

	if (host[0] != '\0' && strcasecmp(row->host, host) != 0)
		return false;
	if (filter[0] == '\0')
		return true;
	addr_print(&row->client, client);
	say_kind(row->kind, kind, sizeof(kind));
	for (size_t i = 0; i < NELEMS(texts); i++)
		if (strcasestr(texts[i], filter) != NULL)
			return true;
	return false;
}

/* Of what it lacks there is nothing. */
static void
set_text(json_t *json, const char *name, const char *text)
{
	if (text[0] != '\0')
		json_object_set_new(json, name, json_words(text));
}

json_t *
event_row_json(const struct event_row *row)
{
	char client[ADDR_TEXT];
	json_t *json = json_pack("{s:o,s:f,s:s,s:o}", "number",
	    json_whole(row->number), "when", (double)row->when / 1e6, "kind",
	    event_kind_name(row->kind), "host", json_words(row->host));

	addr_print(&row->client, client);
	set_text(json, "client", client);
	set_text(json, "account", row->account);
	set_text(json, "from", row->sender);
	set_text(json, "to", row->recipient);
	set_text(json, "words", row->words);
	if (row->wire)
		json_object_set_new(json, "wire", json_true());
	if (row->count != 1)
		json_object_set_new(json, "count", json_integer(row->count));
	return json;
}

json_t *
events_between(const struct events *events, uint64_t after, uint64_t upto)
{
	json_t *list = json_array();
	const struct event_row *row;
	uint64_t more;

	for (uint64_t i = upto; i > after && (row = events_find(events, i)) &&
				json_array_size(list) < EVENTS_SECOND;
	     i--)
		json_array_append_new(list, event_row_json(row));
	more = upto - after - json_array_size(list);
	return json_pack("{s:o,s:o,s:o}", "events", list, "more",
	    json_whole(more), "number", json_whole(upto));
}
