/*
 * troubles.h - the agent's own troubles, as incidents and for /healthz
 */
#ifndef AGENT_TROUBLES_H
#define AGENT_TROUBLES_H

#include <stdbool.h>

struct agent;

/* One that is looked after here, as it was told last. */
struct trouble {
	bool told;
	char words[200]; /* empty: none */
};

/* Once a second: who is in trouble is asked, and alerts/ is told. */
void troubles_tick(struct agent *);
/* All there are now, in one line, or NULL; open: nobody is named. */
const char *troubles_words(const struct agent *, bool open);

#endif
