/*
 * backend_ipset.c - sets of addresses for iptables (ipset(8), iptables(8))
 *
 * For hosts without nftables.  Two sets whose elements the kernel drops when
 * their time is over, and a chain of ours that INPUT jumps to first.  All is
 * given to `ipset restore' and `iptables-restore' on their standard input.
 */
#include "blocks/backend.h"

#include <sys/mman.h>

#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "blocks/difference.h"
#include "blocks/sockets.h"

#define CHAIN        "mailweir"
#define LONGEST_SECS 2147483u /* what a set's timeout can hold */
#define PORTS_A_RULE 15       /* of -m multiport */

extern const struct block_backend backend_ipset;

static const struct family {
	uint8_t number;
	const char *set, *kind, *tables, *restore;
} families[] = {
	{ 4, "mailweir4", "inet", "iptables", "iptables-restore" },
	{ 6, "mailweir6", "inet6", "ip6tables", "ip6tables-restore" },
};

static const struct block_config *config;
static bool opened;
static bool without6; /* this host has no IPv6 */

static const struct family *
family_of(uint8_t number)
{
	return &families[number == 6];
}

static bool
is_used(const struct family *family)
{
	return family->number == 4 || !without6;
}

/* Text into a file in memory, for a program's standard input. */
static FILE *
text_begin(int *fd)
{
	FILE *out;

	*fd = memfd_create("commands", MFD_CLOEXEC);
	out = *fd == -1 ? NULL : fdopen(dup(*fd), "w");
	if (out == NULL)
		abort();
	return out;
}

static int
text_run(FILE *out, int fd, const char *const argv[], struct err *err)
{
	int rc = fclose(out) == EOF || lseek(fd, 0, SEEK_SET) != 0
		     ? err_sys(err, "%s: its commands", argv[0])
		     : config->run(argv, fd, NULL, err);

	close(fd);
	return rc;
}

static int
run(struct err *err, const char *program, const char *a, const char *b,
    const char *c, const char *d)
{
	const char *argv[] = { program, a, b, c, d, NULL };

	return config->run(argv, -1, NULL, err);
}

static int
make_sets(struct err *err)
{
	static const char *const argv[] = { "ipset", "-exist", "restore",
		NULL };
	int fd;
	FILE *out = text_begin(&fd);

	for (size_t i = 0; i < NELEMS(families); i++)
		if (is_used(&families[i]))
			fprintf(out,
			    "create %s hash:net family %s timeout 0 counters "
			    "maxelem "
			    "%" PRIu64 "\n",
			    families[i].set, families[i].kind,
			    (uint64_t)config->max_blocks + BLOCK_CHANGES);
	return text_run(out, fd, argv, err);
}

static void
print_rules(FILE *out, const struct family *family)
{
	for (size_t i = 0; i < config->port_count; i++) {
		if (i % PORTS_A_RULE == 0)
			fputs(
			    "-A " CHAIN " -p tcp -m multiport --dports ", out);
		fprintf(out, "%u", config->ports[i]);
		if (i % PORTS_A_RULE == PORTS_A_RULE - 1 ||
		    i + 1 == config->port_count)
			fprintf(out,
			    " -m set --match-set %s src -j REJECT "
			    "--reject-with tcp-reset\n",
			    family->set);
		else
			fputc(',', out);
	}
}

/* The hook's first rule, once. */
static int
jump(
    const struct family *family, const char *hook, bool wanted, struct err *err)
{
	struct err none;
	bool is = run(&none, family->tables, "-C", hook, "-j", CHAIN) == 0;

	if (wanted == is)
		return 0;
	return run(
	    err, family->tables, wanted ? "-I" : "-D", hook, "-j", CHAIN);
}

static int
make_chain(const struct family *family, struct err *err)
{
	const char *argv[] = { family->restore, "--noflush", NULL };
	int fd;
	FILE *out = text_begin(&fd);

	/* A chain that is there is emptied by its line. */
	fputs("*filter\n:" CHAIN " - [0:0]\n", out);
	print_rules(out, family);
	fputs("COMMIT\n", out);
	if (text_run(out, fd, argv, err) == -1 ||
	    jump(family, "INPUT", true, err) == -1)
		return -1;
	return jump(family, "FORWARD", config->forward, err);
}

/* What may not be there is not missed. */
static void
clear(const struct family *family)
{
	struct err none;

	(void)jump(family, "INPUT", false, &none);
	(void)jump(family, "FORWARD", false, &none);
	(void)run(&none, family->tables, "-F", CHAIN, NULL, NULL);
	(void)run(&none, family->tables, "-X", CHAIN, NULL, NULL);
	(void)run(&none, "ipset", "destroy", family->set, NULL, NULL);
}

static bool
has_set(const struct family *family)
{
	struct err none;

	return run(&none, "ipset", "-terse", "list", family->set, NULL) == 0;
}

static int
make(struct err *err)
{
	if (make_sets(err) == -1) {
		/* Sets of that name that are not as ours are made anew. */
		for (size_t i = 0; i < NELEMS(families); i++)
			clear(&families[i]);
		if (make_sets(err) == -1)
			return -1;
	}
	for (size_t i = 0; i < NELEMS(families); i++)
		if (is_used(&families[i]) &&
		    make_chain(&families[i], err) == -1)
			return -1;
	return 0;
}

static int
open_ipset(const struct block_config *wanted, bool *found, struct err *err)
{
	if (geteuid() != 0)
		return err_set(err, "ipset: iptables and ipset need root with "
				    "the right CAP_NET_ADMIN; start as root");
	config = wanted;
	without6 = access("/proc/net/if_inet6", F_OK) == -1;
	*found = has_set(&families[0]);
	if (make(err) == -1)
		return -1;
	opened = true;
	return 0;
}

static void
print_element(FILE *out, const struct block_element *element)
{
	struct addr addr = { element->family, { 0 } };
	char text[ADDR_TEXT];

	memcpy(addr.b, element->b, sizeof(addr.b));
	addr_print(&addr, text);
	fprintf(out, "%s %s %s/%u", element->remove ? "del" : "add",
	    family_of(element->family)->set, text, element->bits);
	if (!element->remove)
		fprintf(out, " timeout %" PRIu32,
		    element->seconds < LONGEST_SECS ? element->seconds
						    : LONGEST_SECS);
	fputc('\n', out);
}

/* With -exist an element that is there gets its new time. */
static int
change_ipset(const struct block_element *elements, size_t n, struct err *err)
{
	static const char *const argv[] = { "ipset", "-exist", "restore",
		NULL };
	int fd;
	FILE *out;

	if (!opened)
		return err_set(err, "ipset: not open");
	out = text_begin(&fd);
	for (size_t i = 0; i < n; i++)
		if (is_used(family_of(elements[i].family)))
			print_element(out, &elements[i]);
	if (text_run(out, fd, argv, err) == -1)
		return -1;
	sockets_end_added(config, elements, n);
	return 0;
}

/* "add mailweir4 192.0.2.0/24 timeout 3599 packets 5 bytes 300" */
static bool
parse_element(
    struct slice line, struct block_element *element, int64_t *packets)
{
	struct prefix prefix;
	struct slice word;
	uint64_t seconds, number;

	if (!slice_skips(&line, "add ") ||
	    !slice_cut(&line, SLICE(" "), &word) ||
	    !slice_cut(&line, SLICE(" "), &word) ||
	    !prefix_parse(word, &prefix) || !slice_skips(&line, "timeout ") ||
	    !slice_cut(&line, SLICE(" "), &word) ||
	    !slice_number(word, &seconds) || !slice_skips(&line, "packets ") ||
	    !slice_cut(&line, SLICE(" "), &word) ||
	    !slice_number(word, &number))
		return false;
	*packets = (int64_t)number;
	*element = wire_element(&prefix);
	element->seconds =
	    seconds > BLOCK_MOST ? BLOCK_MOST : (uint32_t)seconds;
	if (element->seconds == 0)
		element->seconds = 1;
	return true;
}

static int
list_set(
    const struct family *family, struct difference *difference, struct err *err)
{
	const char *argv[] = { "ipset", "save", family->set, NULL };
	struct block_element element;
	struct slice rest, line;
	int64_t packets;
	char *text;

	if (config->run(argv, -1, &text, err) == -1)
		return -1;
	rest = slice_of(text);
	while (slice_cut(&rest, SLICE("\n"), &line))
		if (parse_element(line, &element, &packets))
			difference_take(difference, &element, packets);
	free(text);
	return 0;
}

static int
compare(int list, struct err *err)
{
	struct difference *difference = difference_new(list);
	int rc = 0;

	if (difference == NULL)
		return err_set(err, "ipset: the list cannot be read");
	for (size_t i = 0; i < NELEMS(families) && rc == 0; i++)
		if (is_used(&families[i]))
			rc = list_set(&families[i], difference, err);
	if (rc == 0)
		difference_tell(difference, false);
	difference_free(difference);
	return rc;
}

/* The packets that the chain's rules have refused; -1: it is not as made. */
static int64_t
refused_by(const struct family *family)
{
	const char *argv[] = { family->tables, "-nvxL", CHAIN, NULL };
	size_t rules = 0,
	       wanted = (config->port_count + PORTS_A_RULE - 1) / PORTS_A_RULE;
	struct slice rest, line, word;
	struct err none;
	uint64_t packets;
	int64_t sum = 0;
	char *text;

	if (config->run(argv, -1, &text, &none) == -1)
		return -1;
	rest = slice_of(text);
	while (slice_cut(&rest, SLICE("\n"), &line)) {
		while (slice_skips(&line, " "))
			continue;
		if (!slice_cut(&line, SLICE(" "), &word) ||
		    !slice_number(word, &packets))
			continue;
		rules++;
		sum += (int64_t)packets;
	}
	free(text);
	return rules == wanted ? sum : -1;
}

static bool
is_whole(const struct family *family, uint64_t *refused)
{
	struct err none;
	int64_t packets = refused_by(family);

	if (packets == -1 || !has_set(family) ||
	    run(&none, family->tables, "-C", "INPUT", "-j", CHAIN) == -1)
		return false;
	*refused += (uint64_t)packets;
	return true;
}

/* Nobody tells when somebody changes a set: it is compared each time. */
static int
check_ipset(int list, struct block_answer *answer, struct err *err)
{
	if (!opened)
		return err_set(err, "ipset: not open");
	for (size_t i = 0; i < NELEMS(families); i++)
		if (is_used(&families[i]) &&
		    !is_whole(&families[i], &answer->refused))
			answer->wiped = true;
	if (answer->wiped)
		return make(err);
	answer->touched = list == -1;
	return list == -1 ? 0 : compare(list, err);
}

static int
close_ipset(const struct block_config *wanted, struct err *err)
{
	config = wanted;
	opened = false;
	for (size_t i = 0; i < NELEMS(families); i++)
		clear(&families[i]);
	return has_set(&families[0])
		   ? err_set(err, "ipset: the set mailweir4 is in use, and "
				  "stays")
		   : 0;
}

const struct block_backend backend_ipset = {
	.name = "ipset",
	.capabilities = UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1)
							   << CAP_NET_RAW,
	.root = true,
	.open = open_ipset,
	.change = change_ipset,
	.check = check_ipset,
	.close = close_ipset,
};
