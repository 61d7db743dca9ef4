/*
 * config_blocks.h - the section blocks of the configuration
 *
 * For config.c alone.
 */
#ifndef AGENT_CONFIG_BLOCKS_H
#define AGENT_CONFIG_BLOCKS_H

#include <confuse.h>

#include "agent/config.h"

extern cfg_opt_t block_options[];

/* Of a value of the section.  -1: the mistake was told. */
int check_blocks(cfg_t *, cfg_opt_t *); /* the section as a whole */
int check_block_mode(cfg_t *, cfg_opt_t *);
int check_block_backend(cfg_t *, cfg_opt_t *);
int check_block_never(cfg_t *, cfg_opt_t *);
int check_block_port(cfg_t *, cfg_opt_t *);
int check_block_number(cfg_t *, cfg_opt_t *);

void read_blocks(cfg_t *, struct block_config *);
void free_blocks(struct block_config *);
/* Of what a running agent cannot change. */
bool config_same_blocks(
    const struct block_config *, const struct block_config *);

#endif
