/*
 * logfile.c - the bytes of one log file, compressed or not, in order
 *
 * Plain bytes come by read(2) in big blocks, past libarchive, which would cost
 * more than finding the lines does.  libarchive is given its bytes from here,
 * so that a pipe may be compressed too.
 */
#include "collectors/logfile.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/siblings.h"

struct logfile {
	char *name;
	int fd;
	struct archive *archive; /* NULL: plain */
	bool ended;              /* the archive is */
	bool broken;
	struct err why; /* where broken */

	/* Bytes that are not given out yet. */
	const char *rest;
	size_t rest_bytes;

	size_t first_bytes; /* read to look at, and to come first */
	char block[LOGFILE_BLOCK];
};

static const struct {
	const char *bytes;
	size_t n;
} magics[] = {
	{ "\x1f\x8b\x08", 3 },     /* RFC 1952 */
	{ "\xfd\x37zXZ", 5 },      /* the .xz file format, 2.1.1.1 */
	{ "\x28\xb5\x2f\xfd", 4 }, /* RFC 8878, 3.1.1 */
	{ "BZh", 3 },              /* and a digit, and pi; see below */
};

/* No log line begins so, but for "BZh" a poor one could. */
static bool
is_archive(const char *p, size_t n)
{
	for (size_t i = 0; i < NELEMS(magics); i++) {
		if (n < magics[i].n ||
		    memcmp(p, magics[i].bytes, magics[i].n) != 0)
			continue;
		if (p[0] != 'B')
			return true;
		return n >= 10 && p[3] >= '1' && p[3] <= '9' &&
		       (memcmp(p + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
			   memcmp(p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
	}
	return false;
}

static ssize_t
read_some(struct logfile *file, size_t at, size_t most)
{
	ssize_t n;

	do
		n = read(file->fd, file->block + at, most);
	while (n == -1 && errno == EINTR);
	return n;
}

static la_ssize_t
feed_archive(struct archive *archive, void *arg, const void **block)
{
	struct logfile *file = arg;
	ssize_t n = (ssize_t)file->first_bytes;

	*block = file->block;
	file->first_bytes = 0;
	if (n == 0)
		n = read_some(file, 0, sizeof(file->block));
	if (n == -1)
		archive_set_error(archive, errno, "%s", strerror(errno));
	return n;
}

static int
archive_trouble(struct logfile *file, struct err *err)
{
	const char *words = archive_error_string(file->archive);

	file->broken = true;
	err_set(&file->why, "%s: damaged or not wholly written: %s", file->name,
	    words != NULL ? words : "unexpected end");
	*err = file->why;
	return -1;
}

/* Never archive_read_support_filter_all(): some of those start programs. */
static int
open_archive(struct logfile *file, struct err *err)
{
	struct archive_entry *entry;
	struct archive *a = archive_read_new();
	int rc;

	file->archive = a;
	if (a == NULL)
		return err_set(err, "%s: libarchive", file->name);
	if (archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
	    archive_read_support_filter_xz(a) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(a) != ARCHIVE_OK ||
	    archive_read_support_format_raw(a) != ARCHIVE_OK ||
	    archive_read_support_format_empty(a) != ARCHIVE_OK)
		return archive_trouble(file, err);
	if (archive_read_open(a, file, NULL, feed_archive, NULL) != ARCHIVE_OK)
		return archive_trouble(file, err);
	rc = archive_read_next_header(a, &entry);
	/* Cut off in its header, it would be taken for a text. */
	if (archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE)
		return archive_trouble(file, err);
	file->ended = rc == ARCHIVE_EOF; /* an archive of nothing */
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN && rc != ARCHIVE_EOF)
		return archive_trouble(file, err);
	return 0;
}

struct logfile *
logfile_adopt(int fd, const char *name, struct err *err)
{
	struct logfile *file = mem_zero(1, sizeof(*file));
	ssize_t n = 0;

	file->name = mem_text(name);
	file->fd = fd;
	do {
		file->first_bytes += (size_t)n;
		n = read_some(file, file->first_bytes,
		    sizeof(file->block) - file->first_bytes);
	} while (n > 0 && file->first_bytes + (size_t)n < 10);
	if (n == -1) {
		err_sys(err, "%s: read", name);
		goto fail;
	}
	file->first_bytes += (size_t)n;
	if (is_archive(file->block, file->first_bytes)) {
		if (open_archive(file, err) == -1)
			goto fail;
		return file;
	}
	if (siblings_is_compressed(slice_of(name))) {
		err_set(err, "%s: damaged or not wholly written", name);
		goto fail;
	}
	file->rest = file->block;
	file->rest_bytes = file->first_bytes;
	return file;

fail:
	logfile_close(file);
	return NULL;
}

struct logfile *
logfile_open(const char *path, struct err *err)
{
	struct stat st;
	int fd;

	if (strcmp(path, "-") == 0) {
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
		path = "standard input";
	} else {
		fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	}
	if (fd == -1) {
		err_sys(err, "%s: open", path);
		return NULL;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		err_set(err, "%s: is a directory, not a log", path);
		close(fd);
		return NULL;
	}
	return logfile_adopt(fd, path, err);
}

void
logfile_close(struct logfile *file)
{
	if (file == NULL)
		return;
	if (file->archive != NULL)
		archive_read_free(file->archive);
	if (file->fd != -1)
		close(file->fd);
	free(file->name);
	free(file);
}

static ssize_t
fill_from_archive(struct logfile *file, struct err *err)
{
	const void *block;
	la_int64_t offset;
	size_t n = 0;
	int rc;

	if (file->ended)
		return 0;
	if (file->broken) {
		*err = file->why;
		return -1;
	}
	do
		rc =
		    archive_read_data_block(file->archive, &block, &n, &offset);
	while (rc == ARCHIVE_OK && n == 0);
	file->ended = rc == ARCHIVE_EOF;
	if (file->ended)
		return 0;
	if (rc != ARCHIVE_OK)
		return archive_trouble(file, err);
	file->rest = block;
	file->rest_bytes = n;
	return (ssize_t)n;
}

static ssize_t
fill_plain(struct logfile *file, size_t most, struct err *err)
{
	ssize_t n = read_some(
	    file, 0, most < sizeof(file->block) ? most : sizeof(file->block));

	if (n == -1) {
		if (errno == EAGAIN)
			return 0;
		return err_sys(err, "%s: read", file->name);
	}
	file->rest = file->block;
	file->rest_bytes = (size_t)n;
	return n;
}

static ssize_t
fill(struct logfile *file, size_t most, struct err *err)
{
	return file->archive != NULL ? fill_from_archive(file, err)
				     : fill_plain(file, most, err);
}

struct slice
logfile_peek(struct logfile *file)
{
	struct err err;

	if (file->rest_bytes == 0)
		(void)fill(file, LOGFILE_BLOCK, &err);
	return (struct slice){ file->rest, file->rest_bytes };
}

ssize_t
logfile_next(
    struct logfile *file, size_t most, const char **block, struct err *err)
{
	ssize_t n;

	if (most > LOGFILE_BLOCK)
		most = LOGFILE_BLOCK;
	if (file->rest_bytes == 0) {
		n = fill(file, most, err);
		if (n <= 0)
			return n;
	}
	if (most > file->rest_bytes)
		most = file->rest_bytes;
	*block = file->rest;
	file->rest += most;
	file->rest_bytes -= most;
	return (ssize_t)most;
}

int
logfile_skip(struct logfile *file, uint64_t offset, struct err *err)
{
	const char *block;
	struct stat st;
	ssize_t n = 1;

	if (file->archive == NULL && fstat(file->fd, &st) == 0 &&
	    S_ISREG(st.st_mode)) {
		if ((uint64_t)st.st_size < offset)
			return err_set(err, "%s: is shorter", file->name);
		if (lseek(file->fd, (off_t)offset, SEEK_SET) == -1)
			return err_sys(err, "%s: seek", file->name);
		file->rest_bytes = 0;
		return 0;
	}
	while (offset > 0 && n > 0) {
		n = logfile_next(file,
		    offset < LOGFILE_BLOCK ? (size_t)offset : LOGFILE_BLOCK,
		    &block, err);
		if (n > 0)
			offset -= (uint64_t)n;
	}
	if (n == 0)
		return err_set(err, "%s: is shorter", file->name);
	return n == -1 ? -1 : 0;
}

bool
logfile_is_compressed(const struct logfile *file)
{
	return file->archive != NULL;
}

int
logfile_fd(const struct logfile *file)
{
	return file->fd;
}

const char *
logfile_library(void)
{
	return archive_version_string();
}
