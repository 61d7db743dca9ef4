/* ours_postfix.h - reading what postconf printed; for the tests as well */
#ifndef AGENT_OURS_POSTFIX_H
#define AGENT_OURS_POSTFIX_H

#include "agent/ours.h"

/* "name = value" lines; false if there is none of that name. */
bool postfix_parameter(
    struct slice output, const char *name, struct slice *value);
void postfix_read(struct ours *, struct slice output);

#endif
