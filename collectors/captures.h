/*
 * captures.h - the interfaces that are captured
 *
 * They are opened with the rest, while there are rights to.  One that cannot
 * be captured is told of and left out.
 */
#ifndef COLLECTORS_CAPTURES_H
#define COLLECTORS_CAPTURES_H

#include "collectors/collectors_impl.h"

struct captures;

/* NULL: none is configured.  That user's connections are the agent's.  The configuration is borrowed. */
struct captures *captures_new(struct collectors *, uid_t agent);
void captures_free(struct captures *);
size_t captures_count(const struct captures *);
int captures_fd(const struct captures *, size_t i);
/* Packets that are there, a bounded part. */
void captures_read(struct captures *, size_t i);
void captures_tick(struct captures *, int64_t now_ms);
struct source_status captures_source(const struct captures *, size_t i);

#endif
