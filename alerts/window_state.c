/*
 * window_state.c - windows, in the state
 *
 * WINDOW_GROUP keys to a row.  Hosts go by the hash of their name, so that
 * rows are the same in whatever order hosts come.
 */
#include "alerts/window_impl.h"

static bool
put_window(const struct windows *windows, struct state_writer *w,
    struct window *window)
{
	const struct moment *moments = window_moments(window);

	if (window->n == 0)
		return false;
	put_u64(w, window->row.hash);
	put_u64(w, window->host);
	put_u8(w, window->wire);
	put_bytes(w, &window->client, sizeof(window->client));
	if (windows->key == KEY_ACCOUNT)
		put_text(w, slice_of(window->account));
	put_u32(w, window->n);
	for (uint32_t i = 0; i < window->n; i++) {
		put_u64(w, (uint64_t)moments[i].when);
		put_u64(w, moments[i].part);
		put_u64(w, moments[i].member);
		put_u64(w, moments[i].other);
	}
	return true;
}

static void
save_group(struct windows *windows, struct state_rows *rows, size_t group,
    struct slice prefix)
{
	size_t from = group * WINDOW_GROUP, to = from + WINDOW_GROUP;
	struct state_writer key = { 0 }, w = { 0 };
	struct window *window;
	bool any = false;

	for (size_t i = from; i < to && i < windows->table.made; i++) {
		window = table_row(&windows->table, i);
		if (window != NULL)
			any |= put_window(windows, &w, window);
	}
	put_bytes(&key, prefix.p, prefix.n);
	put_u32(&key, (uint32_t)group);
	if (any)
		rows_put(rows, (struct slice){ key.p, key.n },
		    (struct slice){ w.p, w.n });
	else
		rows_drop(rows, (struct slice){ key.p, key.n });
	writer_fini(&key);
	writer_fini(&w);
}

void
windows_save(struct windows *windows, struct state_rows *rows, struct slice key)
{
	size_t made = (windows->table.made + WINDOW_GROUP - 1) / WINDOW_GROUP;
	size_t groups =
	    made > windows->groups_saved ? made : windows->groups_saved;

	for (size_t group = 0; group < groups; group++)
		if (windows->dirty[group] || windows->regroup)
			save_group(windows, rows, group, key);
	memset(windows->dirty, 0, sizeof(windows->dirty));
	windows->regroup = false;
	windows->groups_saved = made;
}

static bool
get_moments(struct windows *windows, struct window *window, uint32_t n,
    struct slice *at)
{
	struct moment moment = { 0 };
	uint64_t when;

	for (uint32_t i = 0; i < n; i++) {
		if (!get_u64(at, &when) || !get_u64(at, &moment.part) ||
		    !get_u64(at, &moment.member) || !get_u64(at, &moment.other))
			return false;
		moment.when = (int64_t)when;
		if (window->n > 0 &&
		    window_moments(window)[window->n - 1].when > moment.when)
			return false;
		*window_room(windows, window) = moment;
	}
	return true;
}

static bool
get_window(struct windows *windows, struct slice *at)
{
	struct alert_host host = { .length = 0 };
	struct mark mark = { .host = &host };
	struct window *window;
	uint32_t n;
	uint8_t wire;
	bool good;

	if (!get_u64(at, &mark.hash) || !get_u64(at, &host.hash) ||
	    !get_u8(at, &wire) ||
	    !get_bytes(at, &mark.client, sizeof(mark.client)) ||
	    (windows->key == KEY_ACCOUNT && !get_text(at, &mark.account)) ||
	    mark.account.n >= ALERTS_KEY || !get_u32(at, &n))
		return false;
	mark.wire = wire != 0;
	window = window_get(windows, &mark);
	good = window->n == 0 && get_moments(windows, window, n, at);
	window_sum_up(windows, window);
	return good;
}

bool
windows_load(struct windows *windows, struct slice key, struct slice value)
{
	uint32_t group;

	if (!get_u32(&key, &group) || key.n != 0 || group >= WINDOW_GROUPS)
		return false;
	windows->regroup = true;
	if (group >= windows->groups_saved)
		windows->groups_saved = group + 1;
	while (value.n != 0)
		if (!get_window(windows, &value))
			return false;
	return true;
}
