/* guard.c - where a request comes from, and whether it means us */
#include "web/guard.h"

#include <netinet/in.h>

#include <stdio.h>
#include <strings.h>

#include "web/server.h"

static void
peer(const struct request *request, struct addr *addr)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *from = info == NULL ? NULL : info->client_addr;
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memset(addr, 0, sizeof(*addr));
	if (from != NULL && from->sa_family == AF_INET) {
		addr->family = 4;
		memcpy(
		    addr->b, &((const struct sockaddr_in *)from)->sin_addr, 4);
	} else if (from != NULL && from->sa_family == AF_INET6) {
		addr->family = 6;
		memcpy(addr->b, &((const struct sockaddr_in6 *)from)->sin6_addr,
		    16);
		if (memcmp(addr->b, mapped, sizeof(mapped)) == 0) {
			addr->family = 4;
			memmove(addr->b, addr->b + 12, 4);
			memset(addr->b + 4, 0, 12);
		}
	}
}

static enum MHD_Result
is_forwarded(
    void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	bool *forwarded = cls;

	(void)kind;
	(void)value;
	if (strcasecmp(key, "Forwarded") == 0 || strcasecmp(key, "Via") == 0 ||
	    strcasecmp(key, "X-Real-IP") == 0 ||
	    strncasecmp(key, "X-Forwarded", strlen("X-Forwarded")) == 0)
		*forwarded = true;
	return MHD_YES;
}

static bool
through_proxy(const struct request *request)
{
	bool forwarded = false;

	MHD_get_connection_values(
	    request->connection, MHD_HEADER_KIND, is_forwarded, &forwarded);
	return forwarded;
}

void
guard_client(const struct request *request, struct addr *client)
{
	if (through_proxy(request))
		memset(client, 0, sizeof(*client));
	else
		peer(request, client);
}

void
guard_cookie(const struct request *request, char *name, size_t size)
{
	snprintf(name, size, "mailweir_%u", request->web->at.port);
}

enum guard_answer
guard_who(const struct request *request)
{
	const char *words = request_header(request, "Authorization"), *cookie;
	struct auth *auth = request->web->auth;
	int64_t now = request->status.now;
	char name[32];
	struct addr client;

	if (words != NULL && strncasecmp(words, "Bearer ", 7) == 0) {
		guard_client(request, &client);
		switch (auth_token(auth, &client, words + 7, now)) {
		case AUTH_RIGHT:
			return GUARD_KNOWN;
		case AUTH_TOO_OFTEN:
			return GUARD_TOO_OFTEN;
		case AUTH_WRONG:
			break;
		}
		return GUARD_WRONG;
	}
	guard_cookie(request, name, sizeof(name));
	cookie = MHD_lookup_connection_value(
	    request->connection, MHD_COOKIE_KIND, name);
	if (cookie != NULL && auth_session(auth, cookie, now))
		return GUARD_KNOWN;
	peer(request, &client);
	if (!addr_is_loopback(&client) || through_proxy(request))
		return GUARD_STRANGER;
	return GUARD_LOCAL;
}

/* "[::1]:8025" to "::1" and "8025"; no port leaves it empty. */
static void
split_host(struct slice text, struct slice *host, struct slice *port)
{
	ptrdiff_t end;

	*host = text;
	*port = SLICE("");
	if (slice_begins(text, "[")) {
		end = slice_find_char(text, ']');
		if (end == -1)
			return;
		*host = (struct slice){ text.p + 1, (size_t)end - 1 };
		text = slice_from(text, (size_t)end + 1);
	} else {
		end = slice_find_char(text, ':');
		if (end == -1)
			return;
		*host = (struct slice){ text.p, (size_t)end };
		text = slice_from(text, (size_t)end);
	}
	if (slice_skips(&text, ":"))
		*port = text;
}

static bool
known_host(const struct web *web, struct slice text)
{
	struct slice host, port;
	struct addr addr;
	uint64_t number = web->tls ? 443 : 80;
	bool ours;

	split_host(text, &host, &port);
	for (size_t i = 0; i < web->name_count; i++)
		if (slice_same_word(host, slice_of(web->names[i])) ||
		    slice_same_word(text, slice_of(web->names[i])))
			return true; /* behind a proxy: whatever port */
	if (port.n > 0 && !slice_number(port, &number))
		return false;
	if (slice_same_word(host, SLICE("localhost")))
		ours = web->at.loopback || web->at.any;
	else /* a page of another name has no address for its name */
		ours = addr_parse(host, &addr) &&
		       (web->at.any || addr_eq(&addr, &web->at.addr));
	return ours && number == web->at.port;
}

bool
guard_host(const struct request *request)
{
	const char *host = request_header(request, "Host");

	return host != NULL && known_host(request->web, slice_of(host));
}

bool
guard_origin(const struct request *request)
{
	const char *origin = request_header(request, "Origin");
	const char *host = request_header(request, "Host");
	struct slice text;

	if (origin == NULL || host == NULL)
		return false;
	text = slice_of(origin);
	if (!slice_skips(&text, "http://") && !slice_skips(&text, "https://"))
		return false;
	return slice_same_word(text, slice_of(host));
}
