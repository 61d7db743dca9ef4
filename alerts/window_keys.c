/*
 * window_keys.c - the keys of windows, and who makes room
 *
 * Room is made for many at once: the half of the keys that matters least goes,
 * so that a flood of new ones costs a little for each of them and not a search
 * for every one.
 */
#include "alerts/window_impl.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/order.h"

#define FIRST_MOMENTS 4

struct windows *
windows_new(enum alert_key key, bool members)
{
	struct windows *windows = mem_zero(1, sizeof(*windows));
	size_t account = key == KEY_ACCOUNT ? ALERTS_KEY : 0;

	table_init(
	    &windows->table, sizeof(struct window) + account, ALERTS_KEYS);
	windows->key = key;
	windows->members = members;
	return windows;
}

void
windows_free(struct windows *windows)
{
	struct window *window, *next;

	if (windows == NULL)
		return;
	TABLE_EACH (&windows->table, window, next)
		free(window->many);
	table_fini(&windows->table);
	free(windows);
}

/*
 * How much a key matters: nothing once its window is over, then by the order
 * of magnitude of its offences, and among equals by when it was last seen.
 */
static uint64_t
worth(const struct windows *windows, struct window *window, int64_t now)
{
	int64_t last = window->n == 0
			   ? INT64_MIN
			   : window_moments(window)[window->n - 1].when;
	uint64_t offences = 0, magnitude = 0;

	if (last < now - windows->longest)
		return 0;
	for (int l = 0; l < ALERT_LEVELS; l++)
		if (window->spans[l].part > offences)
			offences = window->spans[l].part;
	for (; offences != 0 && magnitude < 15; offences >>= 1)
		magnitude++;
	return magnitude << 44 | ((uint64_t)(last / 1000000) & 0xfffffffffff);
}

struct eviction {
	struct windows *windows;
	uint64_t limit; /* who is worth no more may go */
	size_t goes;    /* so many still have to */
	int64_t now;
};

static bool
is_kept(void *row, void *arg)
{
	struct eviction *eviction = arg;
	struct windows *windows = eviction->windows;
	struct window *window = row;
	uint64_t its = worth(windows, window, eviction->now);

	if (its != 0 && (eviction->goes == 0 || its > eviction->limit))
		return true;
	if (eviction->goes > 0)
		eviction->goes--;
	windows->evicted += its != 0;
	windows->dirty[window->row.index / WINDOW_GROUP] = true;
	windows->moments -= window->size;
	free(window->many);
	return false;
}

static void
make_room(struct windows *windows, int64_t now)
{
	struct table *table = &windows->table;
	struct eviction eviction = { windows, 0, table->count / 2, now };
	uint64_t *worths = mem_zero(table->count, sizeof(*worths));
	struct window *window;
	size_t n = 0;

	for (size_t i = 0; i < table->made; i++) {
		window = table_row(table, i);
		if (window != NULL)
			worths[n++] = worth(windows, window, now);
	}
	eviction.limit = order_kth(worths, n, eviction.goes);
	free(worths);
	table_keep(table, is_kept, &eviction);
}

struct key {
	enum alert_key kind;
	const struct mark *mark;
};

static bool
same_key(const void *row, const void *wanted)
{
	const struct window *window = row;
	const struct key *key = wanted;
	const struct mark *mark = key->mark;

	if (window->host != mark->host->hash || window->wire != mark->wire)
		return false;
	if (key->kind == KEY_CLIENT)
		return addr_eq(&window->client, &mark->client);
	return key->kind != KEY_ACCOUNT ||
	       (strncmp(window->account, mark->account.p, mark->account.n) ==
		       0 &&
		   window->account[mark->account.n] == '\0');
}

struct window *
window_get(struct windows *windows, const struct mark *mark)
{
	const struct key key = { windows->key, mark };
	struct window *window =
	    table_find(&windows->table, mark->hash, same_key, &key);

	if (window != NULL)
		return window;
	window = table_add(&windows->table, mark->hash);
	if (window == NULL) {
		make_room(windows, mark->when);
		window = table_add(&windows->table, mark->hash);
	}
	window->host = mark->host->hash;
	window->wire = mark->wire;
	window->client = mark->client;
	if (windows->key == KEY_ACCOUNT)
		slice_copy(mark->account, window->account, ALERTS_KEY);
	return window;
}

void
window_remove(struct window *window, uint32_t at, uint32_t n)
{
	struct moment *moments = window_moments(window);

	window->n -= n;
	memmove(&moments[at], &moments[at + n],
	    (window->n - at) * sizeof(*moments));
}

static void
merge(struct moment *newer, const struct moment *older)
{
	newer->part += older->part;
	newer->whole += older->whole;
	newer->other += older->other;
}

/* Neighbours in one slot become one, with the time of the last; if there are
   none, the two oldest.  Of members the oldest goes. */
static void
blur(const struct windows *windows, struct window *window)
{
	int64_t slot = (windows->longest + WINDOW_LATE) / WINDOW_SLOTS + 1;
	struct moment *moments = window_moments(window);
	uint32_t n = 0;

	for (uint32_t i = 0; i < window->n && !windows->members; i++) {
		if (n > 0 &&
		    moments[n - 1].when / slot == moments[i].when / slot) {
			merge(&moments[i], &moments[n - 1]);
			n--;
		}
		moments[n++] = moments[i];
	}
	if (!windows->members && n < window->n) {
		window->n = n;
	} else {
		if (!windows->members && window->n > 1)
			merge(&moments[1], &moments[0]);
		window_remove(window, 0, 1);
	}
	window_sum_up(windows, window);
}

/* What no level's window holds, nor one that a late mark may be in. */
static uint32_t
passed(const struct windows *windows, const struct window *window,
    const struct moment *moments)
{
	int64_t limit =
	    moments[window->n - 1].when - windows->longest - WINDOW_LATE;
	uint32_t n = 0;

	while (n < window->n && moments[n].when < limit)
		n++;
	return n;
}

struct moment *
window_room(struct windows *windows, struct window *window)
{
	uint32_t room = window->many != NULL ? window->size : 1;
	uint32_t gone = window->n < room
			    ? 0
			    : passed(windows, window, window_moments(window));

	if (window->n == room && gone > 0 && (gone >= room / 4)) {
		window_remove(window, 0, gone);
		for (int l = 0; l < ALERT_LEVELS; l++)
			window->spans[l].from -= gone;
	}
	if (window->n == room && room < ALERTS_MOMENTS &&
	    windows->moments < ALERTS_ALL) {
		uint32_t size = room == 1 ? FIRST_MOMENTS : room * 2;
		struct moment *many =
		    mem_grow(window->many, size, sizeof(*many));

		if (window->many == NULL)
			many[0] = window->one;
		windows->moments += size - window->size;
		window->many = many;
		window->size = size;
	} else if (window->n == room) {
		blur(windows, window);
	}
	return &window_moments(window)[window->n++];
}

size_t
windows_keys(const struct windows *windows)
{
	return windows->table.count;
}

uint64_t
windows_evicted(const struct windows *windows)
{
	return windows->evicted;
}
