/* link.c - libpcap's packets and link types as ours */
#include "collectors/wire/link.h"

enum link_type
link_of(int dlt)
{
	switch (dlt) {
	case DLT_EN10MB:
		return LINK_ETHERNET;
	case DLT_LINUX_SLL:
		return LINK_COOKED;
	case DLT_LINUX_SLL2:
		return LINK_COOKED_2;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return LINK_RAW;
	case DLT_NULL:
	case DLT_LOOP:
		return LINK_LOOPBACK;
	default:
		return LINK_TYPES;
	}
}

const char *
link_name(int dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);

	return name != NULL ? name : "unknown";
}
