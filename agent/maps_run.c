/* maps_run.c - makemap and postmap, for the helper that writes the maps */
#include "agent/maps_run.h"

#include <stdlib.h>
#include <string.h>

#include "agent/execute.h"
#include "base/array.h"
#include "base/helper.h"

#define MAP_MSECS 60000 /* for 100,000 lines on a slow disk */
#define MOST_ARGS 8

static const struct {
	const char *name;
	const char *paths[5]; /* the last is NULL */
} programs[] = {
	{ "makemap",
	    { "/usr/sbin/makemap", "/usr/libexec/sendmail/makemap",
		"/usr/local/sbin/makemap", "/usr/lib/mail/makemap", NULL } },
	{ "postmap", { "/usr/sbin/postmap", "/usr/local/sbin/postmap", NULL } },
};

const char *
maps_program(const char *name)
{
	for (size_t i = 0; i < NELEMS(programs); i++)
		if (strcmp(programs[i].name, name) == 0)
			return execute_find(programs[i].paths);
	return NULL;
}

static int
run(const char *const argv[], int in, int stop, struct err *err)
{
	const char *args[MOST_ARGS + 1] = { maps_program(argv[0]) };
	struct execution execution = { .argv = args,
		.in = in,
		.stop = stop,
		.most_bytes = EXECUTE_BYTES,
		.most_ms = MAP_MSECS };
	char *output;
	size_t n;

	if (args[0] == NULL)
		return err_set(err,
		    "%s: not found; it comes with the mail system", argv[0]);
	for (size_t i = 1; i < MOST_ARGS && argv[i] != NULL; i++)
		args[i] = argv[i];
	if (execute(&execution, &output, &n, err) == -1)
		return -1;
	free(output);
	return 0;
}

int
maps_run(const char *const argv[], int in, struct err *err)
{
	return run(argv, in, HELPER_FD, err);
}

int
maps_run_alone(const char *const argv[], int in, struct err *err)
{
	return run(argv, in, -1, err);
}
