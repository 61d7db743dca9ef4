/* place.c - where reading has got to, and how that place is known again */
#include "collectors/place.h"

#include <unistd.h>

#define FIRST_LINE 256 /* of it, at most, make the name */

static size_t
least(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

/* Of what was before and the n bytes behind it, keep the last. */
static size_t
keep_last(char last[PLACE_BEFORE], size_t have, const char *p, size_t n)
{
	size_t old;

	if (n >= PLACE_BEFORE) {
		memcpy(last, p + n - PLACE_BEFORE, PLACE_BEFORE);
		return PLACE_BEFORE;
	}
	old = least(have, PLACE_BEFORE - n);
	memmove(last, last + have - old, old);
	memcpy(last + old, p, n);
	return old + n;
}

void
trail_add(struct trail *trail, const char *block, size_t n)
{
	size_t head = least(n, PLACE_HEAD - trail->head_n);

	memcpy(trail->head + trail->head_n, block, head);
	trail->head_n += head;
	trail->before_n = keep_last(trail->before, trail->before_n, block, n);
	trail->offset += n;
}

static bool
read_at(int fd, char *p, size_t n, uint64_t offset)
{
	return n == 0 || pread(fd, p, n, (off_t)offset) == (ssize_t)n;
}

bool
trail_read(struct trail *trail, int fd, uint64_t offset)
{
	trail->offset = offset;
	trail->head_n = least(offset, PLACE_HEAD);
	trail->before_n = least(offset, PLACE_BEFORE);
	return read_at(fd, trail->head, trail->head_n, 0) &&
	       read_at(fd, trail->before, trail->before_n,
		   offset - trail->before_n);
}

bool
trail_holds(const struct trail *trail, int fd)
{
	struct trail now;

	return trail_read(&now, fd, trail->offset) &&
	       memcmp(now.head, trail->head, trail->head_n) == 0 &&
	       memcmp(now.before, trail->before, trail->before_n) == 0;
}

uint64_t
trail_id(const struct trail *trail)
{
	struct slice line = { trail->head, least(trail->head_n, FIRST_LINE) };
	ptrdiff_t lf = slice_find_char(line, '\n');
	uint64_t hash;

	if (lf == -1 && line.n < FIRST_LINE)
		return 0;
	if (lf != -1)
		line.n = (size_t)lf;
	hash = slice_hash(line);
	return hash != 0 ? hash : 1;
}

static uint64_t
head_hash(const struct trail *trail, uint64_t offset)
{
	return slice_hash(
	    (struct slice){ trail->head, least(offset, PLACE_HEAD) });
}

void
place_set(struct place *place, const struct trail *trail, const char *block,
    size_t ahead)
{
	struct trail there = *trail;

	trail_add(&there, block, ahead);
	place->known = true;
	place->offset = there.offset;
	place->head_hash = head_hash(&there, there.offset);
	place->before_hash =
	    slice_hash((struct slice){ there.before, there.before_n });
}

bool
place_has_head(const struct place *place, const struct trail *trail)
{
	return trail->head_n >= least(place->offset, PLACE_HEAD) &&
	       head_hash(trail, place->offset) == place->head_hash;
}

bool
place_is_at(const struct place *place, const struct trail *trail)
{
	return trail->offset == place->offset && place_has_head(place, trail) &&
	       slice_hash((struct slice){ trail->before, trail->before_n }) ==
		   place->before_hash;
}

void
place_save(const struct place *place, struct state_writer *w)
{
	put_u8(w, place->known);
	put_u64(w, place->device);
	put_u64(w, place->inode);
	put_u64(w, place->offset);
	put_u64(w, (uint64_t)place->mtime_ns);
	put_u64(w, place->head_hash);
	put_u64(w, place->before_hash);
}

bool
place_load(struct place *place, struct slice *value)
{
	uint64_t mtime_ns;
	uint8_t known;

	if (!get_u8(value, &known) || !get_u64(value, &place->device) ||
	    !get_u64(value, &place->inode) || !get_u64(value, &place->offset) ||
	    !get_u64(value, &mtime_ns) || !get_u64(value, &place->head_hash) ||
	    !get_u64(value, &place->before_hash))
		return false;
	place->known = known != 0;
	place->mtime_ns = (int64_t)mtime_ns;
	return true;
}
