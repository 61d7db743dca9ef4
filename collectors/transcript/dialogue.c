/*
 * dialogue.c - one process' words, read as a dialogue on the wire is
 */
#include "collectors/transcript/dialogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/tracker_impl.h"

#define HELD_BYTES 4096 /* until it is known who the client is */
#define HELD_LINES 8
#define SMTP_PORT  25

/* Where a line of the client's would stand; one that it says is not its last,
   and is answered. */
static const struct slice endings[] = { { "[EOF]", 5 }, { "[TIMEOUT]", 9 } };

static void
emit(void *arg, const struct mail_event *event)
{
	struct mail_event copy = *event;

	tracker_emit(arg, &copy);
}

static bool
is_ours(void *arg, struct slice domain)
{
	return tracker_is_our_domain(arg, domain);
}

static void
feed(struct dialogue *dialogue, enum side from, struct slice text)
{
	struct stream_data data = { from, text, dialogue->last, true };

	if (text.n > 0 && text.p[text.n - 1] == '\r')
		data.bytes.n--;
	(void)smtp_data(dialogue->smtp, &data);
	data.bytes = SLICE("\r\n");
	(void)smtp_data(dialogue->smtp, &data);
}

/* There may be a password among them. */
static void
forget_held(struct dialogue *dialogue)
{
	if (dialogue->lines != NULL)
		explicit_bzero(dialogue->lines, dialogue->held);
	free(dialogue->lines);
	dialogue->lines = NULL;
	dialogue->held = 0;
}

/* Who the client is, is known, or will not be. */
static void
start(struct dialogue *dialogue, const struct addr *client)
{
	struct flow_start begin = { .ends = { .client = *client,
					.server_port = SMTP_PORT },
		.when = dialogue->begun,
		.begun = true,
		.from = SERVER };
	struct slice rest = { dialogue->lines, dialogue->held }, line;

	dialogue->smtp = smtp_start(&dialogue->context, &begin);
	while (rest.p != NULL && slice_cut(&rest, SLICE("\n"), &line))
		feed(dialogue, slice_begins(line, "<") ? CLIENT : SERVER,
		    slice_from(line, 1));
	forget_held(dialogue);
}

/* For whom that reply is, if it says. */
static void
start_for(struct dialogue *dialogue, struct slice reply)
{
	struct addr client = { 0 };

	(void)role_client(reply, &client);
	start(dialogue, &client);
}

static void
hold(struct dialogue *dialogue, enum side from, struct slice text)
{
	char *to;

	if (dialogue->held_lines++ == HELD_LINES ||
	    dialogue->held + text.n + 2 > HELD_BYTES) {
		start_for(dialogue, SLICE(""));
		feed(dialogue, from, text);
		return;
	}
	to = dialogue->lines + dialogue->held;
	*to = from == CLIENT ? '<' : '>';
	memcpy(to + 1, text.p, text.n);
	to[text.n + 1] = '\n';
	dialogue->held += text.n + 2;
}

static void
say(struct dialogue *dialogue, enum side from, struct slice text)
{
	struct addr client;

	if (dialogue->smtp != NULL) {
		feed(dialogue, from, text);
		return;
	}
	hold(dialogue, from, text);
	if (from == SERVER && dialogue->smtp == NULL &&
	    role_client(text, &client))
		start(dialogue, &client);
}

void
dialogue_end(struct dialogue *dialogue, bool complete, bool by_server)
{
	struct flow_end how = { .when = dialogue->last,
		.complete = complete,
		.by_server = by_server };

	if (dialogue->smtp == NULL && dialogue->held > 0 && complete)
		start_for(dialogue, SLICE(""));
	if (dialogue->smtp != NULL)
		smtp_end(dialogue->smtp, &how);
	dialogue->smtp = NULL;
	forget_held(dialogue);
	dialogue->held_lines = 0;
	dialogue->ending = NULL;
}

void
dialogue_begin(struct dialogue *dialogue, struct tracker *tracker, int64_t when)
{
	dialogue_end(dialogue, false, false);
	dialogue->context = (struct smtp_context){ .events = { emit, tracker },
		.host = tracker_host_name(tracker, dialogue->host_index),
		.is_ours = is_ours,
		.arg = tracker,
		.decrypted = true };
	dialogue->begun = dialogue->last = when;
	dialogue->lines = mem_zero(1, HELD_BYTES);
}

static void
take_back_ending(struct dialogue *dialogue)
{
	const struct slice *ending = dialogue->ending;

	dialogue->ending = NULL;
	if (ending != NULL)
		say(dialogue, CLIENT, *ending);
}

/* Of a client that is gone: nobody hears the reply. */
static void
lose(struct dialogue *dialogue, struct slice reply)
{
	if (dialogue->smtp == NULL)
		start_for(dialogue, reply);
	if (dialogue->ending == &endings[1])
		reply = SLICE("421 timeout");
	else
		smtp_closed(dialogue->smtp, CLIENT);
	feed(dialogue, SERVER, reply);
	dialogue_end(dialogue, true, false);
}

static void
server_says(struct dialogue *dialogue, struct slice text)
{
	if (role_is_lost(text, dialogue->ending != NULL)) {
		lose(dialogue, text);
		return;
	}
	take_back_ending(dialogue);
	say(dialogue, SERVER, text);
	if (slice_begins(text, "221 ") || slice_begins(text, "421 "))
		dialogue_end(dialogue, true, true);
}

static void
client_says(struct dialogue *dialogue, struct slice text)
{
	take_back_ending(dialogue);
	for (size_t i = 0; i < NELEMS(endings); i++)
		if (slice_eq(text, endings[i]))
			dialogue->ending = &endings[i];
	if (dialogue->ending == NULL)
		say(dialogue, CLIENT, text);
}

void
dialogue_line(struct dialogue *dialogue, struct slice text, int64_t when)
{
	dialogue->last = when;
	if (text.p[0] == '>')
		server_says(dialogue, slice_from(text, 4));
	else
		client_says(dialogue, slice_from(text, 4));
}
