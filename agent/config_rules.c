/* config_rules.c - the sections rule of the configuration */
#include "agent/config_rules.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "agent/config_source.h"
#include "agent/when.h"
#include "base/mem.h"

#define LONGEST (365 * INT64_C(86400)) /* seconds, of any span */
#define HIGHEST 1000000000             /* of a number */

static cfg_opt_t level_options[] = {
	CFG_INT("count", 0, CFGF_NONE),
	CFG_STR("within", "", CFGF_NONE),
	CFG_INT("share", 0, CFGF_NONE),
	CFG_INT("times", 0, CFGF_NONE),
	CFG_STR("age", "", CFGF_NONE),
	CFG_INT("or_count", 0, CFGF_NONE),
	CFG_STR("or_within", "", CFGF_NONE),
	CFG_INT("coverage", 0, CFGF_NONE),
	CFG_STR("lag", "", CFGF_NONE),
	CFG_INT("dropped", 0, CFGF_NONE),
	CFG_END(),
};

cfg_opt_t rule_options[] = {
	CFG_BOOL("enabled", cfg_true, CFGF_NONE),
	CFG_BOOL("mail", cfg_true, CFGF_NONE),
	CFG_STR("block", "", CFGF_NONE),
	CFG_SEC("level", level_options,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_END(),
};

int
check_span(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);
	int64_t seconds;

	if (span_parse(slice_of(text), &seconds) && seconds <= LONGEST)
		return 0;
	cfg_error(cfg,
	    "%s: \"%s\": expected a time such as 90s, 10min, 2h or 7d",
	    cfg_opt_name(opt), text);
	return -1;
}

/* "count, within or share": what the rule knows. */
static void
name_known(size_t rule, char *text, size_t size)
{
	size_t n = 0, left = 0;

	for (int o = 0; o < ALERT_OPTIONS; o++)
		left += alerts_rule_knows(rule, (enum alert_option)o);
	text[0] = '\0';
	for (int o = 0; o < ALERT_OPTIONS && n < size; o++)
		if (alerts_rule_knows(rule, (enum alert_option)o))
			n += (size_t)snprintf(text + n, size - n, "%s%s",
			    alert_option_name((enum alert_option)o),
			    --left > 1  ? ", "
			    : left == 1 ? " or "
					: "");
}

/* Its numbers; whether the rule knows them, is seen when the rule ends. */
int
check_level(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *level = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	const char *title = cfg_title(level);

	if (strcmp(title, "warn") != 0 && strcmp(title, "act") != 0) {
		cfg_error(
		    cfg, "level \"%s\": expected \"warn\" or \"act\"", title);
		return -1;
	}
	for (int o = 0; o < ALERT_OPTIONS; o++) {
		const char *name = alert_option_name((enum alert_option)o);
		enum alert_unit unit = alert_option_unit((enum alert_option)o);
		long most = unit == IN_PERCENT ? 100 : HIGHEST, value;

		if (unit == IN_SPAN)
			continue;
		value = cfg_getint(level, name);
		if (value >= 0 && value <= most)
			continue;
		cfg_error(level, "level \"%s\": %s %ld: expected 0 to %ld",
		    title, name, value, most);
		return -1;
	}
	return 0;
}

static int
check_known(cfg_t *section, cfg_t *level, size_t rule)
{
	char known[160];

	for (int o = 0; o < ALERT_OPTIONS; o++) {
		const char *name = alert_option_name((enum alert_option)o);

		if (!config_is_set(level, name) ||
		    alerts_rule_knows(rule, (enum alert_option)o))
			continue;
		name_known(rule, known, sizeof(known));
		cfg_error(section,
		    "rule \"%s\": %s: is nothing to this rule; expected %s",
		    cfg_title(section), name, known);
		return -1;
	}
	return 0;
}

static int
no_such_rule(cfg_t *cfg, const char *title)
{
	char names[400];
	size_t n = 0;

	for (size_t i = 0; i < alerts_rule_count() && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
		    i == 0                         ? ""
		    : i + 1 == alerts_rule_count() ? " or "
						   : ", ",
		    alerts_rule_name(i));
	cfg_error(cfg, "rule \"%s\": expected %s", title, names);
	return -1;
}

int
check_rule(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	int rule = alerts_find_rule(slice_of(cfg_title(section)));

	if (rule == -1)
		return no_such_rule(cfg, cfg_title(section));
	if (config_is_set(section, "block") &&
	    alerts_rule_key((size_t)rule) != KEY_CLIENT) {
		cfg_error(section,
		    "rule \"%s\": block: it watches no clients; expected "
		    "enabled, mail or level",
		    cfg_title(section));
		return -1;
	}
	for (unsigned i = 0; i < cfg_size(section, "level"); i++)
		if (check_known(section, cfg_getnsec(section, "level", i),
			(size_t)rule) == -1)
			return -1;
	return 0;
}

static uint32_t
span_of(cfg_t *section, const char *name)
{
	int64_t seconds = 0;

	(void)span_parse(slice_of(cfg_getstr(section, name)), &seconds);
	return (uint32_t)seconds;
}

static void
read_level(cfg_t *level, struct rule_config *rule)
{
	uint32_t *to =
	    rule->levels[strcmp(cfg_title(level), "warn") == 0 ? LEVEL_WARN
							       : LEVEL_ACT];

	for (int o = 0; o < ALERT_OPTIONS; o++) {
		const char *name = alert_option_name((enum alert_option)o);

		if (!config_is_set(level, name))
			continue;
		to[o] = alert_option_unit((enum alert_option)o) == IN_SPAN
			    ? span_of(level, name)
			    : (uint32_t)cfg_getint(level, name);
	}
}

/* As its own log calls it: in small letters. */
static char *
own_name(void)
{
	struct utsname name;
	char *own = mem_text(uname(&name) == 0 ? name.nodename : "localhost");

	for (char *p = own; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return own;
}

void
read_rules(cfg_t *cfg, struct alert_config *alerts)
{
	alerts->host = own_name();
	for (unsigned i = 0; i < cfg_size(cfg, "rule"); i++) {
		cfg_t *section = cfg_getnsec(cfg, "rule", i);
		struct rule_config *rule = &alerts->rules[alerts_find_rule(
		    slice_of(cfg_title(section)))];

		rule->enabled = cfg_getbool(section, "enabled");
		if (config_is_set(section, "mail"))
			rule->mail = cfg_getbool(section, "mail");
		if (config_is_set(section, "block"))
			rule->block = span_of(section, "block");
		for (unsigned l = 0; l < cfg_size(section, "level"); l++)
			read_level(cfg_getnsec(section, "level", l), rule);
	}
}
