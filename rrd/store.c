/*
 * store.c - the hosts, mailers and files that are written to
 *
 * A series of a host begins at the midnight before the host's first step, also
 * where it is made days later: its cells are then known from their beginning,
 * and the average of a cell times its seconds is a count.
 */
#include "rrd/store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "rrd/undo.h"

struct store *
store_new(const char *data)
{
	struct store *store = mem_zero(1, sizeof(*store));

	if (asprintf(&store->root, "%s/rrd", data) == -1 ||
	    asprintf(&store->undo, "%s/rrd.undo", data) == -1)
		abort();
	return store;
}

static void
host_free(struct store_host *host)
{
	for (size_t i = 0; i < METRICS; i++)
		file_free(host->files[i]);
	for (size_t m = 0; m < host->mailer_count; m++) {
		for (size_t i = 0; i < MAILER_METRICS; i++)
			file_free(host->mailers[m]->files[i]);
		free(host->mailers[m]);
	}
	free(host);
}

void
store_free(struct store *store)
{
	if (store == NULL)
		return;
	for (size_t i = 0; i < store->host_count; i++)
		host_free(store->hosts[i]);
	mould_fini(&store->mould);
	free(store->root);
	free(store->undo);
	free(store);
}

static void
say_full(struct store *store, const char *what, const char *name)
{
	char text[2 * STATS_NAME];

	if (store->full_said)
		return;
	store->full_said = true;
	slice_escape(slice_of(name), text, sizeof(text));
	log_warn("%s: %s \"%s\" gets no series: too many, or two of one name",
	    store->root, what, text);
}

static struct store_mailer *
mailer_by_safe(struct store_host *host, const char *safe)
{
	struct store_mailer *mailer;

	for (size_t i = 0; i < host->mailer_count; i++)
		if (strcmp(host->mailers[i]->safe, safe) == 0)
			return host->mailers[i];
	if (host->mailer_count == STORE_MAILERS)
		return NULL;
	mailer = mem_zero(1, sizeof(*mailer));
	slice_copy(slice_of(safe), mailer->safe, sizeof(mailer->safe));
	host->mailers[host->mailer_count++] = mailer;
	return mailer;
}

/* Mailers of an earlier run, which have to be brought up with the others. */
static void
find_mailers(const struct store *store, struct store_host *host)
{
	struct dirent *entry;
	struct slice name;
	char *path;
	DIR *dir;

	if (asprintf(&path, "%s/%s", store->root, host->safe) == -1)
		abort();
	dir = opendir(path);
	free(path);
	if (dir == NULL)
		return; /* it has none */
	while ((entry = readdir(dir)) != NULL) {
		name = slice_of(entry->d_name);
		if (slice_skips(&name, "mailer-") && name.n < NAME_BYTES)
			(void)mailer_by_safe(host, name.p);
	}
	closedir(dir);
}

struct store_host *
store_host(struct store *store, const char *name, int64_t first)
{
	char safe[NAME_BYTES];
	struct store_host *host;
	size_t i;

	for (i = 0; i < store->host_count; i++) {
		host = store->hosts[i];
		if (strcmp(host->name, name) == 0)
			goto found;
	}
	name_of_host(slice_of(name), safe);
	for (i = 0; i < store->host_count; i++) {
		host = store->hosts[i];
		if (strcmp(host->safe, safe) == 0)
			break; /* the hash of another's name */
	}
	if (i < store->host_count || store->host_count == STORE_HOSTS) {
		say_full(store, "host", name);
		return NULL;
	}
	host = mem_zero(1, sizeof(*host));
	memcpy(host->safe, safe, sizeof(safe));
	slice_copy(slice_of(name), host->name, sizeof(host->name));
	find_mailers(store, host);
	store->hosts[store->host_count++] = host;
found:
	if (host->first == 0)
		host->first = first;
	return host;
}

static struct store_mailer *
find_mailer(struct store *store, struct store_host *host, const char *name)
{
	char safe[NAME_BYTES];
	struct store_mailer *mailer;

	for (size_t i = 0; i < host->mailer_count; i++)
		if (strcmp(host->mailers[i]->name, name) == 0)
			return host->mailers[i];
	name_of_mailer(slice_of(name), safe);
	mailer = mailer_by_safe(host, safe);
	if (mailer != NULL && mailer->name[0] == '\0') {
		slice_copy(slice_of(name), mailer->name, sizeof(mailer->name));
		return mailer;
	}
	say_full(store, "mailer", name); /* or the hash of another's name */
	return NULL;
}

static struct series_file *
file_of(const struct store *store, struct store_host *host,
    struct store_mailer *mailer, unsigned metric)
{
	struct series_name name = { { "", mailer != NULL }, metric };
	struct series_file **file =
	    mailer != NULL ? &mailer->files[metric] : &host->files[metric];

	if (*file == NULL)
		*file =
		    file_new(name_path(store->root, host->safe,
				 mailer != NULL ? mailer->safe : NULL, metric),
			name_kind(&name));
	return *file;
}

struct series_file *
store_file(struct store *store, struct store_host *host, const char *mailer,
    unsigned metric)
{
	struct store_mailer *found;

	if (mailer == NULL)
		return file_of(store, host, NULL, metric);
	found = find_mailer(store, host, mailer);
	return found != NULL ? file_of(store, host, found, metric) : NULL;
}

void
store_begin(struct store *store)
{
	store->batch++;
	store->failed = false;
}

int
store_end(struct store *store, struct err *err)
{
	(void)store_flush(store);
	if (!store->failed)
		return 0;
	*err = store->reason;
	return -1;
}

static void
fail(struct store *store, struct series_file *file, const struct err *err)
{
	if (file != NULL)
		file->failed = store->batch;
	if (!store->failed)
		store->reason = *err;
	store->failed = true;
}

static bool
look(struct store *store, struct series_file *file, int64_t now)
{
	struct err err;

	if (file->failed == store->batch)
		return false;
	if (file_look(file, now, &err) == 0)
		return true;
	fail(store, file, &err);
	return false;
}

bool
store_ready(struct store *store, const struct store_host *host,
    struct series_file *file, int64_t at)
{
	int64_t start = at;

	if (!look(store, file, at))
		return false;
	if (file->exists)
		return true;
	if (file->kind == SERIES_GAUGE)
		start = (at - 1) / SCHEMA_STEP * SCHEMA_STEP;
	else if (!file->lost && host->first != 0 && host->first < at)
		start = host->first;
	if (file->kind == SERIES_COUNT)
		start = start / SCHEMA_DAY * SCHEMA_DAY;
	file_begin(file, start);
	return true;
}

void
store_waits(struct store *store, struct series_file *file, size_t before)
{
	store->samples += file->n - before;
	if (before == 0 && file->n > 0) {
		file->next = store->waiting;
		store->waiting = file;
	}
}

static void
bring_up(struct store *store, struct series_file *file, int64_t until)
{
	size_t before;

	if (file->kind != SERIES_COUNT || !look(store, file, until) ||
	    (!file->exists && file->n == 0))
		return;
	before = file->n;
	file_push_zeros(file, until);
	store_waits(store, file, before);
}

void
store_bring_up(struct store *store, struct store_host *host, int64_t until)
{
	until = until / SCHEMA_STEP * SCHEMA_STEP;
	for (unsigned i = 0; i < METRICS; i++)
		bring_up(store, file_of(store, host, NULL, i), until);
	for (size_t m = 0; m < host->mailer_count; m++)
		for (unsigned i = 0; i < MAILER_METRICS; i++)
			bring_up(store,
			    file_of(store, host, host->mailers[m], i), until);
}

bool
store_flush(struct store *store)
{
	struct series_file *file;
	struct err err;
	bool covered;

	if (store->waiting == NULL)
		return true;
	covered =
	    undo_store(store->undo, store->root, store->waiting, &err) == 0;
	if (!covered)
		fail(store, NULL, &err);
	while ((file = store->waiting) != NULL) {
		store->waiting = file->next;
		file->next = NULL;
		if (!covered) {
			file->looked = false; /* it may be the reason */
			file_forget(file);
		} else if (file_write(file, &store->mould, &err) == -1)
			fail(store, file, &err);
		else
			store->updates++;
	}
	store->samples = 0;
	if (covered)
		undo_drop(store->undo);
	return covered;
}
