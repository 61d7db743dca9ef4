/*
 * statistics_state.c - what is kept of a statistics file in the state
 *
 * The words come first, for whoever only wants to print them.
 */
#include "collectors/statistics.h"

#include <stdlib.h>

#include "base/mem.h"

static void
put_table(struct state_writer *w, const statistics_table table)
{
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (size_t k = 0; k < STATFILE_COLUMNS; k++)
			put_u64(w, table[i][k]);
}

static void
put_file(struct state_writer *w, const struct statfile *file)
{
	put_u8(w, file->empty);
	put_u64(w, (uint64_t)file->since);
	put_u64(w, (uint64_t)file->connections_from);
	put_u64(w, (uint64_t)file->connections_to);
	put_u64(w, (uint64_t)file->connections_rejected);
	for (size_t k = 0; k < STATFILE_COLUMNS; k++)
		for (size_t i = 0; i < STATFILE_MAILERS; i++)
			put_u64(w, (uint64_t)file->columns[k][i]);
}

bool
statistics_save(void *arg, struct state_writer *w)
{
	struct statistics *s = arg;

	if (!s->dirty)
		return false;
	put_text(w, slice_of(s->words));
	put_u64(w, (uint64_t)s->first);
	put_u8(w, s->seen);
	put_file(w, &s->last);
	put_table(w, s->totals);
	put_u64(w, s->connections_from);
	put_u64(w, s->connections_to);
	put_u64(w, s->connections_rejected);
	put_u64(w, s->resets);
	agreement_save(&s->agreement, w);
	s->dirty = false;
	return true;
}

static bool
get_table(struct slice *value, statistics_table table)
{
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (size_t k = 0; k < STATFILE_COLUMNS; k++)
			if (!get_u64(value, &table[i][k]))
				return false;
	return true;
}

static bool
get_number(struct slice *value, int64_t *number)
{
	uint64_t bits;

	if (!get_u64(value, &bits))
		return false;
	*number = (int64_t)bits;
	return *number >= 0;
}

static bool
get_file(struct slice *value, struct statfile *file)
{
	uint8_t empty;

	if (!get_u8(value, &empty) || !get_number(value, &file->since) ||
	    !get_number(value, &file->connections_from) ||
	    !get_number(value, &file->connections_to) ||
	    !get_number(value, &file->connections_rejected))
		return false;
	file->empty = empty != 0;
	for (size_t k = 0; k < STATFILE_COLUMNS; k++)
		for (size_t i = 0; i < STATFILE_MAILERS; i++)
			if (!get_number(value, &file->columns[k][i]))
				return false;
	return true;
}

static bool
get_all(struct statistics *s, struct slice value)
{
	struct slice words;
	uint8_t seen;

	if (!get_text(&value, &words) || !get_number(&value, &s->first) ||
	    !get_u8(&value, &seen) || !get_file(&value, &s->last) ||
	    !get_table(&value, s->totals) ||
	    !get_u64(&value, &s->connections_from) ||
	    !get_u64(&value, &s->connections_to) ||
	    !get_u64(&value, &s->connections_rejected) ||
	    !get_u64(&value, &s->resets) ||
	    !agreement_load(&s->agreement, &value))
		return false;
	s->seen = seen != 0;
	slice_copy(words, s->words, sizeof(s->words));
	return true;
}

bool
statistics_load(void *arg, struct slice value)
{
	struct statistics *s = arg;
	struct statistics *loaded = mem_copy(s, sizeof(*s));
	bool good = get_all(loaded, value);

	if (good)
		*s = *loaded;
	free(loaded);
	return good;
}
