/* link.h - libpcap's packets and link types as ours */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include <pcap/pcap.h>

#include "collectors/wire/decode.h"

/* Of a DLT_ value (pcap-linktype(7)); LINK_TYPES: none of ours. */
enum link_type link_of(int dlt);
const char *link_name(int dlt);

static inline void
frame_from(struct frame *frame, const struct pcap_pkthdr *head,
    const unsigned char *bytes)
{
	frame->when =
	    (int64_t)head->ts.tv_sec * 1000000 + (int64_t)head->ts.tv_usec;
	frame->bytes = (struct slice){ (const char *)bytes, head->caplen };
	frame->length = head->len;
	frame->interface = 0;
}

#endif
