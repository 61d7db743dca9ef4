/* wrapped_impl.h - what wrapped sessions are made of; for wrapped*.c alone */
#ifndef COLLECTORS_WRAPPED_IMPL_H
#define COLLECTORS_WRAPPED_IMPL_H

#include "collectors/tracker_impl.h"
#include "collectors/wrapped.h"

/* In one table by the wrapper's name for it, in another by the port. */
struct wrapped_session {
	struct table_row row;
	uint32_t host_index;
	bool dirty, saved;
	uint64_t key; /* name or port */
	struct addr client;
	int64_t begun, ended; /* Unix microseconds; INT64_MAX: it goes on */
	uint64_t port;        /* by name: 0 until it is known */
};

struct wrapped {
	struct table by_name, by_port;
};

struct wrapped *wrapped_of(struct tracker *);
/* The one of that number, which is dirty now; a new one is zero. */
struct wrapped_session *wrapped_get(
    struct tracker *, struct table *, uint32_t host_index, uint64_t number);
/* Its row's key in the state. */
void wrapped_row_key(const struct tracker *, const struct table *,
    const struct wrapped_session *, struct state_writer *key);

#endif
