/*
 * logs.h - logs in a directory of their own, as a test writes and rotates them
 *
 * Names are of files in the directory.
 */
#ifndef TESTS_LOGS_H
#define TESTS_LOGS_H

#include <sys/stat.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

struct logs {
	char directory[64];
	char path[96]; /* of the log: mail.log */
	int fd;        /* the writer's; -1: not open */
};

#define MUST(call)                                                             \
	do {                                                                   \
		if (!(call)) {                                                 \
			perror(#call);                                         \
			abort();                                               \
		}                                                              \
	} while (0)

struct name {
	char path[256];
};

static inline struct name
in(const struct logs *logs, const char *name)
{
	struct name full;

	snprintf(full.path, sizeof(full.path), "%s/%s", logs->directory, name);
	return full;
}

static inline void
logs_make(struct logs *logs)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(logs->directory, sizeof(logs->directory), "%s/logs.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	MUST(mkdtemp(logs->directory) != NULL);
	snprintf(
	    logs->path, sizeof(logs->path), "%s/mail.log", logs->directory);
	logs->fd = -1;
}

static inline void
logs_remove(struct logs *logs)
{
	char command[128];

	if (logs->fd != -1)
		close(logs->fd);
	snprintf(command, sizeof(command), "rm -rf '%.63s'", logs->directory);
	MUST(system(command) == 0);
}

/* As a writer follows a rotation. */
static inline void
logs_reopen(struct logs *logs)
{
	if (logs->fd != -1)
		close(logs->fd);
	logs->fd = open(logs->path, O_WRONLY | O_CREAT | O_APPEND, 0640);
	MUST(logs->fd != -1);
}

static inline void
logs_write(struct logs *logs, const char *bytes, size_t n)
{
	if (logs->fd == -1)
		logs_reopen(logs);
	MUST(write(logs->fd, bytes, n) == (ssize_t)n);
}

static inline void
logs_rename(struct logs *logs, const char *from, const char *to)
{
	MUST(rename(in(logs, from).path, in(logs, to).path) == 0);
}

static inline char *
read_whole(const char *path, size_t *n, struct stat *st)
{
	int fd = open(path, O_RDONLY);
	char *bytes;

	MUST(fd != -1 && fstat(fd, st) == 0);
	*n = (size_t)st->st_size;
	bytes = malloc(*n + 1);
	MUST(read(fd, bytes, *n) == (ssize_t)*n);
	close(fd);
	return bytes;
}

static inline void
write_whole(const char *path, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	MUST(fd != -1 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static inline void
logs_copy_and_truncate(struct logs *logs, const char *to)
{
	struct stat st;
	size_t n;
	char *bytes = read_whole(logs->path, &n, &st);

	write_whole(in(logs, to).path, bytes, n);
	free(bytes);
	MUST(truncate(logs->path, 0) == 0);
}

static inline void
logs_unlink(struct logs *logs, const char *name)
{
	MUST(unlink(in(logs, name).path) == 0);
}

static inline bool
logs_has(struct logs *logs, const char *name)
{
	return access(in(logs, name).path, F_OK) == 0;
}

/* n bytes as the tool of that ending packs them; to be freed. */
static inline char *
packed(const char *ending, const char *bytes, size_t n, size_t *size)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t room = n * 2 + 4096;
	char *out = malloc(room);

	if (strcmp(ending, ".gz") == 0)
		archive_write_add_filter_gzip(a);
	else if (strcmp(ending, ".xz") == 0)
		archive_write_add_filter_xz(a);
	else if (strcmp(ending, ".zst") == 0)
		archive_write_add_filter_zstd(a);
	else
		archive_write_add_filter_bzip2(a);
	archive_write_set_format_raw(a);
	archive_write_set_bytes_per_block(a, 0);
	archive_write_open_memory(a, out, room, size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "log");
	MUST(archive_write_header(a, entry) == ARCHIVE_OK);
	MUST(archive_write_data(a, bytes, n) == (la_ssize_t)n);
	MUST(archive_write_close(a) == ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(a);
	return out;
}

/* The plain file is there until the archive is whole; bzip2 drops the ns. */
static inline void
logs_compress(struct logs *logs, const char *name, const char *ending)
{
	struct timespec times[2];
	char to[128];
	struct stat st;
	size_t n, size;
	char *bytes = read_whole(in(logs, name).path, &n, &st), *out;

	snprintf(to, sizeof(to), "%s%s", name, ending);
	out = packed(ending, bytes, n, &size);
	write_whole(in(logs, to).path, out, size);
	times[0] = times[1] = st.st_mtim;
	if (strcmp(ending, ".bz2") == 0)
		times[0].tv_nsec = times[1].tv_nsec = 0;
	MUST(utimensat(AT_FDCWD, in(logs, to).path, times, 0) == 0);
	logs_unlink(logs, name);
	free(bytes);
	free(out);
}

static inline void
logs_put(struct logs *logs, const char *name, const char *bytes, size_t n,
    long mtime)
{
	struct timespec times[2] = { { mtime, 0 }, { mtime, 0 } };

	write_whole(in(logs, name).path, bytes, n);
	MUST(utimensat(AT_FDCWD, in(logs, name).path, times, 0) == 0);
}

#endif
