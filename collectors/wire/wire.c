/*
 * wire.c - frames of a capture to the events of the mail in them
 */
#include "collectors/wire/wire.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/wire/ends.h"
#include "collectors/wire/login.h"

#define SMTP_PORT  25
#define SWEEP_MASK 0xfffff /* frames between two looks */

struct wire {
	struct wire_config config;
	struct smtp_context smtp;
	struct login_context login;
	struct decoder *decoder;
	struct flows *flows;
	struct ends *ends;
	struct wire_counts counts;
	bool watched[65536]; /* ports */
};

static const uint16_t tls_ports[] = { 465 }; /* RFC 8314, 7.3 */

/* Other ports are SMTP's.  RFC 1939, 3; RFC 9051, 2.1; RFC 8314, 7.1, 7.2. */
static const struct service {
	uint16_t port;
	enum mail_protocol protocol;
	bool implicit; /* TLS */
} logins[] = {
	{ 110, PROTOCOL_POP3, false },
	{ 143, PROTOCOL_IMAP, false },
	{ 993, PROTOCOL_IMAP, true },
	{ 995, PROTOCOL_POP3, true },
};

/* A connection that is read, and by whom. */
struct session {
	const struct flow_reader *reader;
	void *reading;
};

static const struct flow_reader smtp_reader = { .data = smtp_data,
	.gap = smtp_gap,
	.closed = smtp_closed,
	.end = smtp_end };
static const struct flow_reader login_reader = { .data = login_data,
	.gap = login_gap,
	.closed = login_closed,
	.end = login_end };

static bool
take_data(void *arg, const struct stream_data *data)
{
	struct session *session = arg;

	return session->reader->data(session->reading, data);
}

static bool
take_gap(void *arg, enum side from, uint32_t bytes, int64_t when)
{
	struct session *session = arg;

	return session->reader->gap(session->reading, from, bytes, when);
}

static void
take_closed(void *arg, enum side from)
{
	struct session *session = arg;

	session->reader->closed(session->reading, from);
}

static void
end_reading(void *arg, const struct flow_end *end)
{
	struct session *session = arg;

	session->reader->end(session->reading, end);
	free(session);
}

static const struct service *
service_of(uint16_t port)
{
	for (size_t i = 0; i < NELEMS(logins); i++)
		if (logins[i].port == port)
			return &logins[i];
	return NULL;
}

static void *
start_reading(void *arg, const struct flow_start *start)
{
	struct wire *wire = arg;
	const struct service *login = service_of(start->ends.server_port);
	struct session session = { &smtp_reader, NULL };

	if (ends_are_outbound(wire->ends, start)) {
		wire->counts.outbound += login == NULL;
		return NULL;
	}
	if (login != NULL) {
		session.reader = &login_reader;
		session.reading = login_start(
		    &wire->login, start, login->protocol, login->implicit);
	} else {
		session.reading = smtp_start(&wire->smtp, start);
	}
	return session.reading != NULL ? mem_copy(&session, sizeof(session))
				       : NULL;
}

struct wire *
wire_new(const struct wire_config *config, enum link_type link)
{
	struct wire *wire = mem_zero(1, sizeof(*wire));
	struct flow_reader reader = { start_reading, take_data, take_gap,
		take_closed, end_reading, wire };

	wire->config = *config;
	wire->smtp = (struct smtp_context){ .events = config->events,
		.host = config->host,
		.is_ours = config->is_ours,
		.unread = config->unread,
		.arg = config->arg,
		.tls_bytes = &wire->counts.tls_bytes,
		.tls_ports = tls_ports,
		.tls_port_count = NELEMS(tls_ports),
		.extensions = config->extensions };
	wire->login = (struct login_context){ config->events, config->host };
	for (size_t i = 0; i < config->port_count; i++)
		wire->watched[config->ports[i]] = true;
	wire->decoder = decoder_new(link);
	wire->flows = flows_new(&reader);
	wire->ends = ends_new();
	return wire;
}

void
wire_free(struct wire *wire)
{
	if (wire == NULL)
		return;
	flows_free(wire->flows);
	ends_free(wire->ends);
	decoder_free(wire->decoder);
	free(wire);
}

void
wire_set_own(struct wire *wire, const struct addr *own, size_t n)
{
	ends_set_own(wire->ends, own, n);
}

/* Who sent it; false: it is of no port that is watched. */
static bool
find_side(
    const struct wire *wire, const struct segment *segment, enum side *from)
{
	bool to_us = wire->watched[segment->to_port];
	bool from_us = wire->watched[segment->from_port];

	if (!to_us && !from_us)
		return false;
	if (to_us && from_us) /* the lower one is the service's */
		to_us = segment->to_port <= segment->from_port;
	*from = to_us ? CLIENT : SERVER;
	return true;
}

static bool
is_syn_ack(const struct segment *segment, enum side from)
{
	return from == SERVER &&
	       (segment->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
}

/* It goes out; what a guest sends to another one does not. */
static void
tell_sending(struct wire *wire, const struct segment *segment)
{
	bool own;

	if (wire->config.sends == NULL || segment->to_port != SMTP_PORT ||
	    (segment->flags & (TCP_SYN | TCP_ACK)) != TCP_SYN ||
	    ends_own(wire->ends, &segment->to) ||
	    addr_is_loopback(&segment->to))
		return;
	own = ends_own(wire->ends, &segment->from);
	if (own || !addr_is_private(&segment->to))
		wire->config.sends(wire->config.arg, segment, own);
}

void
wire_look(struct wire *wire, const struct frame *frame)
{
	struct segment segment = { .when = 0 };
	enum side from;

	if (decode(wire->decoder, frame, &segment) == DECODED_SEGMENT &&
	    find_side(wire, &segment, &from) && is_syn_ack(&segment, from))
		ends_learn(wire->ends, &segment);
}

void
wire_take(struct wire *wire, const struct frame *frame)
{
	struct segment segment = { .when = 0 };
	enum side from;

	wire->counts.packets++;
	if (wire->counts.first == 0)
		wire->counts.first = frame->when;
	if (frame->when > wire->counts.last)
		wire->counts.last = frame->when;
	switch (decode(wire->decoder, frame, &segment)) {
	case DECODED_SEGMENT:
		break;
	case DECODED_DAMAGED:
		wire->counts.damaged++;
		return;
	default:
		return;
	}
	if (!find_side(wire, &segment, &from))
		return;
	if (is_syn_ack(&segment, from))
		ends_learn(wire->ends, &segment);
	if (from == CLIENT)
		tell_sending(wire, &segment);
	flows_add(wire->flows, &segment, from);
	if ((wire->counts.packets & SWEEP_MASK) == 0)
		wire_clock(wire, wire->counts.last);
}

void
wire_finish(struct wire *wire)
{
	flows_finish(wire->flows);
}

void
wire_clock(struct wire *wire, int64_t now)
{
	flows_clock(wire->flows, now);
}

struct wire_counts
wire_counts(const struct wire *wire)
{
	const struct flow_counts *flows = flows_counts(wire->flows);
	struct wire_counts counts = wire->counts;

	counts.gaps = flows->streams.gaps;
	counts.overlaps = flows->streams.overlaps;
	counts.evicted = flows->evicted + flows->evicted_half +
			 decoder_dropped(wire->decoder);
	return counts;
}
