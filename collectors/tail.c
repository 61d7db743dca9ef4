/*
 * tail.c - follow a log across rotation, every line once
 *
 * There is always one file in hand, held by its descriptor whatever becomes of
 * its name, or a place that is sought among the siblings.
 *
 * After every read of a plain file the bytes before it are looked at again: if
 * they have changed the file was truncated and written anew, what was just
 * read is thrown away, and the place is sought in the copy.
 */
#include "collectors/tail.h"

#include <sys/stat.h>

#include <stdlib.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/stamp.h"
#include "collectors/tail_impl.h"
#include "collectors/watch.h"
#include "collectors/years.h"

struct tail *
tail_open(struct opener *opener, size_t log)
{
	struct tail *tail = mem_zero(1, sizeof(*tail));

	tail->opener = opener;
	tail->log = log;
	tail->watch =
	    watch_open(opener_directory(opener, log), opener_base(opener, log));
	tail->changed = true;
	return tail;
}

void
tail_close(struct tail *tail)
{
	if (tail == NULL)
		return;
	tail_let_go(tail);
	search_free(tail->search);
	watch_close(tail->watch);
	free(tail);
}

int
tail_load(struct tail *tail, struct slice value, struct err *err)
{
	struct place place;
	uint32_t n;

	if (!place_load(&place, &value) || !get_u32(&value, &n) ||
	    n > NELEMS(tail->known))
		return err_set(err, "%s: the saved place is damaged",
		    opener_base(tail->opener, tail->log));
	for (uint32_t i = 0; i < n; i++)
		if (!get_u64(&value, &tail->known[i]))
			return err_set(err, "%s: the saved place is cut off",
			    opener_base(tail->opener, tail->log));
	tail->known_n = n;
	tail->place = place;
	return 0;
}

void
tail_save(const struct tail *tail, struct state_writer *w)
{
	size_t n = tail->known_n < KNOWN ? tail->known_n : KNOWN;

	place_save(&tail->place, w);
	put_u32(w, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		put_u64(w, tail->known[i]);
}

int
tail_fd(const struct tail *tail)
{
	return watch_fd(tail->watch);
}

void
tail_ready(struct tail *tail, int64_t now_ms)
{
	tail->now_ms = now_ms;
	if (watch_take(tail->watch))
		tail->changed = true;
	/* A clock that was set back must not put the next look off. */
	if (now_ms < tail->look_ms && tail->look_ms <= now_ms + LOOK_MS &&
	    (watch_works(tail->watch) ||
		tail->look_ms <= now_ms + LOOK_BLIND_MS))
		return;
	tail->changed = true;
	tail->look_ms =
	    now_ms + (watch_renew(tail->watch) ? LOOK_MS : LOOK_BLIND_MS);
}

int64_t
tail_due(const struct tail *tail)
{
	int64_t due = tail->look_ms;

	if (tail->quiet_ms > tail->now_ms && tail->quiet_ms < due)
		due = tail->quiet_ms;
	if (tail->retry_ms > tail->now_ms && tail->retry_ms < due)
		due = tail->retry_ms;
	return due;
}

static enum step
reading_failed(struct tail *tail, const struct err *err, size_t *used)
{
	struct sibling sibling = { .device = tail->device,
		.inode = tail->inode };
	struct stat st;
	int64_t until;

	if (tail->failed && tail_may_retry(tail)) {
		tail_search(tail, true);
		return STEP_ON;
	}
	if (tail->failed)
		return STEP_WAIT;
	if (fstat(logfile_fd(tail->file), &st) == 0)
		sibling.bytes = (uint64_t)st.st_size;
	if (tail->live) {
		tail_say(tail, err);
		until = tail->now_ms + LOOK_BLIND_MS;
	} else {
		until =
		    damaged_wait(&tail->damaged, &sibling, tail->now_ms, err);
	}
	if (until == 0)
		return tail_leave(tail, used);
	tail->failed = true;
	tail->changed = false;
	tail_retry_at(tail, until);
	return STEP_WAIT;
}

static void
take_line(void *arg, struct slice line, uint64_t begin)
{
	struct tail *tail = arg;

	tail->origin.offset = begin;
	tail->take(tail->arg, line, &tail->origin);
}

static void
give_lines(struct tail *tail, const char *block, size_t n)
{
	uint64_t base = tail->trail.offset;
	struct trail after = tail->trail;
	struct stat st;

	trail_add(&after, block, n);
	if (fstat(logfile_fd(tail->file), &st) == -1)
		st = (struct stat){ 0 };
	tail->origin.hint = stamp_hint(st.st_mtim.tv_sec, tail->now_ms / 1000);
	tail->origin.file = trail_id(&after);
	tail->origin.live = tail->live;
	lines_feed(&tail->lines, block, n, take_line, tail);
	if (tail->lines.offset > base) {
		place_set(&tail->place, &tail->trail, block,
		    (size_t)(tail->lines.offset - base));
		tail->place.device = tail->device;
		tail->place.inode = tail->inode;
		tail->place.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 +
				       st.st_mtim.tv_nsec;
	}
	tail->trail = after;
}

/*
 * Truncated, and perhaps written anew?  Of a log that nothing was read of yet
 * no byte can tell; but its copy was given a name before.
 */
static bool
is_another_text(struct tail *tail)
{
	if (logfile_is_compressed(tail->file))
		return false;
	if (tail->live && tail->trail.offset == 0) {
		if (watch_take(tail->watch))
			tail->changed = true;
		return tail->changed;
	}
	return !trail_holds(&tail->trail, logfile_fd(tail->file));
}

static enum step
read_block(struct tail *tail, size_t most, size_t *used)
{
	const char *block;
	struct err err;
	ssize_t n = -1;

	if (!tail->failed)
		n = logfile_next(tail->file, most, &block, &err);
	if (n == -1)
		return reading_failed(tail, &err, used);
	if (is_another_text(tail)) {
		tail_search(tail, tail->trail.offset == 0);
		*used += STEP_COST;
		return STEP_ON;
	}
	if (n != 0) {
		tail->quiet_ms = 0;
		give_lines(tail, block, (size_t)n);
		*used += (size_t)n;
		return STEP_ON;
	}
	if (tail->live && !tail_is_rotated(tail))
		return STEP_WAIT;
	return tail_leave(tail, used);
}

size_t
tail_read(struct tail *tail, size_t most, tail_take_fn *take, void *arg)
{
	enum step step = STEP_ON;
	size_t used = 0;

	tail->take = take;
	tail->arg = arg;
	while (used < most && step == STEP_ON)
		step = tail->file != NULL ? read_block(tail, most - used, &used)
					  : tail_find(tail, most - used, &used);
	tail->at_end = used == 0;
	return used;
}

int
tail_year(const struct tail *tail)
{
	struct years years = { 0 };

	if (tail->file == NULL || logfile_is_compressed(tail->file))
		return 0;
	years_look(&years, logfile_fd(tail->file));
	return years_begin(&years, tail->origin.hint);
}

bool
tail_at_end(const struct tail *tail)
{
	return tail->at_end;
}

uint64_t
tail_backlog_bytes(const struct tail *tail)
{
	uint64_t bytes = 0;
	struct stat st;

	if (tail->file != NULL && fstat(logfile_fd(tail->file), &st) == 0) {
		bytes = (uint64_t)st.st_size;
		if (logfile_is_compressed(tail->file))
			bytes *= TIMES_PACKED;
		bytes -=
		    bytes < tail->trail.offset ? bytes : tail->trail.offset;
	}
	return bytes + tail->later_bytes;
}

uint64_t
tail_overlong(const struct tail *tail)
{
	return tail->lines.overlong;
}

const char *
tail_trouble(const struct tail *tail)
{
	return tail->trouble.text[0] != '\0' ? tail->trouble.text : NULL;
}
