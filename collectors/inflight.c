/* inflight.c - messages under way, by host and queue id */
#include "collectors/inflight.h"

#include "base/mem.h"
#include "collectors/tracker_impl.h"

#define SWEPT 4
#define KEPT  3600000000 /* microseconds */

struct key {
	uint32_t host_index;
	struct slice id;
};

static uint64_t
hash_key(uint32_t host_index, struct slice id)
{
	return slice_hash(id) ^ (host_index * 0x9e3779b97f4a7c15u);
}

static bool
same_message(const void *row, const void *key)
{
	const struct message *message = row;
	const struct key *wanted = key;

	return message->host_index == wanted->host_index &&
	       slice_eq(message_queue_id(message), wanted->id);
}

struct message *
inflight_find(struct tracker *tracker, uint32_t host_index, struct slice id)
{
	struct key key = { host_index, id };

	return table_find(
	    &tracker->messages, hash_key(host_index, id), same_message, &key);
}

struct message *
inflight_get(
    struct tracker *tracker, const struct log_line *line, struct slice id)
{
	struct message *message = inflight_find(tracker, line->host_index, id);
	uint64_t hash = hash_key(line->host_index, id);

	if (message != NULL) {
		inflight_touch(tracker, message);
		return message;
	}
	message = table_add(&tracker->messages, hash);
	if (message == NULL) {
		inflight_remove(tracker, (void *)tracker->messages.oldest);
		tracker->counts.dropped++;
		message = table_add(&tracker->messages, hash);
	}
	message->host_index = line->host_index;
	message->id_length =
	    (uint8_t)slice_copy(id, message->id, sizeof(message->id));
	message->since = line->when;
	message->dirty = true;
	return message;
}

struct message *
inflight_new(
    struct tracker *tracker, const struct log_line *line, struct slice id)
{
	struct message *old = inflight_find(tracker, line->host_index, id);

	if (old != NULL && old->waiting)
		hops_decide(tracker, old);
	old = inflight_find(tracker, line->host_index, id);
	if (old != NULL)
		inflight_remove(tracker, old);
	return inflight_get(tracker, line, id);
}

void
inflight_touch(struct tracker *tracker, struct message *message)
{
	message->dirty = true;
	table_touch(&tracker->messages, message);
}

static bool
same_message_id(const void *row, const void *key)
{
	const struct message_id_row *have = row;
	const struct message *wanted = key;

	return have->message_id == wanted->message_id &&
	       have->host_index == wanted->host_index;
}

struct message *
inflight_original(struct tracker *tracker, const struct message *message)
{
	struct message_id_row *row = table_find(&tracker->message_ids,
	    message->message_id, same_message_id, message);

	return row == NULL || row->message == message ? NULL : row->message;
}

void
inflight_index(struct tracker *tracker, struct message *message)
{
	struct message_id_row *row;

	if (message->message_id == 0 ||
	    table_find(&tracker->message_ids, message->message_id,
		same_message_id, message) != NULL)
		return;
	row = table_add(&tracker->message_ids, message->message_id);
	if (row == NULL)
		return;
	row->host_index = message->host_index;
	row->message_id = message->message_id;
	row->message = message;
	message->indexed = true;
}

void
inflight_remove(struct tracker *tracker, struct message *message)
{
	struct message_id_row *row = NULL;

	if (message->message_id != 0)
		row = table_find(&tracker->message_ids, message->message_id,
		    same_message_id, message);
	if (row != NULL && row->message == message)
		table_remove(&tracker->message_ids, row);
	if (message->saved)
		state_forget_message(tracker, message);
	table_remove(&tracker->messages, message);
}

void
inflight_done(struct tracker *tracker, uint32_t host_index, struct slice id)
{
	struct message *message = inflight_find(tracker, host_index, id);

	if (message == NULL)
		return;
	message->finished++;
	inflight_touch(tracker, message);
}

/* The oldest few at each call; who is not done with goes to the end. */
void
inflight_sweep(struct tracker *tracker, int64_t now)
{
	struct message *message;

	for (int i = 0; i < SWEPT; i++) {
		message = (void *)tracker->messages.oldest;
		if (message == NULL || now - message->since < KEPT)
			return;
		if (message->finished >= message->recipients &&
		    message->finished != 0 && !message->waiting)
			inflight_remove(tracker, message);
		else
			inflight_touch(tracker, message);
	}
}

/*
 * Short ids are hexadecimal in capitals, at least 6 (Postfix
 * mail_queue_id.h); long ones have seconds, microseconds, 'z' and the inode in
 * bases 52 and 51: digits and letters without vowels.  So no word is one.
 *
 * 1: hexadecimal, 2: base 52, 3: both
 */
static const char id_classes[256] = { ['0'] = 3,
	['1'] = 3,
	['2'] = 3,
	['3'] = 3,
	['4'] = 3,
	['5'] = 3,
	['6'] = 3,
	['7'] = 3,
	['8'] = 3,
	['9'] = 3,
	['A'] = 1,
	['B'] = 3,
	['C'] = 3,
	['D'] = 3,
	['E'] = 1,
	['F'] = 3,
	['G'] = 2,
	['H'] = 2,
	['J'] = 2,
	['K'] = 2,
	['L'] = 2,
	['M'] = 2,
	['N'] = 2,
	['P'] = 2,
	['Q'] = 2,
	['R'] = 2,
	['S'] = 2,
	['T'] = 2,
	['V'] = 2,
	['W'] = 2,
	['X'] = 2,
	['Y'] = 2,
	['Z'] = 2,
	['b'] = 2,
	['c'] = 2,
	['d'] = 2,
	['f'] = 2,
	['g'] = 2,
	['h'] = 2,
	['j'] = 2,
	['k'] = 2,
	['l'] = 2,
	['m'] = 2,
	['n'] = 2,
	['p'] = 2,
	['q'] = 2,
	['r'] = 2,
	['s'] = 2,
	['t'] = 2,
	['v'] = 2,
	['w'] = 2,
	['x'] = 2,
	['y'] = 2,
	['z'] = 2 };

size_t
queue_id_length(struct slice text)
{
	size_t n = 0;
	int class = 3;

	while (n < text.n && n < QUEUE_ID_TEXT &&
	       (class & id_classes[(unsigned char)text.p[n]]) != 0)
		class &= id_classes[(unsigned char)text.p[n++]];
	return n < 6 || n == QUEUE_ID_TEXT ? 0 : n;
}

bool
is_queue_id(struct slice id)
{
	return id.n != 0 && queue_id_length(id) == id.n;
}

static bool
same_account(const void *row, const void *key)
{
	const struct account_text *have = row;

	return slice_eq(slice_of(have->text), *(const struct slice *)key);
}

uint32_t
account_number(struct tracker *tracker, struct slice name)
{
	struct account_text *row;
	uint64_t hash;

	if (name.n == 0)
		return 0;
	if (name.n >= ACCOUNT_TEXT)
		name.n = ACCOUNT_TEXT - 1;
	hash = slice_hash(name);
	row = table_find(&tracker->accounts, hash, same_account, &name);
	if (row == NULL) {
		row = table_add(&tracker->accounts, hash);
		if (row == NULL) {
			tracker->counts.dropped++;
			return 0;
		}
		slice_copy(name, row->text, sizeof(row->text));
		row->number = ++tracker->account_count;
		tracker->account_texts[row->number] = row;
	}
	return row->number;
}

struct slice
account_name(const struct tracker *tracker, uint32_t number)
{
	return number == 0 ? SLICE("")
			   : slice_of(tracker->account_texts[number]->text);
}
