/* config_blocks.c - the section blocks of the configuration */
#include "agent/config_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "agent/block_run.h"
#include "agent/config_same.h"
#include "base/array.h"
#include "base/mem.h"

#define HIGHEST 1000000 /* of a number */

/* libconfuse takes defaults of lists as text that it may not change. */
static char no_list[] = "{}";
/* SMTP, POP3, IMAP, and sieve, which shares their passwords. */
static char mail_ports[] = "{25, 465, 587, 110, 143, 993, 995, 4190}";

cfg_opt_t block_options[] = {
	CFG_STR("mode", "observe", CFGF_NONE),
	CFG_STR("backend", "nftables", CFGF_NONE),
	CFG_STR("map", NULL, CFGF_NODEFAULT),
	CFG_STR("sender_map", NULL, CFGF_NODEFAULT),
	CFG_STR("add", NULL, CFGF_NODEFAULT),
	CFG_STR("remove", NULL, CFGF_NODEFAULT),
	CFG_STR("add6", NULL, CFGF_NODEFAULT),
	CFG_STR("remove6", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("never", no_list, CFGF_NONE),
	CFG_BOOL("forward", cfg_false, CFGF_NONE),
	CFG_INT_LIST("ports", mail_ports, CFGF_NONE),
	CFG_INT("max_blocks", 100000, CFGF_NONE),
	CFG_INT("max_new", 1000, CFGF_NONE),
	CFG_END(),
};

static const char *const modes[] = {
	[BLOCK_OBSERVE] = "observe",
	[BLOCK_ENFORCE] = "enforce",
};

/* Of a list, the last value is the news. */
static const char *
value_of(cfg_opt_t *opt)
{
	return cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
}

int
check_block_mode(cfg_t *cfg, cfg_opt_t *opt)
{
	for (size_t i = 0; i < NELEMS(modes); i++)
		if (strcmp(value_of(opt), modes[i]) == 0)
			return 0;
	cfg_error(
	    cfg, "mode \"%s\": expected observe or enforce", value_of(opt));
	return -1;
}

int
check_block_backend(cfg_t *cfg, cfg_opt_t *opt)
{
	char names[80];

	if (blocks_is_backend(value_of(opt), names, sizeof(names)))
		return 0;
	cfg_error(cfg, "backend \"%s\": expected %s", value_of(opt), names);
	return -1;
}

int
check_block_never(cfg_t *cfg, cfg_opt_t *opt)
{
	struct prefix prefix;

	if (prefix_parse(slice_of(value_of(opt)), &prefix))
		return 0;
	cfg_error(cfg,
	    "never: \"%s\": expected an address or prefix such as "
	    "198.51.100.9 or 2001:db8::/32",
	    value_of(opt));
	return -1;
}

int
check_block_port(cfg_t *cfg, cfg_opt_t *opt)
{
	unsigned n = cfg_opt_size(opt);
	long port = cfg_opt_getnint(opt, n - 1);

	if (n > BLOCK_PORTS) {
		cfg_error(cfg, "ports: expected at most %d", BLOCK_PORTS);
		return -1;
	}
	if (port >= 1 && port <= UINT16_MAX)
		return 0;
	cfg_error(cfg, "ports: %ld: expected 1 to %d", port, UINT16_MAX);
	return -1;
}

int
check_block_number(cfg_t *cfg, cfg_opt_t *opt)
{
	long value = cfg_opt_getnint(opt, 0);

	if (value >= 1 && value <= HIGHEST)
		return 0;
	cfg_error(cfg, "%s: %ld: expected 1 to %d", cfg_opt_name(opt), value,
	    HIGHEST);
	return -1;
}

/* Backend and maps fit together only as a whole. */
int
check_blocks(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *section = cfg_opt_getnsec(opt, 0);
	struct block_config blocks = {
		.backend = cfg_getstr(section, "backend"),
		.map = cfg_getstr(section, "map"),
		.sender_map = cfg_getstr(section, "sender_map"),
		.add = cfg_getstr(section, "add"),
		.remove = cfg_getstr(section, "remove"),
		.add6 = cfg_getstr(section, "add6"),
		.remove6 = cfg_getstr(section, "remove6"),
	};
	struct err err;

	if (block_check_config(&blocks, &err) == 0)
		return 0;
	cfg_error(cfg, "blocks: %s", err.text);
	return -1;
}

static char *
copy_or_null(const char *text)
{
	return text == NULL ? NULL : mem_text(text);
}

void
read_blocks(cfg_t *cfg, struct block_config *blocks)
{
	struct err ignored; /* it was checked */

	blocks->mode =
	    strcmp(cfg_getstr(cfg, "mode"), modes[BLOCK_ENFORCE]) == 0
		? BLOCK_ENFORCE
		: BLOCK_OBSERVE;
	blocks->backend = mem_text(cfg_getstr(cfg, "backend"));
	blocks->forward = cfg_getbool(cfg, "forward");
	blocks->max_blocks = (uint32_t)cfg_getint(cfg, "max_blocks");
	blocks->max_new = (uint32_t)cfg_getint(cfg, "max_new");
	blocks->map = copy_or_null(cfg_getstr(cfg, "map"));
	blocks->sender_map = copy_or_null(cfg_getstr(cfg, "sender_map"));
	blocks->add = copy_or_null(cfg_getstr(cfg, "add"));
	blocks->remove = copy_or_null(cfg_getstr(cfg, "remove"));
	blocks->add6 = copy_or_null(cfg_getstr(cfg, "add6"));
	blocks->remove6 = copy_or_null(cfg_getstr(cfg, "remove6"));
	blocks->run = block_run;
	(void)block_check_config(blocks, &ignored);
	blocks->port_count = cfg_size(cfg, "ports");
	for (unsigned i = 0; i < blocks->port_count; i++)
		blocks->ports[i] = (uint16_t)cfg_getnint(cfg, "ports", i);
	blocks->never_count = cfg_size(cfg, "never");
	blocks->never = mem_zero(blocks->never_count, sizeof(*blocks->never));
	for (unsigned i = 0; i < blocks->never_count; i++)
		(void)prefix_parse(
		    slice_of(cfg_getnstr(cfg, "never", i)), &blocks->never[i]);
}

void
free_blocks(struct block_config *blocks)
{
	free(blocks->backend);
	free(blocks->map);
	free(blocks->sender_map);
	free(blocks->add);
	free(blocks->remove);
	free(blocks->add6);
	free(blocks->remove6);
	free(blocks->never);
}

/* The helper has the backend's rights, and copies of its maps and commands. */
bool
config_same_blocks(const struct block_config *a, const struct block_config *b)
{
	return strcmp(a->backend, b->backend) == 0 &&
	       same_text(a->map, b->map) &&
	       same_text(a->sender_map, b->sender_map) &&
	       same_text(a->add, b->add) && same_text(a->remove, b->remove) &&
	       same_text(a->add6, b->add6) && same_text(a->remove6, b->remove6);
}
