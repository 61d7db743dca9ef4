/*
 * sendmail.h - what the stories of Sendmail's traffic share
 *
 * The daemon forks a process for each session, which names its messages after
 * itself; a message is delivered by a process of its own.  The forms of lines
 * are those of 8.17 at LogLevel 9.
 */
#ifndef TESTS_GENERATE_SENDMAIL_H
#define TESTS_GENERATE_SENDMAIL_H

#include "tests/generate/generate.h"

#define SM_DAEMON "sm-mta"

struct sm_session {
	struct peer peer;
	char relay[160]; /* "name [address] (may be forged)" */
	unsigned pid;
	bool tls;
	const char *user; /* who authenticated; NULL: nobody did */
	int64_t now;
};

struct sm_message {
	char id[20];
	char sender[96], message_id[128];
	uint64_t size;
	unsigned n;
	struct recipient to[RECIPIENTS];
	bool ours;           /* the sender's domain is */
	const char *ctladdr; /* who is billed for it: "" or ", ctladdr=..." */
	double bad;          /* what part of remote recipients is unknown */
};

/* sendmail.c */
unsigned sm_pid(void);
void sm_queue_id(char id[20], int64_t now, unsigned pid);
void sm_begin(struct sm_session *, int64_t now); /* of the peer, with TLS? */
void sm_auth(struct sm_session *, unsigned user);
/* The from= line; received or not, that hangs on it elsewhere. */
struct line *sm_from(
    struct sm_session *, const struct sm_message *, unsigned nrcpts);
void sm_from_nobody(struct sm_session *, const char *id, const char *sender);

/* sendmail_message.c: deliveries, retries, reports */
void sm_deliver(const struct sm_message *, int64_t now);

#endif
