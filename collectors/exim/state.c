/*
 * state.c - what Exim's lines leave to be decided, in the state: one row
 */
#include <stdlib.h>

#include "base/mem.h"
#include "collectors/exim/under_way.h"
#include "collectors/people.h"

static void
save_arrivals(struct tracker *tracker, struct state_writer *w)
{
	const struct exim_state *state = tracker->exim;

	put_u32(w, (uint32_t)state->arrival_count);
	for (size_t i = 0; i < state->arrival_count; i++) {
		const struct exim_arrival *a = &state->arrivals[i];

		put_text(w, tracker_host_name(tracker, a->host_index));
		put_text(w, (struct slice){ a->id, a->id_length });
		put_u64(w, (uint64_t)a->when);
		put_u64(w, a->bytes);
		put_u32(w, a->recipients);
		put_person(
		    tracker, w, (struct slice){ a->sender, a->sender_length });
	}
}

static void
save_begun(struct tracker *tracker, struct state_writer *w)
{
	const struct exim_state *state = tracker->exim;

	put_u32(w, (uint32_t)state->begun_count);
	for (size_t i = 0; i < state->begun_count; i++) {
		const struct exim_begun *b = &state->begun[i];

		put_text(w, tracker_host_name(tracker, b->host_index));
		put_u64(w, b->pid);
		put_u32(w, b->next);
		put_u32(w, b->total);
		put_u8(w, b->text != NULL);
		put_words(tracker, w, (struct slice){ b->text, b->n });
	}
}

static void
save_copies(struct tracker *tracker, struct state_writer *w)
{
	const struct exim_state *state = tracker->exim;

	put_u32(w, (uint32_t)state->copy_count);
	for (size_t i = 0; i < state->copy_count; i++) {
		const struct exim_copy *c = &state->copies[i];

		put_text(w, tracker_host_name(tracker, c->host_index));
		put_u64(w, c->pid);
		put_u64(w, (uint64_t)c->when);
		put_u64(w, c->hash);
		put_u8(w, c->sure);
	}
	put_u32(w, tracker->host_count);
	for (uint32_t i = 0; i < tracker->host_count; i++) {
		put_text(w, tracker_host_name(tracker, i));
		put_u8(w, (uint8_t)state->pairs[i]);
	}
}

static void
save_said(struct tracker *tracker, struct state_writer *w)
{
	const struct exim_said *said = &tracker->exim->said;

	put_text(w, tracker_host_name(tracker, said->host_index));
	put_u64(w, said->pid);
	put_u64(w, said->command);
	put_u64(w, (uint64_t)said->when);
	put_addr(w, &said->client);
}

void
exim_save(struct tracker *tracker, struct state_rows *rows)
{
	struct state_writer w = { 0 };

	if (tracker->exim == NULL || !tracker->exim->dirty)
		return;
	save_arrivals(tracker, &w);
	save_begun(tracker, &w);
	save_copies(tracker, &w);
	save_said(tracker, &w);
	rows_put(rows, SLICE("E"), (struct slice){ w.p, w.n });
	writer_fini(&w);
	tracker->exim->dirty = false;
}

static bool
get_host(struct tracker *tracker, struct slice *at, uint32_t *index)
{
	struct slice name;

	if (!get_text(at, &name))
		return false;
	(void)tracker_host(tracker, name, index);
	return true;
}

static bool
load_arrival(struct tracker *tracker, struct slice *at, struct exim_arrival *a)
{
	struct slice id, sender;
	uint64_t when;

	if (!get_host(tracker, at, &a->host_index) || !get_text(at, &id) ||
	    !get_u64(at, &when) || !get_u64(at, &a->bytes) ||
	    !get_u32(at, &a->recipients) || !get_text(at, &sender))
		return false;
	a->when = (int64_t)when;
	a->id_length = (uint8_t)slice_copy(id, a->id, sizeof(a->id));
	a->sender_length = slice_copy(sender, a->sender, sizeof(a->sender));
	return true;
}

static bool
load_begun(struct tracker *tracker, struct slice *at, struct exim_begun *b)
{
	struct slice text;
	uint8_t has_text;

	if (!get_host(tracker, at, &b->host_index) || !get_u64(at, &b->pid) ||
	    !get_u32(at, &b->next) || !get_u32(at, &b->total) ||
	    !get_u8(at, &has_text) || !get_text(at, &text) ||
	    text.n > BEGUN_TEXT)
		return false;
	if (has_text) {
		b->n = text.n;
		b->text = mem_zero(1, BEGUN_TEXT);
		memcpy(b->text, text.p, text.n);
	}
	return true;
}

static bool
load_copies(struct tracker *tracker, struct slice *at)
{
	struct exim_state *state = tracker->exim;
	uint32_t count, index;
	uint64_t when;
	uint8_t pairs, sure;

	if (!get_u32(at, &count) || count > COPIES)
		return false;
	for (; state->copy_count < count; state->copy_count++) {
		struct exim_copy *c = &state->copies[state->copy_count];

		if (!get_host(tracker, at, &c->host_index) ||
		    !get_u64(at, &c->pid) || !get_u64(at, &when) ||
		    !get_u64(at, &c->hash) || !get_u8(at, &sure))
			return false;
		c->sure = sure;
		c->when = (int64_t)when;
	}
	if (!get_u32(at, &count) || count > TRACKER_HOSTS)
		return false;
	while (count-- > 0) {
		if (!get_host(tracker, at, &index) || !get_u8(at, &pairs))
			return false;
		state->pairs[index] = (int8_t)pairs;
	}
	return true;
}

static bool
load_said(struct tracker *tracker, struct slice *at)
{
	struct exim_said *said = &tracker->exim->said;
	uint64_t when;

	if (!get_host(tracker, at, &said->host_index) ||
	    !get_u64(at, &said->pid) || !get_u64(at, &said->command) ||
	    !get_u64(at, &when) || !get_addr(at, &said->client))
		return false;
	said->when = (int64_t)when;
	return true;
}

bool
exim_load(struct tracker *tracker, struct slice value)
{
	struct exim_state *state = exim_state(tracker);
	uint32_t count;

	for (size_t i = 0; i < state->begun_count; i++)
		free(state->begun[i].text);
	memset(state, 0, sizeof(*state));
	if (!get_u32(&value, &count) || count > ARRIVALS)
		return false;
	for (; state->arrival_count < count; state->arrival_count++)
		if (!load_arrival(tracker, &value,
			&state->arrivals[state->arrival_count]))
			return false;
	if (!get_u32(&value, &count) || count > BEGUN)
		return false;
	for (; state->begun_count < count; state->begun_count++)
		if (!load_begun(
			tracker, &value, &state->begun[state->begun_count]))
			return false;
	return load_copies(tracker, &value) && load_said(tracker, &value);
}
