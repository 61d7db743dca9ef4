/* fuzz_decode.c - any frame may be captured, on any link; several make a packet
 *
 * The first byte is the link, then frames, each behind a byte: its length by
 * eights. */
#include <stdlib.h>

#include "collectors/wire/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoder *decoder;
	struct segment segment;
	struct frame frame = { 0 };
	size_t n, at = 1;
	char *exact;

	if (size == 0)
		return 0;
	decoder = decoder_new((enum link_type)(data[0] % LINK_TYPES));
	while (at < size) {
		n = (size_t)data[at++] * 8;
		n = n < size - at ? n : size - at;
		exact = malloc(n ? n : 1);
		memcpy(exact, data + at, n);
		frame.bytes = (struct slice){ exact, n };
		frame.length = n + (n % 3 == 0 ? 5 : 0);
		frame.when += 1000;
		if (decode(decoder, &frame, &segment) == DECODED_SEGMENT &&
		    segment.payload.n > 0 &&
		    segment.payload.p[segment.payload.n - 1] == 1)
			frame.when++; /* its last byte can be read */
		free(exact);
		at += n;
	}
	decoder_free(decoder);
	return 0;
}
