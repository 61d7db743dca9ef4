/* mistakes.c - what is wrong in the configuration, and what was expected */
#include "agent/mistakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

/* libconfuse reports by a callback without an argument, and does not tell the
   file to sections that have a default. */
static struct err *reported;
static const char *reported_path;

/* The names that could stand there. */
static void
name_options(const cfg_t *cfg, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (const cfg_opt_t *o = cfg->opts; o->name != NULL && n < size; o++)
		n += (size_t)snprintf(text + n, size - n, "%s%s",
		    n == 0              ? ""
		    : o[1].name == NULL ? " or "
					: ", ",
		    o->name);
}

/* What libconfuse does not say: what it would have taken. */
static void
put_expected(const cfg_t *cfg, char *text, size_t size)
{
	static const struct {
		const char *said, *expected;
	} rows[] = {
		{ "invalid boolean", "true or false" },
		{ "missing equal sign", "= and a value" },
		{ "missing opening brace", "{" },
		{ "missing title", "a title in quotes" },
		{ "found duplicate title", "another title" },
		{ "premature end", "a closing quote or brace" },
		{ "unterminated string", "a closing quote" },
		{ "unexpected ", "name = value, or a section in braces" },
	};
	size_t n = strlen(text);
	char names[160];

	if (strncmp(text, "no such option", 14) == 0 && cfg != NULL) {
		name_options(cfg, names, sizeof(names));
		snprintf(text + n, size - n, "; expected %s", names);
	}
	for (size_t i = 0; i < NELEMS(rows); i++)
		if (strncmp(text, rows[i].said, strlen(rows[i].said)) == 0) {
			snprintf(text + n, size - n, "; expected %s",
			    rows[i].expected);
			break;
		}
}

static void report(cfg_t *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

static void
report(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[400];

	vsnprintf(text, sizeof(text), fmt, ap);
	put_expected(cfg, text, sizeof(text));
	if (reported->text[0] != '\0')
		return; /* the first mistake is the cause */
	if (cfg != NULL && cfg->line != 0)
		err_set(reported, "%s:%d: %s", reported_path, cfg->line, text);
	else
		err_set(reported, "%s", text);
}

void
mistakes_report(cfg_t *cfg, const char *path, struct err *err)
{
	reported = err;
	reported_path = path;
	cfg_set_error_function(cfg, report);
}
