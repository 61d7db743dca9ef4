/* check_blocks.c - mailweir check: the maps and programs that block */
#include "agent/check_blocks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/block_run.h"

static bool
check_map(const char *what, const char *map, const char *program)
{
	const char *colon = strchr(map, ':'), *found;
	const char *path = colon != NULL && map[0] != '/' ? colon + 1 : map;
	bool cidr = strncmp(map, "cidr:", 5) == 0;
	bool good = true;

	printf("  %s: %s\n", what, map);
	if (access(path, F_OK) == -1) {
		printf("  %s: %s; it has to be there: make it, and name it to "
		       "the mail system\n",
		    path, strerror(errno));
		good = false;
	}
	found = block_program(program);
	if (found == NULL && !cidr) {
		printf("  %s: not found; it comes with the mail system\n",
		    program);
		good = false;
	} else if (!cidr) {
		printf("  made by %s\n", found);
	}
	return good;
}

static bool
check_programs(const char *const *names)
{
	bool good = true;

	for (; *names != NULL; names++) {
		const char *found = block_program(*names);

		printf("  %s: %s\n", *names,
		    found != NULL ? found : "not found; install it");
		good &= found != NULL;
	}
	return good;
}

static bool
check_command(const char *what, const char *line)
{
	size_t n = line == NULL ? 0 : strcspn(line, " \t");
	char path[PATH_MAX];

	if (line == NULL)
		return true;
	snprintf(path, sizeof(path), "%.*s", (int)n, line);
	printf("  %s: %s\n", what, line);
	if (access(path, X_OK) == 0)
		return true;
	printf("  %s: %s; it has to be there, and executable\n", path,
	    strerror(errno));
	return false;
}

bool
check_blocks_backend(const struct block_config *blocks)
{
	static const char *const tools[] = { "ipset", "iptables",
		"iptables-restore", "ip6tables", "ip6tables-restore", NULL };
	bool good = true;

	if (strcmp(blocks->backend, "ipset") == 0)
		return check_programs(tools);
	if (strcmp(blocks->backend, "access") == 0)
		return check_map("map",
		    blocks->map != NULL ? blocks->map : BLOCK_ACCESS_MAP,
		    "makemap");
	if (strcmp(blocks->backend, "command") == 0) {
		good &= check_command("add", blocks->add);
		good &= check_command("remove", blocks->remove);
		good &= check_command("add6", blocks->add6);
		good &= check_command("remove6", blocks->remove6);
	}
	if (strcmp(blocks->backend, "postfix") != 0)
		return good;
	if (blocks->map != NULL)
		good &= check_map("map", blocks->map, "postmap");
	if (blocks->sender_map != NULL)
		good &= check_map("sender_map", blocks->sender_map, "postmap");
	return good;
}
