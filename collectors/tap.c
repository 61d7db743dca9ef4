/*
 * tap.c - a capture as a source: its events and counts to the sinks
 */
#include "collectors/tap.h"

#include <sys/utsname.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/compared.h"
#include "collectors/senders.h"

#define STEP_USECS (60 * 1000000LL)

static const uint16_t usual_ports[] = { 25, 465, 587, 110, 143, 993, 995 };

struct tap {
	struct collectors *collectors;
	struct wire *wire;
	struct slice host;
	uint32_t host_index;
	struct wire_counts told;
	struct senders *senders; /* NULL: of a file */
	bool promiscuous;
	uint64_t unknown, told_unknown; /* senders that were gone */
	uint64_t told_dropped;
	int64_t step; /* of the frames at hand, Unix microseconds */
};

static bool
is_ours(void *arg, struct slice domain)
{
	const struct tap *tap = arg;
	const struct collectors *c = tap->collectors;

	return tracker_is_our_domain(c->tracker, domain);
}

static void
unread(void *arg, const struct addr *client, int64_t when, bool over)
{
	const struct tap *tap = arg;

	compare_unread(tap->collectors->compare, client, when, over);
}

static void
tell_rogue(
    const struct tap *tap, const struct segment *syn, bool own, const char *who)
{
	char peer[ADDR_TEXT], text[160];
	struct mail_event event = { .when = syn->when,
		.kind = EVENT_ROGUE,
		.source = SOURCE_WIRE,
		.count = 1,
		.host = tap->host,
		.account = slice_of(who),
		.rogue = { syn->to, syn->to_port } };
	int n;

	addr_print(&syn->to, peer);
	n = snprintf(text, sizeof(text),
	    "connection to %s, port %u, %s %s, from port %u", peer,
	    syn->to_port, own ? "by user" : "forwarded for", who,
	    syn->from_port);
	event.line = (struct slice){ text, (size_t)n };
	if (!own)
		event.client = syn->from;
	tap->collectors->events.take(tap->collectors->events.arg, &event);
}

/* What is not for us, and was captured nevertheless, is not forwarded. */
static void
sends(void *arg, const struct segment *syn, bool own)
{
	struct tap *tap = arg;
	char who[SENDERS_WHO];

	if (tap->senders == NULL || (!own && tap->promiscuous))
		return;
	switch (senders_judge(tap->senders, syn, own, who)) {
	case SENDING_ROGUE:
		tell_rogue(tap, syn, own, who);
		break;
	case SENDING_UNKNOWN:
		tap->unknown++;
		break;
	default:
		break;
	}
}

/* The journal has names in full; what logs have, is not known yet. */
static struct slice
name_host(struct collectors *c, struct slice name)
{
	bool journal = false, file = false;
	struct slice host;
	uint32_t index;

	for (size_t i = 0; i < c->config->source_count; i++) {
		journal |= c->config->sources[i].type == SOURCE_TYPE_JOURNAL;
		file |= c->config->sources[i].type == SOURCE_TYPE_FILE;
	}
	if (!journal || file)
		return collectors_name_host(c, name);
	host = tracker_host(c->tracker, name, &index);
	c->hosts[index] = host;
	return host;
}

struct tap *
tap_new(
    struct collectors *c, const uint16_t *ports, size_t n, enum link_type link)
{
	struct tap *tap = mem_zero(1, sizeof(*tap));
	struct utsname name = { .nodename = "localhost" };
	struct wire_config config = {
		.events = c->sinks.events,
		.is_ours = is_ours,
		.unread = unread,
		.sends = sends,
		.arg = tap,
		.extensions = { c->config->extensions,
		    c->config->extension_count },
	};

	(void)uname(&name);
	tap->collectors = c;
	tap->host = name_host(c, slice_of(name.nodename));
	(void)tracker_host(c->tracker, tap->host, &tap->host_index);
	if (n == 0) {
		ports = usual_ports;
		n = NELEMS(usual_ports);
	}
	config.host = tap->host;
	config.port_count = n < WIRE_PORTS ? n : WIRE_PORTS;
	memcpy(config.ports, ports, config.port_count * sizeof(*ports));
	tap->wire = wire_new(&config, link);
	return tap;
}

void
tap_free(struct tap *tap)
{
	if (tap == NULL)
		return;
	wire_free(tap->wire);
	free(tap);
}

struct wire *
tap_wire(struct tap *tap)
{
	return tap->wire;
}

struct slice
tap_host(const struct tap *tap)
{
	return tap->host;
}

static void
tell(struct tap *tap, int64_t when, enum metric metric, uint64_t now,
    uint64_t *told)
{
	struct collectors *c = tap->collectors;

	if (now == *told || c->sinks.count == NULL)
		return;
	c->sinks.count(
	    c->sinks.arg, tap->host, when / 1000000, metric, now - *told);
	*told = now;
}

void
tap_tell(struct tap *tap, int64_t when)
{
	struct wire_counts now = wire_counts(tap->wire), *told = &tap->told;

	tell(tap, when, METRIC_WIRE_PACKETS, now.packets, &told->packets);
	tell(tap, when, METRIC_WIRE_OUTBOUND, now.outbound, &told->outbound);
	tell(tap, when, METRIC_WIRE_GAPS, now.gaps, &told->gaps);
	tell(tap, when, METRIC_WIRE_OVERLAPS, now.overlaps, &told->overlaps);
	tell(tap, when, METRIC_WIRE_TLS_BYTES, now.tls_bytes, &told->tls_bytes);
	tell(tap, when, METRIC_WIRE_SENDERS_UNKNOWN, tap->unknown,
	    &tap->told_unknown);
	tell(tap, when, METRIC_WIRE_EVICTED, now.evicted, &told->evicted);
}

void
tap_watch(struct tap *tap, struct senders *senders, bool promiscuous)
{
	tap->senders = senders;
	tap->promiscuous = promiscuous;
}

void
tap_complete(struct tap *tap, int64_t when)
{
	collectors_complete(
	    tap->collectors, tap->host_index, when / 1000000 - GRACE_SECS);
}

void
tap_dropped(struct tap *tap, int64_t when, uint64_t now)
{
	if (now != tap->told_dropped)
		compare_lost(tap->collectors->compare, SOURCE_WIRE, when);
	tell(tap, when, METRIC_WIRE_PACKETS_DROPPED, now, &tap->told_dropped);
}

void
tap_take(void *arg, const struct frame *frame)
{
	struct tap *tap = arg;

	if (frame->when - tap->step >= STEP_USECS) {
		if (tap->step != 0)
			tap_tell(tap, tap->step);
		tap->step = frame->when - frame->when % STEP_USECS;
	}
	wire_take(tap->wire, frame);
}
