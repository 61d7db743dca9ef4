/*
 * config_source.h - what a source of each type may be told
 *
 * For config*.c alone.
 */
#ifndef AGENT_CONFIG_SOURCE_H
#define AGENT_CONFIG_SOURCE_H

#include <confuse.h>

#include "collectors/collectors.h"

/* Is it said, not only its default? */
bool config_is_set(cfg_t *section, const char *option);

/* SOURCE_TYPES: there is no such type. */
enum source_type source_type_of(const char *name);
/* "file, queue or statistics" */
void source_type_names(char *text, size_t size);

/* Does the finished section say what its type takes?  -1: it was told. */
int source_check(cfg_t *section);
/* What only polled types have; the texts are the source's. */
void source_read(cfg_t *section, struct source_config *);
void source_forget(struct source_config *);

/* The files that captures count: each extension as it is read, and all. */
int check_attachment(cfg_t *, cfg_opt_t *);
void read_attachments(cfg_t *, struct collect_config *);

/* The names of the mailers by that sendmail.cf, or as they usually are. */
void source_mailers(struct source_config *, const char *sendmail_cf);

#endif
