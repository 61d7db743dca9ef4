/* rows_gone.h - keys of rows that the state is to drop at the next commit */
#ifndef BLOCKS_ROWS_GONE_H
#define BLOCKS_ROWS_GONE_H

#include "base/state.h"

struct rows_gone {
	struct state_writer keys;
};

static inline void
rows_gone_add(struct rows_gone *gone, struct slice key)
{
	put_text(&gone->keys, key);
}

/* Before the rows that are put: one may be back. */
static inline void
rows_gone_save(struct rows_gone *gone, struct state_rows *rows)
{
	struct slice at = { gone->keys.p, gone->keys.n }, key;

	while (get_text(&at, &key))
		rows_drop(rows, key);
	writer_fini(&gone->keys);
}

#endif
