/*
 * tail_files.c - which file comes into hand, and when it is left
 *
 * At the end of a file its inode is looked up in a fresh list of siblings, and
 * what follows it there comes next; so rotations that happen meanwhile need no
 * bookkeeping.
 */
#include "collectors/tail_impl.h"

#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "base/log.h"

void
tail_say(struct tail *tail, const struct err *err)
{
	if (strcmp(tail->trouble.text, err->text) == 0)
		return;
	tail->trouble = *err;
	log_warn("%s", err->text);
}

void
tail_let_go(struct tail *tail)
{
	logfile_close(tail->file);
	tail->file = NULL;
	tail->failed = tail->live = tail->was_live = false;
	tail->quiet_ms = 0;
}

uint64_t
tail_text_bytes(const struct siblings *list, size_t from)
{
	uint64_t sum = 0;

	for (; from < list->count; from++)
		sum += list->of[from].bytes *
		       (siblings_is_compressed(slice_of(list->of[from].name))
			       ? TIMES_PACKED
			       : 1);
	return sum;
}

void
tail_hold(struct tail *tail, struct logfile *file, const struct siblings *list,
    size_t i, const struct trail *trail)
{
	tail_let_go(tail);
	tail->file = file;
	tail->device = list->of[i].device;
	tail->inode = list->of[i].inode;
	tail->live = tail->was_live = is_live(list, i);
	tail->trail = *trail;
	lines_start(&tail->lines, trail->offset);
	tail->later_bytes = tail_text_bytes(list, i + 1);
	tail->trouble.text[0] = '\0';
}

void
tail_search(struct tail *tail, bool expected)
{
	tail_let_go(tail);
	search_free(tail->search);
	tail->search = NULL;
	tail->waiting = false;
	tail->expected = expected;
}

void
tail_retry_at(struct tail *tail, int64_t when_ms)
{
	if (tail->retry_ms <= tail->now_ms || when_ms < tail->retry_ms)
		tail->retry_ms = when_ms;
}

bool
tail_may_retry(struct tail *tail)
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
size_t
tail_next_readable(struct tail *tail, const struct siblings *list, size_t i)
{
	while (i < list->count && (damaged_is_given_up(&tail->damaged,
				       &list->of[i], tail->now_ms) ||
				      is_copy_of_live(tail, list, i)))
		i++;
	return i;
}

/* Open what is at i and read it from its beginning. */
enum step
tail_take_up(
    struct tail *tail, const struct siblings *list, size_t i, size_t *used)
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
		tail_hold(tail, file, list, i, &beginning);
		return STEP_ON;
	}
	if (changed)
		return STEP_ON;
	if (is_live(list, i)) {
		tail_say(tail, &err);
		tail_retry_at(tail, tail->now_ms + LOOK_BLIND_MS);
		return STEP_WAIT;
	}
	until = damaged_wait(&tail->damaged, &list->of[i], tail->now_ms, &err);
	if (until == 0)
		return STEP_ON;
	tail_retry_at(tail, until);
	return STEP_WAIT;
}

bool
tail_knows(const struct tail *tail, uint64_t id)
{
	for (size_t i = 0; id != 0 && i < tail->known_n && i < KNOWN; i++)
		if (tail->known[i] == id)
			return true;
	return false;
}

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

	if (id != 0 && !tail_knows(tail, id))
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
		tail_search(tail, true);
		return STEP_ON;
	}
	if (is_live(list, at)) {
		tail->live = true;
		tail->changed = false;
		return STEP_WAIT;
	}
	next = tail_next_readable(tail, list, at + 1);
	if (next == list->count ||
	    (is_live(list, next) && list->of[next].bytes == 0))
		return STEP_WAIT;
	/* Its writer may have it open still, and write a last line. */
	if (plain && (tail->was_live || is_live(list, next)) && !is_quiet(tail))
		return STEP_WAIT;
	remember(tail);
	return tail_take_up(tail, list, next, used);
}

enum step
tail_leave(struct tail *tail, size_t *used)
{
	struct err err;
	struct search *look = search_new(tail->opener, tail->log, &err);
	enum step step;

	if (look == NULL) {
		tail_say(tail, &err);
		return STEP_WAIT;
	}
	step = go_on(tail, look, used);
	search_free(look);
	return step;
}

/* At the log's end: has its name gone to another file? */
bool
tail_is_rotated(struct tail *tail)
{
	struct err err;
	struct stat st;
	int fd;

	if (!tail->changed)
		return false;
	fd = opener_open(tail->opener, tail->log, NULL, &err);
	if (fd == -1) {
		if (errno != ENOENT)
			tail_say(tail, &err);
		return false;
	}
	tail->changed = false;
	if (fstat(fd, &st) == 0 &&
	    (st.st_dev != tail->device || st.st_ino != tail->inode))
		tail->live = false;
	close(fd);
	return !tail->live;
}
