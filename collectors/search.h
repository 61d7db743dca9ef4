/*
 * search.h - find a place again among a log and its siblings
 *
 * First the file of the same inode is asked, then all others, the newest
 * first.  A compressed file has to be read up to the place, so the work is
 * done in parts.
 */
#ifndef COLLECTORS_SEARCH_H
#define COLLECTORS_SEARCH_H

#include "collectors/logfile.h"
#include "collectors/opener.h"
#include "collectors/place.h"

enum search_result {
	SEARCH_MORE,  /* call again */
	SEARCH_FOUND, /* file, trail and at are set, the file at the place */
	SEARCH_NOWHERE,
	SEARCH_CHANGED /* names changed under it: begin anew */
};

struct search {
	struct siblings list;
	uint64_t ids[SIBLINGS + 1]; /* trail_id() of each that was looked at */
	bool unread[SIBLINGS + 1];  /* it could not be read: err says why */
	struct err err;
	size_t tried;         /* how many */
	size_t at;            /* the one being looked at */
	struct logfile *file; /* of it; or NULL */
	struct trail trail;
};

/* NULL with errno and err where the directory cannot be read. */
struct search *search_new(struct opener *, size_t log, struct err *);
void search_free(struct search *);

/* Reads about `most' bytes; *used is how many. */
enum search_result search_step(struct search *, struct opener *, size_t log,
    const struct place *, size_t most, size_t *used);

/*
 * Open what the list has at i: NULL with *changed where it is another file by
 * now, else with err.
 */
struct logfile *search_open(struct opener *, size_t log, const struct sibling *,
    bool *changed, struct err *);

#endif
