/* domains.c - whose mail it is: the domains of senders and of recipients */
#include "base/domains.h"

#include <stdlib.h>

#include "base/mem.h"

struct domains {
	struct roster sides[DOMAIN_SIDES];
};

static const char marks[DOMAIN_SIDES] = { 's', 'r' };

static const char *const columns[DOMAIN_SIDES][DOMAIN_COLUMNS + 1] = {
#define COLUMN_WORD(name, word) word,
	[SENDERS] = { SENDER_TABLE(COLUMN_WORD) },
	[RECIPIENTS] = { RECIPIENT_TABLE(COLUMN_WORD) },
#undef COLUMN_WORD
};

const char *
domains_column(enum domain_side side, unsigned column)
{
	return columns[side][column];
}

/* Mail that moved says more than refusals, which anybody can call forth. */
static uint64_t
worth(const void *row)
{
	const struct domain_row *domain = row;
	uint64_t weight = 16 * domain->counts[0];

	for (unsigned c = SENDER_BYTES + 1; c < DOMAIN_COLUMNS; c++)
		weight += domain->counts[c];
	return roster_worth(weight, domain->last);
}

struct domains *
domains_new(void)
{
	struct domains *domains = mem_zero(1, sizeof(*domains));

	for (unsigned side = 0; side < DOMAIN_SIDES; side++)
		roster_init(&domains->sides[side], marks[side],
		    sizeof(struct domain_row), DOMAINS_MOST, worth);
	return domains;
}

void
domains_free(struct domains *domains)
{
	if (domains == NULL)
		return;
	for (unsigned side = 0; side < DOMAIN_SIDES; side++)
		roster_fini(&domains->sides[side]);
	free(domains);
}

static uint64_t *
counts_of(struct domains *domains, enum domain_side side, struct slice address,
    const struct mail_event *event)
{
	char text[ROSTER_TEXT];
	struct domain_row *row =
	    roster_get(&domains->sides[side], roster_domain(address, text));

	if (row->last < event->when / 1000000)
		row->last = event->when / 1000000;
	return row->counts;
}

/*
 * Mail put on hold is received before its sender and size are told; and a
 * recipient that is told alone is no further message.
 */
static void
add_message(struct domains *domains, const struct mail_event *event)
{
	bool received = event->kind == EVENT_RECEIVED;
	uint64_t *counts, bytes = event->message.bytes;

	if (event->message.generated ||
	    (bytes == 0 && (!received || event->message.recipients == 0)))
		return;
	counts = counts_of(domains, SENDERS, event->message.sender, event);
	counts[SENDER_MESSAGES] += event->count;
	counts[SENDER_BYTES] += event->count * bytes;
}

static void
add_delivery(struct domains *domains, const struct mail_event *event)
{
	uint64_t *counts =
	    counts_of(domains, RECIPIENTS, event->delivery.recipient, event);

	if (event->kind == EVENT_DEFERRED) {
		counts[RECIPIENT_DEFERRED] += event->count;
	} else if (event->kind == EVENT_BOUNCED) {
		counts[RECIPIENT_BOUNCED] += event->count;
	} else {
		counts[RECIPIENT_SENT] += event->count;
		counts[RECIPIENT_BYTES] += event->count * event->delivery.bytes;
	}
}

/* Where a recipient was named, so was a sender, be it the null one. */
static void
add_reject(struct domains *domains, const struct mail_event *event)
{
	struct slice from = event->reject.sender, to = event->reject.recipient;

	if (from.n != 0 || to.n != 0)
		counts_of(domains, SENDERS, from, event)[SENDER_REJECTED] +=
		    event->count;
	if (to.n != 0 && event->reject.reason != REASON_RELAY_DENIED)
		counts_of(domains, RECIPIENTS, to, event)[RECIPIENT_REJECTED] +=
		    event->count;
}

void
domains_add(struct domains *domains, const struct mail_event *event)
{
	switch (event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		add_message(domains, event);
		break;
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
		add_delivery(domains, event);
		break;
	case EVENT_REJECTED:
		add_reject(domains, event);
		break;
	case EVENT_VERDICT:
		if (event->verdict != VERDICT_CLEAN && event->author.n != 0)
			counts_of(domains, SENDERS, event->author,
			    event)[SENDER_SPAM] += event->count;
		break;
	default:
		break;
	}
}

static int
compare(const struct listing *listing, const void *a, const void *b)
{
	const struct domain_row *x = a, *y = b;
	int diff = 0;

	if (listing->order < DOMAIN_COLUMNS)
		diff = listing_by(
		    x->counts[listing->order], y->counts[listing->order]);
	else if (listing->order == DOMAINS_BY_LAST)
		diff = listing_by((uint64_t)x->last, (uint64_t)y->last);
	return diff != 0 ? diff : roster_compare(a, b);
}

void
domains_list(const struct domains *domains, enum domain_side side,
    struct listing *listing)
{
	listing->compare = compare;
	roster_list(&domains->sides[side], listing);
}

uint64_t
domains_evicted(const struct domains *domains, enum domain_side side)
{
	return domains->sides[side].evicted;
}

static void
put(struct state_writer *w, const void *row)
{
	const struct domain_row *domain = row;

	for (unsigned c = 0; c < DOMAIN_COLUMNS; c++)
		put_u64(w, domain->counts[c]);
	put_u64(w, (uint64_t)domain->last);
}

void
domains_save(struct domains *domains, struct state_rows *rows)
{
	for (unsigned side = 0; side < DOMAIN_SIDES; side++)
		roster_save(&domains->sides[side], rows, put);
}

bool
domains_load(struct domains *domains, struct slice key, struct slice value)
{
	enum domain_side side = SENDERS;
	uint64_t counts[DOMAIN_COLUMNS], last;
	struct domain_row *row;

	if (key.n > 0 && key.p[0] == marks[RECIPIENTS])
		side = RECIPIENTS;
	if (key.n == 0 || key.p[0] != marks[side])
		return false;
	for (unsigned c = 0; c < DOMAIN_COLUMNS; c++)
		if (!get_u64(&value, &counts[c]))
			return false;
	if (!get_u64(&value, &last))
		return false;
	row = roster_load(&domains->sides[side], slice_from(key, 1));
	memcpy(row->counts, counts, sizeof(counts));
	row->last = (int64_t)last;
	return true;
}
