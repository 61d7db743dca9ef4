/* proc.h - what the kernel says of a process: its status, threads, children */
#ifndef TESTS_PROC_H
#define TESTS_PROC_H

#include <dirent.h>
#include <stdint.h>

#include "tests/logs.h"

/* capabilities(7) */
#define DAC_READ_SEARCH 2
#define NET_ADMIN       12

/* "CapEff:\t0000000000000004" of a status file, which has 16 hex digits. */
static inline uint64_t
proc_field(const char *path, const char *name, int base)
{
	FILE *in = fopen(path, "re");
	size_t n = strlen(name);
	uint64_t value = UINT64_MAX;
	bool found = false;
	char line[256];

	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL)
		if (strncmp(line, name, n) == 0 && line[n] == ':') {
			value = strtoull(line + n + 1, NULL, base);
			found = true;
		}
	fclose(in);
	if (!found)
		fail_msg("%s: no %s", path, name);
	return value;
}

struct proc_rights {
	uint64_t kept;     /* permitted and effective */
	uint64_t bounding; /* PROC_ANY: whatever is in it */
	bool no_new_privs, filter;
};

#define PROC_ANY UINT64_MAX

static inline void
proc_assert(const char *path, const struct proc_rights *rights)
{
	const struct {
		const char *name;
		uint64_t value;
	} wanted[] = {
		{ "CapEff", rights->kept },
		{ "CapPrm", rights->kept },
		{ "CapInh", 0 },
		{ "CapAmb", 0 },
		{ "CapBnd", rights->bounding },
		{ "NoNewPrivs", rights->no_new_privs },
		{ "Seccomp", rights->filter ? 2 : 0 },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		uint64_t value = proc_field(path, wanted[i].name, 16);

		if (value != wanted[i].value && wanted[i].value != PROC_ANY)
			fail_msg("%s: %s is %llx", path, wanted[i].name,
			    (unsigned long long)value);
	}
}

/* The child that has this name in ps, and its status file; 0: none. */
static inline pid_t
proc_child(pid_t pid, const char *name, char status[64])
{
	char path[64], children[256] = "", comm[64], *rest = children;
	pid_t child;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	in = fopen(path, "re");
	assert_non_null(in);
	(void)fgets(children, sizeof(children), in);
	fclose(in);
	while ((child = (pid_t)strtol(rest, &rest, 10)) > 0) {
		snprintf(path, sizeof(path), "/proc/%d/comm", child);
		in = fopen(path, "re");
		if (in == NULL || fgets(comm, sizeof(comm), in) == NULL)
			comm[0] = '\0';
		if (in != NULL)
			fclose(in);
		comm[strcspn(comm, "\n")] = '\0';
		if (strcmp(comm, name) == 0) {
			snprintf(status, 64, "/proc/%d/status", child);
			return child;
		}
	}
	return 0;
}

/* Calls it with the status file of every thread; how many there are. */
static inline unsigned
proc_threads(pid_t pid, void (*look)(const char *status, void *arg), void *arg)
{
	char path[300];
	struct dirent *entry;
	unsigned threads = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	assert_non_null(tasks);
	while ((entry = readdir(tasks)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/status", pid,
		    entry->d_name);
		look(path, arg);
		threads++;
	}
	closedir(tasks);
	return threads;
}

#endif
