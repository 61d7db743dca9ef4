/* sendmail_cf.c - what mailstats(8) takes from sendmail.cf */
#include "agent/sendmail_cf.h"

#include <string.h>
#include <strings.h>

#include "base/array.h"

static const char spaces[] = " \t\n\v\f\r";

static void
add_mailer(struct sendmail_cf *cf, const char *name, size_t n)
{
	char *mailer = cf->mailers[cf->mailer_count];

	if (n > SENDMAIL_CF_NAME - 1)
		n = SENDMAIL_CF_NAME - 1;
	memcpy(mailer, name, n);
	mailer[n] = '\0';
	for (size_t i = 0; i < cf->mailer_count; i++)
		if (strcmp(cf->mailers[i], mailer) == 0) {
			mailer[0] = '\0';
			return;
		}
	cf->mailer_count++;
}

static void
set_up(struct sendmail_cf *cf, const char *const *names, size_t n)
{
	memset(cf, 0, sizeof(*cf));
	for (size_t i = 0; i < n; i++)
		add_mailer(cf, names[i], strlen(names[i]));
}

void
sendmail_cf_usual(struct sendmail_cf *cf)
{
	static const char *const names[] = { "prog", "*file*", "*include*",
		"local", "smtp", "esmtp", "smtp8", "dsmtp", "relay" };

	set_up(cf, names, NELEMS(names));
}

/* Without its comment and the white space before that. */
static void
trim(char *line)
{
	size_t n = strcspn(line, "#\n");

	while (n > 0 && strchr(spaces, line[n - 1]) != NULL)
		n--;
	line[n] = '\0';
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/* What follows the 'O' of an option; NULL: not the statistics file's. */
static const char *
status_file(const char *option)
{
	static const char name[] = " StatusFile";
	size_t n = sizeof(name) - 1;

	if (strncasecmp(option, name, n) != 0 || is_alnum(option[n]))
		return option[0] == 'S' ? option + 1 : NULL;
	option = strchr(option, '=');
	if (option == NULL)
		return NULL;
	return option + 1 + strspn(option + 1, spaces);
}

/* False: a mailer too many. */
static bool
read_line(struct sendmail_cf *cf, const char *line)
{
	const char *path;

	if (line[0] == 'M') {
		if (cf->mailer_count == STATFILE_MAILERS)
			return false;
		add_mailer(cf, line + 1, strcspn(line + 1, ", \t\n\v\f\r"));
	} else if (line[0] == 'O' && (path = status_file(line + 1)) != NULL) {
		cf->names_file = true;
		memcpy(cf->status_file, path, strlen(path) + 1);
	}
	return true;
}

/* The next line, or as much of it as fits.  False: there is none. */
static bool
get_line(FILE *in, char line[SENDMAIL_CF_LINE], size_t *used)
{
	size_t n = 0;
	int c = EOF;

	while (n < SENDMAIL_CF_LINE - 1 && (c = getc(in)) != EOF) {
		line[n++] = (char)c;
		if (c == '\n')
			break;
	}
	line[n] = '\0';
	*used += n;
	return n > 0;
}

bool
sendmail_cf_read(struct sendmail_cf *cf, FILE *in)
{
	static const char *const names[] = { "prog", "*file*", "*include*" };
	char line[SENDMAIL_CF_LINE];
	size_t used = 0;

	set_up(cf, names, NELEMS(names));
	while (used < SENDMAIL_CF_MOST && get_line(in, line, &used)) {
		trim(line);
		if (!read_line(cf, line))
			return false;
	}
	return true;
}
