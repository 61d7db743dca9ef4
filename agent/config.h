/*
 * config.h - the configuration file
 *
 * Each part is declared by the folder that obeys it.  Filled once at start;
 * const from then on.  The grammar is libconfuse's, which gives file and line
 * of every mistake; an option is one row in config.c and one entry in
 * mailweir.conf(5).
 */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include "agent/ours.h"
#include "alerts/alerts.h"
#include "base/err.h"
#include "base/messages.h"
#include "blocks/blocks.h"
#include "collectors/collectors.h"
#include "web/web.h"

#define CONFIG_PATH "/etc/mailweir.conf"

struct config {
	char *data;   /* directory of the state and the series */
	char *user;   /* to run as, when started by root */
	bool privacy; /* people by pseudonyms */
	char *note;   /* shown on page and terminal; NULL: none */
	struct collect_config collect;
	struct our_system_config *systems; /* where they are, where told */
	size_t system_count;
	struct web_config web;
	struct mail_config mail;
	struct alert_config alerts;
	struct block_config blocks;
	struct messages_config messages;
};

/*
 * path NULL: CONFIG_PATH if it is there, else the defaults.  A file may be
 * empty.
 */
int config_load(struct config *, const char *path, struct err *);
/* With no source section, look for where this host's mail system logs. */
void config_find_sources(struct config *);
/* replay reads the files it is given, not those of the configuration. */
void config_forget_sources(struct config *);
/* Do both ask the same programs and directories? */
bool config_same_systems(const struct config *, const struct config *);
void config_free(struct config *);

#endif
