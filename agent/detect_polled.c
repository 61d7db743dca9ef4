/*
 * detect_polled.c - the queues and the statistics file that this host has
 *
 * Every spool that is there counts: a host may run Sendmail with its
 * submission queue, or one mail system beside another.  Of the places of the
 * statistics file the one that sendmail.cf names comes first.
 */
#include "agent/detect.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "agent/config_source.h"
#include "agent/sendmail_cf.h"
#include "base/array.h"
#include "base/mem.h"

static const char *const files[] = {
	"/var/lib/sendmail/sendmail.st",
	"/etc/mail/statistics",
	"/var/log/mail/statistics",
	"/var/log/sendmail.st",
};

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* To be freed; NULL: there is none. */
static char *
find_statistics(void)
{
	struct sendmail_cf *cf = mem_zero(1, sizeof(*cf));
	FILE *in = fopen(SENDMAIL_CF, "re");
	char *path = NULL;

	if (in != NULL && sendmail_cf_read(cf, in) && cf->names_file) {
		cf->status_file[strcspn(cf->status_file, "\r\n")] = '\0';
		if (cf->status_file[0] == '/' && is_file(cf->status_file))
			path = mem_text(cf->status_file);
	}
	if (in != NULL)
		(void)fclose(in);
	free(cf);
	for (size_t i = 0; i < NELEMS(files) && path == NULL; i++)
		if (is_file(files[i]))
			path = mem_text(files[i]);
	return path;
}

static struct source_config *
add_source(struct collect_config *collect, const char *title,
    enum source_type type, char *adopted_path)
{
	struct source_config *source;

	collect->sources = mem_grow(collect->sources, collect->source_count + 1,
	    sizeof(*collect->sources));
	source = &collect->sources[collect->source_count++];
	*source = (struct source_config){
		.title = mem_text(title), .type = type, .path = adopted_path
	};
	return source;
}

/* Titles are the names of the systems, and where there are two, of the
   directories. */
static const char *
title_of(const char *place, const char *system)
{
	return strcmp(system, "sendmail") == 0 ? strrchr(place, '/') + 1
					       : system;
}

void
detect_polled(struct collect_config *collect)
{
	const char *place, *system;
	struct source_config *source;
	char *statistics = find_statistics();

	for (size_t i = 0; (place = collectors_spool_place(i)) != NULL; i++) {
		if (!is_directory(place))
			continue;
		system = collectors_spool_of(place);
		source = add_source(collect, title_of(place, system),
		    SOURCE_TYPE_QUEUE, mem_text(place));
		source->system = mem_text(system);
	}
	if (statistics == NULL)
		return;
	source = add_source(
	    collect, "statistics", SOURCE_TYPE_STATISTICS, statistics);
	source_mailers(source, SENDMAIL_CF);
}

void
detect_polled_explain(FILE *out)
{
	char *statistics = find_statistics();
	const char *place;

	for (size_t i = 0; (place = collectors_spool_place(i)) != NULL; i++)
		fprintf(out, "  %s: %s\n", place,
		    is_directory(place) ? "found, is counted" : "not there");
	if (statistics != NULL)
		fprintf(out, "  %s: found, is looked at\n", statistics);
	else
		fprintf(out, "  %s: not there\n", files[0]);
	free(statistics);
}
