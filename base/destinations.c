/* destinations.c - where mail is handed to, and who does not take it */
#include "base/destinations.h"

#include <stdlib.h>

#include "base/mem.h"

struct destinations {
	struct roster hosts;
};

static uint64_t
worth(const void *row)
{
	const struct destination_row *to = row;

	return roster_worth(to->sent + 4 * (to->deferred + to->bounced),
	    to->last_sent > to->last_deferred ? to->last_sent
					      : to->last_deferred);
}

struct destinations *
destinations_new(void)
{
	struct destinations *all = mem_zero(1, sizeof(*all));

	roster_init(&all->hosts, 'd', sizeof(struct destination_row),
	    DESTINATIONS_MOST, worth);
	return all;
}

void
destinations_free(struct destinations *all)
{
	if (all == NULL)
		return;
	roster_fini(&all->hosts);
	free(all);
}

/*
 * Postfix names an agent of its own where another has a host: "local", "none".
 * A host that is not told with its address has a dot in its name.
 */
static struct slice
host_of(const struct mail_event *event, char text[ROSTER_TEXT])
{
	struct slice relay = roster_relay(event->delivery.relay);

	if (!addr_is_none(&event->delivery.peer)) {
		if (relay.n != 0 && relay.p[0] != '[')
			return roster_host(relay, text);
		addr_print(&event->delivery.peer, text);
		return slice_of(text);
	}
	return slice_find_char(relay, '.') > 0 ? roster_host(relay, text)
					       : (struct slice){ text, 0 };
}

static void
clear(struct destination_row *to, int64_t when)
{
	if (to->last_sent < when)
		to->last_sent = when;
	if (to->streak == 0 || when < to->since)
		return;
	if (when < to->last_deferred) {
		to->since = to->last_deferred;
		to->streak = 1;
		return;
	}
	to->since = 0;
	to->streak = 0;
	to->reply_length = 0;
}

static void
add_sent(struct destination_row *to, const struct mail_event *event)
{
	to->sent += event->count;
	if (event->delivery.delay_ms != 0) {
		to->delay_ms +=
		    (uint64_t)event->count * event->delivery.delay_ms;
		to->timed += event->count;
	}
	clear(to, event->when / 1000000);
}

/* "host mx.example.org[192.0.2.1] said: ": it is named already. */
static struct slice
words_of(struct slice reply)
{
	struct slice host;

	if (slice_begins(reply, "host "))
		(void)slice_cut(&reply, SLICE(" said: "), &host);
	return reply;
}

static void
keep_reply(struct destination_row *to, struct slice reply)
{
	to->reply_length =
	    (uint8_t)(reply.n < DESTINATIONS_REPLY ? reply.n
						   : DESTINATIONS_REPLY);
	if (reply.n != 0)
		memcpy(to->reply, reply.p, to->reply_length);
}

static void
add_deferred(struct destination_row *to, const struct mail_event *event)
{
	int64_t when = event->when / 1000000;

	to->deferred += event->count;
	if (when < to->last_sent || when < to->last_deferred)
		return; /* it came late: there is newer news */
	if (to->streak == 0)
		to->since = when;
	to->streak += event->count;
	to->last_deferred = when;
	keep_reply(to, words_of(event->delivery.reply));
}

void
destinations_add(struct destinations *all, const struct mail_event *event)
{
	char text[ROSTER_TEXT], domain_text[ROSTER_TEXT];
	struct destination_row *to;
	struct slice host, domain;

	if (event->kind != EVENT_SENT && event->kind != EVENT_DEFERRED &&
	    event->kind != EVENT_BOUNCED)
		return;
	host = host_of(event, text);
	domain = roster_domain(event->delivery.recipient, domain_text);
	to = roster_get(&all->hosts, host.n != 0 ? host : domain);
	if (event->kind == EVENT_DEFERRED) {
		add_deferred(to, event);
	} else if (event->kind == EVENT_BOUNCED) {
		to->bounced += event->count;
	} else {
		add_sent(to, event);
		to = host.n != 0 ? roster_find(&all->hosts, domain) : NULL;
		if (to != NULL && to->streak != 0) {
			clear(to, event->when / 1000000);
			to->name.dirty = true;
		}
	}
}

uint64_t
destinations_delay(const struct destination_row *to)
{
	return to->timed == 0 ? 0 : to->delay_ms / to->timed;
}

static int
compare(const struct listing *listing, const void *a, const void *b)
{
	const struct destination_row *x = a, *y = b;
	int diff = 0;

	switch ((enum destination_order)listing->order) {
	case DESTINATIONS_BY_SENT:
		diff = listing_by(x->sent, y->sent);
		break;
	case DESTINATIONS_BY_DEFERRED:
		diff = listing_by(x->deferred, y->deferred);
		break;
	case DESTINATIONS_BY_BOUNCED:
		diff = listing_by(x->bounced, y->bounced);
		break;
	case DESTINATIONS_BY_DELAY:
		diff = listing_by(destinations_delay(x), destinations_delay(y));
		break;
	case DESTINATIONS_BY_STREAK:
		diff = listing_by(x->streak, y->streak);
		break;
	case DESTINATIONS_BY_SINCE: /* 0, which is none, comes last */
		diff =
		    listing_by((uint64_t)y->since - 1, (uint64_t)x->since - 1);
		break;
	case DESTINATIONS_BY_LAST:
		diff =
		    listing_by((uint64_t)x->last_sent, (uint64_t)y->last_sent);
		break;
	case DESTINATIONS_BY_NAME:
		break;
	}
	return diff != 0 ? diff : roster_compare(a, b);
}

void
destinations_list(const struct destinations *all, struct listing *listing)
{
	listing->compare = compare;
	roster_list(&all->hosts, listing);
}

void
destinations_waiting(const struct destinations *all, struct listing *listing)
{
	const struct destination_row *to;

	listing->compare = compare;
	for (size_t i = 0; i < all->hosts.table.made; i++) {
		to = table_row(&all->hosts.table, i);
		if (to != NULL && to->streak >= 2 &&
		    listing->now - to->since >= DESTINATIONS_PATIENCE &&
		    listing->now - to->last_deferred <= DESTINATIONS_RECENT &&
		    roster_match(roster_name(to), listing->filter))
			listing_offer(listing, to);
	}
	listing_sort(listing);
}

uint64_t
destinations_evicted(const struct destinations *all)
{
	return all->hosts.evicted;
}

static void
put(struct state_writer *w, const void *row)
{
	const struct destination_row *to = row;

	put_u64(w, to->sent);
	put_u64(w, to->deferred);
	put_u64(w, to->bounced);
	put_u64(w, to->delay_ms);
	put_u64(w, to->timed);
	put_u64(w, (uint64_t)to->last_sent);
	put_u64(w, (uint64_t)to->since);
	put_u64(w, (uint64_t)to->last_deferred);
	put_u32(w, to->streak);
	put_text(w, (struct slice){ to->reply, to->reply_length });
}

void
destinations_save(struct destinations *all, struct state_rows *rows)
{
	roster_save(&all->hosts, rows, put);
}

static bool
get_time(struct slice *at, int64_t *seconds)
{
	uint64_t number = 0;
	bool good = get_u64(at, &number);

	*seconds = (int64_t)number;
	return good;
}

bool
destinations_load(
    struct destinations *all, struct slice key, struct slice value)
{
	struct destination_row read = { 0 }, *to;
	struct slice reply;

	if (!slice_skips(&key, "d") || !get_u64(&value, &read.sent) ||
	    !get_u64(&value, &read.deferred) ||
	    !get_u64(&value, &read.bounced) ||
	    !get_u64(&value, &read.delay_ms) || !get_u64(&value, &read.timed) ||
	    !get_time(&value, &read.last_sent) ||
	    !get_time(&value, &read.since) ||
	    !get_time(&value, &read.last_deferred) ||
	    !get_u32(&value, &read.streak) || !get_text(&value, &reply))
		return false;
	keep_reply(&read, reply);
	to = roster_load(&all->hosts, key);
	read.name = to->name;
	*to = read;
	return true;
}
