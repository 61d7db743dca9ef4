/* netns.h - a network of the test's own, with nothing in it but loopback */
#ifndef TESTS_NETNS_H
#define TESTS_NETNS_H

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline bool
netns_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good =
	    fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd != -1)
		close(fd);
	return good;
}

/* False: this kernel, or whoever runs us, does not allow it. */
static inline bool
netns_enter(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char uids[64], gids[64];
	int fd, rc;

	if (uid == 0) {
		if (unshare(CLONE_NEWNET) == -1)
			return false;
	} else {
		snprintf(uids, sizeof(uids), "0 %u 1", (unsigned)uid);
		snprintf(gids, sizeof(gids), "0 %u 1", (unsigned)gid);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1 ||
		    !netns_write("/proc/self/setgroups", "deny") ||
		    !netns_write("/proc/self/uid_map", uids) ||
		    !netns_write("/proc/self/gid_map", gids))
			return false;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	rc = ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
	return rc == 0;
}

#endif
