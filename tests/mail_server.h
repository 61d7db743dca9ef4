/*
 * mail_server.h - real/mail_server.py as a test starts it and hears of it
 */
#ifndef TESTS_MAIL_SERVER_H
#define TESTS_MAIL_SERVER_H

#include <sys/prctl.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/array.h"
#include "tests/scratch.h"

#define SERVER_MS 30000

enum { PLAIN, STARTTLS, SMTPS, OTHER, HTTP, PORTS };

static struct {
	char *directory;
	pid_t pid;
	int in; /* its standard input: it ends with it */
	FILE *said;
	int fd;
	unsigned ports[PORTS];
} server;

static inline void
touch(const char *name, bool there)
{
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", server.directory, name);
	if (!there) {
		(void)unlink(path);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd != -1);
	close(fd);
}

/* In the child. */
static inline void __attribute__((noreturn)) become_server(int in, int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
	execlp("python3", "python3", "tests/system/real/mail_server.py",
	    server.directory, (char *)NULL);
	_exit(127);
}

static inline int
start_server(void **state)
{
	int in[2], out[2];
	char line[256];

	(void)state;
	server.directory = scratch_make();
	if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1)
		return -1;
	server.pid = fork();
	if (server.pid == 0)
		become_server(in[0], out[1]);
	close(in[0]);
	close(out[1]);
	server.in = in[1];
	server.fd = out[0];
	server.said = fdopen(out[0], "r");
	setvbuf(server.said, NULL, _IONBF, 0);
	return fgets(line, sizeof(line), server.said) != NULL &&
		       sscanf(line, "%u %u %u %u %u", &server.ports[0],
			   &server.ports[1], &server.ports[2], &server.ports[3],
			   &server.ports[4]) == PORTS
		   ? 0
		   : -1;
}

static inline int
stop_server(void **state)
{
	static const char *const made[] = { "good.pem", "good.key", "other.pem",
		"other.key", "wait", "go" };

	(void)state;
	close(server.in);
	waitpid(server.pid, NULL, 0);
	fclose(server.said);
	for (size_t i = 0; i < NELEMS(made); i++)
		touch(made[i], false);
	scratch_remove(server.directory);
	return 0;
}

/* What a server took, to be freed; not that somebody turned away from one. */
static inline json_t *
taken(void)
{
	struct pollfd fd = { server.fd, POLLIN, 0 };
	static char line[1 << 20];
	json_t *json;

	for (;;) {
		assert_int_equal(poll(&fd, 1, SERVER_MS), 1);
		assert_non_null(fgets(line, sizeof(line), server.said));
		json = json_loads(line, 0, NULL);
		assert_non_null(json);
		if (json_object_get(json, "refused") == NULL)
			return json;
		json_decref(json);
	}
}

static inline const char *
text(json_t *json, const char *name)
{
	const char *value = json_string_value(json_object_get(json, name));

	return value == NULL ? "" : value;
}

#endif
