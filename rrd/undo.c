/*
 * undo.c - headers set aside before an update, written back after a crash
 *
 * The file: MAGIC; for each series its path below root, kind, whether it was
 * to be made, where it begins, its header if it was there, the samples; then
 * END.  Numbers are as this machine has them: it is read by no other.
 */
#include "rrd/undo.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define MAGIC        "mailweir undo 1\n"
#define END          "end\n"
#define MOST_SAMPLES (1u << 24)

struct entry {
	uint32_t path_bytes; /* 0: the last */
	uint32_t kind;
	uint32_t made; /* there was no file */
	uint32_t samples;
	int64_t start;
};

static int
put_entry(FILE *out, const char *root, const struct series_file *file,
    struct err *err)
{
	const char *below = file->path + strlen(root) + 1;
	struct entry entry = { (uint32_t)strlen(below), (uint32_t)file->kind,
		!file->exists, (uint32_t)file->n, file->start };
	char *header = NULL;
	int rc = 0;

	fwrite(&entry, sizeof(entry), 1, out);
	fwrite(below, entry.path_bytes, 1, out);
	if (file->exists) {
		header = mem_zero(1, schema_header_bytes());
		rc = file_header(file->path, header, err);
		fwrite(header, schema_header_bytes(), 1, out);
		free(header);
	}
	fwrite(file->samples, sizeof(*file->samples), file->n, out);
	return rc;
}

static int
put_entries(FILE *out, const char *path, const char *root,
    const struct series_file *files, struct err *err)
{
	const struct entry last = { 0, 0, 0, 0, 0 };

	fwrite(MAGIC, sizeof(MAGIC) - 1, 1, out);
	for (; files != NULL; files = files->next)
		if (put_entry(out, root, files, err) == -1)
			return -1;
	fwrite(&last, sizeof(last), 1, out);
	fwrite(END, sizeof(END) - 1, 1, out);
	if (fflush(out) == EOF || ferror(out) || fsync(fileno(out)) == -1)
		return err_sys(err, "%s: write", path);
	return 0;
}

/* A name in a folder is durable when the folder is. */
static int
sync_folder(const char *path, struct err *err)
{
	char *copy = mem_text(path);
	const char *folder = dirname(copy);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd == -1 || fsync(fd) == -1)
		rc = err_sys(err, "%s: sync", folder);
	if (fd != -1)
		close(fd);
	free(copy);
	return rc;
}

int
undo_store(const char *path, const char *root, const struct series_file *files,
    struct err *err)
{
	char fresh[PATH_MAX];
	FILE *out;
	int rc;

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >=
	    (int)sizeof(fresh))
		return err_set(err, "%s: name too long", path);
	out = fopen(fresh, "we");
	if (out == NULL)
		return err_sys(err, "%s: open", fresh);
	rc = put_entries(out, fresh, root, files, err);
	fclose(out);
	if (rc == 0 && rename(fresh, path) == -1)
		rc = err_sys(err, "%s: rename", fresh);
	if (rc == 0)
		rc = sync_folder(path, err);
	if (rc == -1)
		unlink(fresh);
	return rc;
}

void
undo_drop(const char *path)
{
	unlink(path);
}

/* A file being made has a name of its own until it is whole. */
static void
drop_litter(const char *path)
{
	char *copy = mem_text(path), *other = mem_text(path), *at;
	const char *folder = dirname(copy), *name = basename(other);
	size_t n = strlen(name);
	struct dirent *entry;
	DIR *dir = opendir(folder);

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, name, n) != 0 ||
		    strlen(entry->d_name) != n + 6 || entry->d_name[n] == '.')
			continue;
		if (asprintf(&at, "%s/%s", folder, entry->d_name) == -1)
			abort();
		unlink(at);
		free(at);
	}
	if (dir != NULL)
		closedir(dir);
	free(other);
	free(copy);
}

/* 1: written back; 0: the file is no longer there, or no longer ours. */
static int
write_back(const char *path, const void *header, struct err *err)
{
	ssize_t size = (ssize_t)schema_header_bytes();
	struct stat st;
	int fd, rc = 1;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(err, "%s: open", path);
	if (fstat(fd, &st) == -1)
		rc = err_sys(err, "%s", path);
	else if ((size_t)st.st_size != schema_file_bytes())
		rc = 0;
	else if (pwrite(fd, header, (size_t)size, 0) != size)
		rc = err_sys(err, "%s: write", path);
	close(fd);
	return rc;
}

static int
redo(struct series_file *file, const struct entry *entry, const void *header,
    struct err *err)
{
	struct mould mould = { 0 };
	int rc = 1;

	file->last = file->tail = file->start = entry->start;
	file->exists = !entry->made;
	if (entry->made) {
		drop_litter(file->path);
		if (unlink(file->path) == -1 && errno != ENOENT &&
		    errno != ENOTDIR)
			return err_sys(err, "%s: remove", file->path);
	} else {
		rc = write_back(file->path, header, err);
	}
	if (rc == 1)
		rc = file_write(file, &mould, err);
	mould_fini(&mould);
	return rc;
}

/* 1: an entry was redone; 0: that was the last; -1: it could not be. */
static int
next_entry(FILE *in, const char *root, bool *damaged, struct err *err)
{
	size_t bytes = schema_header_bytes();
	char *header = mem_zero(1, bytes), below[PATH_MAX], *path;
	struct series_file *file = NULL;
	struct entry entry;
	int rc = 0;

	*damaged = fread(&entry, sizeof(entry), 1, in) != 1 ||
		   entry.path_bytes >= sizeof(below) ||
		   entry.samples > MOST_SAMPLES || entry.kind > SERIES_GAUGE;
	if (*damaged || entry.path_bytes == 0)
		goto done;
	*damaged = fread(below, entry.path_bytes, 1, in) != 1 ||
		   (!entry.made && fread(header, bytes, 1, in) != 1);
	if (*damaged)
		goto done;
	below[entry.path_bytes] = '\0';
	if (asprintf(&path, "%s/%s", root, below) == -1)
		abort();
	file = file_new(path, (enum series_kind)entry.kind);
	file->samples = mem_grow(NULL, entry.samples, sizeof(*file->samples));
	file->n = file->size = entry.samples;
	*damaged = fread(file->samples, sizeof(*file->samples), file->n, in) !=
		   file->n;
	if (!*damaged)
		rc = redo(file, &entry, header, err) == -1 ? -1 : 1;
done:
	file_free(file);
	free(header);
	return rc;
}

int
undo_recover(const char *path, const char *root, struct err *err)
{
	char magic[sizeof(MAGIC) - 1];
	bool damaged = true;
	FILE *in;
	int rc = 0;

	in = fopen(path, "re");
	if (in == NULL)
		return errno == ENOENT ? 0 : err_sys(err, "%s: open", path);
	if (fread(magic, sizeof(magic), 1, in) == 1 &&
	    memcmp(magic, MAGIC, sizeof(magic)) == 0) {
		do
			rc = next_entry(in, root, &damaged, err);
		while (rc == 1);
	}
	fclose(in);
	if (rc == -1)
		return -1;
	if (damaged)
		log_warn("%s: damaged: what it holds is left as it is", path);
	undo_drop(path);
	return 0;
}
