/* ours_names.c - the names of this host, as far as files tell, and addresses */
#include "agent/ours_files.h"

#include <sys/utsname.h>

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

void
ours_own_names(struct ours *ours)
{
	struct slice rest, line, words, word, host;
	struct utsname name;
	struct err err;
	char *text;
	size_t n;

	ours_origin(ours, "this host's name");
	if (uname(&name) == -1)
		return;
	host = slice_of(name.nodename);
	(void)ours_domain(ours, host, false);
	if (ours_file(ours, "/etc/hosts", &text, &n, &err) == -1)
		return;
	rest = (struct slice){ text, n };
	while (ours_line(&rest, &line)) {
		bool is_own = false;

		(void)ours_word(&line, &word); /* the address */
		for (words = line; ours_word(&words, &word);)
			is_own |= slice_same_word(word, host);
		for (words = line; is_own && ours_word(&words, &word);)
			(void)ours_domain(ours, word, false);
	}
	free(text);
}

static void
add_address(struct ours *ours, const struct sockaddr *from)
{
	struct prefix prefix = { { 0 }, 0 };

	if (from == NULL)
		return;
	if (from->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, from, sizeof(in));
		prefix.addr.family = 4;
		memcpy(prefix.addr.b, &in.sin_addr, 4);
		prefix.bits = 32;
	} else if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, from, sizeof(in));
		prefix.addr.family = 6;
		memcpy(prefix.addr.b, &in.sin6_addr, 16);
		prefix.bits = 128;
	}
	if (prefix.bits != 0)
		ours_network(ours, &prefix);
}

int
ours_own_addresses(struct ours *ours)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) == -1)
		return -1;
	for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next)
		add_address(ours, one->ifa_addr);
	freeifaddrs(all);
	return 0;
}
