/*
 * detect.c - the logs that this host has, where none are configured
 *
 * A syslog daemon writes either mail.log (Debian) or maillog (Red Hat, BSD):
 * the first with lines in it counts, for where both are, one is the other's
 * copy.
 */
#include "agent/detect.h"

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/mem.h"

static const char *const places[] = {
	"/var/log/mail.log",
	"/var/log/maillog",
	"/var/log/postfix.log",
};

static bool
is_log(const char *path, bool with_lines)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (!with_lines || st.st_size != 0);
}

/* One with lines before one that is only there; else the usual one may come. */
static const char *
choose(void)
{
	for (size_t i = 0; i < NELEMS(places); i++)
		if (is_log(places[i], true))
			return places[i];
	for (size_t i = 0; i < NELEMS(places); i++)
		if (is_log(places[i], false))
			return places[i];
	return places[0];
}

void
detect_sources(struct collect_config *collect)
{
	struct source_config *source;

	collect->sources =
	    mem_grow(collect->sources, 1, sizeof(*collect->sources));
	source = &collect->sources[collect->source_count++];
	collect->detected = true;
	*source = (struct source_config){ .title = mem_text("maillog"),
		.type = SOURCE_TYPE_FILE,
		.path = mem_text(choose()),
		.zone = mem_text("local") };
	detect_polled(collect);
}

void
detect_explain(FILE *out)
{
	const char *chosen = choose();

	for (size_t i = 0; i < NELEMS(places); i++) {
		if (!is_log(places[i], false))
			fprintf(out, "  %s: not there\n", places[i]);
		else if (places[i] == chosen)
			fprintf(out, "  %s: found, counts\n", places[i]);
		else if (!is_log(places[i], true))
			fprintf(out, "  %s: found, but empty\n", places[i]);
		else
			fprintf(out,
			    "  %s: found, but not read: the first one "
			    "with lines counts\n",
			    places[i]);
	}
	detect_polled_explain(out);
}
