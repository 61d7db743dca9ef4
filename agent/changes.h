/*
 * changes.h - what a person with the token has done: block, unblock
 */
#ifndef AGENT_CHANGES_H
#define AGENT_CHANGES_H

#include "web/web.h"

/* Their argument is the agent. */
extern const struct web_changes agent_changes;

#endif
