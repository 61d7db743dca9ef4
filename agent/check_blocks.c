/* check_blocks.c - mailweir check: how blocks are enforced */
#include "agent/check_blocks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/maps_run.h"

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
	found = maps_program(program);
	if (found == NULL && !cidr) {
		printf("  %s: not found; it comes with the mail system\n",
		    program);
		good = false;
	} else if (!cidr) {
		printf("  made by %s\n", found);
	}
	return good;
}

bool
check_blocks_backend(const struct block_config *blocks)
{
	bool access_map = strcmp(blocks->backend, "access") == 0, good = true;
	const char *program = access_map ? "makemap" : "postmap";

	printf("blocks: %s, by %s, at most %u\n",
	    blocks->mode == BLOCK_ENFORCE ? "enforced" : "only observed",
	    blocks->backend, (unsigned)blocks->max_blocks);
	if (access_map)
		return check_map("map",
		    blocks->map != NULL ? blocks->map : BLOCK_ACCESS_MAP,
		    program);
	if (strcmp(blocks->backend, "postfix") != 0)
		return true;
	if (blocks->map != NULL)
		good &= check_map("map", blocks->map, program);
	if (blocks->sender_map != NULL)
		good &= check_map("sender_map", blocks->sender_map, program);
	return good;
}
