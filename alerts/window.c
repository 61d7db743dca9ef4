/*
 * window.c - counts per key over a sliding window of event time, capped
 *
 * A key's moments lie in order of time; each level has a running sum over
 * those that are in its window, so that a mark costs the same however many
 * there are.  Most keys are seen once: their moment needs no allocation.
 */
#include "alerts/window.h"

#include "alerts/window_impl.h"

static void
add_to_span(struct span *span, const struct moment *moment)
{
	span->part += moment->part;
	span->whole += moment->whole;
	span->other += moment->other;
}

static void
take_from_span(struct span *span, const struct moment *moment)
{
	span->part -= moment->part;
	span->whole -= moment->whole;
	span->other -= moment->other;
}

/* What is no longer in the window that ends then, goes out of its sums. */
static void
advance(const struct windows *windows, struct window *window, int64_t when)
{
	const struct moment *moments = window_moments(window);

	for (int l = 0; l < ALERT_LEVELS; l++) {
		struct span *span = &window->spans[l];

		while (span->from < window->n &&
		       when - moments[span->from].when > windows->within[l])
			take_from_span(span, &moments[span->from++]);
	}
}

void
window_sum_up(const struct windows *windows, struct window *window)
{
	const struct moment *moments = window_moments(window);

	memset(window->spans, 0, sizeof(window->spans));
	if (window->n == 0)
		return;
	for (int l = 0; l < ALERT_LEVELS; l++)
		for (uint32_t i = 0; i < window->n; i++)
			add_to_span(&window->spans[l], &moments[i]);
	advance(windows, window, moments[window->n - 1].when);
}

void
windows_configure(struct windows *windows, const uint32_t within[ALERT_LEVELS])
{
	struct window *window, *next;

	windows->longest = 0;
	for (int l = 0; l < ALERT_LEVELS; l++) {
		windows->within[l] =
		    within[l] != 0 ? (int64_t)within[l] * 1000000 : -1;
		if (windows->within[l] > windows->longest)
			windows->longest = windows->within[l];
	}
	TABLE_EACH (&windows->table, window, next)
		window_sum_up(windows, window);
}

static void
set_moment(const struct windows *windows, struct moment *moment,
    const struct mark *mark)
{
	memset(moment, 0, sizeof(*moment));
	moment->when = mark->when;
	if (windows->members) {
		moment->part = 1;
		moment->member = mark->member;
		return;
	}
	moment->part = mark->part;
	moment->whole = mark->whole;
	moment->other = mark->other;
}

/* The sums of the windows that end with the last moment. */
static void
tell(const struct windows *windows, struct window *window,
    struct window_sum sums[ALERT_LEVELS])
{
	const struct moment *moments = window_moments(window);

	for (int l = 0; l < ALERT_LEVELS; l++) {
		const struct span *span = &window->spans[l];

		sums[l] = (struct window_sum){ 0 };
		if (windows->within[l] >= 0 && span->from < window->n)
			sums[l] = (struct window_sum){ span->part, span->whole,
				span->other, moments[span->from].when,
				moments[window->n - 1].when };
	}
}

/* Of all windows that hold the moment at `at', the one with the most. */
static void
find_most(const struct windows *windows, struct window *window, uint32_t at,
    int level, struct window_sum *sum)
{
	const struct moment *moments = window_moments(window);
	int64_t within = windows->within[level];
	struct span span = { 0 };

	*sum = (struct window_sum){ 0 };
	for (uint32_t i = 0; i < window->n && within >= 0; i++) {
		if (moments[i].when - moments[at].when > within)
			break;
		add_to_span(&span, &moments[i]);
		while (moments[i].when - moments[span.from].when > within)
			take_from_span(&span, &moments[span.from++]);
		if (i >= at && span.part > sum->part)
			*sum = (struct window_sum){ span.part, span.whole,
				span.other, moments[span.from].when,
				moments[i].when };
	}
}

/* A mark older than the last moment: it is put in its place. */
static void
add_late(struct windows *windows, struct window *window,
    const struct mark *mark, struct window_sum sums[ALERT_LEVELS])
{
	struct moment *moments;
	uint32_t at;

	(void)window_room(windows, window);
	moments = window_moments(window);
	for (at = window->n - 1; at > 0 && moments[at - 1].when > mark->when;)
		at--;
	memmove(&moments[at + 1], &moments[at],
	    (window->n - 1 - at) * sizeof(*moments));
	set_moment(windows, &moments[at], mark);
	window_sum_up(windows, window);
	for (int l = 0; l < ALERT_LEVELS; l++)
		find_most(windows, window, at, l, &sums[l]);
}

/* The member's moment, if it has one, goes; false: it has a later one. */
static bool
forget_member(const struct windows *windows, struct window *window,
    const struct mark *mark)
{
	const struct moment *moments = window_moments(window);

	for (uint32_t i = 0; i < window->n; i++) {
		if (moments[i].member != mark->member)
			continue;
		if (moments[i].when > mark->when)
			return false;
		window_remove(window, i, 1);
		window_sum_up(windows, window);
		break;
	}
	return true;
}

void
windows_add(struct windows *windows, const struct mark *mark,
    struct window_sum sums[ALERT_LEVELS])
{
	struct window *window = window_get(windows, mark);
	struct moment *last;

	windows->dirty[window->row.index / WINDOW_GROUP] = true;
	if (windows->members && !forget_member(windows, window, mark)) {
		tell(windows, window, sums);
		return;
	}
	last = window->n > 0 ? &window_moments(window)[window->n - 1] : NULL;
	if (last != NULL && mark->when < last->when) {
		add_late(windows, window, mark, sums);
		return;
	}
	advance(windows, window, mark->when);
	if (last != NULL && mark->when == last->when && !windows->members) {
		last->part += mark->part;
		last->whole += mark->whole;
		last->other += mark->other;
		for (int l = 0; l < ALERT_LEVELS; l++) {
			window->spans[l].part += mark->part;
			window->spans[l].whole += mark->whole;
			window->spans[l].other += mark->other;
		}
	} else {
		last = window_room(windows, window);
		set_moment(windows, last, mark);
		for (int l = 0; l < ALERT_LEVELS; l++)
			add_to_span(&window->spans[l], last);
		/* Making room may have summed up anew. */
		advance(windows, window, mark->when);
	}
	tell(windows, window, sums);
}
