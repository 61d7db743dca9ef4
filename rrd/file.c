/* file.c - one series file, and the samples that wait for it */
#include "rrd/file.h"
#include "rrd/series.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <rrd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define SAMPLE_TEXT  56 /* "TIME:VALUE" */
#define KEEP_SAMPLES 16 /* a longer list is given back after the write */

struct series_file *
file_new(char *path, enum series_kind kind)
{
	struct series_file *file = mem_zero(1, sizeof(*file));

	file->path = path;
	file->kind = kind;
	return file;
}

void
file_free(struct series_file *file)
{
	if (file == NULL)
		return;
	free(file->samples);
	free(file->path);
	free(file);
}

int
file_header(const char *path, void *header, struct err *err)
{
	size_t size = schema_header_bytes();
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return err_sys(err, "%s: open", path);
	n = pread(fd, header, size, 0);
	if (n != (ssize_t)size) {
		if (n != -1)
			errno = EIO;
		err_sys(err, "%s: read", path);
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/* The account goes on with a new file; what was in this one is for a human. */
static int
set_aside(struct series_file *file, int64_t now, struct err *err)
{
	char aside[PATH_MAX], date[16];
	time_t when = (time_t)now;
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	if (snprintf(aside, sizeof(aside), "%s.broken-%s", file->path, date) >=
	    (int)sizeof(aside))
		return err_set(err, "%s: name too long", file->path);
	if (rename(file->path, aside) == -1)
		return err_sys(err, "%s: rename", file->path);
	log_warn("%s: damaged or of another schema: set aside as %s",
	    file->path, aside);
	file->exists = false;
	file->lost = true;
	return 0;
}

/* 1: it is intact; 0: it is broken; -1: it cannot be told. */
static int
is_intact(struct series_file *file, const struct stat *st, struct err *err)
{
	char *header = mem_zero(1, schema_header_bytes());
	int rc = 0;

	if (S_ISREG(st->st_mode) &&
	    (size_t)st->st_size == schema_file_bytes()) {
		rc = file_header(file->path, header, err);
		if (rc == 0)
			rc = schema_fits(header, file->kind, &file->last);
	}
	free(header);
	return rc;
}

int
file_look(struct series_file *file, int64_t now, struct err *err)
{
	struct stat st;
	int rc;

	if (file->looked)
		return 0;
	if (stat(file->path, &st) == -1) {
		if (errno != ENOENT && errno != ENOTDIR)
			return err_sys(err, "%s", file->path);
		if (file->exists)
			file->lost = true;
		file->exists = false;
		file->looked = true;
		return 0;
	}
	rc = is_intact(file, &st, err);
	if (rc == -1 || (rc == 0 && set_aside(file, now, err) == -1))
		return -1;
	file->exists = rc == 1;
	file->tail = file->last;
	file->looked = true;
	return 0;
}

void
file_begin(struct series_file *file, int64_t start)
{
	if (file->exists || file->n > 0)
		return;
	file->start = file->last = file->tail = start;
}

void
file_push(struct series_file *file, int64_t when, double value)
{
	if (when <= file->tail)
		return;
	if (file->n == file->size) {
		file->size = file->size ? file->size * 2 : 4;
		file->samples =
		    mem_grow(file->samples, file->size, sizeof(*file->samples));
	}
	file->samples[file->n++] = (struct sample){ when, value };
	file->tail = when;
}

/* One 0 says "nothing" for the whole gap, if librrd believes in the gap. */
void
file_push_zeros(struct series_file *file, int64_t until)
{
	const int64_t most = SCHEMA_HEARTBEAT / SCHEMA_DAY / 2 * SCHEMA_DAY;

	while (until - file->tail > most)
		file_push(file, file->tail + most, 0);
	file_push(file, until, 0);
}

void
file_push_step(struct series_file *file, int64_t at, double count)
{
	if (at + SCHEMA_STEP <= file->tail)
		return;
	file_push_zeros(file, at);
	file_push(file, at + SCHEMA_STEP, count);
}

/* HOST and its folders appear with the first file in them. */
static int
make_directories(const char *path, struct err *err)
{
	char *host, *plugin, *copy = mem_text(path), *copy_of_plugin;
	int rc = 0;

	plugin = dirname(copy);
	copy_of_plugin = mem_text(plugin);
	host = dirname(copy_of_plugin);
	if ((mkdir(host, 0755) == -1 && errno != EEXIST) ||
	    (mkdir(plugin, 0755) == -1 && errno != EEXIST))
		rc = err_sys(err, "%s: make", plugin);
	free(copy_of_plugin);
	free(copy);
	return rc;
}

static int
make_file(struct series_file *file, struct mould *mould, struct err *err)
{
	if (access(file->path, F_OK) == -1 &&
	    make_directories(file->path, err) == -1)
		return -1;
	if (mould_create(mould, file->path, file->kind, file->start, err) == -1)
		return -1;
	file->exists = true;
	return 0;
}

/* Decimal, without a NUL; behind it. */
static char *
print_whole(char *at, uint64_t number)
{
	char digits[20];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	while (n > 0)
		*at++ = digits[--n];
	return at;
}

/* Counts are whole, and nearly all there is to print: snprintf() is slow. */
static void
print_sample(char text[SAMPLE_TEXT], const struct sample *sample)
{
	double value = sample->value;
	char *at;

	if (value >= 0 && value < 1e15 && value == (double)(int64_t)value &&
	    sample->when >= 0) {
		at = print_whole(text, (uint64_t)sample->when);
		*at++ = ':';
		at = print_whole(at, (uint64_t)value);
		*at = '\0';
	} else {
		snprintf(text, SAMPLE_TEXT, "%" PRId64 ":%.17g", sample->when,
		    value);
	}
}

static int
update(
    const char *path, const struct sample *samples, size_t n, struct err *err)
{
	char *text = mem_grow(NULL, n, SAMPLE_TEXT), *at = text;
	const char **argv = mem_grow(NULL, n, sizeof(*argv));
	int rc;

	for (size_t i = 0; i < n; i++, at += SAMPLE_TEXT) {
		argv[i] = at;
		print_sample(at, &samples[i]);
	}
	rrd_clear_error();
	rc = rrd_update_r(path, NULL, (int)n, argv);
	if (rc != 0)
		rc = err_set(err, "%s: %s", path, rrd_get_error());
	free(argv);
	free(text);
	return rc;
}

int
file_write(struct series_file *file, struct mould *mould, struct err *err)
{
	int rc = 0;

	if (!file->exists)
		rc = make_file(file, mould, err);
	if (rc == 0 && file->n > 0)
		rc = update(file->path, file->samples, file->n, err);
	if (rc == 0)
		file->last = file->tail;
	else
		file->looked = false; /* how far it came is on the disk */
	file_forget(file);
	return rc;
}

void
file_forget(struct series_file *file)
{
	file->tail = file->last;
	file->n = 0;
	if (file->size > KEEP_SAMPLES) {
		free(file->samples);
		file->samples = NULL;
		file->size = 0;
	}
}

/* The rows that librrd gives, the first of them ending one step after start. */
static void
hand_cells(time_t start, time_t end, unsigned long step, int64_t from,
    int64_t to, const rrd_value_t *data,
    void (*take)(void *arg, int64_t at, double value), void *arg)
{
	size_t i = 0;

	for (int64_t at = start; at < end; at += (int64_t)step, i++)
		if (at >= from && at < to)
			take(arg, at, data[i]);
}

int
file_cells(const char *path, const struct archive *archive, int64_t from,
    int64_t to, void (*take)(void *arg, int64_t at, double value), void *arg,
    struct err *err)
{
	time_t start = (time_t)from, end = (time_t)to - 1;
	unsigned long step = archive->step, sources, i;
	char **names = NULL;
	rrd_value_t *data = NULL;

	if (from >= to)
		return 0;
	rrd_clear_error();
	if (rrd_fetch_r(path, "AVERAGE", &start, &end, &step, &sources, &names,
		&data) != 0)
		return err_set(err, "%s: %s", path, rrd_get_error());
	if (step == archive->step && sources == 1)
		hand_cells(start, end, step, from, to, data, take, arg);
	for (i = 0; i < sources; i++)
		rrd_freemem(names[i]);
	rrd_freemem(names);
	rrd_freemem(data);
	return 0;
}

const char *
series_library(void)
{
	static char text[40];

	snprintf(text, sizeof(text), "librrd %s", rrd_strversion());
	return text;
}
