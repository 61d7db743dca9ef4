/* config_mail.h - the section mail; for config.c alone */
#ifndef AGENT_CONFIG_MAIL_H
#define AGENT_CONFIG_MAIL_H

#include <confuse.h>

#include "alerts/alerts.h"

extern cfg_opt_t mail_options[];

/* Checks of its values, as each is read. */
void check_mail(cfg_t *);
void read_mail(cfg_t *section, struct mail_config *);
void free_mail(struct mail_config *);

#endif
