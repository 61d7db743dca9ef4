/* command_remote.c - what the commands share that ask the running agent */
#include "agent/command_remote.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/safe.h"

static bool
read_option(struct remote *remote, int c, const char **path)
{
	switch (c) {
	case 'c':
		*path = optarg;
		return true;
	case 'j':
		return remote->json = true;
	case 'a':
		return remote->all = true;
	case 'd':
		return remote->remove = true;
	case 'e':
		return remote->evidence = true;
	case 'f':
		remote->span = optarg;
		return true;
	case 'r':
		remote->reason = optarg;
		return true;
	default:
		return false;
	}
}

bool
remote_open(struct remote *remote, const struct command *command,
    const struct option *options, int argc, char **argv, int *status,
    struct err *err)
{
	const char *path = NULL;
	int c;

	memset(remote, 0, sizeof(*remote));
	while ((c = getopt_long(argc, argv, "hc:", options, NULL)) != -1) {
		if (c == 'h') {
			*status = command_help(command);
			return false;
		}
		if (!read_option(remote, c, &path)) {
			*status = command_misused(command, err);
			return false;
		}
	}
	remote->words = argv + optind;
	remote->word_count = argc - optind;
	*status = EXIT_USAGE;
	return config_load(&remote->config, path, err) == 0;
}

void
remote_close(struct remote *remote)
{
	config_free(&remote->config);
}

int
remote_status(enum ask_answer answer)
{
	return answer == ASK_DONE    ? EXIT_DONE
	       : answer == ASK_WRONG ? EXIT_USAGE
				     : EXIT_FAILED;
}

int
remote_print_json(const json_t *json, struct err *err)
{
	if (json_dumpf(json, stdout, JSON_INDENT(1)) == -1 ||
	    putchar('\n') == EOF || fflush(stdout) == EOF) {
		err_sys(err, "standard output");
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

const char *
remote_text(
    const json_t *object, const char *key, size_t width, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(object, key));

	safe_text(slice_of(text != NULL ? text : ""), width, out, size);
	return out;
}

int64_t
remote_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void
remote_time(const json_t *object, const char *key, char text[REMOTE_TIME])
{
	time_t when = (time_t)remote_number(object, key);
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL ||
	    strftime(text, REMOTE_TIME, "%Y-%m-%d %H:%M", &tm) == 0)
		text[0] = '\0';
}
