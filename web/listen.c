/* listen.c - the address in the configuration, and a socket that listens */
#include "web/listen.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 4096 /* the kernel may have less */

int
listen_parse(struct listen_at *at, const char *text, struct err *err)
{
	struct slice rest = slice_of(text), host;
	ptrdiff_t colon = slice_find_last(rest, SLICE(":"));
	static const struct addr none[2] = { { .family = 4 }, { .family = 6 } };
	uint64_t port;

	memset(at, 0, sizeof(*at));
	if (colon == -1 ||
	    !slice_number(slice_from(rest, (size_t)colon + 1), &port) ||
	    port > UINT16_MAX)
		goto wrong;
	host = (struct slice){ rest.p, (size_t)colon };
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct slice){ host.p + 1, host.n - 2 };
	else if (slice_find_char(host, ':') != -1)
		goto wrong;
	if (slice_is(host, "localhost"))
		host = SLICE("127.0.0.1");
	if (!addr_parse(host, &at->addr))
		goto wrong;
	at->port = (uint16_t)port;
	at->any = addr_eq(&at->addr, &none[0]) || addr_eq(&at->addr, &none[1]);
	at->loopback = addr_is_loopback(&at->addr);
	return 0;
wrong:
	return err_set(err,
	    "listen = \"%s\": \"127.0.0.1:8025\" or \"[::1]:8025\" is expected",
	    text);
}

static socklen_t
fill(const struct listen_at *at, struct sockaddr_storage *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (at->addr.family == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(at->port);
		memcpy(&in->sin_addr, at->addr.b, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(at->port);
	memcpy(&in6->sin6_addr, at->addr.b, 16);
	return sizeof(*in6);
}

static uint16_t
port_taken(int fd, uint16_t asked)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address;
	socklen_t size = sizeof(address);

	memset(&address, 0, sizeof(address));
	if (getsockname(fd, &address.any, &size) == -1)
		return asked;
	return ntohs(address.any.sa_family == AF_INET ? address.in.sin_port
						      : address.in6.sin6_port);
}

int
listen_open(struct listen_at *at, struct err *err)
{
	struct sockaddr_storage address;
	socklen_t size = fill(at, &address);
	char text[ADDR_TEXT + 8];
	int on = 1, fd;

	listen_print(at, text, sizeof(text));
	fd = socket(
	    address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_sys(err, "%s: socket", text);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, size) == -1) {
		err_sys(err, "%s: bind", text);
		goto fail;
	}
	if (listen(fd, BACKLOG) == -1) {
		err_sys(err, "%s: listen", text);
		goto fail;
	}
	at->port = port_taken(fd, at->port);
	return fd;
fail:
	close(fd);
	return -1;
}

void
listen_print(const struct listen_at *at, char *text, size_t size)
{
	char address[ADDR_TEXT];

	addr_print(&at->addr, address);
	snprintf(text, size, at->addr.family == 6 ? "[%s]:%u" : "%s:%u",
	    address, at->port);
}
