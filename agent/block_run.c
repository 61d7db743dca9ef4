/* block_run.c - the programs of backends: map makers, firewalls, commands */
#include "agent/block_run.h"

#include <stdlib.h>
#include <string.h>

#include "agent/execute.h"
#include "base/array.h"
#include "base/helper.h"

#define RUN_MSECS    60000       /* for 100,000 lines on a slow disk */
#define OUTPUT_BYTES (16u << 20) /* 100,000 elements as text */
#define MOST_ARGS    40

static const struct {
	const char *name, *from; /* what it comes with */
	const char *paths[5];    /* the last is NULL */
} programs[] = {
	{ "makemap", "the mail system",
	    { "/usr/sbin/makemap", "/usr/libexec/sendmail/makemap",
		"/usr/local/sbin/makemap", "/usr/lib/mail/makemap", NULL } },
	{ "postmap", "the mail system",
	    { "/usr/sbin/postmap", "/usr/local/sbin/postmap", NULL } },
	{ "ipset", "the package ipset",
	    { "/usr/sbin/ipset", "/sbin/ipset", "/usr/local/sbin/ipset",
		NULL } },
	{ "iptables", "the package iptables",
	    { "/usr/sbin/iptables", "/sbin/iptables",
		"/usr/local/sbin/iptables", NULL } },
	{ "iptables-restore", "the package iptables",
	    { "/usr/sbin/iptables-restore", "/sbin/iptables-restore",
		"/usr/local/sbin/iptables-restore", NULL } },
	{ "ip6tables", "the package iptables",
	    { "/usr/sbin/ip6tables", "/sbin/ip6tables",
		"/usr/local/sbin/ip6tables", NULL } },
	{ "ip6tables-restore", "the package iptables",
	    { "/usr/sbin/ip6tables-restore", "/sbin/ip6tables-restore",
		"/usr/local/sbin/ip6tables-restore", NULL } },
};

const char *
block_program(const char *name)
{
	for (size_t i = 0; i < NELEMS(programs); i++)
		if (strcmp(programs[i].name, name) == 0)
			return execute_find(programs[i].paths);
	return NULL;
}

static const char *
origin(const char *name)
{
	for (size_t i = 0; i < NELEMS(programs); i++)
		if (strcmp(programs[i].name, name) == 0)
			return programs[i].from;
	return "nothing known";
}

static int
run(const char *const argv[], int in, int stop, char **output, struct err *err)
{
	const char *args[MOST_ARGS + 1] = {
		argv[0][0] == '/' ? argv[0] : block_program(argv[0])
	};
	struct execution execution = { .argv = args,
		.in = in,
		.stop = stop,
		.most_bytes = OUTPUT_BYTES,
		.most_ms = RUN_MSECS };
	char *text;
	size_t n;

	if (args[0] == NULL)
		return err_set(err, "%s: not found; it comes with %s", argv[0],
		    origin(argv[0]));
	for (size_t i = 1; i < MOST_ARGS && argv[i] != NULL; i++)
		args[i] = argv[i];
	if (execute(&execution, &text, &n, err) == -1)
		return -1;
	if (output != NULL)
		*output = text;
	else
		free(text);
	return 0;
}

int
block_run(const char *const argv[], int in, char **output, struct err *err)
{
	return run(argv, in, HELPER_FD, output, err);
}

int
block_run_alone(
    const char *const argv[], int in, char **output, struct err *err)
{
	return run(argv, in, -1, output, err);
}
