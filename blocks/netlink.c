/* netlink.c - messages of the kernel: ask, hear, walk */
#include "blocks/netlink.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_BYTES  65536 /* the kernel's own limit of a part of a dump */
#define ROOM_BYTES     (8 << 20) /* for notices of large changes */
#define PATIENCE_MSECS 5000

int
netlink_open(int protocol, uint32_t groups, struct err *err)
{
	struct sockaddr_nl who = { .nl_family = AF_NETLINK,
		.nl_groups = groups };
	int room = ROOM_BYTES,
	    fd = socket(
		AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd == -1)
		return err_sys(err, "netlink");
	if (bind(fd, (struct sockaddr *)&who, sizeof(who)) == -1) {
		err_sys(err, "netlink");
		close(fd);
		return -1;
	}
	/* Where it may not be as much, it is as much as may be. */
	if (groups != 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
			       sizeof(room)) == -1)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

/* The bytes of one part, 0 if it was not the kernel's, -1 with errno. */
static ssize_t
receive(int fd, char buffer[MESSAGE_BYTES])
{
	struct sockaddr_nl from = { 0 };
	socklen_t size = sizeof(from);
	ssize_t got;

	do
		got = recvfrom(fd, buffer, MESSAGE_BYTES, 0,
		    (struct sockaddr *)&from, &size);
	while (got == -1 && errno == EINTR);
	return got > 0 && from.nl_pid != 0 ? 0 : got;
}

/* The next message in the part; NULL at its end. */
static const struct nlmsghdr *
next_message(const char **p, size_t *left)
{
	const struct nlmsghdr *head = (const void *)*p;
	size_t step;

	if (*left < sizeof(*head) || head->nlmsg_len < sizeof(*head) ||
	    head->nlmsg_len > *left)
		return NULL;
	step = NLMSG_ALIGN(head->nlmsg_len);
	step = step > *left ? *left : step;
	*p += step;
	*left -= step;
	return head;
}

/* 1: the answer is complete, 0: more comes, -1: refused. */
static int
take_answer(const struct nlmsghdr *head, netlink_take_fn *take, void *arg)
{
	const struct nlmsgerr *error = NLMSG_DATA(head);

	if (head->nlmsg_type == NLMSG_DONE)
		return 1;
	if (head->nlmsg_type == NLMSG_ERROR) {
		if (head->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
			return -1;
		errno = -error->error;
		return error->error == 0 ? 1 : -1;
	}
	if (take != NULL)
		take(arg, head);
	return (head->nlmsg_flags & NLM_F_MULTI) != 0 ? 0 : 1;
}

int
netlink_ask(int fd, struct nlmsghdr *request, netlink_take_fn *take, void *arg,
    struct err *err)
{
	static uint32_t sequence;
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	_Alignas(struct nlmsghdr) char buffer[MESSAGE_BYTES];
	int rc = 0;

	request->nlmsg_seq = ++sequence;
	if (send(fd, request, request->nlmsg_len, 0) == -1)
		return err_sys(err, "netlink: send");
	while (rc == 0) {
		const struct nlmsghdr *head;
		const char *p = buffer;
		ssize_t got = receive(fd, buffer);
		size_t left = got > 0 ? (size_t)got : 0;

		if (got == -1 && errno != EAGAIN)
			return err_sys(err, "netlink: receive");
		if (got == -1 && poll(&wait, 1, PATIENCE_MSECS) == 0) {
			errno = ETIMEDOUT;
			return err_sys(err, "netlink: receive");
		}
		while (rc == 0 && (head = next_message(&p, &left)) != NULL)
			if (head->nlmsg_seq == sequence)
				rc = take_answer(head, take, arg);
	}
	return rc == 1 ? 0 : err_sys(err, "netlink");
}

int
netlink_hear(int fd, netlink_take_fn *take, void *arg)
{
	_Alignas(struct nlmsghdr) char buffer[MESSAGE_BYTES];
	int rc = 0;

	for (;;) {
		const struct nlmsghdr *head;
		const char *p = buffer;
		ssize_t got = receive(fd, buffer);
		size_t left = got > 0 ? (size_t)got : 0;

		if (got == -1 && errno != ENOBUFS)
			return rc;
		if (got == -1)
			rc = -1;
		while ((head = next_message(&p, &left)) != NULL)
			take(arg, head);
	}
}

bool
netlink_attributes(
    const struct nlmsghdr *head, size_t body, struct netlink_attributes *at)
{
	size_t before = NLMSG_LENGTH(NLMSG_ALIGN(body));

	if (head->nlmsg_len < NLMSG_LENGTH(body))
		return false;
	*at = (struct netlink_attributes){ (const char *)head + before,
		head->nlmsg_len > before ? head->nlmsg_len - before : 0 };
	return true;
}

bool
netlink_next(struct netlink_attributes *at, struct netlink_attribute *a)
{
	struct nlattr head;
	size_t step;

	if (at->left < sizeof(head))
		return false;
	memcpy(&head, at->p, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > at->left)
		return false;
	a->type = head.nla_type & NLA_TYPE_MASK;
	a->data = at->p + NLA_HDRLEN;
	a->bytes = head.nla_len - NLA_HDRLEN;
	step = NLA_ALIGN(head.nla_len);
	step = step > at->left ? at->left : step;
	at->p += step;
	at->left -= step;
	return true;
}

struct netlink_attributes
netlink_within(const struct netlink_attribute *a)
{
	return (struct netlink_attributes){ a->data, a->bytes };
}
