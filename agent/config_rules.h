/*
 * config_rules.h - the sections rule of the configuration
 *
 * For config.c alone.
 */
#ifndef AGENT_CONFIG_RULES_H
#define AGENT_CONFIG_RULES_H

#include <confuse.h>

#include "agent/config.h"

extern cfg_opt_t rule_options[];

/* Of a value: a span of time; of a finished section: its title, and that the
   rule knows what it was told.  -1: the mistake was told. */
int check_span(cfg_t *, cfg_opt_t *);
int check_level(cfg_t *, cfg_opt_t *);
int check_rule(cfg_t *, cfg_opt_t *);

/* Over the defaults. */
void read_rules(cfg_t *, struct alert_config *);

#endif
