/*
 * privileges.h - from root to an ordinary user, for good
 */
#ifndef AGENT_PRIVILEGES_H
#define AGENT_PRIVILEGES_H

#include <sys/types.h>

#include <stdbool.h>

#include "base/err.h"

struct privileges {
	bool drop; /* we are root and are to become uid and gid */
	uid_t uid;
	gid_t gid;
	char name[64];
};

/*
 * Who to be.  Started by an ordinary user it is that user.  As root it is the
 * configured user; where only the default is meant and there is none of that
 * name, it is "nobody".  "root" stays root.
 */
int privileges_find(struct privileges *, const char *user, struct err *);

/*
 * Become that user: no supplementary groups, no capabilities, and none to be
 * had again.  Before any thread.
 */
int privileges_drop(const struct privileges *, struct err *);

#endif
