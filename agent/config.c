/* config.c - the configuration file */
#include "agent/config.h"

#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config_blocks.h"
#include "agent/config_history.h"
#include "agent/config_mail.h"
#include "agent/config_rules.h"
#include "agent/config_source.h"
#include "agent/config_systems.h"
#include "agent/detect.h"
#include "agent/mistakes.h"
#include "agent/sendmail_cf.h"
#include "base/array.h"
#include "base/mem.h"

/* libconfuse takes defaults of lists as text that it may not change, and
   says so without const. */
static char no_list[] = "{}";
static char mail_ports[] = "{25, 465, 587, 110, 143, 993, 995}";
static char risky_files[] = "{\"bat\", \"chm\", \"cmd\", \"com\", \"cpl\", "
			    "\"exe\", \"hta\", \"jar\", \"js\", "
			    "\"jse\", \"lnk\", \"msi\", \"pif\", \"ps1\", "
			    "\"scr\", \"vbe\", \"vbs\", \"wsf\"}";

static cfg_opt_t source_options[] = {
	CFG_STR("type", "file", CFGF_NONE),
	CFG_STR("path", NULL, CFGF_NODEFAULT),
	CFG_STR("zone", "local", CFGF_NONE),
	CFG_STR("format", "auto", CFGF_NONE),
	CFG_STR_LIST("units", no_list, CFGF_NONE),
	CFG_STR_LIST("identifiers", no_list, CFGF_NONE),
	CFG_STR("system", "auto", CFGF_NONE),
	CFG_STR("host", "", CFGF_NONE),
	CFG_INT("interval", 0, CFGF_NONE),
	CFG_STR("sendmail_cf", SENDMAIL_CF, CFGF_NONE),
	CFG_STR("interface", "any", CFGF_NONE),
	CFG_INT_LIST("ports", mail_ports, CFGF_NONE),
	CFG_BOOL("promiscuous", cfg_false, CFGF_NONE),
	CFG_STR_LIST("senders", no_list, CFGF_NONE),
	CFG_INT("tolerance", 300, CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t web_options[] = {
	CFG_STR("listen", "127.0.0.1:8025", CFGF_NONE),
	CFG_STR("tls_cert", NULL, CFGF_NODEFAULT),
	CFG_STR("tls_key", NULL, CFGF_NODEFAULT),
	CFG_BOOL("plain", cfg_false, CFGF_NONE),
	CFG_STR_LIST("names", no_list, CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t options[] = {
	CFG_STR("data", "/var/lib/mailweir", CFGF_NONE),
	CFG_STR("user", "mailweir", CFGF_NONE),
	CFG_BOOL("privacy", cfg_false, CFGF_NONE),
	CFG_STR("note", NULL, CFGF_NODEFAULT),
	CFG_SEC("source", source_options,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_STR_LIST("networks", no_list, CFGF_NONE),
	CFG_STR_LIST("domains", no_list, CFGF_NONE),
	CFG_STR("relay_after_login", "auto", CFGF_NONE),
	CFG_STR_LIST("attachments", risky_files, CFGF_NONE),
	CFG_SEC("mail_system", mail_system_options,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_SEC("web", web_options, CFGF_NONE),
	CFG_SEC("blocks", block_options, CFGF_NONE),
	CFG_SEC("mail", mail_options, CFGF_NONE),
	CFG_SEC("history", history_options, CFGF_NONE),
	CFG_SEC("rule", rule_options,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_END(),
};

static char *
copy_text(const char *text)
{
	return text == NULL ? NULL : mem_text(text);
}

static char **
copy_list(cfg_t *cfg, const char *name, size_t *n)
{
	char **list;

	*n = cfg_size(cfg, name);
	list = mem_zero(*n, sizeof(*list));
	for (unsigned i = 0; i < *n; i++)
		list[i] = mem_text(cfg_getnstr(cfg, name, i));
	return list;
}

/*
 * Checks of values: called as each is read, so that file and line are those of
 * the mistake.  Of a list, the last value is the news.
 */
static const char *
value_of(cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);

	return text == NULL ? "" : text;
}

static int
check_path(cfg_t *cfg, cfg_opt_t *opt)
{
	if (value_of(opt)[0] == '/')
		return 0;
	cfg_error(cfg, "%s: \"%s\": expected an absolute path",
	    cfg_opt_name(opt), value_of(opt));
	return -1;
}

static int
check_user(cfg_t *cfg, cfg_opt_t *opt)
{
	if (value_of(opt)[0] != '\0')
		return 0;
	cfg_error(cfg, "user: expected the name of a user");
	return -1;
}

static int
check_network(cfg_t *cfg, cfg_opt_t *opt)
{
	struct prefix prefix;

	if (prefix_parse(slice_of(value_of(opt)), &prefix))
		return 0;
	cfg_error(cfg,
	    "networks: \"%s\": expected an address or prefix such as "
	    "192.0.2.0/24",
	    value_of(opt));
	return -1;
}

static int
check_type(cfg_t *cfg, cfg_opt_t *opt)
{
	char names[80];

	if (source_type_of(value_of(opt)) != SOURCE_TYPES)
		return 0;
	source_type_names(names, sizeof(names));
	cfg_error(cfg, "source \"%s\": type \"%s\": expected %s",
	    cfg_title(cfg), value_of(opt), names);
	return -1;
}

static int
check_zone(cfg_t *cfg, cfg_opt_t *opt)
{
	struct err err;

	if (collectors_check_zone(value_of(opt), &err) == 0)
		return 0;
	cfg_error(cfg, "source \"%s\": %s", cfg_title(cfg), err.text);
	return -1;
}

static bool
is_type(cfg_t *section, enum source_type type)
{
	return source_type_of(cfg_getstr(section, "type")) == type;
}

static bool
is_journal(cfg_t *section)
{
	return is_type(section, SOURCE_TYPE_JOURNAL);
}

static bool
is_capture(cfg_t *section)
{
	return is_type(section, SOURCE_TYPE_CAPTURE);
}

/* What it reads: a path, or an interface; NULL: this host's journal. */
static const char *
read_by(cfg_t *section)
{
	return cfg_getstr(section, is_capture(section) ? "interface" : "path");
}

/* Of two journals, no path is this host's. */
static bool
same_log(cfg_t *a, cfg_t *b)
{
	const char *one = read_by(a), *two = read_by(b);

	if (is_journal(a) != is_journal(b) || is_capture(a) != is_capture(b))
		return false;
	return one == NULL || two == NULL ? one == two : strcmp(one, two) == 0;
}

/* At its end: what must be there, and that no log is read twice. */
static int
check_source(cfg_t *cfg, cfg_opt_t *opt)
{
	unsigned last = cfg_opt_size(opt) - 1;
	cfg_t *section = cfg_opt_getnsec(opt, last), *other;
	const char *path = read_by(section);

	if (path == NULL && !is_journal(section)) {
		cfg_error(cfg, "source \"%s\": path: expected an absolute path",
		    cfg_title(section));
		return -1;
	}
	if (source_check(section) == -1)
		return -1;
	for (unsigned i = 0; i < last; i++) {
		other = cfg_opt_getnsec(opt, i);
		if (!same_log(section, other))
			continue;
		cfg_error(cfg,
		    "source \"%s\": %s is read by source \"%s\"; expected "
		    "another %s",
		    cfg_title(section), path != NULL ? path : "the journal",
		    cfg_title(other),
		    is_capture(section) ? "interface" : "path");
		return -1;
	}
	return 0;
}

static const struct {
	const char *option;
	cfg_validate_callback_t check;
} checks[] = {
	{ "data", check_path },
	{ "user", check_user },
	{ "networks", check_network },
	{ "relay_after_login", check_login_relay },
	{ "attachments", check_attachment },
	{ "source", check_source },
	{ "source|type", check_type },
	{ "source|path", check_path },
	{ "source|sendmail_cf", check_path },
	{ "source|zone", check_zone },
	{ "mail_system", check_mail_system },
	{ "mail_system|program", check_path },
	{ "mail_system|directory", check_path },
	{ "blocks", check_blocks },
	{ "blocks|mode", check_block_mode },
	{ "blocks|backend", check_block_backend },
	{ "blocks|never", check_block_never },
	{ "blocks|ports", check_block_port },
	{ "blocks|max_blocks", check_block_number },
	{ "blocks|max_new", check_block_number },
	{ "history|days", check_history_days },
	{ "history|size", check_history_size },
	{ "rule", check_rule },
	{ "rule|block", check_span },
	{ "rule|level", check_level },
	{ "rule|level|within", check_span },
	{ "rule|level|or_within", check_span },
	{ "rule|level|age", check_span },
	{ "rule|level|lag", check_span },
};

static void
read_sources(cfg_t *cfg, struct collect_config *collect)
{
	unsigned n = cfg_size(cfg, "source");

	collect->sources = mem_zero(n, sizeof(*collect->sources));
	collect->source_count = n;
	for (unsigned i = 0; i < n; i++) {
		cfg_t *section = cfg_getnsec(cfg, "source", i);

		struct source_config *source = &collect->sources[i];

		source->title = mem_text(cfg_title(section));
		source->type = source_type_of(cfg_getstr(section, "type"));
		source->path = copy_text(cfg_getstr(section, "path"));
		source->zone = mem_text(cfg_getstr(section, "zone"));
		source->units =
		    copy_list(section, "units", &source->unit_count);
		source->identifiers = copy_list(
		    section, "identifiers", &source->identifier_count);
		source_read(section, source);
	}
}

static void
read_networks(cfg_t *cfg, struct collect_config *collect)
{
	unsigned n = cfg_size(cfg, "networks");

	collect->networks = mem_zero(n, sizeof(*collect->networks));
	collect->network_count = n;
	for (unsigned i = 0; i < n; i++)
		(void)prefix_parse(slice_of(cfg_getnstr(cfg, "networks", i)),
		    &collect->networks[i]);
}

static void
read_web(cfg_t *cfg, struct web_config *web)
{
	web->listen = copy_text(cfg_getstr(cfg, "listen"));
	web->tls_cert = copy_text(cfg_getstr(cfg, "tls_cert"));
	web->tls_key = copy_text(cfg_getstr(cfg, "tls_key"));
	web->plain = cfg_getbool(cfg, "plain");
	web->names = copy_list(cfg, "names", &web->name_count);
}

static void
read_all(cfg_t *cfg, struct config *config)
{
	config->data = copy_text(cfg_getstr(cfg, "data"));
	config->user = copy_text(cfg_getstr(cfg, "user"));
	config->privacy = cfg_getbool(cfg, "privacy");
	config->note = copy_text(cfg_getstr(cfg, "note"));
	config->collect.domains =
	    copy_list(cfg, "domains", &config->collect.domain_count);
	read_web(cfg_getsec(cfg, "web"), &config->web);
	read_mail(cfg_getsec(cfg, "mail"), &config->mail);
	read_networks(cfg, &config->collect);
	read_login_relay(cfg, &config->collect);
	read_attachments(cfg, &config->collect);
	read_blocks(cfg_getsec(cfg, "blocks"), &config->blocks);
	read_history(cfg_getsec(cfg, "history"), &config->messages);
	read_rules(cfg, &config->alerts);
	read_mail_systems(cfg, config);
	read_sources(cfg, &config->collect);
}

static int
parse_file(cfg_t *cfg, const char *path, struct err *err)
{
	int rc;

	if (path == NULL && access(CONFIG_PATH, F_OK) == -1)
		return 0;
	if (path == NULL)
		path = CONFIG_PATH;
	err->text[0] = '\0';
	mistakes_report(cfg, path, err);
	for (size_t i = 0; i < NELEMS(checks); i++)
		cfg_set_validate_func(cfg, checks[i].option, checks[i].check);
	check_mail(cfg);
	rc = cfg_parse(cfg, path);
	if (rc == CFG_SUCCESS)
		return 0;
	if (rc == CFG_FILE_ERROR)
		return err_sys(err, "%s: open", path);
	if (err->text[0] == '\0')
		err_set(err, "%s: cannot be understood", path);
	return -1;
}

int
config_load(struct config *config, const char *path, struct err *err)
{
	cfg_t *cfg = cfg_init(options, CFGF_NONE);
	int rc;

	memset(config, 0, sizeof(*config));
	alerts_defaults(&config->alerts);
	rc = parse_file(cfg, path, err);
	/* An empty file gives the defaults of sections as well. */
	if (rc == 0)
		read_all(cfg, config);
	cfg_free(cfg);
	if (rc == -1)
		config_free(config);
	return rc;
}

void
config_find_sources(struct config *config)
{
	detect_sources(&config->collect);
}

static void
free_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void
config_forget_sources(struct config *config)
{
	for (size_t i = 0; i < config->collect.source_count; i++) {
		struct source_config *source = &config->collect.sources[i];

		free(source->title);
		free(source->path);
		free(source->zone);
		free_list(source->units, source->unit_count);
		free_list(source->identifiers, source->identifier_count);
		source_forget(source);
	}
	config->collect.source_count = 0;
}

void
config_free(struct config *config)
{
	config_forget_sources(config);
	free(config->collect.sources);
	free_mail_systems(config);
	free_blocks(&config->blocks);
	free(config->collect.networks);
	free_list(config->collect.domains, config->collect.domain_count);
	free_list(config->collect.extensions, config->collect.extension_count);
	free(config->web.listen);
	free(config->web.tls_cert);
	free(config->web.tls_key);
	free_list(config->web.names, config->web.name_count);
	free_mail(&config->mail);
	free(config->data);
	free(config->user);
	free(config->note);
	free(config->alerts.host);
	memset(config, 0, sizeof(*config));
}
