/* config_systems.c - the sections mail_system of the configuration */
#include "agent/config_systems.h"
#include "agent/config_same.h"

#include <stdlib.h>
#include <string.h>

#include "agent/when.h"
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

#define LOGIN_MOST (7 * 86400) /* seconds */

/* "auto", "never", "30min" */
static bool
parse_login_relay(const char *text, struct collect_config *collect)
{
	int64_t seconds = 0;

	collect->login_relay = LOGIN_RELAY_AUTO;
	if (strcmp(text, "never") == 0)
		collect->login_relay = LOGIN_RELAY_NEVER;
	else if (strcmp(text, "auto") != 0)
		collect->login_relay = LOGIN_RELAY_ALWAYS;
	if (collect->login_relay == LOGIN_RELAY_ALWAYS &&
	    (!span_parse(slice_of(text), &seconds) || seconds < 1 ||
		seconds > LOGIN_MOST))
		return false;
	collect->login_seconds = (unsigned)seconds;
	return true;
}

int
check_login_relay(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	struct collect_config unused;

	if (text != NULL && parse_login_relay(text, &unused))
		return 0;
	cfg_error(cfg,
	    "relay_after_login: \"%s\": expected auto, never, or a time of a "
	    "week at most such as 30min",
	    text != NULL ? text : "");
	return -1;
}

void
read_login_relay(cfg_t *cfg, struct collect_config *collect)
{
	(void)parse_login_relay(cfg_getstr(cfg, "relay_after_login"), collect);
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
