/* privileges.c - from root to an ordinary user, for good */
#include "agent/privileges.h"

#include <cap-ng.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "base/slice.h"

#define DEFAULT_USER "mailweir"

int
privileges_find(struct privileges *who, const char *user, struct err *err)
{
	const struct passwd *entry;

	memset(who, 0, sizeof(*who));
	who->uid = geteuid();
	who->gid = getegid();
	if (who->uid != 0 || strcmp(user, "root") == 0)
		return 0;
	entry = getpwnam(user);
	if (entry == NULL && strcmp(user, DEFAULT_USER) == 0) {
		log_warn("user \"%s\": not there, running as nobody; "
			 "\"useradd --system mailweir\" makes it",
		    user);
		entry = getpwnam("nobody");
	}
	if (entry == NULL)
		return err_set(err,
		    "user \"%s\": not known; expected a user "
		    "of this host",
		    user);
	who->drop = entry->pw_uid != 0;
	who->uid = entry->pw_uid;
	who->gid = entry->pw_gid;
	slice_copy(slice_of(entry->pw_name), who->name, sizeof(who->name));
	who->group_count = PRIVILEGES_GROUPS;
	if (getgrouplist(
		entry->pw_name, who->gid, who->groups, &who->group_count) == -1)
		who->group_count = PRIVILEGES_GROUPS;
	return 0;
}

void
privileges_add_group(struct privileges *who, const char *name)
{
	const struct group *entry = getgrnam(name);

	if (entry != NULL && who->group_count < PRIVILEGES_GROUPS)
		who->groups[who->group_count++] = entry->gr_gid;
}

void
privileges_say(void)
{
	static const struct {
		unsigned cap;
		const char *words;
	} wanted[] = {
		{ CAP_DAC_READ_SEARCH,
		    "CAP_DAC_READ_SEARCH (logs and queues that are root's)" },
		{ CAP_NET_ADMIN, "CAP_NET_ADMIN (blocks in the firewall)" },
	};
	char text[256] = "";

	capng_get_caps_process();
	for (size_t i = 0; i < NELEMS(wanted); i++) {
		if (capng_have_capability(CAPNG_PERMITTED, wanted[i].cap))
			continue;
		strcat(text, text[0] == '\0' ? "" : " and ");
		strcat(text, wanted[i].words);
	}
	if (text[0] != '\0')
		log_info("started without %s; the rest works", text);
}

/* The bounding set where it may be changed; no_new_privs makes it idle. */
static bool
drop_bounding(void)
{
	int rc;

	capng_clear(CAPNG_SELECT_ALL);
	rc = capng_apply(CAPNG_SELECT_BOUNDS);
	return rc == 0 || rc == -4; /* -4: that takes CAP_SETPCAP */
}

static int
become(const struct privileges *who, struct err *err)
{
	if (setgroups((size_t)who->group_count, who->groups) == -1)
		return err_sys(err, "user %s: groups", who->name);
	if (setresgid(who->gid, who->gid, who->gid) == -1 ||
	    setresuid(who->uid, who->uid, who->uid) == -1)
		return err_sys(err, "user %s", who->name);
	return 0;
}

int
privileges_drop(const struct privileges *who, struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_sys(err, "no_new_privs");
	if (!drop_bounding())
		return err_set(err, "the capability bounding set stayed");
	if (who->drop && become(who, err) == -1)
		return -1;
	/* Without inheritable ones there are no ambient ones either. */
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return err_set(err, "the capabilities stayed");
	if (who->drop && setresuid(0, 0, 0) != -1)
		return err_set(
		    err, "user %s: root could be had again", who->name);
	return 0;
}
