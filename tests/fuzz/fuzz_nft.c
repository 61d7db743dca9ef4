/* fuzz_nft.c - what libnftables lists, and what the kernel tells, may be any */
#include <stdlib.h>
#include <string.h>

#include "blocks/netlink.h"
#include "blocks/nft_compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
take(void *arg, const struct addr *addr, uint32_t seconds, int64_t packets)
{
	(void)seconds;
	if (addr_is_none(addr) || packets < -1)
		abort();
	++*(size_t *)arg;
}

static void
walk(struct netlink_attributes at, unsigned depth)
{
	struct netlink_attribute a;

	while (netlink_next(&at, &a))
		if (depth < 4)
			walk(netlink_within(&a), depth + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	size_t n = 0;

	nft_parse_set(text, take, &n);
	if (n > size)
		abort();
	walk((struct netlink_attributes){ text.p, text.n }, 0);
	return 0;
}
