/* messages_json.c - what was found, as JSON */
#include "base/messages_json.h"

static void
set_text(json_t *object, const char *name, struct slice text)
{
	char escaped[4096];

	if (text.n == 0)
		return;
	slice_escape(text, escaped, sizeof(escaped));
	json_object_set_new(object, name, json_string(escaped));
}

static void
set_number(json_t *object, const char *name, uint64_t number)
{
	if (number != 0)
		json_object_set_new(
		    object, name, json_integer((json_int_t)number));
}

static void
set_address(json_t *object, const char *name, const struct addr *addr)
{
	char text[ADDR_TEXT];

	addr_print(addr, text);
	set_text(object, name, slice_of(text));
}

/* The null sender is a sender. */
static void
set_sender(json_t *object, struct slice sender)
{
	json_object_set_new(object, "from", json_string(""));
	set_text(object, "from", sender);
}

static void
set_message(json_t *object, const struct mail_event *event)
{
	set_sender(object, event->message.sender);
	set_number(object, "bytes", event->message.bytes);
	set_number(object, "recipients", event->message.recipients);
	if (event->message.generated)
		json_object_set_new(object, "generated", json_true());
}

static void
set_delivery(json_t *object, const struct mail_event *event)
{
	set_text(object, "from", event->delivery.sender);
	set_text(object, "to", event->delivery.recipient);
	set_text(object, "addressed", event->delivery.addressed);
	set_text(object, "relay", event->delivery.relay);
	set_address(object, "peer", &event->delivery.peer);
	set_text(object, "dsn", event->delivery.dsn);
	set_text(object, "reply", event->delivery.reply);
	set_number(object, "delay_ms", event->delivery.delay_ms);
}

static void
set_reject(json_t *object, const struct mail_event *event)
{
	json_object_set_new(
	    object, "reason", json_string(reason_name(event->reject.reason)));
	json_object_set_new(
	    object, "temporary", json_boolean(event->reject.temporary));
	set_number(object, "code", event->reject.code);
	set_text(object, "dsn", event->reject.dsn);
	set_text(object, "helo", event->reject.helo);
	set_text(object, "from", event->reject.sender);
	set_text(object, "to", event->reject.recipient);
	set_text(object, "reply", event->reject.text);
}

static json_t *
event_json(const struct mail_event *event)
{
	json_t *object = json_object();

	json_object_set_new(object, "at", json_real((double)event->when / 1e6));
	json_object_set_new(
	    object, "kind", json_string(event_kind_name(event->kind)));
	if (event->count != 1)
		set_number(object, "count", event->count);
	set_text(object, "id", event->queue_id);
	set_text(object, "mailer", event->mailer);
	set_text(object, "account", event->account);
	set_address(object, "client", &event->client);
	switch (event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		set_message(object, event);
		break;
	case EVENT_REJECTED:
		set_reject(object, event);
		break;
	case EVENT_RETURNED:
		set_text(object, "original", event->original);
		break;
	case EVENT_VERDICT:
		set_text(object, "verdict",
		    slice_of(event_verdict_name(event->verdict)));
		set_text(object, "author", event->author);
		break;
	case EVENT_RELAYED:
		set_text(object, "relayed",
		    slice_of(event_relay_name(event->relay)));
		break;
	default:
		set_delivery(object, event);
		break;
	}
	return object;
}

json_t *
messages_json(const struct messages_found *found)
{
	json_t *messages = json_array(), *events;

	for (size_t i = 0; i < found->count; i++) {
		const struct messages_message *message = &found->messages[i];
		const struct mail_event *first = found->events + message->first;
		json_t *object = json_object();

		events = json_array();
		for (size_t k = 0; k < message->count; k++)
			json_array_append_new(events, event_json(first + k));
		set_text(object, "host", first->host);
		json_object_set_new(object, "cut", json_boolean(message->cut));
		json_object_set_new(object, "events", events);
		json_array_append_new(messages, object);
	}
	return json_pack(
	    "{s:b,s:o}", "more", found->more, "messages", messages);
}
