/*
 * netlink.h - messages of the kernel: ask, hear, walk (netlink(7), RFC 3549)
 *
 * What comes is from the kernel (the sender is looked at), and yet every
 * length is held against what is there.
 */
#ifndef BLOCKS_NETLINK_H
#define BLOCKS_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Non-blocking; groups as a mask (0: none).  A descriptor, or -1. */
int netlink_open(int protocol, uint32_t groups, struct err *);

/*
 * Send a request; take (NULL: nothing) each message of the answer up to its
 * end: of a dump, NLMSG_DONE; with NLM_F_ACK the acknowledgement; else the
 * first.  -1 with errno and err: refused, or no answer in time.
 */
typedef void netlink_take_fn(void *arg, const struct nlmsghdr *);
int netlink_ask(
    int fd, struct nlmsghdr *, netlink_take_fn *, void *arg, struct err *);

/* Take what has come by itself.  -1: some was lost (the kernel had no room). */
int netlink_hear(int fd, netlink_take_fn *, void *arg);

struct netlink_attributes {
	const char *p;
	size_t left;
};

struct netlink_attribute {
	uint16_t type;
	const void *data;
	size_t bytes;
};

/* Those behind a body of so many bytes; false: the message is too short. */
bool netlink_attributes(
    const struct nlmsghdr *, size_t body, struct netlink_attributes *);
bool netlink_next(struct netlink_attributes *, struct netlink_attribute *);
/* Those within an attribute. */
struct netlink_attributes netlink_within(const struct netlink_attribute *);

#endif
