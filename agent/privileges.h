/*
 * privileges.h - from root to an ordinary user, for good
 */
#ifndef AGENT_PRIVILEGES_H
#define AGENT_PRIVILEGES_H

#include <sys/types.h>

#include <stdbool.h>

#include "base/err.h"

#define PRIVILEGES_GROUPS 64
#define JOURNAL_GROUP     "systemd-journal" /* may read the journal */

struct privileges {
	bool drop; /* we are root and are to become uid and gid */
	uid_t uid;
	gid_t gid;
	gid_t groups[PRIVILEGES_GROUPS]; /* supplementary */
	int group_count;
	char name[64];
};

/*
 * Who to be.  Started by an ordinary user it is that user.  As root it is the
 * configured user, in the groups that it was given; where only the default is
 * meant and there is none of that name, it is "nobody".  "root" stays root.
 */
int privileges_find(struct privileges *, const char *user, struct err *);

/* One group more, where there is one of that name. */
void privileges_add_group(struct privileges *, const char *name);

/* Which rights are not there to be kept by the helpers, in one line. */
void privileges_say(void);

/*
 * Become that user, in these groups and no others, "root" too without any
 * capability, and with none to be had again.  Before any thread.
 */
int privileges_drop(const struct privileges *, struct err *);

#endif
