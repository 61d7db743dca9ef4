/*
 * decode.c - a captured frame to the TCP segment in it
 *
 * Each layer cuts its header off what is left of the frame and says what
 * comes next; whatever is too short ends the walk.
 */
#include "collectors/wire/decode.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/wire/fragments.h"

/* IEEE 802 numbers (IANA, "IEEE 802 Numbers"). */
#define ETHER_IPV4  0x0800
#define ETHER_VLAN  0x8100
#define ETHER_IPV6  0x86dd
#define ETHER_MPLS  0x8847
#define ETHER_MPLS2 0x8848
#define ETHER_PPPOE 0x8864
#define ETHER_QINQ  0x88a8
#define ETHER_QINQ2 0x9100

#define MOST_TAGS       8  /* between link and IP; more is no packet */
#define MOST_EXTENSIONS 16 /* of an IPv6 header; the same */

#define PROTOCOL_TCP 6
#define PACKET_OUT   4 /* of packet(7): this host sent it */

struct decoder {
	enum link_type link;
	struct fragments *fragments;
};

/* A frame on its way: what is left of it, and what was cut off its end. */
struct walk {
	struct decoder *decoder;
	struct segment *segment;
	struct slice rest;
	size_t missing; /* bytes behind `rest' that were not captured */
};

struct decoder *
decoder_new(enum link_type link)
{
	struct decoder *decoder = mem_zero(1, sizeof(*decoder));

	decoder->link = link;
	decoder->fragments = fragments_new();
	return decoder;
}

void
decoder_free(struct decoder *decoder)
{
	if (decoder == NULL)
		return;
	fragments_free(decoder->fragments);
	free(decoder);
}

uint64_t
decoder_dropped(const struct decoder *decoder)
{
	return fragments_dropped(decoder->fragments);
}

static inline unsigned
byte_at(const char *p)
{
	return (unsigned char)*p;
}

static inline unsigned
two_at(const char *p)
{
	return byte_at(p) << 8 | byte_at(p + 1);
}

static inline uint32_t
four_at(const char *p)
{
	return (uint32_t)two_at(p) << 16 | two_at(p + 2);
}

static uint64_t
six_at(const char *p)
{
	return (uint64_t)two_at(p) << 32 | four_at(p + 2);
}

static inline void
skip(struct walk *walk, size_t n)
{
	walk->rest = slice_from(walk->rest, n);
}

/* The packet ends here; what follows is the frame's padding. */
static void
end_at(struct walk *walk, size_t n)
{
	if (n <= walk->rest.n) {
		walk->rest.n = n;
		walk->missing = 0;
	} else if (n - walk->rest.n < walk->missing) {
		walk->missing = n - walk->rest.n;
	}
}

/* RFC 9293, 3.1. */
static enum decoded
read_tcp(struct walk *walk)
{
	struct segment *segment = walk->segment;
	const char *p = walk->rest.p;
	size_t header;

	if (walk->rest.n < 20)
		return DECODED_DAMAGED;
	header = (byte_at(p + 12) >> 4) * 4u;
	if (header < 20 || header > walk->rest.n)
		return DECODED_DAMAGED;
	segment->from_port = (uint16_t)two_at(p);
	segment->to_port = (uint16_t)two_at(p + 2);
	segment->seq = four_at(p + 4);
	segment->ack = four_at(p + 8);
	segment->flags = (uint8_t)byte_at(p + 13);
	skip(walk, header);
	segment->payload = walk->rest;
	segment->cut = (uint32_t)walk->missing;
	return DECODED_SEGMENT;
}

static enum decoded read_extensions(struct walk *, unsigned next);

/* Hop by hop, routing, authentication, destination, mobility. */
static bool
is_extension(unsigned header)
{
	return header == 0 || header == 43 || header == 51 || header == 60 ||
	       header == 135;
}

/* A fragment that was not captured whole is of no use. */
static enum decoded
take_fragment(struct walk *walk, struct fragment *fragment)
{
	bool ours = fragment->protocol == PROTOCOL_TCP ||
		    (walk->segment->from.family == 6 &&
			is_extension(fragment->protocol));

	fragment->from = walk->segment->from;
	fragment->to = walk->segment->to;
	fragment->when = walk->segment->when;
	fragment->data = walk->rest;
	if (walk->missing != 0 || !ours ||
	    !fragments_add(walk->decoder->fragments, fragment, &walk->rest))
		return DECODED_NOTHING;
	return read_extensions(walk, fragment->protocol);
}

static enum decoded
read_ipv4(struct walk *walk)
{
	const char *p = walk->rest.p;
	struct fragment fragment = { 0 };
	size_t header, total;
	unsigned flags;

	if (walk->rest.n < 20 || byte_at(p) >> 4 != 4)
		return DECODED_DAMAGED;
	header = (byte_at(p) & 15) * 4u;
	total = two_at(p + 2);
	if (header < 20 || header > walk->rest.n ||
	    (total != 0 && total < header))
		return DECODED_DAMAGED;
	if (total != 0)
		end_at(walk, total);
	walk->segment->from = (struct addr){ .family = 4 };
	walk->segment->to = (struct addr){ .family = 4 };
	memcpy(walk->segment->from.b, p + 12, 4);
	memcpy(walk->segment->to.b, p + 16, 4);
	skip(walk, header);
	flags = two_at(p + 6);
	fragment.protocol = (uint8_t)byte_at(p + 9);
	if ((flags & 0x3fff) == 0)
		return fragment.protocol == PROTOCOL_TCP ? read_tcp(walk)
							 : DECODED_NOTHING;
	fragment.id = two_at(p + 4);
	fragment.more = (flags & 0x2000) != 0;
	fragment.offset = (flags & 0x1fff) * 8;
	return take_fragment(walk, &fragment);
}

/* A mapped address is the IPv4 one, as everywhere. */
static struct addr
ipv6_address(const char *p)
{
	static const char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '\xff',
		'\xff' };
	struct addr addr = { .family = 6 };

	if (memcmp(p, mapped, sizeof(mapped)) == 0) {
		addr.family = 4;
		memcpy(addr.b, p + 12, 4);
	} else {
		memcpy(addr.b, p, 16);
	}
	return addr;
}

/* RFC 8200, 4.5; the header says what the first part's next one is. */
static enum decoded
read_fragment(struct walk *walk)
{
	const char *p = walk->rest.p;
	struct fragment fragment = { .protocol = (uint8_t)byte_at(p),
		.more = (byte_at(p + 3) & 1) != 0,
		.offset = two_at(p + 2) & ~7u,
		.id = four_at(p + 4) };

	skip(walk, 8);
	if (fragment.offset == 0 && !fragment.more) /* RFC 6946: atomic */
		return read_extensions(walk, fragment.protocol);
	return take_fragment(walk, &fragment);
}

/* Extension headers: RFC 8200, 4; the authentication header: RFC 4302, 2. */
static enum decoded
read_extensions(struct walk *walk, unsigned next)
{
	size_t length;

	for (int i = 0; i < MOST_EXTENSIONS; i++) {
		if (next == PROTOCOL_TCP)
			return read_tcp(walk);
		if (walk->rest.n < 8)
			return DECODED_DAMAGED;
		switch (next) {
		case 44:
			return read_fragment(walk);
		case 51:
			length = (byte_at(walk->rest.p + 1) + 2u) * 4;
			break;
		default:
			if (!is_extension(next))
				return DECODED_NOTHING;
			length = (byte_at(walk->rest.p + 1) + 1u) * 8;
		}
		if (length > walk->rest.n)
			return DECODED_DAMAGED;
		next = byte_at(walk->rest.p);
		skip(walk, length);
	}
	return DECODED_DAMAGED;
}

static enum decoded
read_ipv6(struct walk *walk)
{
	const char *p = walk->rest.p;
	size_t length;

	if (walk->rest.n < 40 || byte_at(p) >> 4 != 6)
		return DECODED_DAMAGED;
	length = two_at(p + 4);
	if (length != 0) /* 0: a jumbogram (RFC 2675), or not filled in */
		end_at(walk, 40 + length);
	walk->segment->from = ipv6_address(p + 8);
	walk->segment->to = ipv6_address(p + 24);
	skip(walk, 40);
	return read_extensions(walk, byte_at(p + 6));
}

/* By its first four bits, where nothing else tells. */
static enum decoded
read_ip(struct walk *walk)
{
	if (walk->rest.n == 0)
		return DECODED_DAMAGED;
	return byte_at(walk->rest.p) >> 4 == 6 ? read_ipv6(walk)
					       : read_ipv4(walk);
}

/* Past the labels, to the one that is the bottom of the stack. */
static enum decoded
read_mpls(struct walk *walk)
{
	bool bottom = false;

	for (int i = 0; i < MOST_TAGS && !bottom; i++) {
		if (walk->rest.n < 4)
			return DECODED_DAMAGED;
		bottom = (byte_at(walk->rest.p + 2) & 1) != 0;
		skip(walk, 4);
	}
	return bottom ? read_ip(walk) : DECODED_DAMAGED;
}

/* RFC 2516, 4; then PPP's protocol field (RFC 1661, 2), of one byte or two. */
static enum decoded
read_pppoe(struct walk *walk)
{
	unsigned protocol;

	if (walk->rest.n < 8)
		return DECODED_DAMAGED;
	skip(walk, 6);
	protocol = byte_at(walk->rest.p);
	if ((protocol & 1) == 0) {
		protocol = two_at(walk->rest.p);
		skip(walk, 1);
	}
	skip(walk, 1);
	return protocol == 0x21 || protocol == 0x57 ? read_ip(walk)
						    : DECODED_NOTHING;
}

static enum decoded
read_ether_type(struct walk *walk, unsigned type)
{
	for (int i = 0; i < MOST_TAGS; i++) {
		switch (type) {
		case ETHER_IPV4:
			return read_ipv4(walk);
		case ETHER_IPV6:
			return read_ipv6(walk);
		case ETHER_MPLS:
		case ETHER_MPLS2:
			return read_mpls(walk);
		case ETHER_PPPOE:
			return read_pppoe(walk);
		case ETHER_VLAN:
		case ETHER_QINQ:
		case ETHER_QINQ2:
			if (walk->rest.n < 4)
				return DECODED_DAMAGED;
			type = two_at(walk->rest.p + 2);
			skip(walk, 4);
			break;
		default:
			return DECODED_NOTHING;
		}
	}
	return DECODED_DAMAGED;
}

static enum decoded
read_cooked(struct walk *walk, const struct frame *frame)
{
	const char *p = walk->rest.p;

	if (walk->rest.n < 16)
		return DECODED_DAMAGED;
	walk->segment->outgoing = two_at(p) == PACKET_OUT;
	walk->segment->interface = frame->interface;
	skip(walk, 16);
	return read_ether_type(walk, two_at(p + 14));
}

static enum decoded
read_cooked_2(struct walk *walk)
{
	const char *p = walk->rest.p;

	if (walk->rest.n < 20)
		return DECODED_DAMAGED;
	walk->segment->interface = four_at(p + 4);
	walk->segment->outgoing = byte_at(p + 10) == PACKET_OUT;
	skip(walk, 20);
	return read_ether_type(walk, two_at(p));
}

static enum decoded
read_ethernet(struct walk *walk)
{
	const char *p = walk->rest.p;

	if (walk->rest.n < 14)
		return DECODED_DAMAGED;
	walk->segment->to_link = six_at(p);
	walk->segment->from_link = six_at(p + 6);
	skip(walk, 14);
	return read_ether_type(walk, two_at(p + 12));
}

enum decoded
decode(
    struct decoder *decoder, const struct frame *frame, struct segment *segment)
{
	struct walk walk = { decoder, segment, frame->bytes,
		frame->length > frame->bytes.n ? frame->length - frame->bytes.n
					       : 0 };

	segment->when = frame->when;
	segment->outgoing = false;
	segment->from_link = segment->to_link = 0;
	segment->interface = frame->interface;
	switch (decoder->link) {
	case LINK_ETHERNET:
		return read_ethernet(&walk);
	case LINK_COOKED:
		return read_cooked(&walk, frame);
	case LINK_COOKED_2:
		return read_cooked_2(&walk);
	case LINK_LOOPBACK:
		if (walk.rest.n < 4)
			return DECODED_DAMAGED;
		skip(&walk, 4);
		return read_ip(&walk);
	default:
		return read_ip(&walk);
	}
}
