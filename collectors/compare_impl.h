/* compare_impl.h - what a comparison is made of; for compare*.c alone */
#ifndef COLLECTORS_COMPARE_IMPL_H
#define COLLECTORS_COMPARE_IMPL_H

#include "base/table.h"
#include "collectors/compare.h"

#define COMPARE_MINUTES 1024 /* that are remembered as not whole */

/* A message of one side that waits for the other. */
struct waiting {
	struct table_row row;
	int64_t when;
	uint64_t sender; /* hash_of_sender() */
	uint64_t bytes;
	struct addr client;
	bool silent; /* that it has no partner says nothing */
	char id[COMPARE_ID];
};

/* It was missing; if it comes after all, that is no other message. */
struct late {
	struct table_row row;
	char id[COMPARE_ID];
};

/* A client and its sessions that cannot be read. */
struct unread {
	struct table_row row;
	struct addr client;
	uint32_t open;
	int64_t from, until;
};

/* By enum event_source. */
struct side {
	struct table waiting, late;
	size_t nameless; /* of those that wait: without an id */
	uint64_t nameless_ever;
	int64_t since, upto; /* 0: it has told nothing */
	int64_t forgot;      /* the latest that had to make room */
	int64_t lost[COMPARE_MINUTES];
};

struct compare {
	struct compare_config config;
	struct side sides[2];
	struct table unread;
	uint64_t forgotten; /* open sessions whose client had to make room */
	struct addr *own;
	size_t own_count;
	bool named;    /* replies on the wire name ids */
	uint64_t host; /* a hash of the one that the log tells of */
	bool mixed;    /* it tells of several */
};

/* compare_sight.c: what could have been seen. */
/* Over the loopback interface, or an address of ours. */
bool compare_is_own(const struct compare *, const struct addr *);
/* Did that side lose something about then? */
bool compare_was_lost(const struct side *, int64_t when);
/* Could its client's sessions not be read about then? */
bool compare_was_unread(const struct compare *, const struct waiting *);

#endif
