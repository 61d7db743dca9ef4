/* config_systems.c - the sections mail_system of the configuration */
#include "agent/config_systems.h"
#include "agent/config_same.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

cfg_opt_t mail_system_options[] = {
	CFG_STR("program", NULL, CFGF_NODEFAULT),
	CFG_STR("directory", NULL, CFGF_NODEFAULT),
	CFG_END(),
};

int
check_mail_system(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *title =
	    cfg_title(cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1));
	char names[128];
	size_t n = 0;

	if (ours_system(title) != NULL)
		return 0;
	for (size_t i = 0; i < ours_system_count && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
		    i == 0                       ? ""
		    : i + 1 == ours_system_count ? " or "
						 : ", ",
		    ours_systems[i]->name);
	cfg_error(cfg, "mail_system \"%s\": expected %s", title, names);
	return -1;
}

static char *
copy_text(const char *text)
{
	return text == NULL ? NULL : mem_text(text);
}

void
read_mail_systems(cfg_t *cfg, struct config *config)
{
	unsigned n = cfg_size(cfg, "mail_system");

	config->systems = mem_zero(n, sizeof(*config->systems));
	config->system_count = n;
	for (unsigned i = 0; i < n; i++) {
		cfg_t *section = cfg_getnsec(cfg, "mail_system", i);

		config->systems[i] = (struct our_system_config){
			copy_text(cfg_title(section)),
			copy_text(cfg_getstr(section, "program")),
			copy_text(cfg_getstr(section, "directory")),
		};
	}
}

void
free_mail_systems(struct config *config)
{
	for (size_t i = 0; i < config->system_count; i++) {
		free(config->systems[i].name);
		free(config->systems[i].program);
		free(config->systems[i].directory);
	}
	free(config->systems);
}

bool
config_same_systems(const struct config *a, const struct config *b)
{
	if (a->system_count != b->system_count)
		return false;
	for (size_t i = 0; i < a->system_count; i++)
		if (!same_text(a->systems[i].name, b->systems[i].name) ||
		    !same_text(a->systems[i].program, b->systems[i].program) ||
		    !same_text(
			a->systems[i].directory, b->systems[i].directory))
			return false;
	return true;
}
