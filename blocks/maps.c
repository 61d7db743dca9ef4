/* maps.c - blocks written into maps, and made tables by the mail system's own */
#include "blocks/maps.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "blocks/map.h"
#include "blocks/wire.h"

#define TRIES 3 /* while somebody edits the map */

struct list {
	char *bytes;
	struct prefix *clients;
	struct slice *senders; /* in the bytes */
	size_t client_count, sender_count;
};

int
maps_parse(struct map_place *place, const char *text, const char *type,
    struct err *err)
{
	const char *colon = strchr(text, ':');

	if (text[0] == '/' || colon == NULL) {
		place->path = text;
		slice_copy(slice_of(type), place->type, sizeof(place->type));
	} else {
		place->path = colon + 1;
		if ((size_t)(colon - text) >= sizeof(place->type))
			return err_set(err, "map = \"%s\": no such type", text);
		slice_copy((struct slice){ text, (size_t)(colon - text) },
		    place->type, sizeof(place->type));
	}
	if (place->path[0] != '/')
		return err_set(err,
		    "map = \"%s\": an absolute path is expected, as in "
		    "\"hash:/etc/mail/access\"",
		    text);
	return 0;
}

static void
list_free(struct list *list)
{
	free(list->bytes);
	free(list->clients);
	free(list->senders);
}

static int
read_bytes(int fd, char **bytes, size_t *n, struct err *err)
{
	struct stat st;
	ssize_t got;
	size_t have = 0;

	if (fstat(fd, &st) == -1)
		return err_sys(err, "list of blocks");
	*n = (size_t)st.st_size;
	*bytes = mem_zero(1, *n);
	while (have < *n) {
		got = pread(fd, *bytes + have, *n - have, (off_t)have);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_sys(err, "list of blocks");
		have += (size_t)got;
	}
	return 0;
}

static int
read_list(struct list *list, int fd, struct err *err)
{
	struct block_element element;
	struct slice rest;
	size_t n = 0, most;

	if (read_bytes(fd, &list->bytes, &n, err) == -1)
		return -1;
	rest = (struct slice){ list->bytes, n };
	most = n / sizeof(element);
	list->clients = mem_zero(most, sizeof(*list->clients));
	list->senders = mem_zero(most, sizeof(*list->senders));
	while (rest.n >= sizeof(element)) {
		memcpy(&element, rest.p, sizeof(element));
		rest = slice_from(rest, sizeof(element));
		if (element.sender_bytes > rest.n)
			break;
		if (element.family == 0) {
			list->senders[list->sender_count++] =
			    (struct slice){ rest.p, element.sender_bytes };
		} else {
			struct prefix *client =
			    &list->clients[list->client_count++];

			client->addr.family = element.family;
			memcpy(client->addr.b, element.b, sizeof(element.b));
			client->bits = element.bits;
		}
		rest = slice_from(rest, element.sender_bytes);
	}
	return rest.n == 0 ? 0 : err_set(err, "list of blocks: it is cut");
}

/* What has no line is no trouble of ours, but somebody may wonder. */
static void
complain(struct map_place *place, const struct map_lines *lines)
{
	size_t unfound = lines->theirs + lines->unsaid + lines->beyond;

	if (unfound != 0 && unfound != place->unfound)
		log_warn("%s: without a line: %zu blocks for which there is a "
			 "line of somebody else's, %zu beyond what it holds, "
			 "%zu that it cannot say%s%s",
		    place->path, lines->theirs, lines->beyond, lines->unsaid,
		    lines->unsaid != 0 ? ": " : "", lines->why.text);
	place->unfound = unfound;
}

static int
write_place(struct map_place *place, const struct list *list, block_run_fn *run,
    struct err *err)
{
	struct map_wanted wanted = {
		.form = place->form,
		.clients = list->clients,
		.client_count = place->clients ? list->client_count : 0,
		.senders = list->senders,
		.sender_count = place->senders ? list->sender_count : 0,
	};
	enum map_result result = MAP_BUSY;
	struct map_lines lines;

	for (int i = 0; i < TRIES && result == MAP_BUSY; i++)
		result = map_write(place->path, &wanted, &lines, err);
	if (result == MAP_FAILED)
		return -1;
	if (result == MAP_BUSY)
		return err_set(err,
		    "%s: somebody writes it just now; to be "
		    "tried again",
		    place->path);
	complain(place, &lines);
	place->sum = lines.sum;
	if (result == MAP_WRITTEN)
		place->made = false;
	if (place->make != NULL && !place->made) {
		if (place->make(place, run, err) == -1)
			return -1;
		place->made = true;
	}
	return 0;
}

static int
write_places(struct map_place *places, size_t n, const struct list *list,
    block_run_fn *run, struct err *err)
{
	struct err later;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		if (write_place(
			&places[i], list, run, rc == 0 ? err : &later) == -1)
			rc = -1;
	return rc;
}

int
maps_write(struct map_place *places, size_t n, int fd, block_run_fn *run,
    struct err *err)
{
	struct list list = { 0 };
	int rc = read_list(&list, fd, err);

	if (rc == 0)
		rc = write_places(places, n, &list, run, err);
	list_free(&list);
	return rc;
}

/* 0: there is none, or it is damaged. */
static uint64_t
region_sum(const struct map_place *place)
{
	struct err err;
	struct map_file *file = map_open(place->path, &err);
	struct map_parts parts;
	uint64_t sum = 0;

	if (file != NULL && map_split(map_text(file), &parts, &err) == 0)
		sum = slice_hash(parts.region);
	map_close(file);
	return sum;
}

/* What is the matter the next attempt to write will tell. */
int
maps_check(
    const struct map_place *places, size_t n, struct block_answer *answer)
{
	for (size_t i = 0; i < n; i++)
		if (region_sum(&places[i]) != places[i].sum)
			answer->wiped = true;
	return 0;
}

int
maps_clear(
    struct map_place *places, size_t n, block_run_fn *run, struct err *err)
{
	const struct list none = { 0 };
	struct err later;
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		places[i].made = true;
		if (access(places[i].path, F_OK) == 0 &&
		    write_place(
			&places[i], &none, run, rc == 0 ? err : &later) == -1)
			rc = -1;
	}
	return rc;
}
