/* evidence.c - lines of recent offences, and what an incident keeps of them */
#include "alerts/evidence.h"

#include <stdlib.h>

#include "base/gist.h"
#include "base/mem.h"

#define REPLY_TEXT 120

/* What they are looked for by lies apart: it is looked at for each incident. */
struct line {
	struct key_hashes keys;
	uint32_t rules;
	int64_t when;
};

struct line_text {
	struct addr client;
	uint16_t n, reply_n;
	char text[ALERTS_LINE], reply[REPLY_TEXT];
};

struct lines {
	size_t next, count;
	struct line lines[LINES_KEPT];
	struct line_text texts[LINES_KEPT];
};

struct lines *
lines_new(void)
{
	return mem_zero(1, sizeof(struct lines));
}

void
lines_free(struct lines *lines)
{
	free(lines);
}

static bool
is_delivery(const struct mail_event *event)
{
	return event->kind == EVENT_DEFERRED || event->kind == EVENT_BOUNCED;
}

static uint16_t
copy(struct slice text, char *to, size_t size)
{
	size_t n = text.n < size ? text.n : size;

	if (n != 0)
		memcpy(to, text.p, n);
	return (uint16_t)n;
}

void
lines_add(struct lines *lines, const struct mail_event *event,
    const struct key_hashes *keys, uint32_t its)
{
	struct line_text *text = &lines->texts[lines->next];

	lines->lines[lines->next] = (struct line){ *keys, its, event->when };
	lines->next = (lines->next + 1) % LINES_KEPT;
	if (lines->count < LINES_KEPT)
		lines->count++;
	text->client = event->client;
	text->n = copy(event->line, text->text, ALERTS_LINE);
	text->reply_n = is_delivery(event) ? copy(event->delivery.reply,
						 text->reply, REPLY_TEXT)
					   : 0;
}

/* Space-saving: a new one takes the place, and the count, of the least. */
void
evidence_add_row(struct evidence_row rows[ALERTS_TOP], size_t *n,
    struct slice text, uint64_t count)
{
	size_t least = 0;

	for (size_t i = 0; i < *n; i++) {
		if (slice_eq(slice_of(rows[i].text), text)) {
			rows[i].count += count;
			return;
		}
		if (rows[i].count < rows[least].count)
			least = i;
	}
	if (*n < ALERTS_TOP) {
		least = (*n)++;
		rows[least] = (struct evidence_row){ 0 };
	}
	free(rows[least].text);
	rows[least].text = mem_slice(text);
	rows[least].count += count;
}

void
evidence_add_line(struct evidence *evidence, struct slice line)
{
	size_t n = evidence->line_count;

	if (line.n > ALERTS_LINE)
		line.n = ALERTS_LINE;
	/* One line may tell of many offences. */
	if (line.n == 0 || n == ALERTS_LINES ||
	    (n > 0 && slice_eq(line, slice_of(evidence->lines[n - 1]))))
		return;
	evidence->lines[evidence->line_count++] = mem_slice(line);
}

static void
add_client(struct evidence *evidence, const struct addr *client, uint64_t count)
{
	char text[ADDR_TEXT];

	if (addr_is_none(client))
		return;
	addr_print(client, text);
	evidence_add_row(
	    evidence->clients, &evidence->client_count, slice_of(text), count);
}

/* What the remote said, without whom it said it of. */
static void
add_reply(struct evidence *evidence, struct slice reply, uint64_t count)
{
	char text[REPLY_TEXT];
	size_t n = gist(reply, text, sizeof(text));

	if (n != 0)
		evidence_add_row(evidence->replies, &evidence->reply_count,
		    (struct slice){ text, n }, count);
}

void
evidence_add(
    struct evidence *evidence, const struct mail_event *event, bool clients)
{
	evidence_add_line(evidence, event->line);
	if (clients)
		add_client(evidence, &event->client, event->count);
	if (is_delivery(event))
		add_reply(evidence, event->delivery.reply, event->count);
}

static bool
is_its(const struct line *line, unsigned rule, enum alert_key key,
    uint64_t hash, int64_t from)
{
	return (line->rules >> rule & 1) != 0 && line->keys.of[key] == hash &&
	       line->when >= from;
}

static void
gather(const struct line_text *text, struct evidence *evidence, bool clients,
    bool has_room)
{
	if (clients)
		add_client(evidence, &text->client, 1);
	add_reply(evidence, (struct slice){ text->reply, text->reply_n }, 1);
	if (has_room)
		evidence_add_line(
		    evidence, (struct slice){ text->text, text->n });
}

void
lines_gather(const struct lines *lines, struct evidence *evidence,
    unsigned rule, enum alert_key key, uint64_t hash, int64_t from)
{
	size_t first = (lines->next + LINES_KEPT - lines->count) % LINES_KEPT;
	size_t its = 0;

	for (size_t i = 0; i < lines->count; i++)
		its += is_its(&lines->lines[i], rule, key, hash, from);
	for (size_t i = 0; its > 0; i++) {
		size_t at = (first + i) % LINES_KEPT;

		/* The last ones, and room for that of the crossing. */
		if (is_its(&lines->lines[at], rule, key, hash, from))
			gather(&lines->texts[at], evidence, key != KEY_CLIENT,
			    its-- < ALERTS_LINES);
	}
}

static void
free_rows(struct evidence_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(rows[i].text);
}

void
evidence_free(struct evidence *evidence)
{
	if (evidence == NULL)
		return;
	for (size_t i = 0; i < evidence->line_count; i++)
		free(evidence->lines[i]);
	free_rows(evidence->clients, evidence->client_count);
	free_rows(evidence->replies, evidence->reply_count);
	free(evidence);
}

static void
put_rows(struct state_writer *w, const struct evidence_row *rows, size_t n)
{
	put_u8(w, (uint8_t)n);
	for (size_t i = 0; i < n; i++) {
		put_text(w, slice_of(rows[i].text));
		put_u64(w, rows[i].count);
	}
}

void
evidence_put(struct state_writer *w, const struct evidence *evidence)
{
	put_u8(w, (uint8_t)evidence->line_count);
	for (size_t i = 0; i < evidence->line_count; i++)
		put_text(w, slice_of(evidence->lines[i]));
	put_rows(w, evidence->clients, evidence->client_count);
	put_rows(w, evidence->replies, evidence->reply_count);
}

static bool
get_rows(struct slice *at, struct evidence_row *rows, size_t *n)
{
	struct slice text;
	uint64_t count;
	uint8_t all;

	if (!get_u8(at, &all) || all > ALERTS_TOP)
		return false;
	for (uint8_t i = 0; i < all; i++) {
		if (!get_text(at, &text) || !get_u64(at, &count))
			return false;
		evidence_add_row(rows, n, text, count);
	}
	return true;
}

bool
evidence_get(struct slice *at, struct evidence *evidence)
{
	struct slice line;
	uint8_t n;

	if (!get_u8(at, &n) || n > ALERTS_LINES)
		return false;
	for (uint8_t i = 0; i < n; i++) {
		if (!get_text(at, &line))
			return false;
		evidence_add_line(evidence, line);
	}
	return get_rows(at, evidence->clients, &evidence->client_count) &&
	       get_rows(at, evidence->replies, &evidence->reply_count);
}
