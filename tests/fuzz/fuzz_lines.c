/* fuzz_lines.c - any bytes, cut anywhere, give the same lines */
#include <stdint.h>
#include <stdlib.h>

#include "collectors/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct sum {
	uint64_t hash;
};

static void
take(void *arg, struct slice line, uint64_t begin)
{
	struct sum *sum = arg;

	sum->hash = sum->hash * 31 + slice_hash(line) + begin;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lines whole, cut;
	struct sum a = { 0 }, b = { 0 };
	const char *p = (const char *)data;

	if (size == 0)
		return 0;
	lines_start(&whole, 0);
	lines_start(&cut, 0);
	whole.overlong = cut.overlong = 0;
	lines_feed(&whole, p, size, take, &a);
	for (size_t at = 0, n; at < size; at += n) {
		n = 1 + data[at] * 7u;
		if (n > size - at)
			n = size - at;
		lines_feed(&cut, p + at, n, take, &b);
	}
	if (a.hash != b.hash || whole.offset != cut.offset ||
	    whole.overlong != cut.overlong)
		abort();
	return 0;
}
