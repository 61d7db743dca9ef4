/* own.c - addresses of this host, of its gateways and its resolvers */
#include "blocks/own.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"
#include "blocks/netlink.h"

/* systemd-resolved stands in the first one and has the real ones in the other.
 */
static const char *const resolvers[] = { "/etc/resolv.conf",
	"/run/systemd/resolve/resolv.conf" };

struct own {
	int notices; /* a socket that hears of changes */
	int asking;
	struct prefix list[OWN_MOST];
	size_t count;
	bool overflowed;
	struct timespec changed[NELEMS(resolvers)];
	bool fresh; /* nothing was read yet */
};

static void
add(struct own *own, int family, const void *bytes, size_t n)
{
	struct prefix prefix = { { family == AF_INET ? 4 : 6, { 0 } },
		family == AF_INET ? 32 : 128 };

	if ((family != AF_INET && family != AF_INET6) ||
	    n != (family == AF_INET ? 4 : 16))
		return;
	if (own->count == OWN_MOST) {
		own->overflowed = true;
		return;
	}
	memcpy(prefix.addr.b, bytes, n);
	addr_unmap(&prefix.addr, &prefix.bits);
	own->list[own->count++] = prefix;
}

/* An address of an interface: of a point-to-point one, ours is IFA_LOCAL. */
static void
take_address(struct own *own, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *head = NLMSG_DATA(message);
	struct netlink_attributes at;
	struct netlink_attribute a;

	if (!netlink_attributes(message, sizeof(*head), &at))
		return;
	while (netlink_next(&at, &a))
		if (a.type == IFA_LOCAL || a.type == IFA_ADDRESS)
			add(own, head->ifa_family, a.data, a.bytes);
}

/* RTA_MULTIPATH: nexthops, each with attributes of its own. */
static void
take_nexthops(struct own *own, int family, const struct netlink_attribute *all)
{
	const char *p = all->data;
	size_t left = all->bytes;
	struct rtnexthop hop;

	while (left >= sizeof(hop)) {
		struct netlink_attributes at;
		struct netlink_attribute a;

		memcpy(&hop, p, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left)
			return;
		at = (struct netlink_attributes){ p + sizeof(hop),
			hop.rtnh_len - sizeof(hop) };
		while (netlink_next(&at, &a))
			if (a.type == RTA_GATEWAY)
				add(own, family, a.data, a.bytes);
		p += NLMSG_ALIGN(hop.rtnh_len);
		left -= NLMSG_ALIGN(hop.rtnh_len) > left
			    ? left
			    : NLMSG_ALIGN(hop.rtnh_len);
	}
}

static void
take_route(struct own *own, const struct nlmsghdr *message)
{
	const struct rtmsg *head = NLMSG_DATA(message);
	struct netlink_attributes at;
	struct netlink_attribute a;

	if (!netlink_attributes(message, sizeof(*head), &at) ||
	    head->rtm_dst_len != 0)
		return;
	while (netlink_next(&at, &a)) {
		if (a.type == RTA_GATEWAY)
			add(own, head->rtm_family, a.data, a.bytes);
		else if (a.type == RTA_MULTIPATH)
			take_nexthops(own, head->rtm_family, &a);
		else if (a.type == RTA_VIA && a.bytes > 2)
			add(own, *(const uint16_t *)a.data,
			    (const char *)a.data + 2, a.bytes - 2);
	}
}

static void
take(void *arg, const struct nlmsghdr *message)
{
	if (message->nlmsg_type == RTM_NEWADDR)
		take_address(arg, message);
	else if (message->nlmsg_type == RTM_NEWROUTE)
		take_route(arg, message);
}

static int
dump(struct own *own, uint16_t type, struct err *err)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg body; /* its first byte is the family: any */
	} request = { .head = { sizeof(request), type,
			  NLM_F_REQUEST | NLM_F_DUMP, 0, 0 } };

	return netlink_ask(own->asking, &request.head, take, own, err);
}

static void
read_resolvers(struct own *own, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256];

	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		struct slice rest = slice_of(line), word;
		struct addr addr;

		if (!slice_skips(&rest, "nameserver"))
			continue;
		while (slice_skips(&rest, " ") || slice_skips(&rest, "\t"))
			;
		/* Up to white space, or a zone. */
		for (word = rest, word.n = 0; word.n < rest.n; word.n++)
			if (strchr(" \t\r\n%#;", rest.p[word.n]) != NULL)
				break;
		if (addr_parse(word, &addr))
			add(own, addr.family == 4 ? AF_INET : AF_INET6, addr.b,
			    addr.family == 4 ? 4 : 16);
	}
	fclose(file);
}

static bool
resolvers_changed(struct own *own)
{
	bool changed = false;
	struct stat st;

	for (size_t i = 0; i < NELEMS(resolvers); i++) {
		struct timespec *was = &own->changed[i];

		if (stat(resolvers[i], &st) == -1)
			memset(&st, 0, sizeof(st));
		changed |= st.st_mtim.tv_sec != was->tv_sec ||
			   st.st_mtim.tv_nsec != was->tv_nsec;
		*was = st.st_mtim;
	}
	return changed;
}

struct own *
own_open(struct err *err)
{
	struct own *own = mem_zero(1, sizeof(*own));

	own->notices = netlink_open(NETLINK_ROUTE,
	    1u << (RTNLGRP_IPV4_IFADDR - 1) | 1u << (RTNLGRP_IPV6_IFADDR - 1) |
		1u << (RTNLGRP_IPV4_ROUTE - 1) | 1u << (RTNLGRP_IPV6_ROUTE - 1),
	    err);
	own->asking =
	    own->notices == -1 ? -1 : netlink_open(NETLINK_ROUTE, 0, err);
	own->fresh = true;
	if (own->asking == -1) {
		own_close(own);
		return NULL;
	}
	return own;
}

void
own_close(struct own *own)
{
	if (own == NULL)
		return;
	if (own->notices != -1)
		close(own->notices);
	if (own->asking != -1)
		close(own->asking);
	free(own);
}

/* On a router most notices are of routes that are not the default one. */
static void
hear(void *arg, const struct nlmsghdr *message)
{
	const struct rtmsg *route = NLMSG_DATA(message);

	if ((message->nlmsg_type != RTM_NEWROUTE &&
		message->nlmsg_type != RTM_DELROUTE) ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*route)) ||
	    route->rtm_dst_len == 0)
		*(bool *)arg = true;
}

bool
own_refresh(struct own *own, struct exempt *exempt)
{
	bool changed = own->fresh;
	struct err err;

	if (netlink_hear(own->notices, hear, &changed) == -1)
		changed = true; /* some were lost */
	changed |= resolvers_changed(own);
	if (!changed)
		return false;
	own->count = 0;
	own->overflowed = false;
	if (dump(own, RTM_GETADDR, &err) == -1 ||
	    dump(own, RTM_GETROUTE, &err) == -1) {
		log_warn("addresses of this host: %s", err.text);
		return false;
	}
	own->fresh = false;
	for (size_t i = 0; i < NELEMS(resolvers); i++)
		read_resolvers(own, resolvers[i]);
	if (own->overflowed)
		log_warn("addresses of this host: more than %d", OWN_MOST);
	exempt_set(exempt, EXEMPT_OWN, own->list, own->count);
	return true;
}
