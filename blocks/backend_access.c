/*
 * backend_access.c - clients and senders refused by Sendmail's access map
 *
 * makemap(8) reads the text from its standard input.  Sendmail sees the new
 * table at its next look-up, without a signal.
 */
#include "blocks/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "blocks/maps.h"

extern const struct block_backend backend_access;

static struct map_place place;
static block_run_fn *run;

static int
make(const struct map_place *map, block_run_fn *run_program, struct err *err)
{
	const char *argv[] = { "makemap", map->type, map->path, NULL };
	int text, rc;

	text = open(map->path, O_RDONLY | O_CLOEXEC);
	if (text == -1)
		return err_sys(err, "%s: open", map->path);
	rc = run_program(argv, text, NULL, err);
	close(text);
	return rc;
}

static int
open_map(const struct block_config *config, bool *found, struct err *err)
{
	*found = false;
	run = config->run;
	place = (struct map_place){
		.form = map_form("access"),
		.clients = true,
		.senders = true,
		.make = make,
	};
	return maps_parse(&place,
	    config->map != NULL ? config->map : BLOCK_ACCESS_MAP, "hash", err);
}

static int
write_map(int list, struct err *err)
{
	return maps_write(&place, 1, list, run, err);
}

static int
check_map(int list, struct block_answer *answer, struct err *err)
{
	(void)list;
	return maps_check(&place, 1, answer, err);
}

static int
close_map(const struct block_config *config, struct err *err)
{
	bool found;

	return open_map(config, &found, err) == -1
		   ? -1
		   : maps_clear(&place, 1, run, err);
}

const struct block_backend backend_access = {
	.name = "access",
	.capabilities = MAPS_CAPABILITIES,
	.root = true,
	.senders = true,
	.write_seconds = MAPS_SECONDS,
	.open = open_map,
	.write = write_map,
	.check = check_map,
	.close = close_map,
};
