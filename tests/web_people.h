/*
 * web_people.h - what needs attention, and names of every kind, for a web
 * server's tally
 *
 * An account that sends what comes back, hosts and a domain that do not take
 * mail, and names that strangers made up to be run or obeyed.
 */
#ifndef TESTS_WEB_PEOPLE_H
#define TESTS_WEB_PEOPLE_H

#include <stdio.h>

#include "base/tally.h"
#include "tests/web_incidents.h"

#define HOSTILE_DOMAIN "<script>alert(1)</script>.example"

static inline void
people_take(struct tally *tally, int64_t when, struct mail_event event)
{
	event.when = when * 1000000;
	event.count = 1;
	event.host = SLICE("mx1.example.org");
	tally_add(tally, &event);
}

static inline void
people_deliver(struct tally *tally, int64_t when, enum event_kind kind,
    const char *recipient, const char *relay, const char *reply)
{
	people_take(tally, when,
	    (struct mail_event){ .kind = kind,
		.delivery = { .recipient = slice_of(recipient),
		    .relay = slice_of(relay),
		    .reply = slice_of(reply),
		    .delay_ms = 1500 } });
}

/* Six networks in a day, and a third of it comes back. */
static inline void
people_risk(struct tally *tally, int64_t now)
{
	struct mail_event event = { .kind = EVENT_RECEIVED,
		.account = SLICE("kim"),
		.message = { .sender = SLICE("kim@example.org"),
		    .bytes = 1000,
		    .recipients = 1 } };

	for (uint8_t i = 0; i < 6; i++) {
		event.client = (struct addr){ 4, { 203, 0, 113, 9 } };
		event.client.b[1] = i;
		people_take(tally, now - 3600 + i, event);
	}
	for (int i = 0; i < 3000; i++)
		people_take(tally, now - 3000,
		    (struct mail_event){
			.kind = i % 3 == 0 ? EVENT_BOUNCED : EVENT_SENT,
			.account = SLICE("kim"),
			.delivery = { .recipient = SLICE("a@far.example"),
			    .relay = SLICE("mx.far.example") } });
}

static inline void
people_fill(struct tally *tally, int64_t now)
{
	people_risk(tally, now);
	for (int i = 0; i < 14; i++)
		people_deliver(tally, now - 7200 + i * 480, EVENT_DEFERRED,
		    "lee@slow.example", "mx.slow.example",
		    "host mx.slow.example[192.0.2.9] said: 450 4.2.1 " HOSTILE);
	for (int i = 0; i < 3; i++)
		people_deliver(tally, now - 5000 + i, EVENT_DEFERRED,
		    "sam@nowhere.example", "none",
		    "connect to nowhere.example[192.0.2.8]:25: Connection "
		    "refused");
	people_deliver(tally, now - 300, EVENT_DEFERRED, "a@grey.example",
	    "mx.grey.example", "450 4.2.0 Greylisted");
	people_deliver(tally, now - 4000, EVENT_DEFERRED, "a@fixed.example",
	    "mx.fixed.example", "450 4.2.0 later");
	people_deliver(tally, now - 3000, EVENT_SENT, "a@fixed.example",
	    "mx.fixed.example", "250 2.0.0 Ok");
	people_deliver(tally, now - 2000, EVENT_SENT, "x@" HOSTILE_DOMAIN,
	    HOSTILE_DOMAIN, "250 2.0.0 Ok");
	people_take(tally, now - 2000,
	    (struct mail_event){ .kind = EVENT_RECEIVED,
		.message = { .sender = SLICE("x@" HOSTILE_DOMAIN),
		    .bytes = 1,
		    .recipients = 1 } });
}

/* Domains enough to ask for more of them. */
static inline void
people_crowd(struct tally *tally, int64_t now, unsigned n)
{
	char sender[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(sender, sizeof(sender), "a@crowd%03u.example", i);
		people_take(tally, now - 9000,
		    (struct mail_event){ .kind = EVENT_RECEIVED,
			.message = { .sender = slice_of(sender),
			    .bytes = 1000 + i,
			    .recipients = 1 } });
	}
}

#endif
