/*
 * journal_survey.c - where the journal is, and what of it may be read
 *
 * libsystemd steps over files that it may not open and does not tell; so the
 * directories are looked through here.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "base/array.h"
#include "collectors/journal_impl.h"

#define PATH_BYTES    4096
#define MACHINE_BYTES 33 /* 32 hexadecimal digits and a NUL */

static const char *const host_roots[] = { "/var/log/journal",
	"/run/log/journal" };

const char *
journal_name(const struct source_config *config)
{
	return config->path != NULL ? config->path : "journal";
}

int
journal_open_handle(const struct source_config *config, sd_journal **handle)
{
	if (config->path != NULL)
		return sd_journal_open_directory(handle, config->path, 0);
	/* The users' files as well: what they send is logged there. */
	return sd_journal_open(handle, SD_JOURNAL_LOCAL_ONLY);
}

static size_t
root_count(const struct source_config *config)
{
	return config->path != NULL ? 1 : NELEMS(host_roots);
}

static const char *
root_at(const struct source_config *config, size_t i)
{
	return config->path != NULL ? config->path : host_roots[i];
}

size_t
collectors_journal_places(
    const struct source_config *config, const char *places[JOURNAL_PLACES])
{
	size_t n = root_count(config);

	for (size_t i = 0; i < n; i++)
		places[i] = root_at(config, i);
	return n;
}

uint64_t
journal_roots(const struct source_config *config)
{
	uint64_t identity = 0;
	struct stat st;

	for (size_t i = 0; i < root_count(config); i++) {
		identity *= 0x9e3779b97f4a7c15u;
		if (stat(root_at(config, i), &st) == 0)
			identity += st.st_ino * 31 + st.st_dev + 1;
	}
	return identity;
}

static bool
is_machine(const char *name)
{
	return strlen(name) == MACHINE_BYTES - 1 &&
	       strspn(name, "0123456789abcdef") == MACHINE_BYTES - 1;
}

static void
look_at(const char *path, struct journal_survey *survey)
{
	struct slice name = slice_of(path);

	if (!slice_ends(name, SLICE(".journal")) &&
	    !slice_ends(name, SLICE(".journal~")))
		return;
	survey->files++;
	survey->denied += access(path, R_OK) == -1;
}

/* Its files, and those in the directories of machines. */
static void
look_in(const char *directory, bool below, struct journal_survey *survey)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	char path[PATH_BYTES];

	if (dir == NULL && errno == EACCES) {
		survey->files++;
		survey->denied++;
	}
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		int n = snprintf(
		    path, sizeof(path), "%s/%s", directory, entry->d_name);

		if (n < 0 || (size_t)n >= sizeof(path))
			continue;
		if (below && is_machine(entry->d_name))
			look_in(path, false, survey);
		else
			look_at(path, survey);
	}
	closedir(dir);
}

bool
journal_is_mixed(sd_journal *handle)
{
	const void *machine;
	size_t n, machines = 0;

	if (sd_journal_query_unique(handle, "_MACHINE_ID") < 0)
		return false;
	sd_journal_restart_unique(handle);
	while (machines < 2 &&
	       sd_journal_enumerate_unique(handle, &machine, &n) > 0)
		machines++;
	return machines > 1;
}

static int64_t
newest_entry(const struct source_config *config)
{
	sd_journal *handle;
	uint64_t when = 0;

	if (journal_open_handle(config, &handle) < 0)
		return 0;
	if (journal_match(handle, config) < 0 ||
	    sd_journal_seek_tail(handle) < 0 ||
	    sd_journal_previous(handle) <= 0 ||
	    sd_journal_get_realtime_usec(handle, &when) < 0)
		when = 0;
	sd_journal_close(handle);
	return (int64_t)(when / 1000000);
}

void
journal_look(const struct source_config *config, struct journal_survey *survey)
{
	*survey = (struct journal_survey){ 0 };
	for (size_t i = 0; i < root_count(config); i++)
		look_in(root_at(config, i), true, survey);
}

void
collectors_survey_journal(
    const struct source_config *config, struct journal_survey *survey)
{
	journal_look(config, survey);
	if (survey->files > survey->denied)
		survey->newest = newest_entry(config);
}
