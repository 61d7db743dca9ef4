/* fuzz_tls.c - a handshake may be anything; the first byte cuts it in two */
#include <stdlib.h>

#include "collectors/wire/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls *tls = tls_new();
	size_t at = 0;

	while (at < size) {
		enum side from = data[at] & 1 ? CLIENT : SERVER;
		size_t n = (size_t)(data[at] >> 1) * 8;
		char *exact;

		at++;
		n = n < size - at ? n : size - at;
		exact = malloc(n ? n : 1);
		memcpy(exact, data + at, n);
		(void)tls_take(tls, from, (struct slice){ exact, n });
		free(exact);
		at += n;
	}
	if (tls_name(tls).n >= TLS_NAME)
		abort();
	tls_free(tls);
	return 0;
}
