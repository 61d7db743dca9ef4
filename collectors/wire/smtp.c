/*
 * smtp.c - an SMTP dialogue, read from both sides, to events
 */
#include "collectors/wire/smtp.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/wire/smtp_impl.h"

struct mail_event
smtp_event(const struct smtp *smtp, enum event_kind kind)
{
	return (struct mail_event){ .when = smtp->now,
		.kind = kind,
		.source = SOURCE_WIRE,
		.count = 1,
		.host = smtp->context->host,
		.account = slice_of(smtp->account),
		.client = smtp->client };
}

void
smtp_emit(struct smtp *smtp, const struct mail_event *event)
{
	smtp->context->events.take(smtp->context->events.arg, event);
}

static bool
is_tls_port(const struct smtp_context *context, uint16_t port)
{
	for (size_t i = 0; i < context->tls_port_count; i++)
		if (context->tls_ports[i] == port)
			return true;
	return false;
}

struct smtp *
smtp_start(const struct smtp_context *context, const struct flow_start *start)
{
	struct smtp *smtp = mem_zero(1, sizeof(*smtp));
	struct mail_event event;

	smtp->context = context;
	smtp->client = start->ends.client;
	smtp->own = start->ends.server;
	smtp->now = start->when;
	smtp->begun = start->begun;
	smtp->unsure = !start->begun;
	smtp->greeted = !start->begun;
	smtp->implicit = is_tls_port(context, start->ends.server_port);
	event = smtp_event(smtp, EVENT_CONNECTED);
	smtp_emit(smtp, &event);
	if (smtp->unsure)
		smtp_unread(smtp, false);
	return smtp;
}

static void
drop_queue(struct smtp *smtp)
{
	struct pending pending;

	while (smtp->queue_count > 0) {
		pending = smtp_pop(smtp);
		smtp_free_pending(&pending);
	}
}

static void
drop_held(struct smtp *smtp)
{
	if (smtp->held != NULL)
		explicit_bzero(smtp->held, smtp->held_n);
	free(smtp->held);
	smtp->held = NULL;
	smtp->held_n = 0;
}

void
smtp_lose_sync(struct smtp *smtp)
{
	bool ended = false;

	for (unsigned i = 0; i < smtp->queue_count; i++)
		ended |= smtp->queue[(smtp->queue_first + i) % smtp->queue_room]
			     .verb == VERB_END;
	if (ended)
		smtp_forget_message(smtp);
	drop_queue(smtp);
	drop_held(smtp);
	line_wipe(&smtp->lines[CLIENT]);
	smtp->lines[CLIENT].skip = false;
	smtp->reply.more = false;
	smtp->last_code = 0;
	smtp->data_asked = false;
	smtp->unsure = true;
	smtp->replied = false;
	if (smtp->mode != MODE_CONTENT)
		smtp->mode = MODE_COMMANDS;
}

static void
hold(struct smtp *smtp, struct slice *bytes)
{
	if (smtp->held_n + bytes->n > SMTP_HELD) {
		smtp_lose_sync(smtp);
	} else {
		smtp->held = mem_grow(smtp->held, smtp->held_n + bytes->n, 1);
		memcpy(smtp->held + smtp->held_n, bytes->p, bytes->n);
		smtp->held_n += bytes->n;
	}
	*bytes = SLICE("");
}

static void
take_chunk(struct smtp *smtp, struct slice *bytes)
{
	size_t n = bytes->n < smtp->chunk_left ? bytes->n : smtp->chunk_left;

	smtp_content_read(smtp, (struct slice){ bytes->p, n });
	smtp->chunk_left -= (uint32_t)n;
	*bytes = slice_from(*bytes, n);
	if (smtp->chunk_left == 0)
		smtp_chunk_end(smtp);
}

static void
take_tls(struct smtp *smtp, enum side from, struct slice bytes)
{
	struct mail_event event;
	enum tls_state state = tls_take(smtp->tls, from, bytes);

	if (state == TLS_UNDER_WAY)
		return;
	if (state == TLS_AGREED) {
		event = smtp_event(smtp, EVENT_TLS);
		event.tls.version = tls_version(smtp->tls);
		event.tls.name = tls_name(smtp->tls);
		smtp_emit(smtp, &event);
	}
	tls_free(smtp->tls);
	smtp->tls = NULL;
}

void
smtp_start_tls(struct smtp *smtp)
{
	smtp->encrypted = true;
	smtp->mode = MODE_TLS;
	smtp->tls = tls_new();
	smtp_forget_message(smtp);
}

void
smtp_take_client(struct smtp *smtp, struct slice bytes)
{
	struct partial *partial = &smtp->lines[CLIENT];
	struct slice line;

	while (bytes.n > 0) {
		switch (smtp->mode) {
		case MODE_COMMANDS:
			if (smtp->unsure)
				return;
			if (line_take(partial, &bytes, &line))
				smtp_command(smtp, line);
			if (smtp->mode == MODE_HELD)
				line_wipe(partial); /* of AUTH, maybe */
			break;
		case MODE_RESPONSE:
			if (line_take(partial, &bytes, &line)) {
				smtp->mode = MODE_HELD;
				sasl_answer(&smtp->auth, line);
				line_wipe(partial);
			}
			break;
		case MODE_HELD:
			hold(smtp, &bytes);
			break;
		case MODE_CONTENT:
			smtp_content(smtp, &bytes);
			break;
		case MODE_CHUNK:
			take_chunk(smtp, &bytes);
			break;
		case MODE_TLS:
			if (smtp->tls != NULL)
				take_tls(smtp, CLIENT, bytes);
			return;
		}
	}
}

void
smtp_release(struct smtp *smtp)
{
	char *held = smtp->held;
	size_t n = smtp->held_n;

	if (held == NULL)
		return;
	smtp->held = NULL;
	smtp->held_n = 0;
	smtp_take_client(smtp, (struct slice){ held, n });
	explicit_bzero(held, n);
	free(held);
}

/* The client goes on after a whole reply: what it says is known again. */
static bool
find_sync(struct smtp *smtp, const struct stream_data *data)
{
	/* The reply that is missing was a yes, if no command follows it. */
	bool content =
	    smtp->data_asked && !smtp->replied && !smtp_is_command(data->bytes);

	if (smtp->mode == MODE_CONTENT)
		return true;
	if (!data->current || (!smtp->replied && !content))
		return false;
	smtp->unsure = false;
	if (smtp->last_code == 354 || content) {
		smtp_content_start(smtp);
	} else if (smtp->last_code == 334) {
		memset(&smtp->auth, 0, sizeof(smtp->auth));
		smtp_push(smtp, VERB_AUTH, SLICE(""));
		smtp->mode = MODE_RESPONSE;
	} else if (smtp->last_code == 220 && tls_begins(data->bytes)) {
		smtp_start_tls(smtp);
	}
	return true;
}

static void
note_pregreeting(struct smtp *smtp)
{
	struct mail_event event = smtp_event(smtp, EVENT_PROBE);

	smtp->pregreeted = true;
	event.probe = PROBE_PREGREET;
	smtp_emit(smtp, &event);
}

static void
take_client(struct smtp *smtp, const struct stream_data *data)
{
	if (smtp->implicit && smtp->mode != MODE_TLS) {
		smtp->implicit = false;
		if (tls_begins(data->bytes)) {
			smtp->unsure = false;
			smtp_start_tls(smtp);
		}
	}
	if (smtp->mode != MODE_TLS && smtp->unsure && !find_sync(smtp, data))
		return;
	if (!smtp->greeted && !smtp->pregreeted && smtp->mode != MODE_TLS)
		note_pregreeting(smtp);
	smtp_take_client(smtp, data->bytes);
}

/* Three digits and what must follow them: a reply begins here. */
static bool
begins_reply(struct slice bytes)
{
	for (size_t i = 0; i < 3; i++)
		if (i >= bytes.n || bytes.p[i] < '0' || bytes.p[i] > '9')
			return false;
	return bytes.n > 3 && (bytes.p[3] == ' ' || bytes.p[3] == '-');
}

static void
take_server(struct smtp *smtp, struct slice bytes)
{
	struct partial *partial = &smtp->lines[SERVER];
	struct slice line;

	if (partial->skip && begins_reply(bytes))
		partial->skip = false;
	while (bytes.n > 0) {
		if (smtp->mode == MODE_TLS) {
			if (smtp->tls != NULL)
				take_tls(smtp, SERVER, bytes);
			return;
		}
		if (line_take(partial, &bytes, &line))
			smtp_reply_line(smtp, line);
	}
}

bool
smtp_data(void *session, const struct stream_data *data)
{
	struct smtp *smtp = session;

	smtp->now = data->when;
	if (data->from == CLIENT)
		take_client(smtp, data);
	else
		take_server(smtp, data->bytes);
	if (smtp->unsure || smtp->mode == MODE_TLS)
		smtp_unread(smtp, false);
	return smtp->mode != MODE_TLS || smtp->tls != NULL;
}

/* The newest command without a reply. */
static enum verb
last_verb(const struct smtp *smtp)
{
	unsigned last = smtp->queue_first + smtp->queue_count - 1;

	return smtp->queue_count == 0
		   ? VERB_UNKNOWN
		   : smtp->queue[last % smtp->queue_room].verb;
}

/* Does a reply that is to come say how the client's bytes are to be read? */
static bool
awaits_decision(const struct smtp *smtp)
{
	return smtp->mode == MODE_HELD || smtp->mode == MODE_RESPONSE ||
	       smtp->mode == MODE_CONTENT || smtp->implicit;
}

static void
lose_content(struct smtp *smtp)
{
	if (smtp->mime != NULL)
		mime_lose(smtp->mime);
}

bool
smtp_gap(void *session, enum side from, uint32_t bytes, int64_t when)
{
	struct smtp *smtp = session;
	bool decides, asked;

	smtp->now = when;
	smtp_unread(smtp, false);
	if (smtp->mode == MODE_TLS)
		return false; /* the handshake cannot be followed */
	if (from == CLIENT && smtp->mode == MODE_CONTENT) {
		smtp->content.bytes += bytes;
		smtp->content.gapped = true;
		smtp->content.place = PLACE_LINE;
		smtp->content.after_cr = false;
		lose_content(smtp);
		return true;
	}
	if (from == CLIENT && smtp->mode == MODE_CHUNK &&
	    bytes <= smtp->chunk_left) {
		lose_content(smtp);
		smtp->chunk_left -= bytes;
		if (smtp->chunk_left == 0)
			smtp_chunk_end(smtp);
		return true;
	}
	/* Whether it ended there and how that was answered is not known. */
	if (smtp->content.gapped)
		smtp->mode = MODE_COMMANDS;
	smtp->content.answered = smtp->mode == MODE_CONTENT;
	decides = awaits_decision(smtp);
	asked = from == SERVER && smtp->mode == MODE_HELD &&
		last_verb(smtp) == VERB_DATA;
	smtp_lose_sync(smtp);
	if (from == SERVER) {
		/* What was missed the client has: what it says next is new. */
		smtp->replied = !decides;
		smtp->data_asked = asked;
		line_wipe(&smtp->lines[SERVER]);
		smtp->lines[SERVER].skip = true;
		smtp->greeted = true;
		smtp->implicit = false;
	}
	return true;
}

void
smtp_closed(void *session, enum side from)
{
	struct smtp *smtp = session;

	smtp->gone |= from == CLIENT;
}

static void
emit_end(struct smtp *smtp, const struct flow_end *end)
{
	struct mail_event event = smtp_event(smtp, EVENT_DISCONNECTED);
	struct mail_event probe = smtp_event(smtp, EVENT_PROBE);

	if (smtp->begun && !smtp->unsure && !smtp->spoke && !smtp->refused &&
	    !smtp->encrypted && !smtp->pregreeted) {
		probe.probe = PROBE_EMPTY;
		smtp_emit(smtp, &probe);
	}
	event.end =
	    smtp->timed_out ? SESSION_TIMEOUT
	    : smtp->quit || smtp->encrypted || smtp->unsure || end->by_server
		? SESSION_ENDED
		: SESSION_LOST;
	smtp_emit(smtp, &event);
}

void
smtp_end(void *session, const struct flow_end *end)
{
	struct smtp *smtp = session;

	smtp->now = end->when;
	if (smtp->encrypted)
		*smtp->context->tls_bytes += end->unread[CLIENT];
	if (end->complete)
		emit_end(smtp, end);
	if (smtp->unread)
		smtp_unread(smtp, true);
	drop_queue(smtp);
	drop_held(smtp);
	mime_free(smtp->mime);
	for (int side = CLIENT; side <= SERVER; side++) {
		line_fini(&smtp->lines[side]);
	}
	free(smtp->queue);
	tls_free(smtp->tls);
	free(smtp);
}
