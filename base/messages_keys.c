/*
 * messages_keys.c - by what a message is found, as numbers
 *
 * A key's slot is its upper bits, and the next free one behind it: the set is
 * nearly in order, and sorting it is a walk.
 */
#include "base/messages_keys.h"

#include "base/array.h"

#define SLOT_SHIFT (KEY_BITS - 14) /* 14 bits count KEY_SLOTS */
#define FAR        128             /* from its slot: no more after it */
#define MOST       (KEY_SLOTS / 4 * 3)
#define TEXTS      4 /* addresses of one event */

static uint32_t
key_of(enum key_kind kind, uint64_t hash)
{
	uint32_t key;

	hash = (hash + (uint64_t)kind + 1) * 0x9e3779b97f4a7c15u;
	key = (uint32_t)(hash >> (64 - KEY_BITS));
	return key != 0 ? key : 1;
}

uint32_t
key_of_text(enum key_kind kind, struct slice text)
{
	char lower[SOUGHT_TEXT];

	if (text.n > sizeof(lower))
		text.n = sizeof(lower);
	for (size_t i = 0; i < text.n; i++)
		lower[i] = text.p[i] >= 'A' && text.p[i] <= 'Z'
			       ? (char)(text.p[i] + ('a' - 'A'))
			       : text.p[i];
	return key_of(kind, slice_hash((struct slice){ lower, text.n }));
}

uint32_t
key_of_message(uint64_t message_key)
{
	return key_of(KEY_MESSAGE_ID, message_key);
}

uint32_t
key_of_client(const struct addr *client)
{
	return key_of(KEY_CLIENT, addr_hash(client));
}

struct slice
key_domain(struct slice address)
{
	ptrdiff_t at = slice_find_last(address, SLICE("@"));

	return at == -1 ? SLICE("") : slice_from(address, (size_t)at + 1);
}

static void
add(struct key_set *set, uint32_t key)
{
	size_t i = key >> SLOT_SHIFT, far = 0;

	for (; set->slots[i] != 0 && set->slots[i] != key; far++)
		i = (i + 1) % KEY_SLOTS;
	set->count += set->slots[i] == 0;
	set->slots[i] = key;
	if (set->count >= MOST || far >= FAR)
		set->full = true;
}

/* Who sent it, who was to have it: what the kind of event has of these. */
static size_t
addresses_of(const struct mail_event *event, struct slice texts[TEXTS])
{
	size_t n = 0;

	texts[n++] = event->account;
	switch (event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		texts[n++] = event->message.sender;
		break;
	case EVENT_REJECTED:
		texts[n++] = event->reject.sender;
		texts[n++] = event->reject.recipient;
		break;
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
	case EVENT_EXPIRED:
	case EVENT_DISCARDED:
	case EVENT_QUARANTINED:
	case EVENT_HANDED:
		texts[n++] = event->delivery.sender;
		texts[n++] = event->delivery.recipient;
		texts[n++] = event->delivery.addressed;
		break;
	default:
		break;
	}
	return n;
}

static bool
has_message_key(const struct mail_event *event)
{
	return event->message_key != 0 &&
	       (event->kind == EVENT_RECEIVED || event->kind == EVENT_SIZED ||
		   event->kind == EVENT_VERDICT);
}

void
keys_add_event(struct key_set *set, const struct mail_event *event)
{
	struct slice texts[TEXTS], domain;
	size_t n = addresses_of(event, texts);

	if (event->queue_id.n != 0)
		add(set, key_of_text(KEY_QUEUE_ID, event->queue_id));
	if (event->kind == EVENT_RETURNED && event->original.n != 0)
		add(set, key_of_text(KEY_QUEUE_ID, event->original));
	if (has_message_key(event))
		add(set, key_of_message(event->message_key));
	if (!addr_is_none(&event->client))
		add(set, key_of_client(&event->client));
	for (size_t i = 0; i < n; i++) {
		if (texts[i].n == 0)
			continue;
		add(set, key_of_text(KEY_ADDRESS, texts[i]));
		domain = key_domain(texts[i]);
		if (domain.n != 0)
			add(set, key_of_text(KEY_DOMAIN, domain));
	}
}

size_t
keys_sorted(const struct key_set *set, uint32_t *list)
{
	size_t n = 0;

	for (size_t i = 0; i < KEY_SLOTS; i++) {
		uint32_t key = set->slots[i];
		size_t k = n;

		if (key == 0)
			continue;
		for (; k > 0 && list[k - 1] > key; k--)
			list[k] = list[k - 1];
		list[k] = key;
		n++;
	}
	return n;
}

void
keys_reset(struct key_set *set)
{
	memset(set, 0, sizeof(*set));
}

static void
seek(struct sought *sought, enum key_kind kind, uint32_t key)
{
	sought->of[kind] = true;
	sought->keys[kind] = key;
}

static bool
has_control(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 127)
			return true;
	return false;
}

bool
sought_read(struct sought *sought, struct slice text)
{
	bool has_at;

	memset(sought, 0, sizeof(*sought));
	while (text.n > 0 && text.p[0] == ' ')
		text = slice_from(text, 1);
	while (text.n > 0 && text.p[text.n - 1] == ' ')
		text.n--;
	if (text.n > 2 && text.p[0] == '<' && text.p[text.n - 1] == '>')
		text = (struct slice){ text.p + 1, text.n - 2 };
	has_at = slice_find_char(text, '@') != -1;
	/* Only a quoted local part has blanks. */
	if (text.n == 0 || text.n > SOUGHT_TEXT || has_control(text) ||
	    (!has_at && slice_find_char(text, ' ') != -1))
		return false;
	sought->text = text;
	if (addr_parse(text, &sought->client)) {
		seek(sought, KEY_CLIENT, key_of_client(&sought->client));
		return true;
	}
	if (text.p[0] == '@' && text.n > 1) {
		sought->text = slice_from(text, 1);
		seek(sought, KEY_DOMAIN, key_of_text(KEY_DOMAIN, sought->text));
		return true;
	}
	seek(sought, KEY_ADDRESS, key_of_text(KEY_ADDRESS, text));
	sought->message_key = event_message_key(text);
	seek(sought, KEY_MESSAGE_ID, key_of_message(sought->message_key));
	if (!has_at) {
		seek(sought, KEY_QUEUE_ID, key_of_text(KEY_QUEUE_ID, text));
		seek(sought, KEY_DOMAIN, key_of_text(KEY_DOMAIN, text));
	}
	return true;
}

bool
sought_matches(const struct sought *sought, const struct mail_event *event)
{
	struct slice texts[TEXTS];
	size_t n = addresses_of(event, texts);

	if (sought->of[KEY_CLIENT])
		return addr_eq(&sought->client, &event->client);
	if (sought->of[KEY_QUEUE_ID] &&
	    (slice_same_word(sought->text, event->queue_id) ||
		(event->kind == EVENT_RETURNED &&
		    slice_same_word(sought->text, event->original))))
		return true;
	if (sought->of[KEY_MESSAGE_ID] && has_message_key(event) &&
	    sought->message_key == event->message_key)
		return true;
	for (size_t i = 0; i < n; i++)
		if ((sought->of[KEY_ADDRESS] &&
			slice_same_word(sought->text, texts[i])) ||
		    (sought->of[KEY_DOMAIN] &&
			slice_same_word(sought->text, key_domain(texts[i]))))
			return true;
	return false;
}
