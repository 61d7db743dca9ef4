/*
 * sender.h - one mail or request at a time, by libcurl, in a thread of its own
 *
 * libcurl's SMTP waits for the server's answer to a message's end, and to QUIT,
 * without returning to a loop that drives it: a scanner that takes ten seconds
 * would stop the agent for as long.  So it is a job of a worker.
 */
#ifndef ALERTS_SENDER_H
#define ALERTS_SENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct sender;

enum send_end {
	SEND_DONE,
	SEND_LATER,  /* no answer, or "not now" */
	SEND_REFUSED /* for good, by this way */
};

struct send_result {
	enum send_end end;
	char words[400]; /* the server's, or what went wrong; safe */
};

struct send_order {
	const char *url; /* smtp:, smtps:, http:, https: */
	const char *ca;  /* file of certificates; NULL: the system's */
	/* Of a mail. */
	bool tls; /* not without */
	const char *user, *password, *from;
	char *const *to;
	size_t to_count;
	/* The mail, or the JSON to post; NULL: a URL is fetched. */
	const char *bytes;
	size_t n;
};

typedef void send_done_fn(void *arg, const struct send_result *);

struct sender *sender_new(struct err *);
/* What is under way is broken off; nobody is told. */
void sender_free(struct sender *);

/*
 * Everything is copied.  `done' is called once, from sender_ready().  False:
 * too many wait.
 */
bool sender_send(
    struct sender *, const struct send_order *, send_done_fn *, void *arg);

int sender_fd(const struct sender *);
void sender_ready(struct sender *);

/* "libcurl 7.88.1", for mailweir version. */
const char *sender_library(void);

#endif
