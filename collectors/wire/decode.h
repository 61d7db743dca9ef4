/*
 * decode.h - a captured frame to the TCP segment in it
 *
 * Links: Ethernet, Linux cooked v1 and v2, raw IP, loopback, PPPoE; with any
 * of VLAN, QinQ, PPPoE and MPLS between link and IP (IEEE 802.1Q, 802.1ad;
 * RFC 2516; RFC 3032; pcap-linktype(7)).  IPv4 (RFC 791) with options and
 * fragments, IPv6 (RFC 8200) with extension headers and fragments.
 *
 * Checksums are not looked at: where the network card fills them in, what the
 * host sent is captured without.  There a length of 0 also means that the
 * kernel has not filled it in yet: the packet ends with the frame.
 */
#ifndef WIRE_DECODE_H
#define WIRE_DECODE_H

#include "base/addr.h"
#include "base/slice.h"

enum link_type {
	LINK_ETHERNET,
	LINK_COOKED,
	LINK_COOKED_2,
	LINK_RAW,      /* begins with the IP header */
	LINK_LOOPBACK, /* four bytes with the family before it */
	LINK_TYPES     /* none of ours */
};

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

struct frame {
	int64_t when;       /* Unix microseconds */
	struct slice bytes; /* as captured */
	size_t length;      /* as it was; more where it was cut */
	uint32_t interface; /* where the link does not tell */
};

struct segment {
	int64_t when;
	struct addr from, to;
	uint16_t from_port, to_port;
	uint32_t seq, ack;
	uint8_t flags;
	struct slice payload; /* holds until the next frame is decoded */
	uint32_t cut;         /* bytes of it that were not captured */
	bool outgoing; /* this host sent it, as Linux cooked headers tell */
	uint64_t from_link, to_link; /* hardware addresses; 0: unknown both */
	uint32_t interface;
};

enum decoded {
	DECODED_SEGMENT,
	DECODED_NOTHING, /* not TCP, or a fragment that waits for others */
	DECODED_DAMAGED  /* no proper headers */
};

struct decoder;

struct decoder *decoder_new(enum link_type);
void decoder_free(struct decoder *);
enum decoded decode(struct decoder *, const struct frame *, struct segment *);
/* Fragments that were given up: their others did not come. */
uint64_t decoder_dropped(const struct decoder *);

#endif
