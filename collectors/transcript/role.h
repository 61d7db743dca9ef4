/*
 * role.h - what a process of a transcript does: it serves a client, or calls
 *
 * A process that serves may deliver in between (DeliveryMode=interactive), and
 * one that delivers calls one host or program after another.  What it calls
 * begins with a line of Sendmail's own, "=== CONNECT host" or "=== EXEC words",
 * and then both sides' marks mean the other way round.  A message that goes out
 * may hold any text, so its end is looked for as its receiver does.
 */
#ifndef TRANSCRIPT_ROLE_H
#define TRANSCRIPT_ROLE_H

#include "base/addr.h"
#include "base/slice.h"

struct role {
	bool serves;
	enum call {
		CALL_NONE,
		CALL_PROGRAM, /* it is given a message, until it ends */
		CALL_SMTP,
		CALL_CONTENT, /* of SMTP's DATA */
		CALL_QUIT
	} call;
	int64_t last; /* line, Unix microseconds */
};

enum role_says {
	ROLE_NOTHING, /* of a session */
	ROLE_GREETS,  /* a new session's first line */
	ROLE_SERVES   /* it is said in the session */
};

/* ">>> 250 ok": to or in what? */
enum role_says role_line(struct role *, struct slice text, int64_t when);
/* Its number is another process', which greets, after so long a silence. */
bool role_is_another(const struct role *, struct slice text, int64_t when);
/* May it write a line of a message? */
static inline bool
role_may_write_much(const struct role *role)
{
	return role->serves || role->call == CALL_PROGRAM ||
	       role->call == CALL_CONTENT;
}
/* It neither serves nor calls any more. */
static inline bool
role_is_over(const struct role *role)
{
	return !role->serves && role->call == CALL_NONE;
}

/*
 * Whom a greeting, a reply to HELO or a farewell is for, as Sendmail puts it:
 * "host [192.0.2.1]", "[IPv6:2001:db8::1]".  False: it does not say.
 */
bool role_client(struct slice reply, struct addr *client);
/* Does this reply say that the client went away?  `ended': its words did. */
bool role_is_lost(struct slice reply, bool ended);

#endif
