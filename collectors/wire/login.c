/* login.c - a POP3 or IMAP session up to its login, to events */
#include "collectors/wire/login.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/wire/login_impl.h"

struct login *
login_start(const struct login_context *context, const struct flow_start *start,
    enum mail_protocol protocol, bool implicit)
{
	struct login *login;

	if (!start->begun)
		return NULL;
	login = mem_zero(1, sizeof(*login));
	login->context = context;
	login->protocol = protocol;
	login->client = start->ends.client;
	login->server = start->ends.server;
	login->now = start->when;
	login->implicit = implicit;
	return login;
}

static struct mail_event
event_of(const struct login *login, enum event_kind kind)
{
	return (struct mail_event){ .when = login->now,
		.kind = kind,
		.source = SOURCE_WIRE,
		.count = 1,
		.host = login->context->host,
		.client = login->client };
}

static void
emit(struct login *login, const struct mail_event *event)
{
	login->context->events.take(login->context->events.arg, event);
}

void
login_push(struct login *login, const struct login_pending *pending)
{
	if (login->queue_count == LOGIN_PENDING)
		login->over = true;
	else
		login->queue[login->queue_count++] = *pending;
}

struct login_pending
login_pop(struct login *login, unsigned i)
{
	struct login_pending pending = login->queue[i];

	login->queue_count--;
	memmove(&login->queue[i], &login->queue[i + 1],
	    (login->queue_count - i) * sizeof(pending));
	return pending;
}

static void
tell_cleartext(
    struct login *login, struct slice user, enum login_outcome outcome)
{
	struct mail_event event = event_of(login, EVENT_CLEARTEXT);

	if (flow_is_local(&login->client, &login->server))
		return;
	event.account = user;
	event.cleartext.protocol = login->protocol;
	event.cleartext.server = login->server;
	event.cleartext.tls_offered = login->offers_tls;
	event.cleartext.outcome = outcome == LOGIN_TAKEN ? CLEARTEXT_TAKEN
				  : outcome == LOGIN_FORBIDDEN
				      ? CLEARTEXT_FORBIDDEN
				      : CLEARTEXT_WRONG;
	emit(login, &event);
}

void
login_result(struct login *login, const struct login_pending *pending,
    enum login_outcome outcome)
{
	bool auth = pending->command == COMMAND_AUTH;
	struct slice user = slice_of(auth ? login->sasl.user : pending->user);
	struct mail_event event = event_of(login,
	    outcome == LOGIN_TAKEN ? EVENT_LOGIN_OK : EVENT_LOGIN_FAILED);

	if (outcome == LOGIN_WRONG && login->forbids)
		outcome = LOGIN_FORBIDDEN;
	if (auth ? login->sasl.told : pending->told)
		tell_cleartext(login, user, outcome);
	login->over |= outcome == LOGIN_TAKEN;
	event.account = user;
	event.auth.unavailable = outcome == LOGIN_TROUBLE;
	/* What is forbidden was not tried; nor was what has no name yet. */
	if (outcome != LOGIN_FORBIDDEN &&
	    (outcome == LOGIN_TAKEN || user.n > 0))
		emit(login, &event);
}

void
login_start_tls(struct login *login)
{
	login->tls = tls_new();
}

struct slice
login_word(struct slice *rest)
{
	struct slice word = *rest;

	if (!slice_cut(rest, SLICE(" "), &word))
		*rest = slice_from(*rest, rest->n);
	return word;
}

bool
login_wants_tls(struct slice reply)
{
	static const struct slice words[] = { { "isallowed", 9 },
		{ "under a layer", 13 }, { "ncrypt", 6 }, { "TLS", 3 },
		{ "SSL", 3 } };

	for (size_t i = 0; i < NELEMS(words); i++)
		if (slice_find(reply, words[i]) != -1)
			return true;
	return false;
}

static void
take_tls(struct login *login, enum side from, struct slice bytes)
{
	struct mail_event event = event_of(login, EVENT_TLS);
	enum tls_state state = tls_take(login->tls, from, bytes);

	if (state == TLS_UNDER_WAY)
		return;
	event.tls.version = tls_version(login->tls);
	event.tls.name = tls_name(login->tls);
	event.tls.protocol = login->protocol;
	if (state == TLS_AGREED)
		emit(login, &event);
	login->over = true;
}

bool
login_data(void *session, const struct stream_data *data)
{
	struct login *login = session;
	struct slice bytes = data->bytes;

	login->now = data->when;
	if (login->implicit && data->from == CLIENT && tls_begins(bytes))
		login_start_tls(login);
	login->implicit = false;
	if (login->tls == NULL && login->protocol == PROTOCOL_POP3)
		pop3_take(login, data->from, &bytes);
	else if (login->tls == NULL)
		imap_take(login, data->from, &bytes);
	if (login->tls != NULL && !login->over)
		take_tls(login, data->from, bytes);
	if (login->over) {
		line_fini(&login->lines[CLIENT]);
		line_fini(&login->lines[SERVER]);
	}
	return !login->over;
}

/* It is not guessed at: what is missing may have been a login. */
bool
login_gap(void *session, enum side from, uint32_t bytes, int64_t when)
{
	struct login *login = session;

	(void)from;
	(void)bytes;
	(void)when;
	login->over = true;
	return false;
}

void
login_closed(void *session, enum side from)
{
	(void)session;
	(void)from;
}

void
login_end(void *session, const struct flow_end *end)
{
	struct login *login = session;

	(void)end;
	line_fini(&login->lines[CLIENT]);
	line_fini(&login->lines[SERVER]);
	tls_free(login->tls);
	free(login);
}
