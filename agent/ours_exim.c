/*
 * ours_exim.c - Exim: the named lists of its configuration
 *
 * "exim -bP +NAME" prints "domainlist NAME = ..." with macros replaced and
 * expansions not (Exim's specification, chapters 5 and 10).  The names are
 * those of the default configuration, which others have kept.
 */
#include "agent/ours_exim.h"

#include <stdlib.h>
#include <string.h>

#include "agent/execute.h"
#include "agent/ours_files.h"
#include "base/mem.h"

static const char *const programs[] = { "/usr/sbin/exim4", "/usr/sbin/exim",
	"/usr/local/sbin/exim", "/usr/exim/bin/exim", "/usr/pkg/sbin/exim",
	NULL };

struct question {
	const char *program;
	int stop;
};

/* What it prints for the name, without "...NAME = "; to be freed. */
static char *
ask(const struct question *question, const char *what, struct err *err)
{
	const char *const argv[] = { question->program, "-bP", what, NULL };
	const struct execution execution = { argv, -1, question->stop,
		EXECUTE_BYTES, EXECUTE_SECONDS * 1000 };
	struct slice line, name, rest;
	char *text, *value;
	size_t n;

	if (execute(&execution, &text, &n, err) == -1)
		return NULL;
	rest = (struct slice){ text, n };
	if (!ours_line(&rest, &line) || !slice_cut(&line, SLICE("="), &name)) {
		err_set(err, "%s -bP %s: printed no value", question->program,
		    what);
		free(text);
		return NULL;
	}
	line = ours_trim(line);
	value = mem_zero(1, line.n + 1);
	slice_copy(line, value, line.n + 1);
	free(text);
	return value;
}

static bool
is_list_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((name.p[i] | 0x20) < 'a' || (name.p[i] | 0x20) > 'z')
			if ((name.p[i] < '0' || name.p[i] > '9') &&
			    name.p[i] != '_')
				return false;
	return name.n != 0 && name.n < 64;
}

static char *
ask_list(void *arg, struct slice name)
{
	char what[66] = "+";
	struct err err;

	if (!is_list_name(name))
		return NULL;
	slice_copy(name, what + 1, sizeof(what) - 1);
	return ask(arg, what, &err);
}

static void
read_all(const struct our_place *place, int stop, struct ours *ours)
{
	struct question question = { place->program, stop };
	char *primary, *local, *relayed, *hosts;
	struct exim exim = { ours, { 0 }, ask_list, &question };
	struct err err;

	primary = ask(&question, "primary_hostname", &err);
	if (primary == NULL) {
		ours_gap(ours, true, "%s", err.text);
		ours_gap(ours, false, "%s", err.text);
		return;
	}
	exim.primary = slice_of(primary);
	local = ask_list(&question, SLICE("local_domains"));
	relayed = ask_list(&question, SLICE("relay_to_domains"));
	hosts = ask_list(&question, SLICE("relay_from_hosts"));
	if (local != NULL)
		exim_domains(&exim, slice_of(local), "local_domains", false);
	if (relayed != NULL)
		exim_domains(
		    &exim, slice_of(relayed), "relay_to_domains", true);
	if (hosts != NULL)
		exim_hosts(&exim, slice_of(hosts), "relay_from_hosts");
	if (local == NULL && relayed == NULL)
		ours_gap(ours, true,
		    "exim: no list is called local_domains or "
		    "relay_to_domains");
	if (hosts == NULL)
		ours_gap(
		    ours, false, "exim: no list is called relay_from_hosts");
	free(primary);
	free(local);
	free(relayed);
	free(hosts);
}

static bool
find(struct our_place *place)
{
	if (place->program == NULL)
		place->program = execute_find(programs);
	return place->program != NULL;
}

const struct ours_system ours_exim = {
	.name = "exim",
	.find = find,
	.read = read_all,
};
