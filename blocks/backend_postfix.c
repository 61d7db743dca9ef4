/*
 * backend_postfix.c - clients and senders refused by tables of Postfix
 *
 * `map' is for check_client_access, `sender_map' for check_sender_access: one
 * file for both would refuse the hosts of a domain whose senders are blocked.
 * Postfix looks for a new table now and then, and at once where a process
 * starts (DATABASE_README); a cidr table is read by processes that start.
 */
#include "blocks/backend.h"

#include <stdio.h>

#include "blocks/maps.h"

extern const struct block_backend backend_postfix;

static struct map_place places[2];
static size_t place_count;
static block_run_fn *run;

static int
make(const struct map_place *map, block_run_fn *run_program, struct err *err)
{
	char table[4200];
	const char *argv[] = { "postmap", table, NULL };

	snprintf(table, sizeof(table), "%s:%s", map->type, map->path);
	return run_program(argv, -1, NULL, err);
}

static int
add_place(const char *text, bool senders, struct err *err)
{
	struct map_place *place = &places[place_count++];

	*place = (struct map_place){ .clients = !senders, .senders = senders };
	if (maps_parse(place, text, "hash", err) == -1)
		return -1;
	place->form = map_form(place->type);
	if (place->form == NULL || (senders && !place->form->unique) ||
	    strcmp(place->type, "access") == 0)
		return err_set(err, "%s = \"%s\": %s is expected",
		    senders ? "sender_map" : "map", text,
		    senders ? "\"hash:PATH\" or \"lmdb:PATH\""
			    : "\"hash:PATH\", \"lmdb:PATH\" or \"cidr:PATH\"");
	place->make = strcmp(place->type, "cidr") == 0 ? NULL : make;
	return 0;
}

static int
open_maps(const struct block_config *config, bool *found, struct err *err)
{
	*found = false;
	place_count = 0;
	run = config->run;
	if (config->map == NULL && config->sender_map == NULL)
		return err_set(err, "backend \"postfix\": map or sender_map is "
				    "expected, as in "
				    "\"hash:/etc/postfix/blocked\"");
	if (config->map != NULL && add_place(config->map, false, err) == -1)
		return -1;
	return config->sender_map == NULL
		   ? 0
		   : add_place(config->sender_map, true, err);
}

static int
write_maps(int list, struct err *err)
{
	return maps_write(places, place_count, list, run, err);
}

static int
check_maps(int list, struct block_answer *answer, struct err *err)
{
	(void)list;
	return maps_check(places, place_count, answer, err);
}

static int
close_maps(const struct block_config *config, struct err *err)
{
	bool found;

	return open_maps(config, &found, err) == -1
		   ? -1
		   : maps_clear(places, place_count, run, err);
}

const struct block_backend backend_postfix = {
	.name = "postfix",
	.capabilities = MAPS_CAPABILITIES,
	.root = true,
	.senders = true,
	.write_seconds = MAPS_SECONDS,
	.open = open_maps,
	.write = write_maps,
	.check = check_maps,
	.close = close_maps,
};
