/*
 * journals.h - journals as a test makes them, by systemd-journal-remote
 *
 * Entries are given as journald's JSON export has them, one object each, and
 * handed on in its binary-safe form (systemd JOURNAL_EXPORT_FORMATS).  A
 * writer keeps one file open and appends, as journald does; at `limit' bytes
 * it rotates.
 */
#ifndef TESTS_JOURNALS_H
#define TESTS_JOURNALS_H

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <endian.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-journal.h>

#define JOURNAL_REMOTE "/lib/systemd/systemd-journal-remote"

#define JOURNAL_MUST(call)                                                     \
	do {                                                                   \
		if (!(call)) {                                                 \
			perror(#call);                                         \
			abort();                                               \
		}                                                              \
	} while (0)

struct journal_writer {
	pid_t pid;
	FILE *to;
};

static inline bool
journals_can_be_made(void)
{
	return access(JOURNAL_REMOTE, X_OK) == 0;
}

static void
there_is_a_systemd_journal_remote(void **unused)
{
	(void)unused;
	skip();
}

/* Instead of the tests. */
static inline int
journals_skip(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(
	    there_is_a_systemd_journal_remote) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

static inline void
journal_exec(const char *file, rlim_t limit, int in)
{
	struct rlimit bytes = { limit, limit };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char *output;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	JOURNAL_MUST(asprintf(&output, "--output=%s", file) != -1);
	dup2(in, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (getenv("JOURNAL_DEBUG") == NULL)
		dup2(null, STDERR_FILENO);
	/* A file that cannot grow is rotated. */
	signal(SIGXFSZ, SIG_IGN);
	if (limit != 0)
		setrlimit(RLIMIT_FSIZE, &bytes);
	execl(JOURNAL_REMOTE, JOURNAL_REMOTE, output, "--split-mode=none", "-",
	    (char *)NULL);
	_exit(127);
}

static inline struct journal_writer
journal_writer_open(const char *file, rlim_t limit)
{
	struct journal_writer writer;
	int pipes[2];

	JOURNAL_MUST(pipe2(pipes, O_CLOEXEC) == 0);
	writer.pid = fork();
	JOURNAL_MUST(writer.pid != -1);
	if (writer.pid == 0)
		journal_exec(file, limit, pipes[0]);
	close(pipes[0]);
	writer.to = fdopen(pipes[1], "w");
	return writer;
}

static inline void
journal_writer_close(struct journal_writer *writer)
{
	int status;

	JOURNAL_MUST(fclose(writer->to) == 0);
	JOURNAL_MUST(waitpid(writer->pid, &status, 0) == writer->pid);
	JOURNAL_MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A text, or bytes as an array of numbers; what is told by its length. */
static inline void
journal_put_field(FILE *to, const char *name, const json_t *value)
{
	size_t n = json_is_array(value) ? json_array_size(value)
					: json_string_length(value);
	char *bytes = malloc(n + 1);
	uint64_t length = htole64(n);

	for (size_t i = 0; i < n; i++)
		bytes[i] = json_is_array(value) ? (char)json_integer_value(
						      json_array_get(value, i))
						: json_string_value(value)[i];
	fprintf(to, "%s\n", name);
	fwrite(&length, sizeof(length), 1, to);
	fwrite(bytes, 1, n, to);
	fputc('\n', to);
	free(bytes);
}

static inline void
journal_put(struct journal_writer *writer, const json_t *entry)
{
	const char *name;
	json_t *value;

	/* Times are wanted as plain text and first. */
	fprintf(writer->to, "__REALTIME_TIMESTAMP=%s\n",
	    json_string_value(json_object_get(entry, "__REALTIME_TIMESTAMP")));
	fprintf(writer->to, "__MONOTONIC_TIMESTAMP=%s\n",
	    json_string_value(json_object_get(entry, "__MONOTONIC_TIMESTAMP")));
	fprintf(writer->to, "_BOOT_ID=%s\n",
	    json_string_value(json_object_get(entry, "_BOOT_ID")));
	json_object_foreach ((json_t *)(uintptr_t)entry, name, value)
		if (strncmp(name, "__", 2) != 0 &&
		    strcmp(name, "_BOOT_ID") != 0)
			journal_put_field(writer->to, name, value);
	fputc('\n', writer->to);
	fflush(writer->to);
}

/* The whole of a JSON export, a line an entry. */
static inline void
journal_put_lines(struct journal_writer *writer, FILE *lines)
{
	char *line = NULL;
	size_t size = 0;
	json_t *entry;

	while (getline(&line, &size, lines) != -1) {
		entry = json_loads(line, JSON_ALLOW_NUL, NULL);
		JOURNAL_MUST(entry != NULL);
		journal_put(writer, entry);
		json_decref(entry);
	}
	free(line);
}

#endif
