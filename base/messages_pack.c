/*
 * messages_pack.c - events in few bytes: a block of the message history
 *
 * An event is a byte for its kind, the time since the one before, its count,
 * and then its fields in the order of the table.  A text is a number: 0 is
 * empty, odd is a length and the bytes follow, even refers to a text before.
 * Numbers are seven bits a byte, the lowest first.
 */
#include "base/messages_pack.h"

#include <stddef.h>

#include "base/array.h"

enum field_type { TEXT, ADDRESS, NUMBER64, NUMBER32, NUMBER16, FLAG, CHOICE };

#define KIND(name) (1u << EVENT_##name)
#define MESSAGE    (KIND(RECEIVED) | KIND(SIZED))
#define DELIVERY                                                               \
	(KIND(SENT) | KIND(DEFERRED) | KIND(BOUNCED) | KIND(EXPIRED) |         \
	    KIND(DISCARDED) | KIND(QUARANTINED) | KIND(HANDED))
#define REJECT KIND(REJECTED)
#define ALL                                                                    \
	(MESSAGE | DELIVERY | REJECT | KIND(VERDICT) | KIND(RELAYED) |         \
	    KIND(RETURNED))

static const struct field {
	enum field_type type;
	size_t at;
	uint32_t kinds;
	uint32_t choices; /* of a CHOICE: how many there are */
} fields[] = {
	{ TEXT, offsetof(struct mail_event, host), ALL, 0 },
	{ TEXT, offsetof(struct mail_event, mailer), ALL, 0 },
	{ TEXT, offsetof(struct mail_event, queue_id), ALL, 0 },
	{ TEXT, offsetof(struct mail_event, account), ALL, 0 },
	{ ADDRESS, offsetof(struct mail_event, client), ALL, 0 },
	{ NUMBER64, offsetof(struct mail_event, message_key),
	    MESSAGE | KIND(VERDICT), 0 },

	{ TEXT, offsetof(struct mail_event, message.sender), MESSAGE, 0 },
	{ NUMBER64, offsetof(struct mail_event, message.bytes), MESSAGE, 0 },
	{ NUMBER32, offsetof(struct mail_event, message.recipients), MESSAGE,
	    0 },
	{ FLAG, offsetof(struct mail_event, message.generated), MESSAGE, 0 },

	{ TEXT, offsetof(struct mail_event, delivery.sender), DELIVERY, 0 },
	{ TEXT, offsetof(struct mail_event, delivery.recipient), DELIVERY, 0 },
	{ TEXT, offsetof(struct mail_event, delivery.addressed), DELIVERY, 0 },
	{ TEXT, offsetof(struct mail_event, delivery.dsn), DELIVERY, 0 },
	{ TEXT, offsetof(struct mail_event, delivery.reply), DELIVERY, 0 },
	{ TEXT, offsetof(struct mail_event, delivery.relay), DELIVERY, 0 },
	{ ADDRESS, offsetof(struct mail_event, delivery.peer), DELIVERY, 0 },
	{ NUMBER32, offsetof(struct mail_event, delivery.delay_ms), DELIVERY,
	    0 },

	{ CHOICE, offsetof(struct mail_event, reject.reason), REJECT, REASONS },
	{ FLAG, offsetof(struct mail_event, reject.temporary), REJECT, 0 },
	{ NUMBER16, offsetof(struct mail_event, reject.code), REJECT, 0 },
	{ TEXT, offsetof(struct mail_event, reject.dsn), REJECT, 0 },
	{ TEXT, offsetof(struct mail_event, reject.sender), REJECT, 0 },
	{ TEXT, offsetof(struct mail_event, reject.recipient), REJECT, 0 },
	{ TEXT, offsetof(struct mail_event, reject.helo), REJECT, 0 },
	{ TEXT, offsetof(struct mail_event, reject.text), REJECT, 0 },

	{ CHOICE, offsetof(struct mail_event, relay), KIND(RELAYED),
	    RELAY_UNSURE + 1 },
	{ CHOICE, offsetof(struct mail_event, verdict), KIND(VERDICT),
	    VERDICT_BANNED + 1 },
	{ TEXT, offsetof(struct mail_event, author), KIND(VERDICT), 0 },
	{ TEXT, offsetof(struct mail_event, original), KIND(RETURNED), 0 },
};

bool
pack_wants(const struct mail_event *event)
{
	if (event->source == SOURCE_WIRE || (ALL >> event->kind & 1) == 0)
		return false;
	/* What cannot be told of any message is of no use here. */
	if (event->kind == EVENT_VERDICT)
		return event->queue_id.n != 0 || event->message_key != 0;
	return event->queue_id.n != 0 || event->kind == EVENT_REJECTED;
}

static void
put_number(struct packer *packer, uint64_t number)
{
	unsigned char bytes[10];
	size_t n = 0;

	for (; number > 127; number >>= 7)
		bytes[n++] = (unsigned char)(number | 128);
	bytes[n++] = (unsigned char)number;
	put_bytes(&packer->bytes, bytes, n);
}

static bool
get_number(struct slice *rest, uint64_t *number)
{
	*number = 0;
	for (unsigned shift = 0; shift < 64 && rest->n > 0; shift += 7) {
		unsigned char byte = (unsigned char)rest->p[0];

		*rest = slice_from(*rest, 1);
		*number |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return true;
	}
	return false;
}

/* The number of an equal text + 1, or 0 and the free slot for this one. */
static unsigned
find_text(const struct packer *packer, struct slice text, size_t *slot)
{
	unsigned number;

	*slot = slice_hash(text) % PACK_SLOTS;
	for (; (number = packer->slots[*slot]) != 0;
	     *slot = (*slot + 1) % PACK_SLOTS)
		if (slice_eq(
			text, (struct slice){
				  packer->bytes.p + packer->text[number - 1].at,
				  packer->text[number - 1].n }))
			break;
	return number;
}

static void
pack_text(struct packer *packer, struct slice text)
{
	unsigned number;
	size_t slot;

	if (text.n == 0) {
		put_number(packer, 0);
		return;
	}
	if (text.n > PACK_TEXT_BYTES)
		text.n = PACK_TEXT_BYTES;
	number = find_text(packer, text, &slot);
	if (number != 0) {
		put_number(packer, (uint64_t)number << 1);
		return;
	}
	put_number(packer, (uint64_t)text.n << 1 | 1);
	if (packer->texts < PACK_TEXTS) {
		packer->text[packer->texts].at = (uint32_t)packer->bytes.n;
		packer->text[packer->texts].n = (uint32_t)text.n;
		packer->slots[slot] = (uint16_t)++packer->texts;
	}
	put_bytes(&packer->bytes, text.p, text.n);
}

static bool
unpack_text(struct unpacker *unpacker, struct slice *text)
{
	uint64_t number;

	*text = SLICE("");
	if (!get_number(&unpacker->rest, &number))
		return false;
	if (number == 0)
		return true;
	if ((number & 1) == 0) {
		number = (number >> 1) - 1;
		if (number >= unpacker->texts)
			return false;
		*text = unpacker->text[number];
		return true;
	}
	number >>= 1;
	if (number > PACK_TEXT_BYTES || number > unpacker->rest.n)
		return false;
	*text = (struct slice){ unpacker->rest.p, (size_t)number };
	unpacker->rest = slice_from(unpacker->rest, (size_t)number);
	if (unpacker->texts < PACK_TEXTS)
		unpacker->text[unpacker->texts++] = *text;
	return true;
}

static void
pack_address(struct packer *packer, const struct addr *addr)
{
	size_t n = addr->family == 4 ? 4 : addr->family == 6 ? 16 : 0;

	pack_text(packer, (struct slice){ (const char *)addr->b, n });
}

static bool
unpack_address(struct unpacker *unpacker, struct addr *addr)
{
	struct slice bytes;

	*addr = (struct addr){ 0 };
	if (!unpack_text(unpacker, &bytes) ||
	    (bytes.n != 0 && bytes.n != 4 && bytes.n != 16))
		return false;
	if (bytes.n == 0)
		return true;
	addr->family = bytes.n == 4 ? 4 : 6;
	memcpy(addr->b, bytes.p, bytes.n);
	return true;
}

static void
pack_field(struct packer *packer, const struct field *field, const char *value)
{
	uint64_t number;
	uint32_t half;
	uint16_t quarter;

	switch (field->type) {
	case TEXT:
		pack_text(packer, *(const struct slice *)(const void *)value);
		break;
	case ADDRESS:
		pack_address(packer, (const struct addr *)value);
		break;
	case NUMBER64:
		memcpy(&number, value, sizeof(number));
		put_number(packer, number);
		break;
	case NUMBER32:
	case CHOICE:
		memcpy(&half, value, sizeof(half));
		put_number(packer, half);
		break;
	case NUMBER16:
		memcpy(&quarter, value, sizeof(quarter));
		put_number(packer, quarter);
		break;
	case FLAG:
		put_number(packer, *(const bool *)value);
		break;
	}
}

static bool
unpack_field(struct unpacker *unpacker, const struct field *field, char *value)
{
	uint64_t number;
	uint32_t half;
	uint16_t quarter;

	if (field->type == TEXT)
		return unpack_text(unpacker, (struct slice *)(void *)value);
	if (field->type == ADDRESS)
		return unpack_address(unpacker, (struct addr *)value);
	if (!get_number(&unpacker->rest, &number) ||
	    (field->type == CHOICE && number >= field->choices))
		return false;
	half = (uint32_t)number;
	quarter = (uint16_t)number;
	if (field->type == NUMBER64)
		memcpy(value, &number, sizeof(number));
	else if (field->type == NUMBER16)
		memcpy(value, &quarter, sizeof(quarter));
	else if (field->type == FLAG)
		*(bool *)value = number != 0;
	else
		memcpy(value, &half, sizeof(half));
	return true;
}

void
pack_event(struct packer *packer, const struct mail_event *event)
{
	int64_t since =
	    (int64_t)((uint64_t)event->when - (uint64_t)packer->when);

	put_u8(&packer->bytes, (uint8_t)event->kind);
	put_number(packer,
	    since >= 0 ? (uint64_t)since << 1 : ~((uint64_t)since << 1));
	put_number(packer, event->count);
	for (size_t i = 0; i < NELEMS(fields); i++)
		if (fields[i].kinds >> event->kind & 1)
			pack_field(packer, &fields[i],
			    (const char *)event + fields[i].at);
	if (packer->events == 0 || event->when < packer->first)
		packer->first = event->when;
	if (packer->events == 0 || event->when > packer->last)
		packer->last = event->when;
	packer->when = event->when;
	packer->events++;
}

void
pack_reset(struct packer *packer)
{
	packer->bytes.n = 0;
	packer->when = packer->first = packer->last = 0;
	packer->events = packer->texts = 0;
	memset(packer->slots, 0, sizeof(packer->slots));
}

void
unpack_begin(struct unpacker *unpacker, struct slice block)
{
	unpacker->rest = block;
	unpacker->when = 0;
	unpacker->texts = 0;
}

int
unpack_event(struct unpacker *unpacker, struct mail_event *event)
{
	uint64_t since, count;
	uint8_t kind;

	if (unpacker->rest.n == 0)
		return 0;
	memset(event, 0, sizeof(*event));
	if (!get_u8(&unpacker->rest, &kind) || kind >= EVENT_KINDS ||
	    (ALL >> kind & 1) == 0 || !get_number(&unpacker->rest, &since) ||
	    !get_number(&unpacker->rest, &count))
		return -1;
	event->kind = (enum event_kind)kind;
	event->count = (uint32_t)count;
	event->when = unpacker->when =
	    (int64_t)((uint64_t)unpacker->when +
		      (since >> 1 ^ (0 - (since & 1))));
	for (size_t i = 0; i < NELEMS(fields); i++)
		if ((fields[i].kinds >> kind & 1) != 0 &&
		    !unpack_field(
			unpacker, &fields[i], (char *)event + fields[i].at))
			return -1;
	return 1;
}

static bool
same_field(const struct field *field, const char *a, const char *b)
{
	static const size_t widths[] = {
		[ADDRESS] = sizeof(struct addr),
		[NUMBER64] = sizeof(uint64_t),
		[NUMBER32] = sizeof(uint32_t),
		[NUMBER16] = sizeof(uint16_t),
		[FLAG] = sizeof(bool),
		[CHOICE] = sizeof(uint32_t),
	};

	if (field->type == TEXT)
		return slice_eq(*(const struct slice *)(const void *)a,
		    *(const struct slice *)(const void *)b);
	return memcmp(a, b, widths[field->type]) == 0;
}

bool
pack_same(const struct mail_event *a, const struct mail_event *b)
{
	if (a->kind != b->kind || a->when != b->when || a->count != b->count)
		return false;
	for (size_t i = 0; i < NELEMS(fields); i++)
		if ((fields[i].kinds >> a->kind & 1) != 0 &&
		    !same_field(&fields[i], (const char *)a + fields[i].at,
			(const char *)b + fields[i].at))
			return false;
	return true;
}

void
pack_walk_texts(struct mail_event *event,
    void (*each)(void *arg, struct slice *text), void *arg)
{
	for (size_t i = 0; i < NELEMS(fields); i++)
		if (fields[i].type == TEXT &&
		    (fields[i].kinds >> event->kind & 1) != 0)
			each(arg, (struct slice *)(void *)((char *)event +
							   fields[i].at));
}
