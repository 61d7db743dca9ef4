/* config_systems.h - the sections mail_system; for config.c alone */
#ifndef AGENT_CONFIG_SYSTEMS_H
#define AGENT_CONFIG_SYSTEMS_H

#include <confuse.h>

#include "agent/config.h"

extern cfg_opt_t mail_system_options[];

/* At the end of a section. */
int check_mail_system(cfg_t *, cfg_opt_t *);
void read_mail_systems(cfg_t *, struct config *);
/* relay_after_login */
int check_login_relay(cfg_t *, cfg_opt_t *);
void read_login_relay(cfg_t *, struct collect_config *);
void free_mail_systems(struct config *);

#endif
