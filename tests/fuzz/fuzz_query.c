/* fuzz_query.c - any bytes may be asked for; none may crash us */
#include "web/query.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice uri = { (const char *)data, size };
	struct web_query query;
	struct err err;
	char value[40];

	if (query_parse(&query, uri, 1795338001, &err) == 0 &&
	    (query.path[0] != '/' || query.from < 0 || query.from >= query.to ||
		query.name_count > QUERY_NAMES))
		abort();
	(void)query_form(uri, SLICE("token"), value, sizeof(value));
	return 0;
}
