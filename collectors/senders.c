/* senders.c - who sends mail from this host, and who may */
#include "collectors/senders.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"
#include "collectors/owner.h"

#define FORWARD   "/proc/sys/net/ipv4/ip_forward"
#define FORWARD_6 "/proc/sys/net/ipv6/conf/all/forwarding"
#define PASSWD    "/etc/passwd"
#define RECENT    256                      /* connections, by their hash */
#define AGAIN     (120 * INT64_C(1000000)) /* a SYN is sent anew so long */

/* As the packages of Debian, Fedora and the BSDs' ports call them. */
static const struct {
	const char *name;
	bool root; /* it sends as root as well */
} systems[] = {
	{ "postfix", false },
	{ "smmsp", true }, /* Sendmail */
	{ "smmta", true },
	{ "sendmail", true },
	{ "mailnull", true },
	{ "exim", true },
	{ "Debian-exim", true },
	{ "mail", false }, /* Exim, nullmailer, dma */
	{ "_smtpd", false },
	{ "smtpd", false },
	{ "opensmtpd", false },
	{ "qmailr", false },
	{ "courier", false },
	{ "nullmail", false },
};

struct user {
	uid_t uid;
	bool sends;
	char name[SENDERS_WHO];
};

struct senders {
	int fd;                 /* -1: nobody can be asked */
	int forward, forward_6; /* whether this host does; -1: not known */
	uid_t agent;
	bool root;
	struct user *users;
	size_t user_count;
	struct prefix *networks;
	size_t network_count;
	struct recent {
		uint64_t hash;
		int64_t when;
	} recent[RECENT];
};

bool
senders_is_name(const char *text)
{
	struct prefix prefix;

	/* What has a slash or a colon is no user's name. */
	return text[0] != '\0' && (prefix_parse(slice_of(text), &prefix) ||
				      strpbrk(text, "/: \t") == NULL);
}

static void
read_users(struct senders *senders)
{
	FILE *file = fopen(PASSWD, "re");
	const struct passwd *one;
	struct user *user;

	if (file == NULL)
		return;
	senders->users = mem_zero(SENDERS_USERS, sizeof(*user));
	while (senders->user_count < SENDERS_USERS &&
	       (one = fgetpwent(file)) != NULL) {
		user = &senders->users[senders->user_count++];
		user->uid = one->pw_uid;
		slice_copy(
		    slice_of(one->pw_name), user->name, sizeof(user->name));
	}
	(void)fclose(file);
}

/* False: there is no such user. */
static bool
allow_user(struct senders *senders, const char *name)
{
	bool found = false;

	for (size_t i = 0; i < senders->user_count; i++)
		if (strcmp(senders->users[i].name, name) == 0)
			found = senders->users[i].sends = true;
	return found;
}

static void
allow(struct senders *senders, const char *text)
{
	struct prefix prefix;

	if (prefix_parse(slice_of(text), &prefix)) {
		senders->networks = mem_grow(senders->networks,
		    senders->network_count + 1, sizeof(prefix));
		senders->networks[senders->network_count++] = prefix;
	} else if (!allow_user(senders, text)) {
		log_warn("senders: %s: no such user in " PASSWD, text);
	}
}

struct senders *
senders_new(char **allowed, size_t n, uid_t agent)
{
	struct senders *senders = mem_zero(1, sizeof(*senders));
	struct err err;

	senders->agent = agent;
	senders->fd = owner_open(&err);
	if (senders->fd == -1)
		log_warn("who sends mail cannot be told: %s", err.text);
	senders->forward = open(FORWARD, O_RDONLY | O_CLOEXEC);
	senders->forward_6 = open(FORWARD_6, O_RDONLY | O_CLOEXEC);
	read_users(senders);
	for (size_t i = 0; i < NELEMS(systems); i++)
		if (allow_user(senders, systems[i].name))
			senders->root |= systems[i].root;
	for (size_t i = 0; i < n; i++)
		allow(senders, allowed[i]);
	return senders;
}

static void
close_one(int fd)
{
	if (fd != -1)
		close(fd);
}

void
senders_free(struct senders *senders)
{
	if (senders == NULL)
		return;
	close_one(senders->fd);
	close_one(senders->forward);
	close_one(senders->forward_6);
	free(senders->users);
	free(senders->networks);
	free(senders);
}

/* Was this one seen a moment ago? */
static bool
is_again(struct senders *senders, const struct segment *segment)
{
	uint64_t hash =
	    (addr_hash(&segment->from) ^ (uint64_t)segment->from_port << 17) *
		0x9e3779b97f4a7c15u ^
	    addr_hash(&segment->to);
	struct recent *recent = &senders->recent[(hash >> 32) % RECENT];
	bool again =
	    recent->hash == hash && segment->when - recent->when < AGAIN;

	*recent = (struct recent){ hash, segment->when };
	return again;
}

static enum sending
judge_user(const struct senders *senders, uid_t uid, char who[SENDERS_WHO])
{
	bool named = false;

	if (uid == senders->agent || (uid == 0 && senders->root))
		return SENDING_ALLOWED;
	snprintf(who, SENDERS_WHO, "uid %lu", (unsigned long)uid);
	for (size_t i = 0; i < senders->user_count; i++) {
		const struct user *user = &senders->users[i];

		if (user->uid != uid)
			continue;
		if (user->sends)
			return SENDING_ALLOWED;
		if (!named)
			snprintf(who, SENDERS_WHO, "%s", user->name);
		named = true;
	}
	return SENDING_ROGUE;
}

/* What comes from elsewhere could have another one's address. */
static bool
forwards(const struct senders *senders, const struct addr *from)
{
	char on = '1';

	(void)pread(from->family == 4 ? senders->forward : senders->forward_6,
	    &on, 1, 0);
	return on != '0';
}

enum sending
senders_judge(struct senders *senders, const struct segment *syn, bool own,
    char who[SENDERS_WHO])
{
	uid_t uid;

	if (is_again(senders, syn))
		return SENDING_ALLOWED;
	for (size_t i = 0; i < senders->network_count; i++)
		if (prefix_holds(&senders->networks[i], &syn->from))
			return SENDING_ALLOWED;
	if (!own && !forwards(senders, &syn->from))
		return SENDING_ALLOWED;
	if (!own) {
		addr_print(&syn->from, who);
		return SENDING_ROGUE;
	}
	if (senders->fd == -1 || !owner_ask(senders->fd, syn, &uid))
		return SENDING_UNKNOWN;
	return judge_user(senders, uid, who);
}
