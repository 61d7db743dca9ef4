/* ours_exim.h - reading Exim's lists; for the tests as well */
#ifndef AGENT_OURS_EXIM_H
#define AGENT_OURS_EXIM_H

#include "agent/ours.h"

struct exim {
	struct ours *ours;
	struct slice primary; /* primary_hostname */
	/* The value of a named list, to be freed; NULL: there is none. */
	char *(*list)(void *arg, struct slice name);
	void *arg;
};

/* The next item: "<;" changes the separator, a doubled one stands for itself.
   `separator' is 0 at first.  The item is in `text', of `size' bytes. */
bool exim_item(struct slice *rest, char *separator, char *text, size_t size);

void exim_domains(
    struct exim *, struct slice value, const char *name, bool relayed);
void exim_hosts(struct exim *, struct slice value, const char *name);

#endif
