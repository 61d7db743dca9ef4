/* ours_files.c - the small files of mail systems: lists, and maps' sources */
#include "agent/ours_files.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

static int
not_regular(const char *path, struct err *err)
{
	errno = EINVAL;
	return err_set(err, "%s: not a regular file", path);
}

static int
read_all(int fd, const char *path, char **text, size_t *n, struct err *err)
{
	size_t room = OURS_FILE_BYTES + 1, have = 0;
	struct stat st;
	ssize_t got = 1;

	if (fstat(fd, &st) == -1)
		return err_sys(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return not_regular(path, err);
	if ((uint64_t)st.st_size < room)
		room = (size_t)st.st_size + 1;
	*text = mem_zero(1, room + 1);
	while (have < room && got > 0) {
		got = read(fd, *text + have, room - have);
		if (got > 0)
			have += (size_t)got;
	}
	*n = have;
	if (got != -1 && have <= OURS_FILE_BYTES)
		return 0;
	free(*text);
	if (got == -1)
		return err_sys(err, "%s", path);
	errno = EFBIG;
	return err_set(err, "%s: more than %u bytes", path, OURS_FILE_BYTES);
}

int
ours_file(struct ours *ours, const char *path, char **text, size_t *n,
    struct err *err)
{
	int fd, rc, saved;
	struct stat st;

	if (++ours->files > OURS_FILES) {
		errno = EMFILE;
		return err_set(err, "%s: more than %d files", path, OURS_FILES);
	}
	/* A device's open() may have effects. */
	if (stat(path, &st) == -1)
		return err_sys(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return not_regular(path, err);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return err_sys(err, "%s", path);
	rc = read_all(fd, path, text, n, err);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

int
ours_file_at(struct ours *ours, struct slice path, char **text, size_t *n,
    struct err *err)
{
	char name[PATH_MAX];

	if (path.n < sizeof(name) && memchr(path.p, '\0', path.n) == NULL) {
		slice_copy(path, name, sizeof(name));
		return ours_file(ours, name, text, n, err);
	}
	slice_copy(path, name, 64);
	errno = ENAMETOOLONG;
	return err_set(err, "%s...: no path", name);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
ours_trim(struct slice s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = slice_from(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool
raw_line(struct slice *rest, struct slice *line)
{
	if (rest->n == 0)
		return false;
	if (!slice_cut(rest, SLICE("\n"), line)) {
		*line = *rest;
		*rest = (struct slice){ rest->p + rest->n, 0 };
	}
	return true;
}

bool
ours_line(struct slice *rest, struct slice *line)
{
	while (raw_line(rest, line)) {
		*line = ours_trim(*line);
		if (line->n != 0 && line->p[0] != '#')
			return true;
	}
	return false;
}

bool
ours_word(struct slice *rest, struct slice *word)
{
	size_t n = 0;

	*rest = ours_trim(*rest);
	while (n < rest->n && !is_blank(rest->p[n]))
		n++;
	*word = (struct slice){ rest->p, n };
	*rest = slice_from(*rest, n);
	return n != 0;
}

bool
ours_row(struct slice *rest, struct slice *key, struct slice *value)
{
	struct slice line;

	while (raw_line(rest, &line)) {
		if (line.n == 0 || is_blank(line.p[0]) || line.p[0] == '#' ||
		    !ours_word(&line, key))
			continue;
		*value = ours_trim(line);
		return true;
	}
	return false;
}
