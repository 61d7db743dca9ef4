/*
 * waiting.h - an answer that comes later, when its client may be gone
 *
 * The argument of a callback that others keep.  It lives until the callback;
 * the request lives until its client has the answer or leaves.
 */
#ifndef WEB_WAITING_H
#define WEB_WAITING_H

struct request;

struct waiting {
	struct request *request; /* NULL: nobody waits any more */
};

struct waiting *waiting_begin(struct request *);
/* Frees it; the request to be answered, or NULL. */
struct request *waiting_end(struct waiting *);
/* The request goes. */
void waiting_forget(struct request *);

#endif
