/*
 * sockets.c - end the server's established connections of blocked clients
 *
 * The kernel lists the sockets of a family in one walk over all of them, so a
 * thousand elements cost as much as one: each socket is then looked for among
 * them, which are sorted.
 */
#include "blocks/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "blocks/exempt.h"
#include "blocks/netlink.h"

#define SOCKETS_MOST 65536 /* a turn; more wait for their own end */

/* All but those that listen, or of which the client's end is gone. */
#define STATES                                                                 \
	(1u << TCP_ESTABLISHED | 1u << TCP_SYN_RECV | 1u << TCP_FIN_WAIT1 |    \
	    1u << TCP_FIN_WAIT2 | 1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK)

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

struct wanted {
	const struct block_config *config;
	struct block_element *elements; /* sorted */
	size_t n;
	struct request *found;
	size_t found_count;
	uint8_t family;
};

static bool
holds(const struct wanted *wanted, const struct prefix *prefix)
{
	struct block_element element = wire_element(prefix);

	return bsearch(&element, wanted->elements, wanted->n, sizeof(element),
		   wire_order) != NULL;
}

static bool
is_wanted(const struct wanted *wanted, const struct inet_diag_msg *socket)
{
	struct prefix whole = { { socket->idiag_family == AF_INET ? 4 : 6,
				    { 0 } },
		socket->idiag_family == AF_INET ? 32 : 128 };
	struct prefix around;
	size_t i = 0;

	while (i < wanted->config->port_count &&
	       ntohs(socket->id.idiag_sport) != wanted->config->ports[i])
		i++;
	if (i == wanted->config->port_count)
		return false;
	memcpy(whole.addr.b, socket->id.idiag_dst,
	    socket->idiag_family == AF_INET ? 4 : 16);
	/* A server that listens for both sees IPv4 clients as mapped ones. */
	if (!prefix_tidy(&whole))
		return false;
	around = prefix_around(&whole.addr);
	return holds(wanted, &whole) || holds(wanted, &around);
}

static void
take(void *arg, const struct nlmsghdr *message)
{
	struct wanted *wanted = arg;
	const struct inet_diag_msg *socket = NLMSG_DATA(message);
	struct request *request;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*socket)) ||
	    wanted->found_count == SOCKETS_MOST || !is_wanted(wanted, socket))
		return;
	if ((wanted->found_count & (wanted->found_count - 1)) == 0)
		wanted->found = mem_grow(wanted->found,
		    wanted->found_count == 0 ? 1 : wanted->found_count * 2,
		    sizeof(*wanted->found));
	request = &wanted->found[wanted->found_count++];
	*request = (struct request){
		.head = { sizeof(*request), SOCK_DESTROY,
		    NLM_F_REQUEST | NLM_F_ACK, 0, 0 },
		.body = { .sdiag_family = socket->idiag_family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .id = socket->id },
	};
}

static int
find(struct wanted *wanted, int fd, int family, struct err *err)
{
	struct request request = {
		.head = { sizeof(request), SOCK_DIAG_BY_FAMILY,
		    NLM_F_REQUEST | NLM_F_DUMP, 0, 0 },
		.body = { .sdiag_family = (uint8_t)family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = STATES },
	};

	return netlink_ask(fd, &request.head, take, wanted, err);
}

int
sockets_end(const struct block_config *config,
    const struct block_element *elements, size_t n, struct err *err)
{
	struct wanted wanted = { .config = config, .n = n };
	int fd = netlink_open(NETLINK_SOCK_DIAG, 0, err), ended = 0;

	if (fd == -1)
		return -1;
	wanted.elements = mem_copy(elements, n * sizeof(*elements));
	qsort(wanted.elements, n, sizeof(*elements), wire_order);
	if (find(&wanted, fd, AF_INET, err) == -1 ||
	    find(&wanted, fd, AF_INET6, err) == -1)
		ended = -1;
	for (size_t i = 0; i < wanted.found_count && ended != -1; i++) {
		if (netlink_ask(fd, &wanted.found[i].head, NULL, NULL, err) ==
		    0)
			ended++;
		else if (errno != ENOENT) /* it has ended by itself */
			ended = -1;
	}
	free(wanted.elements);
	free(wanted.found);
	close(fd);
	return ended;
}

void
sockets_end_added(const struct block_config *config,
    const struct block_element *elements, size_t n)
{
	static bool said;
	struct block_element *added = mem_zero(n, sizeof(*added));
	struct err err;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (!elements[i].remove)
			added[count++] = elements[i];
	if (count != 0 && sockets_end(config, added, count, &err) == -1 &&
	    !said) {
		log_warn("connections of blocked clients cannot be ended, and "
			 "end with their next packet: %s",
		    err.text);
		said = true;
	}
	free(added);
}
