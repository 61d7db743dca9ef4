/*
 * name.c - from metrics, mailers and hosts to paths, and never two to one
 *
 * The paths and types are collectd's, so front-ends made for it read them:
 * https://collectd.org/wiki/index.php/Naming_schema
 */
#include "rrd/name.h"

#include <stdio.h>
#include <stdlib.h>

#define HASH_BYTES 9 /* '_' and 8 digits */

bool
name_parse(const char *dotted, struct series_name *name)
{
	struct slice text = slice_of(dotted), word;
	ptrdiff_t dot = slice_find_last(text, SLICE("."));

	*name = (struct series_name){ { NULL, 0 }, 0 };
	if (!slice_begins(text, "mailer.")) {
		name->metric = metric_find(text);
		return name->metric < METRICS;
	}
	word = slice_from(text, (size_t)dot + 1);
	name->metric = mailer_metric_find(word);
	if (name->metric >= MAILER_METRICS || (size_t)dot < 8)
		return false;
	name->mailer = (struct slice){ text.p + 7, (size_t)dot - 7 };
	return true;
}

static enum series_kind
kind_of(bool mailer, unsigned metric)
{
	return !mailer && metric_kind((enum metric)metric) == METRIC_GAUGE
		   ? SERIES_GAUGE
		   : SERIES_COUNT;
}

enum series_kind
name_kind(const struct series_name *name)
{
	return kind_of(name->mailer.n > 0, name->metric);
}

static enum metric_unit
unit_of(bool mailer, unsigned metric)
{
	return mailer ? mailer_metric_unit((enum mailer_metric)metric)
		      : metric_unit((enum metric)metric);
}

enum metric_unit
name_unit(const struct series_name *name)
{
	return unit_of(name->mailer.n > 0, name->metric);
}

const char *
name_help(const struct series_name *name)
{
	return name->mailer.n > 0
		   ? mailer_metric_help((enum mailer_metric)name->metric)
		   : metric_help((enum metric)name->metric);
}

/* Bytes of the character at `at' that may stand in a file's name; or 0. */
static size_t
safe_bytes(struct slice name, size_t at, bool host)
{
	size_t n = slice_utf8(slice_from(name, at));
	char c = name.p[at];

	if (n != 1)
		return n;
	if (c < ' ' || c == 0x7f || c == '/' || c == ':' || c == '\\')
		return 0;
	if ((c == '-' && !host) || (c == '.' && at == 0))
		return 0;
	return 1;
}

/* Else a stranger could choose a name that is another's changed one. */
static bool
looks_hashed(struct slice name)
{
	if (name.n < HASH_BYTES || name.p[name.n - HASH_BYTES] != '_')
		return false;
	for (size_t i = name.n - HASH_BYTES + 1; i < name.n; i++)
		if (strchr("0123456789abcdef", name.p[i]) == NULL)
			return false;
	return true;
}

static void
make_safe(struct slice name, bool host, char safe[NAME_BYTES])
{
	uint64_t hash = slice_hash(name);
	bool changed =
	    name.n == 0 || name.n >= NAME_BYTES || looks_hashed(name);
	size_t used = 0, room, n;

	for (size_t i = 0; i < name.n && !changed; i += n) {
		n = safe_bytes(name, i, host);
		changed = n == 0;
	}
	room = changed ? NAME_BYTES - 1 - HASH_BYTES : NAME_BYTES - 1;
	for (size_t i = 0; i < name.n; i += n ? n : 1) {
		n = safe_bytes(name, i, host);
		if (used + (n ? n : 1) > room)
			break;
		memcpy(safe + used, n ? name.p + i : "_", n ? n : 1);
		used += n ? n : 1;
	}
	safe[used] = '\0';
	if (changed)
		snprintf(safe + used, NAME_BYTES - used, "_%08x",
		    (unsigned)((hash ^ hash >> 32) & 0xffffffffu));
}

void
name_of_host(struct slice name, char safe[NAME_BYTES])
{
	char low[1024];
	size_t n = slice_copy(name, low, sizeof(low));

	for (size_t i = 0; i < n; i++)
		if (low[i] >= 'A' && low[i] <= 'Z')
			low[i] = (char)(low[i] + ('a' - 'A'));
	make_safe((struct slice){ low, n }, true, safe);
}

void
name_of_mailer(struct slice name, char safe[NAME_BYTES])
{
	make_safe(name, false, safe);
}

/* "messages.received" is email_count-received in mail-messages. */
char *
name_path(
    const char *root, const char *host, const char *mailer, unsigned metric)
{
	const char *word = mailer != NULL
			       ? mailer_metric_name((enum mailer_metric)metric)
			       : metric_name((enum metric)metric);
	const char *type =
	    kind_of(mailer != NULL, metric) == SERIES_GAUGE ? "gauge"
	    : unit_of(mailer != NULL, metric) == UNIT_BYTES ? "email_size"
							    : "email_count";
	const char *dot = strchr(word, '.');
	char *path = NULL;
	int rc;

	if (mailer != NULL)
		rc = asprintf(&path, "%s/%s/mailer-%s/%s-%s.rrd", root, host,
		    mailer, type, word);
	else
		rc = asprintf(&path, "%s/%s/mail-%.*s/%s-%s.rrd", root, host,
		    (int)(dot - word), word, type, dot + 1);
	if (rc == -1)
		abort();
	return path;
}
