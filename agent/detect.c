/*
 * detect.c - the logs that this host has, where none are configured
 *
 * A syslog daemon writes either mail.log (Debian) or maillog (Red Hat, BSD):
 * the first that is there counts, for where both are, one is the other's copy.
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
is_log(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

void
detect_sources(struct collect_config *collect)
{
	const char *path = places[0];
	struct source_config *source;

	for (size_t i = 0; i < NELEMS(places); i++) {
		if (is_log(places[i])) {
			path = places[i];
			break;
		}
	}
	/* Where there is none yet, the usual one may come. */
	collect->sources =
	    mem_grow(collect->sources, 1, sizeof(*collect->sources));
	source = &collect->sources[collect->source_count++];
	collect->detected = true;
	source->title = mem_text("maillog");
	source->path = mem_text(path);
	source->zone = mem_text("local");
}

void
detect_explain(FILE *out)
{
	bool chosen = false;

	for (size_t i = 0; i < NELEMS(places); i++) {
		if (!is_log(places[i]))
			fprintf(out, "  %s: not there\n", places[i]);
		else if (chosen)
			fprintf(out,
			    "  %s: found, but not read: the first one "
			    "counts\n",
			    places[i]);
		else
			fprintf(out, "  %s: found, counts\n", places[i]);
		chosen |= is_log(places[i]);
	}
}
