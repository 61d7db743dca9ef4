/* config_history.h - the section history of the configuration */
#ifndef AGENT_CONFIG_HISTORY_H
#define AGENT_CONFIG_HISTORY_H

#include <confuse.h>

#include "base/messages.h"

extern cfg_opt_t history_options[];

int check_history_days(cfg_t *, cfg_opt_t *);
int check_history_size(cfg_t *, cfg_opt_t *);
void read_history(cfg_t *section, struct messages_config *);

#endif
