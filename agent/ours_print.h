/* ours_print.h - our networks and domains for people, with their origins */
#ifndef AGENT_OURS_PRINT_H
#define AGENT_OURS_PRINT_H

#include "agent/ours.h"
#include "collectors/collectors.h"

/* What is set in the configuration comes before what was found. */
void ours_print(
    FILE *, const struct collect_config *set, const struct ours *found);

#endif
