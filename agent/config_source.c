/* config_source.c - what a source of each type may be told */
#include "agent/config_source.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sendmail_cf.h"
#include "base/array.h"
#include "base/mem.h"

#define BIT(type)         (1u << SOURCE_TYPE_##type)
#define LONGEST_SECS      86400 /* between looks */
#define MOST_PORTS        32
#define LONGEST_EXTENSION 15 /* as a capture reads them */

static const struct {
	const char *name;
	enum source_type type;
} types[] = {
	{ "capture", SOURCE_TYPE_CAPTURE },
	{ "file", SOURCE_TYPE_FILE },
	{ "journal", SOURCE_TYPE_JOURNAL },
	{ "queue", SOURCE_TYPE_QUEUE },
	{ "statistics", SOURCE_TYPE_STATISTICS },
};

/* Which types take an option that not all of them take. */
static const struct {
	const char *option;
	unsigned types;
} takers[] = {
	{ "path", ~BIT(CAPTURE) },
	{ "zone", BIT(FILE) },
	{ "format", BIT(FILE) },
	{ "units", BIT(JOURNAL) },
	{ "identifiers", BIT(JOURNAL) },
	{ "system", BIT(QUEUE) },
	{ "host", BIT(FILE) | BIT(QUEUE) | BIT(STATISTICS) },
	{ "interval", BIT(QUEUE) | BIT(STATISTICS) },
	{ "sendmail_cf", BIT(STATISTICS) },
	{ "interface", BIT(CAPTURE) },
	{ "ports", BIT(CAPTURE) },
	{ "promiscuous", BIT(CAPTURE) },
	{ "senders", BIT(CAPTURE) },
	{ "tolerance", BIT(CAPTURE) },
};

enum source_type
source_type_of(const char *name)
{
	for (size_t i = 0; i < NELEMS(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	return SOURCE_TYPES;
}

/* "file, journal or statistics": of all, or of those in the set. */
static void
name_types(unsigned set, char *text, size_t size)
{
	size_t n = 0, left = 0;

	for (size_t i = 0; i < NELEMS(types); i++)
		left += set >> types[i].type & 1;
	text[0] = '\0';
	for (size_t i = 0; i < NELEMS(types) && n < size; i++)
		if (set >> types[i].type & 1)
			n += (size_t)snprintf(text + n, size - n, "%s%s",
			    types[i].name,
			    --left > 1  ? ", "
			    : left == 1 ? " or "
					: "");
}

void
source_type_names(char *text, size_t size)
{
	name_types(~0u, text, size);
}

/* Options that have a default are marked so until they are set. */
bool
config_is_set(cfg_t *section, const char *option)
{
	const cfg_opt_t *opt = cfg_getopt(section, option);

	return opt != NULL && opt->nvalues > 0 &&
	       (opt->flags & CFGF_RESET) == 0;
}

static int
check_takers(cfg_t *section, enum source_type type)
{
	char names[80];

	for (size_t i = 0; i < NELEMS(takers); i++) {
		if ((takers[i].types >> type & 1) != 0 ||
		    !config_is_set(section, takers[i].option))
			continue;
		name_types(takers[i].types, names, sizeof(names));
		cfg_error(section,
		    "source \"%s\": %s: not for type \"%s\"; expected type %s",
		    cfg_title(section), takers[i].option,
		    cfg_getstr(section, "type"), names);
		return -1;
	}
	return 0;
}

static int
check_system(cfg_t *section)
{
	const char *system = cfg_getstr(section, "system");
	const char *path = cfg_getstr(section, "path");

	if (strcmp(system, "auto") != 0 && !collectors_is_spool(system)) {
		cfg_error(section,
		    "source \"%s\": system \"%s\": expected auto, postfix, "
		    "sendmail or exim",
		    cfg_title(section), system);
		return -1;
	}
	if (path == NULL || strcmp(system, "auto") != 0 ||
	    collectors_spool_of(path) != NULL)
		return 0;
	cfg_error(section,
	    "source \"%s\": system: %s does not tell whose it is; expected "
	    "postfix, sendmail or exim",
	    cfg_title(section), path);
	return -1;
}

static int
check_format(cfg_t *section)
{
	const char *format = cfg_getstr(section, "format"), *name;
	char names[200] = "auto";
	size_t n = strlen(names);

	if (strcmp(format, "auto") == 0 || collectors_is_format(format))
		return 0;
	for (size_t i = 0;
	     n < sizeof(names) && (name = collectors_format_name(i)) != NULL;
	     i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
		    collectors_format_name(i + 1) != NULL ? ", " : " or ",
		    name);
	cfg_error(section, "source \"%s\": format \"%s\": expected %s",
	    cfg_title(section), format, names);
	return -1;
}

static int
check_ports(cfg_t *section)
{
	unsigned n = cfg_size(section, "ports");
	long port;

	if (n == 0 || n > MOST_PORTS) {
		cfg_error(section,
		    "source \"%s\": ports: %u of them; expected 1 to %d",
		    cfg_title(section), n, MOST_PORTS);
		return -1;
	}
	for (unsigned i = 0; i < n; i++) {
		port = cfg_getnint(section, "ports", i);
		if (port >= 1 && port <= 65535)
			continue;
		cfg_error(section,
		    "source \"%s\": ports: %ld: expected 1 to 65535",
		    cfg_title(section), port);
		return -1;
	}
	return 0;
}

static int
check_capture(cfg_t *section)
{
	long tolerance = cfg_getint(section, "tolerance");
	const char *sender;

	if (tolerance < 1 || tolerance > LONGEST_SECS) {
		cfg_error(section,
		    "source \"%s\": tolerance %ld: expected 1 to %d seconds",
		    cfg_title(section), tolerance, LONGEST_SECS);
		return -1;
	}
	for (unsigned i = 0; i < cfg_size(section, "senders"); i++) {
		sender = cfg_getnstr(section, "senders", i);
		if (collectors_is_sender(sender))
			continue;
		cfg_error(section,
		    "source \"%s\": senders: \"%s\": expected a user, an "
		    "address or a prefix such as 192.0.2.0/24",
		    cfg_title(section), sender);
		return -1;
	}
	return check_ports(section);
}

int
source_check(cfg_t *section)
{
	enum source_type type = source_type_of(cfg_getstr(section, "type"));
	long interval = cfg_getint(section, "interval");

	if (check_takers(section, type) == -1 || check_format(section) == -1)
		return -1;
	if (interval < 0 || interval > LONGEST_SECS) {
		cfg_error(section,
		    "source \"%s\": interval %ld: expected up to %d seconds",
		    cfg_title(section), interval, LONGEST_SECS);
		return -1;
	}
	if (type == SOURCE_TYPE_CAPTURE)
		return check_capture(section);
	return type == SOURCE_TYPE_QUEUE ? check_system(section) : 0;
}

void
source_mailers(struct source_config *source, const char *sendmail_cf)
{
	struct sendmail_cf *cf = mem_zero(1, sizeof(*cf));
	FILE *in = fopen(sendmail_cf, "re");

	if (in == NULL || !sendmail_cf_read(cf, in))
		sendmail_cf_usual(cf);
	if (in != NULL)
		(void)fclose(in);
	source->mailer_count = cf->mailer_count;
	source->mailers = mem_zero(cf->mailer_count, sizeof(char *));
	for (size_t i = 0; i < cf->mailer_count; i++)
		source->mailers[i] = mem_text(cf->mailers[i]);
	free(cf);
}

static void
read_capture(cfg_t *section, struct source_config *source)
{
	source->interface = mem_text(cfg_getstr(section, "interface"));
	source->promiscuous = cfg_getbool(section, "promiscuous");
	source->tolerance = (unsigned)cfg_getint(section, "tolerance");
	source->sender_count = cfg_size(section, "senders");
	source->senders = mem_zero(source->sender_count, sizeof(char *));
	for (unsigned i = 0; i < source->sender_count; i++)
		source->senders[i] =
		    mem_text(cfg_getnstr(section, "senders", i));
	source->port_count = cfg_size(section, "ports");
	source->ports = mem_zero(source->port_count, sizeof(uint16_t));
	for (unsigned i = 0; i < source->port_count; i++)
		source->ports[i] = (uint16_t)cfg_getnint(section, "ports", i);
}

void
source_read(cfg_t *section, struct source_config *source)
{
	const char *host = cfg_getstr(section, "host");
	const char *system = cfg_getstr(section, "system");
	const char *format = cfg_getstr(section, "format");

	if (strcmp(format, "auto") != 0)
		source->format = mem_text(format);
	source->interval = (unsigned)cfg_getint(section, "interval");
	if (host[0] != '\0')
		source->host = mem_text(host);
	if (source->type == SOURCE_TYPE_QUEUE)
		source->system =
		    mem_text(strcmp(system, "auto") == 0
				 ? collectors_spool_of(source->path)
				 : system);
	if (source->type == SOURCE_TYPE_CAPTURE)
		read_capture(section, source);
	if (source->type == SOURCE_TYPE_STATISTICS)
		source_mailers(source, cfg_getstr(section, "sendmail_cf"));
}

void
source_forget(struct source_config *source)
{
	free(source->system);
	free(source->format);
	free(source->host);
	free(source->interface);
	free(source->ports);
	for (size_t i = 0; i < source->sender_count; i++)
		free(source->senders[i]);
	free(source->senders);
	for (size_t i = 0; i < source->mailer_count; i++)
		free(source->mailers[i]);
	free(source->mailers);
}

/* Without its dot, if it has one. */
static struct slice
extension_of(const char *text)
{
	struct slice extension = slice_of(text);

	(void)slice_skips(&extension, ".");
	return extension;
}

int
check_attachment(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	struct slice extension = extension_of(text);

	if (extension.n > 0 && extension.n <= LONGEST_EXTENSION &&
	    slice_find_char(extension, '.') == -1 &&
	    slice_find_char(extension, ' ') == -1)
		return 0;
	cfg_error(cfg,
	    "attachments: \"%s\": expected an extension such as \"exe\", of at "
	    "most %d characters",
	    text, LONGEST_EXTENSION);
	return -1;
}

void
read_attachments(cfg_t *cfg, struct collect_config *collect)
{
	unsigned n = cfg_size(cfg, "attachments");

	collect->extension_count = n;
	collect->extensions = mem_zero(n, sizeof(*collect->extensions));
	for (unsigned i = 0; i < n; i++) {
		collect->extensions[i] =
		    mem_slice(extension_of(cfg_getnstr(cfg, "attachments", i)));
		for (char *p = collect->extensions[i]; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
	}
}
