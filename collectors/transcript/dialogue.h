/*
 * dialogue.h - one process' words, read as a dialogue on the wire is
 *
 * It begins with a greeting.  Its first lines are held until one names the
 * client (role.h), since all events do.
 */
#ifndef TRANSCRIPT_DIALOGUE_H
#define TRANSCRIPT_DIALOGUE_H

#include "base/table.h"
#include "collectors/tracker.h"
#include "collectors/transcript/role.h"
#include "collectors/wire/smtp.h"

struct dialogue {
	struct table_row row;
	uint64_t pid;
	uint32_t host_index;
	bool torn;    /* the rest of a line of its may stand anywhere */
	bool shunned; /* what it does is not known until it is another one */
	struct role role;
	struct smtp_context context;
	struct smtp *smtp; /* NULL: it waits for the client's address */
	int64_t begun, last;
	const struct slice *ending; /* was said, by the client or for it */
	unsigned held_lines;
	size_t held;
	char *lines; /* held: speaker and text each */
};

/* What goes on ends without a word. */
void dialogue_begin(struct dialogue *, struct tracker *, int64_t when);
/* ">>> 250 ok" or "<<< NOOP". */
void dialogue_line(struct dialogue *, struct slice text, int64_t when);
/* `complete': it was read to its end. */
void dialogue_end(struct dialogue *, bool complete, bool by_server);
static inline bool
dialogue_is_on(const struct dialogue *dialogue)
{
	return dialogue->smtp != NULL || dialogue->lines != NULL;
}

#endif
