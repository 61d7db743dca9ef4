/*
 * tail.c - follow a log across rotation, every line once
 *
 * There is always one file in hand, held by its descriptor whatever becomes of
 * its name, or a place that is sought among the siblings.  At the end of a
 * file its inode is looked up in a fresh list of siblings, and what follows it
 * there comes next; so rotations that happen meanwhile need no bookkeeping.
 *
 * After every read of a plain file the bytes before it are looked at again: if
 * they have changed the file was truncated and written anew, what was just
 * read is thrown away, and the place is sought in the copy.
 */
#include "collectors/tail.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"
#include "collectors/damaged.h"
#include "collectors/lines.h"
#include "collectors/place.h"
#include "collectors/search.h"
#include "collectors/watch.h"

#define LOOK_MS       15000 /* between looks at a watched directory */
#define LOOK_BLIND_MS 1000  /* and at one that cannot be watched */
#define QUIET_MS      200   /* a rotated file's writer has let go of it */
#define STEP_COST     4096  /* of looking at a directory, in bytes read */
#define TIMES_PACKED  8     /* how much larger the text of an archive is */
#define KNOWN         64    /* files read to their end that are remembered */

enum step {
	STEP_ON,  /* there may be more to do */
	STEP_WAIT /* nothing now */
};

struct tail {
	struct opener *opener;
	size_t log;
	struct watch *watch;
	int64_t now_ms, look_ms, retry_ms, quiet_ms; /* 0: not set */
	bool changed; /* names in the directory */
	bool at_end;

	struct place place;
	uint64_t known[KNOWN]; /* a ring of trail_id() */
	size_t known_n;

	struct logfile *file; /* in hand; or NULL */
	uint64_t device, inode;
	bool live;     /* it is the log itself */
	bool was_live; /* and was so when it was opened */
	bool failed;   /* reading it gave an error */
	struct trail trail;
	struct lines lines;

	struct search *search; /* for the place; or NULL */
	bool waiting;          /* nothing to open before a change */
	bool expected;         /* the search is no news: nothing was lost */
	struct damaged damaged;
	uint64_t later_bytes; /* in the files after this one */
	struct err trouble;   /* empty: none */

	/* While lines are handed out. */
	tail_take_fn *take;
	void *arg;
	struct line_origin origin;
};

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

static void
let_go(struct tail *tail)
{
	logfile_close(tail->file);
	tail->file = NULL;
	tail->failed = tail->live = tail->was_live = false;
	tail->quiet_ms = 0;
}

void
tail_close(struct tail *tail)
{
	if (tail == NULL)
		return;
	let_go(tail);
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

static void
say_trouble(struct tail *tail, const struct err *err)
{
	if (strcmp(tail->trouble.text, err->text) == 0)
		return;
	tail->trouble = *err;
	log_warn("%s", err->text);
}

/* --- what comes into hand, and goes --------------------------------------- */

static uint64_t
text_bytes(const struct siblings *list, size_t from)
{
	uint64_t sum = 0;

	for (; from < list->count; from++)
		sum += list->of[from].bytes *
		       (siblings_is_compressed(slice_of(list->of[from].name))
			       ? TIMES_PACKED
			       : 1);
	return sum;
}

static bool
is_live(const struct siblings *list, size_t i)
{
	return list->live && i == list->count - 1;
}

static void
hold(struct tail *tail, struct logfile *file, const struct siblings *list,
    size_t i, const struct trail *trail)
{
	let_go(tail);
	tail->file = file;
	tail->device = list->of[i].device;
	tail->inode = list->of[i].inode;
	tail->live = tail->was_live = is_live(list, i);
	tail->trail = *trail;
	lines_start(&tail->lines, trail->offset);
	tail->later_bytes = text_bytes(list, i + 1);
	tail->trouble.text[0] = '\0';
}

static void
search_anew(struct tail *tail, bool expected)
{
	let_go(tail);
	search_free(tail->search);
	tail->search = NULL;
	tail->waiting = false;
	tail->expected = expected;
}

/* Nothing to do before names change or retry_ms comes. */
static enum step
wait_for_change(struct tail *tail)
{
	search_free(tail->search);
	tail->search = NULL;
	tail->waiting = true;
	return STEP_WAIT;
}

static void
retry_at(struct tail *tail, int64_t when_ms)
{
	if (tail->retry_ms <= tail->now_ms || when_ms < tail->retry_ms)
		tail->retry_ms = when_ms;
}

static bool
is_time_to_retry(struct tail *tail)
{
	bool is = tail->changed ||
		  (tail->retry_ms != 0 && tail->now_ms >= tail->retry_ms);

	if (is)
		tail->retry_ms = 0;
	return is;
}

static size_t
read_head(struct tail *tail, const struct sibling *sibling, char *head)
{
	struct err err;
	int fd = opener_open(tail->opener, tail->log, sibling->name, &err);
	ssize_t n;

	if (fd == -1)
		return 0;
	n = pread(fd, head, PLACE_HEAD, 0);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

/*
 * copytruncate at work: the sibling is a copy, perhaps not yet whole, of the
 * log that is not yet truncated.  All of it is read from the log.
 */
static bool
is_copy_of_live(struct tail *tail, const struct siblings *list, size_t i)
{
	const struct sibling *live = &list->of[list->count - 1];
	char head[PLACE_HEAD], live_head[PLACE_HEAD];
	size_t n, m;

	if (!list->live || is_live(list, i) ||
	    list->of[i].bytes > live->bytes ||
	    siblings_is_compressed(slice_of(list->of[i].name)))
		return false;
	n = read_head(tail, &list->of[i], head);
	m = read_head(tail, live, live_head);
	return n != 0 && n <= m && memcmp(head, live_head, n) == 0;
}

/* The first from i on that is to be read; list->count: none. */
static size_t
next_readable(struct tail *tail, const struct siblings *list, size_t i)
{
	while (i < list->count && (damaged_is_given_up(&tail->damaged,
				       &list->of[i], tail->now_ms) ||
				      is_copy_of_live(tail, list, i)))
		i++;
	return i;
}

/* Open what is at i and read it from its beginning. */
static enum step
take_up(struct tail *tail, const struct siblings *list, size_t i, size_t *used)
{
	static const struct trail beginning;
	struct logfile *file;
	struct err err;
	bool changed;
	int64_t until;

	*used += STEP_COST;
	file =
	    search_open(tail->opener, tail->log, &list->of[i], &changed, &err);
	if (file != NULL) {
		hold(tail, file, list, i, &beginning);
		return STEP_ON;
	}
	if (changed)
		return STEP_ON;
	if (is_live(list, i)) {
		say_trouble(tail, &err);
		retry_at(tail, tail->now_ms + LOOK_BLIND_MS);
		return STEP_WAIT;
	}
	until = damaged_wait(&tail->damaged, &list->of[i], tail->now_ms, &err);
	if (until == 0)
		return STEP_ON;
	retry_at(tail, until);
	return STEP_WAIT;
}

/* --- no file in hand: the place is sought --------------------------------- */

/* Was it written before the place was read? */
static bool
is_older(const struct sibling *sibling, const struct place *place)
{
	int64_t a = sibling->mtime_ns, b = place->mtime_ns;

	if (a / 1000000000 != b / 1000000000)
		return a < b;
	/* Some compressors keep only the seconds. */
	return a % 1000000000 != 0 && a < b;
}

static bool
is_known(const struct tail *tail, uint64_t id)
{
	for (size_t i = 0; id != 0 && i < tail->known_n && i < KNOWN; i++)
		if (tail->known[i] == id)
			return true;
	return false;
}

/* What the place was in is gone: go on with what is surely newer. */
static size_t
first_unread(struct tail *tail, const struct search *search)
{
	const struct siblings *list = &search->list;
	size_t from = 0;

	for (size_t i = 0; i < list->count && !is_live(list, i); i++)
		if (is_known(tail, search->ids[i]) ||
		    is_older(&list->of[i], &tail->place))
			from = i + 1;
	if (!tail->expected)
		log_warn("%s/%s: the file that was read last is gone; lines "
			 "at its end may be lost",
		    opener_directory(tail->opener, tail->log),
		    opener_base(tail->opener, tail->log));
	tail->expected = true;
	return from;
}

/* True: what could not be looked at may still be what is sought. */
static bool
must_wait(struct tail *tail, const struct search *search)
{
	bool wait = false;

	for (size_t i = 0; i < search->list.count; i++) {
		int64_t until;

		if (!search->unread[i])
			continue;
		if (is_live(&search->list, i)) {
			say_trouble(tail, &search->err);
			until = tail->now_ms + LOOK_BLIND_MS;
		} else {
			until = damaged_wait(&tail->damaged,
			    &search->list.of[i], tail->now_ms, &search->err);
		}
		if (until != 0) {
			retry_at(tail, until);
			wait = true;
		}
	}
	return wait;
}

static enum step
start_from(struct tail *tail, size_t i, size_t *used)
{
	struct err err;
	enum step step;

	i = next_readable(tail, &tail->search->list, i);
	if (i == tail->search->list.count) {
		err_set(&err, "%s/%s: there is no such file yet",
		    opener_directory(tail->opener, tail->log),
		    opener_base(tail->opener, tail->log));
		say_trouble(tail, &err);
		return wait_for_change(tail);
	}
	step = take_up(tail, &tail->search->list, i, used);
	if (step == STEP_WAIT)
		return wait_for_change(tail);
	search_free(tail->search);
	tail->search = NULL;
	return step;
}

static bool
begin_search(struct tail *tail, size_t *used)
{
	struct err err;

	tail->changed = tail->waiting = false;
	tail->search = search_new(tail->opener, tail->log, &err);
	if (tail->search == NULL) {
		say_trouble(tail, &err);
		return false;
	}
	tail->later_bytes = text_bytes(&tail->search->list, 0);
	*used += STEP_COST;
	return true;
}

static enum step
find_file(struct tail *tail, size_t most, size_t *used)
{
	struct search *search;

	if (tail->waiting && !is_time_to_retry(tail))
		return STEP_WAIT;
	if (tail->search == NULL && !begin_search(tail, used))
		return wait_for_change(tail);
	if (!tail->place.known)
		return start_from(tail, 0, used);
	search = tail->search;
	switch (search_step(
	    search, tail->opener, tail->log, &tail->place, most, used)) {
	case SEARCH_MORE:
		return STEP_ON;
	case SEARCH_FOUND:
		hold(tail, search->file, &search->list, search->at,
		    &search->trail);
		search->file = NULL;
		break;
	case SEARCH_NOWHERE:
		if (must_wait(tail, search))
			return wait_for_change(tail);
		return start_from(tail, first_unread(tail, search), used);
	case SEARCH_CHANGED:
		break;
	}
	search_free(search);
	tail->search = NULL;
	return STEP_ON;
}

/* --- a file in hand ------------------------------------------------------- */

static bool
is_quiet(struct tail *tail)
{
	if (tail->quiet_ms == 0 || tail->quiet_ms > tail->now_ms + QUIET_MS)
		tail->quiet_ms = tail->now_ms + QUIET_MS;
	return tail->now_ms >= tail->quiet_ms;
}

static void
remember(struct tail *tail)
{
	uint64_t id = trail_id(&tail->trail);

	if (id != 0 && !is_known(tail, id))
		tail->known[tail->known_n++ % KNOWN] = id;
}

/* At the end of a file that is no longer the log: which is next? */
static enum step
go_on(struct tail *tail, struct search *look, size_t *used)
{
	const struct siblings *list = &look->list;
	bool plain = !logfile_is_compressed(tail->file);
	size_t at = 0, next;

	while (at < list->count && (list->of[at].device != tail->device ||
				       list->of[at].inode != tail->inode))
		at++;
	if (at == list->count) { /* without a name: unlinked, compressed */
		if (plain && !is_quiet(tail))
			return STEP_WAIT;
		remember(tail);
		search_anew(tail, true);
		return STEP_ON;
	}
	if (is_live(list, at)) {
		tail->live = true;
		tail->changed = false;
		return STEP_WAIT;
	}
	next = next_readable(tail, list, at + 1);
	if (next == list->count ||
	    (is_live(list, next) && list->of[next].bytes == 0))
		return STEP_WAIT;
	/* Its writer may have it open still, and write a last line. */
	if (plain && (tail->was_live || is_live(list, next)) && !is_quiet(tail))
		return STEP_WAIT;
	remember(tail);
	return take_up(tail, list, next, used);
}

static enum step
leave(struct tail *tail, size_t *used)
{
	struct err err;
	struct search *look = search_new(tail->opener, tail->log, &err);
	enum step step;

	if (look == NULL) {
		say_trouble(tail, &err);
		return STEP_WAIT;
	}
	step = go_on(tail, look, used);
	search_free(look);
	return step;
}

/* At the log's end: has its name gone to another file? */
static bool
is_rotated(struct tail *tail)
{
	struct err err;
	struct stat st;
	int fd;

	if (!tail->changed)
		return false;
	fd = opener_open(tail->opener, tail->log, NULL, &err);
	if (fd == -1) {
		if (errno != ENOENT)
			say_trouble(tail, &err);
		return false;
	}
	tail->changed = false;
	if (fstat(fd, &st) == 0 &&
	    (st.st_dev != tail->device || st.st_ino != tail->inode))
		tail->live = false;
	close(fd);
	return !tail->live;
}

static enum step
reading_failed(struct tail *tail, const struct err *err, size_t *used)
{
	struct sibling sibling = { .device = tail->device,
		.inode = tail->inode };
	struct stat st;
	int64_t until;

	if (tail->failed && is_time_to_retry(tail)) {
		search_anew(tail, true);
		return STEP_ON;
	}
	if (tail->failed)
		return STEP_WAIT;
	if (fstat(logfile_fd(tail->file), &st) == 0)
		sibling.bytes = (uint64_t)st.st_size;
	if (tail->live) {
		say_trouble(tail, err);
		until = tail->now_ms + LOOK_BLIND_MS;
	} else {
		until =
		    damaged_wait(&tail->damaged, &sibling, tail->now_ms, err);
	}
	if (until == 0)
		return leave(tail, used);
	tail->failed = true;
	tail->changed = false;
	retry_at(tail, until);
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
	tail->origin.mtime = st.st_mtim.tv_sec;
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
	if (!logfile_is_compressed(tail->file) &&
	    !trail_holds(&tail->trail, logfile_fd(tail->file))) {
		search_anew(tail, false);
		*used += STEP_COST;
		return STEP_ON;
	}
	if (n != 0) {
		tail->quiet_ms = 0;
		give_lines(tail, block, (size_t)n);
		*used += (size_t)n;
		return STEP_ON;
	}
	if (tail->live && !is_rotated(tail))
		return STEP_WAIT;
	return leave(tail, used);
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
					  : find_file(tail, most - used, &used);
	tail->at_end = used == 0;
	return used;
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
