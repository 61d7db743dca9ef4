/* grants_impl.h - what a grant is; for its own files alone */
#ifndef COLLECTORS_GRANTS_IMPL_H
#define COLLECTORS_GRANTS_IMPL_H

#include "collectors/grants.h"
#include "collectors/tracker_impl.h"

#define SECOND INT64_C(1000000)

struct span {
	int64_t from, to; /* Unix microseconds; `to' is after it */
	bool told;        /* a daemon named the address */
	char account[GRANT_TEXT];
};

struct grant {
	struct table_row row;
	uint32_t host_index;
	struct addr client;
	bool dirty, saved;
	size_t count;
	struct span spans[GRANT_SPANS];
};

struct grant_key {
	uint32_t host_index;
	const struct addr *client;
};

/* The row, made if need be, and now the newest; what is long over may go. */
struct grant *grants_get(
    struct tracker *, const struct grant_key *, int64_t now);
/* In the state. */
void grants_row_key(
    const struct tracker *, const struct grant *, struct state_writer *key);

#endif
