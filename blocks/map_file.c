/*
 * map_file.c - our lines in a map that an administrator keeps: its file
 *
 * The new text is written beside the file, gets its owner and mode, and takes
 * its place only if the file is still the one that was read: an editor that
 * saved meanwhile wins, and we come again.  All by the directory's descriptor,
 * so that nobody can move the path below us.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "blocks/map.h"

struct map_file {
	const char *path;    /* as it was given */
	char real[PATH_MAX]; /* without links, without the name */
	const char *name;    /* its last part */
	char beside[NAME_MAX + 1];
	int directory;
	struct stat st;
	char *text;
	size_t n;
};

static int
find_file(struct map_file *file, struct err *err)
{
	char *slash;

	if (realpath(file->path, file->real) == NULL)
		return err_sys(err, "%s", file->path);
	slash = strrchr(file->real, '/');
	file->name = slash + 1;
	if (snprintf(file->beside, sizeof(file->beside), "%s.mailweir",
		file->name) >= (int)sizeof(file->beside))
		return err_set(err, "%s: the name is too long", file->path);
	*slash = '\0';
	file->directory = open(file->real[0] == '\0' ? "/" : file->real,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->directory == -1)
		return err_sys(err, "%s/", file->real);
	return 0;
}

static int
read_all(int fd, char *text, size_t n)
{
	ssize_t got;

	for (size_t have = 0; have < n; have += (size_t)got) {
		got = read(fd, text + have, n - have);
		if (got == -1 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			return -1;
	}
	return 0;
}

static int
read_file(struct map_file *file, struct err *err)
{
	const char *path = file->path;
	int fd = openat(file->directory, file->name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int rc = -1;

	if (fd == -1)
		return err_sys(err, "%s: open", path);
	if (fstat(fd, &file->st) == -1)
		err_sys(err, "%s", path);
	else if (!S_ISREG(file->st.st_mode))
		err_set(err, "%s: not a file", path);
	else if (file->st.st_size > (off_t)MAP_BYTES)
		err_set(err, "%s: larger than %u bytes", path, MAP_BYTES);
	else
		rc = 0;
	if (rc == 0) {
		file->n = (size_t)file->st.st_size;
		file->text = mem_zero(1, file->n + 1);
		if (read_all(fd, file->text, file->n) == -1)
			rc = err_sys(err, "%s: read", path);
	}
	close(fd);
	return rc;
}

static bool
unchanged(const struct map_file *file)
{
	const struct stat *old = &file->st;
	struct stat now;

	return fstatat(file->directory, file->name, &now,
		   AT_SYMLINK_NOFOLLOW) == 0 &&
	       now.st_dev == old->st_dev && now.st_ino == old->st_ino &&
	       now.st_size == old->st_size &&
	       now.st_mtim.tv_sec == old->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == old->st_mtim.tv_nsec &&
	       now.st_ctim.tv_sec == old->st_ctim.tv_sec &&
	       now.st_ctim.tv_nsec == old->st_ctim.tv_nsec;
}

static int
write_all(int fd, const char *text, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(fd, text, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		text += done;
		n -= (size_t)done;
	}
	return fsync(fd);
}

/* The owner first: to change it takes setuid bits away. */
static int
write_beside(const struct map_file *file, struct slice text)
{
	const struct stat *st = &file->st;
	int fd, rc = 0;

	(void)unlinkat(file->directory, file->beside, 0);
	fd = openat(file->directory, file->beside,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	if (((st->st_uid != geteuid() || st->st_gid != getegid()) &&
		fchown(fd, st->st_uid, st->st_gid) == -1) ||
	    fchmod(fd, st->st_mode & 07777) == -1 ||
	    write_all(fd, text.p, text.n) == -1)
		rc = -1;
	if (close(fd) == -1)
		rc = -1;
	return rc;
}

struct map_file *
map_open(const char *path, struct err *err)
{
	struct map_file *file = mem_zero(1, sizeof(*file));

	file->path = path;
	file->directory = -1;
	if (find_file(file, err) == 0 && read_file(file, err) == 0)
		return file;
	map_close(file);
	return NULL;
}

void
map_close(struct map_file *file)
{
	if (file == NULL)
		return;
	if (file->directory != -1)
		close(file->directory);
	free(file->text);
	free(file);
}

struct slice
map_text(const struct map_file *file)
{
	return (struct slice){ file->text, file->n };
}

enum map_result
map_replace(struct map_file *file, struct slice text, struct err *err)
{
	enum map_result result = MAP_FAILED;

	if (slice_eq(text, map_text(file)))
		return MAP_SAME;
	if (write_beside(file, text) == -1)
		err_sys(err, "%s: a new one beside it", file->path);
	else if (!unchanged(file))
		result = MAP_BUSY;
	else if (renameat(file->directory, file->beside, file->directory,
		     file->name) == -1)
		err_sys(err, "%s: rename", file->path);
	else
		result = MAP_WRITTEN;
	if (result != MAP_WRITTEN)
		(void)unlinkat(file->directory, file->beside, 0);
	else
		(void)fsync(file->directory);
	return result;
}

static enum map_result
bring(struct map_file *file, const struct map_wanted *wanted,
    struct map_lines *lines, struct err *err)
{
	enum map_result result = MAP_FAILED;
	struct map_parts parts;
	struct slice text = { NULL, 0 };
	char *bytes = NULL;
	struct err why;
	FILE *out;

	if (map_split(map_text(file), &parts, &why) == -1) {
		err_set(err, "%s: %s", file->path, why.text);
		return MAP_FAILED;
	}
	map_make(&parts, wanted, lines);
	out = open_memstream(&bytes, &text.n);
	if (out == NULL) {
		err_sys(err, "%s", file->path);
		return MAP_FAILED;
	}
	map_compose(out, &parts, lines);
	if (fclose(out) == EOF) {
		err_sys(err, "%s", file->path);
	} else {
		text.p = bytes;
		result = map_replace(file, text, err);
	}
	free(bytes);
	return result;
}

enum map_result
map_write(const char *path, const struct map_wanted *wanted,
    struct map_lines *lines, struct err *err)
{
	struct map_file *file = map_open(path, err);
	enum map_result result = MAP_FAILED;

	*lines = (struct map_lines){ 0 };
	if (file != NULL)
		result = bring(file, wanted, lines, err);
	map_close(file);
	free(lines->text);
	lines->text = NULL;
	return result;
}
