/*
 * collectors_state.c - how far each source was read, in the state
 */
#include "collectors/collectors_impl.h"

#define STATE_VERSION 1

static void
save(void *arg, struct state_rows *rows)
{
	struct collectors *c = arg;

	for (size_t i = 0; i < c->source_count; i++) {
		struct source *source = &c->sources[i];
		struct state_writer w = { 0 }, place = { 0 };

		if (!source->dirty)
			continue;
		tail_save(source->tail, &place);
		put_u64(&w, (uint64_t)source->log.clock.last);
		put_u32(&w, (uint32_t)source->log.clock.year);
		put_u64(&w, source->lines);
		put_text(&w, (struct slice){ place.p, place.n });
		rows_put(rows, slice_of(source->config->path),
		    (struct slice){ w.p, w.n });
		writer_fini(&w);
		writer_fini(&place);
		source->dirty = false;
	}
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct collectors *c = arg;
	struct slice place;
	uint64_t last, lines;
	uint32_t year;

	if (!get_u64(&value, &last) || !get_u32(&value, &year) ||
	    !get_u64(&value, &lines) || !get_text(&value, &place))
		return err_set(err, "place of a source: damaged");
	for (size_t i = 0; i < c->source_count; i++) {
		struct source *source = &c->sources[i];

		if (!slice_eq(key, slice_of(source->config->path)))
			continue;
		source->log.clock.last = (int64_t)last;
		source->log.clock.year = (int)year;
		source->lines = lines;
		return tail_load(source->tail, place, err);
	}
	return 0; /* no longer configured; its place is kept */
}

void
collectors_parts(
    struct collectors *c, struct state_part parts[COLLECTORS_PARTS])
{
	parts[0] =
	    (struct state_part){ "sources", STATE_VERSION, c, save, load };
	parts[1] = tracker_part(c->tracker);
}
