/*
 * transcript.c - the dialogues in what Sendmail writes with -X
 */
#include "collectors/transcript/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/tracker_impl.h"
#include "collectors/transcript/role.h"
#include "collectors/wire/smtp.h"

#define HELD_BYTES 4096 /* until it is known who the client is */
#define HELD_LINES 8
#define SMTP_PORT  25

/* Where a line of the client's would stand; one that it says ends with a CR,
   or need not be its last. */
static const struct slice endings[] = { { "[EOF]", 5 }, { "[TIMEOUT]", 9 } };

struct dialogue {
	struct table_row row;
	uint64_t pid;
	uint32_t host_index;
	struct role role;
	struct smtp_context context;
	struct smtp *smtp; /* NULL: it waits for the client's address */
	int64_t begun, last;
	const struct slice *ending; /* was said, by the client or for it */
	unsigned held_lines;
	size_t held;
	char *lines; /* held: speaker and text each, HELD_BYTES of them */
};

struct transcripts {
	struct table dialogues;
};

struct key {
	uint64_t pid;
	uint32_t host_index;
};

static bool
is_same(const void *row, const void *wanted)
{
	const struct dialogue *dialogue = row;
	const struct key *key = wanted;

	return dialogue->pid == key->pid &&
	       dialogue->host_index == key->host_index;
}

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
	while (slice_cut(&rest, SLICE("\n"), &line))
		feed(dialogue, line.p[0] == '<' ? CLIENT : SERVER,
		    slice_from(line, 1));
	explicit_bzero(dialogue->lines, dialogue->held);
	free(dialogue->lines);
	dialogue->lines = NULL;
	dialogue->held = 0;
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

static void
end(struct dialogue *dialogue, bool complete, bool by_server)
{
	struct flow_end how = { .when = dialogue->last,
		.complete = complete,
		.by_server = by_server };

	if (dialogue->smtp == NULL && dialogue->held > 0 && complete)
		start_for(dialogue, SLICE(""));
	if (dialogue->smtp != NULL)
		smtp_end(dialogue->smtp, &how);
	dialogue->smtp = NULL;
	free(dialogue->lines);
	dialogue->lines = NULL;
	dialogue->held = dialogue->held_lines = 0;
	dialogue->ending = NULL;
}

static void
drop(struct transcripts *transcripts, struct dialogue *dialogue)
{
	end(dialogue, false, false);
	table_remove(&transcripts->dialogues, dialogue);
}

static void
begin(struct tracker *tracker, struct dialogue *dialogue, int64_t when)
{
	end(dialogue, false, false);
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
	end(dialogue, true, false);
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
		end(dialogue, true, true);
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

static uint64_t
hash_key(const struct key *key)
{
	uint64_t hash = (key->pid + 1) * 0xff51afd7ed558ccdu;

	hash ^= (uint64_t)key->host_index << 32;
	return hash ^ (hash >> 31);
}

static struct transcripts *
transcripts_of(struct tracker *tracker)
{
	if (tracker->transcripts == NULL) {
		tracker->transcripts = mem_zero(1, sizeof(struct transcripts));
		table_init(&tracker->transcripts->dialogues,
		    sizeof(struct dialogue), TRANSCRIPT_MOST);
	}
	return tracker->transcripts;
}

/* A process that was not seen before: of what can begin there. */
static struct dialogue *
meet(struct tracker *tracker, const struct key *key)
{
	struct transcripts *transcripts = transcripts_of(tracker);
	struct dialogue *dialogue =
	    table_add(&transcripts->dialogues, hash_key(key));

	if (dialogue == NULL) {
		drop(transcripts, (void *)transcripts->dialogues.oldest);
		tracker->counts.dropped++;
		dialogue = table_add(&transcripts->dialogues, hash_key(key));
	}
	dialogue->pid = key->pid;
	dialogue->host_index = key->host_index;
	return dialogue;
}

static enum meaning
say_line(struct transcripts *transcripts, struct dialogue *dialogue,
    struct slice text)
{
	if (text.p[0] == '>')
		server_says(dialogue, slice_from(text, 4));
	else
		client_says(dialogue, slice_from(text, 4));
	if (dialogue->smtp == NULL && dialogue->lines == NULL)
		drop(transcripts, dialogue);
	return MEANS_FACT;
}

enum meaning
transcript_line(struct tracker *tracker, const struct log_line *line)
{
	struct transcripts *transcripts = transcripts_of(tracker);
	struct key key = { line->pid, line->host_index };
	struct dialogue *dialogue =
	    table_find(&transcripts->dialogues, hash_key(&key), is_same, &key);
	struct role role = dialogue != NULL ? dialogue->role : (struct role){};
	enum role_says says;

	if (line->text.n < 4)
		return MEANS_UNKNOWN;
	says = role_line(&role, line->text, line->when);
	if (dialogue == NULL && role_is_over(&role))
		return MEANS_NOTHING;
	if (dialogue == NULL)
		dialogue = meet(tracker, &key);
	table_touch(&transcripts->dialogues, dialogue);
	dialogue->role = role;
	if (says == ROLE_GREETS)
		begin(tracker, dialogue, line->when);
	if (role_is_over(&role))
		drop(transcripts, dialogue);
	if (says == ROLE_NOTHING)
		return MEANS_NOTHING;
	dialogue->last = line->when;
	return say_line(transcripts, dialogue, line->text);
}

void
transcripts_finish(struct tracker *tracker)
{
	struct transcripts *transcripts = tracker->transcripts;

	while (transcripts != NULL && transcripts->dialogues.oldest != NULL)
		drop(transcripts, (void *)transcripts->dialogues.oldest);
}

void
transcripts_free(struct transcripts *transcripts)
{
	if (transcripts == NULL)
		return;
	while (transcripts->dialogues.oldest != NULL)
		drop(transcripts, (void *)transcripts->dialogues.oldest);
	table_fini(&transcripts->dialogues);
	free(transcripts);
}
