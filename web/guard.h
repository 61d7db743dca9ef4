/* guard.h - where a request comes from, and whether it means us */
#ifndef WEB_GUARD_H
#define WEB_GUARD_H

#include <stdbool.h>

#include "base/addr.h"
#include "web/auth.h"

struct request;

enum guard_answer {
	GUARD_STRANGER, /* from elsewhere or through a proxy, no token */
	GUARD_LOCAL,    /* from this host, no token */
	GUARD_KNOWN,    /* with the token, or signed in */
	GUARD_WRONG,    /* with a wrong token */
	GUARD_TOO_OFTEN /* after too many of them */
};

enum guard_answer guard_who(const struct request *);

/* Host: names us.  Else a page elsewhere could read us by a name of its own. */
bool guard_host(const struct request *);

/* Origin: is the host that was asked. */
bool guard_origin(const struct request *);

/*
 * The address whose failures are counted.  Through a proxy it is none: the
 * proxy's own users shall not lock out those who ask directly.
 */
void guard_client(const struct request *, struct addr *);

/* The sign-in cookie's name: ports of a host share their cookies. */
void guard_cookie(const struct request *, char *name, size_t size);

#endif
