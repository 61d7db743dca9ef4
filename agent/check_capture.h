/* check_capture.h - can the wire be seen; for command_check.c */
#ifndef AGENT_CHECK_CAPTURE_H
#define AGENT_CHECK_CAPTURE_H

#include <stdbool.h>

#include "collectors/collectors.h"

/* False: it cannot be captured; why is printed. */
bool check_capture(const struct source_config *);
/* Nothing is configured: what could be, and else which right is missing. */
void check_captures(const struct collect_config *);
/* Is any interface to be captured? */
bool check_is_captured(const struct collect_config *);

#endif
