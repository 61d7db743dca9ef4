/* mould.c - new series files, the like of one that librrd made */
#include "rrd/mould.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

void
mould_fini(struct mould *mould)
{
	free(mould->bytes);
	*mould = (struct mould){ 0 };
}

/* What cannot be read back is no mould: the next file is librrd's too. */
static void
take(
    struct mould *mould, const char *path, enum series_kind kind, int64_t start)
{
	size_t size = schema_file_bytes();
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (mould->bytes == NULL)
		mould->bytes = mem_grow(NULL, size, 1);
	mould->kind = kind;
	mould->start = start;
	if (fd == -1 || pread(fd, mould->bytes, size, 0) != (ssize_t)size)
		mould_fini(mould);
	if (fd != -1)
		close(fd);
}

/* Until it is whole it has a name that undo knows for litter. */
static int
cast(const struct mould *mould, const char *path, struct err *err)
{
	size_t size = schema_file_bytes();
	char fresh[PATH_MAX];
	ssize_t n;
	int fd, rc = 0;

	if (snprintf(fresh, sizeof(fresh), "%s_fresh", path) >=
	    (int)sizeof(fresh))
		return err_set(err, "%s: name too long", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd == -1)
		return err_sys(err, "%s: make", path);
	n = write(fd, mould->bytes, size);
	if (n != (ssize_t)size) {
		if (n != -1)
			errno = ENOSPC;
		rc = err_sys(err, "%s: make", path);
	}
	close(fd);
	if (rc == 0 && rename(fresh, path) == -1)
		rc = err_sys(err, "%s: make", path);
	if (rc == -1)
		unlink(fresh);
	return rc;
}

int
mould_create(struct mould *mould, const char *path, enum series_kind kind,
    int64_t start, struct err *err)
{
	if (mould->bytes != NULL && mould->kind == kind &&
	    mould->start == start)
		return cast(mould, path, err);
	if (schema_create(path, kind, start, err) == -1)
		return -1;
	take(mould, path, kind, start);
	return 0;
}
