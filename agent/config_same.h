/* config_same.h - is a section of one configuration that of another? */
#ifndef AGENT_CONFIG_SAME_H
#define AGENT_CONFIG_SAME_H

#include "collectors/collectors.h"

/* NULL is the same as NULL alone. */
bool same_text(const char *, const char *);
bool config_same_sources(
    const struct collect_config *, const struct collect_config *);
/* The extensions of attachments that are counted. */
bool config_same_attachments(
    const struct collect_config *, const struct collect_config *);

#endif
