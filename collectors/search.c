/* search.c - find a place again among a log and its siblings */
#include "collectors/search.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

#define LOOK_COST 4096 /* of opening a file, in bytes read */

struct search *
search_new(struct opener *opener, size_t log, struct err *err)
{
	struct search *search = mem_zero(1, sizeof(*search));

	if (opener_list(opener, log, &search->list, err) == -1) {
		free(search);
		return NULL;
	}
	return search;
}

void
search_free(struct search *search)
{
	if (search == NULL)
		return;
	logfile_close(search->file);
	free(search);
}

struct logfile *
search_open(struct opener *opener, size_t log, const struct sibling *sibling,
    bool *changed, struct err *err)
{
	int fd = opener_open(opener, log, sibling->name, err);
	struct stat st;

	*changed = false;
	if (fd == -1) {
		*changed = errno == ENOENT;
		return NULL;
	}
	if (fstat(fd, &st) == -1 || st.st_dev != sibling->device ||
	    st.st_ino != sibling->inode) {
		close(fd);
		*changed = true;
		return NULL;
	}
	return logfile_adopt(fd, sibling->name, err);
}

/* The n-th to be tried; see the header. */
static size_t
candidate(const struct siblings *list, const struct place *place, size_t n)
{
	size_t same = list->count;

	for (size_t i = 0; i < list->count; i++)
		if (list->of[i].device == place->device &&
		    list->of[i].inode == place->inode)
			same = i;
	if (same == list->count)
		return list->count - 1 - n;
	if (n == 0)
		return same;
	n = list->count - n; /* of the others, downwards from the newest */
	return n <= same ? n - 1 : n;
}

/* A plain file can be asked at any offset, and gives its name besides. */
static bool
look_at_plain(struct search *search, const struct place *place)
{
	int fd = logfile_fd(search->file);
	struct trail *trail = &search->trail;
	struct err err;
	struct stat st;

	if (fstat(fd, &st) == 0 &&
	    trail_read(trail, fd,
		(uint64_t)st.st_size < PLACE_HEAD ? (uint64_t)st.st_size
						  : PLACE_HEAD))
		search->ids[search->at] = trail_id(trail);
	return trail_read(trail, fd, place->offset) &&
	       place_is_at(place, trail) &&
	       logfile_skip(search->file, place->offset, &err) == 0;
}

enum look { LOOK_MORE, LOOK_YES, LOOK_NO, LOOK_FAILED };

/* A compressed one is read from its beginning. */
static enum look
look_at_archive(
    struct search *search, const struct place *place, size_t most, size_t *used)
{
	struct trail *trail = &search->trail;
	uint64_t goal = place->offset, left;
	const char *block;
	ssize_t n;

	if (trail->offset < PLACE_HEAD && goal > PLACE_HEAD)
		goal = PLACE_HEAD;
	left = goal - trail->offset;
	if (left > 0) {
		n = logfile_next(search->file, left < most ? left : most,
		    &block, &search->err);
		if (n == -1)
			return LOOK_FAILED;
		if (n == 0)
			return LOOK_NO;
		trail_add(trail, block, (size_t)n);
		*used += (size_t)n;
	}
	if (trail->offset < goal)
		return LOOK_MORE;
	if (!place_has_head(place, trail))
		return LOOK_NO;
	if (trail->offset < place->offset)
		return LOOK_MORE;
	return place_is_at(place, trail) ? LOOK_YES : LOOK_NO;
}

/* The place may be before the end of an archive's first line. */
static void
name_archive(struct search *search)
{
	struct trail *trail = &search->trail;
	const char *block;
	struct err err;
	ssize_t n;

	while (trail_id(trail) == 0 &&
	       (n = logfile_next(search->file, PLACE_HEAD, &block, &err)) > 0)
		trail_add(trail, block, (size_t)n);
	search->ids[search->at] = trail_id(trail);
}

enum search_result
search_step(struct search *search, struct opener *opener, size_t log,
    const struct place *place, size_t most, size_t *used)
{
	enum look look;
	bool changed;

	if (search->file == NULL) {
		if (search->tried == search->list.count)
			return SEARCH_NOWHERE;
		search->at = candidate(&search->list, place, search->tried++);
		*used += LOOK_COST;
		search->trail = (struct trail){ 0 };
		search->file = search_open(opener, log,
		    &search->list.of[search->at], &changed, &search->err);
		if (search->file == NULL) {
			search->unread[search->at] = true;
			return changed ? SEARCH_CHANGED : SEARCH_MORE;
		}
	}
	if (!logfile_is_compressed(search->file))
		look = look_at_plain(search, place) ? LOOK_YES : LOOK_NO;
	else
		look = look_at_archive(search, place, most, used);
	if (look == LOOK_YES)
		return SEARCH_FOUND;
	if (look == LOOK_MORE)
		return SEARCH_MORE;
	search->unread[search->at] = look == LOOK_FAILED;
	if (logfile_is_compressed(search->file))
		name_archive(search);
	logfile_close(search->file);
	search->file = NULL;
	return SEARCH_MORE;
}
