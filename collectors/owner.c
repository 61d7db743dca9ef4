/* owner.c - whose socket a connection of this host is */
#include "collectors/owner.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define ANSWERS 8 /* to older questions, before that to this one */

struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

int
owner_open(struct err *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_SOCK_DIAG);

	return fd != -1 ? fd : err_sys(err, "sock_diag");
}

/* It was closed, and its owner with it, or nobody looks at it any more. */
static bool
read_answer(const struct nlmsghdr *head, size_t n, uid_t *uid)
{
	const struct inet_diag_msg *socket = NLMSG_DATA(head);

	if (n < NLMSG_LENGTH(sizeof(*socket)) ||
	    head->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    socket->idiag_state == TCP_TIME_WAIT || socket->idiag_inode == 0)
		return false;
	*uid = socket->idiag_uid;
	return true;
}

bool
owner_ask(int fd, const struct segment *segment, uid_t *uid)
{
	static uint32_t sequence;
	size_t bytes = segment->from.family == 4 ? 4 : 16;
	struct question question = {
		.head = { sizeof(question), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST,
		    ++sequence, 0 },
		.body = { .sdiag_family =
			      segment->from.family == 4 ? AF_INET : AF_INET6,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = UINT32_MAX,
		    .id = { .idiag_sport = htons(segment->from_port),
			.idiag_dport = htons(segment->to_port),
			.idiag_cookie = { INET_DIAG_NOCOOKIE,
			    INET_DIAG_NOCOOKIE } } },
	};
	_Alignas(struct nlmsghdr) char answer[1024];
	const struct nlmsghdr *head = (const void *)answer;
	ssize_t n;

	memcpy(question.body.id.idiag_src, segment->from.b, bytes);
	memcpy(question.body.id.idiag_dst, segment->to.b, bytes);
	if (send(fd, &question, sizeof(question), 0) != sizeof(question))
		return false;
	/* The kernel has answered when send() returns. */
	for (int i = 0; i < ANSWERS; i++) {
		n = recv(fd, answer, sizeof(answer), 0);
		if (n < (ssize_t)sizeof(*head))
			return false;
		if (head->nlmsg_seq == sequence)
			return read_answer(head, (size_t)n, uid);
	}
	return false;
}
