/* check_blocks.c - mailweir check: the maps that blocks are written into */
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
check_blocks_maps(const struct block_config *blocks)
{
	bool good = true;

	if (strcmp(blocks->backend, "access") == 0)
		return check_map("map",
		    blocks->map != NULL ? blocks->map : BLOCK_ACCESS_MAP,
		    "makemap");
	if (strcmp(blocks->backend, "postfix") != 0)
		return true;
	if (blocks->map != NULL)
		good &= check_map("map", blocks->map, "postmap");
	if (blocks->sender_map != NULL)
		good &= check_map("sender_map", blocks->sender_map, "postmap");
	return good;
}
