/* sqlfile.c - what the files of SQLite have in common */
#include "base/sqlfile.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"

#define BROKEN_FILES 100 /* set aside at most; then a person must look */

/*
 * Who mails whom is nobody else's to read.  SQLite gives its WAL the mode of
 * the file; closing ours here, before it has any lock, takes none away.
 */
int
sqlfile_private(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	struct stat st;

	if (fd == -1)
		return err_sys(err, "%s: open", path);
	if (fstat(fd, &st) == 0 && (st.st_mode & 0137) != 0)
		(void)fchmod(fd, st.st_mode & 0640);
	close(fd);
	return 0;
}

bool
sqlfile_is_damaged(struct sqlite3 *db)
{
	int code = sqlite3_errcode(db) & 0xff;

	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

int
sqlfile_set_aside(const char *path, struct err *err)
{
	static const char *const files[] = { "", "-wal", "-shm" };
	char from[PATH_MAX], to[PATH_MAX];
	int number = 1;

	for (;; number++) {
		if (number > BROKEN_FILES)
			return err_set(err,
			    "%s: damaged again and again; look at the disk and "
			    "remove %s.broken-*",
			    path, path);
		snprintf(to, sizeof(to), "%s.broken-%d", path, number);
		if (access(to, F_OK) == -1)
			break;
	}
	for (size_t i = 0; i < NELEMS(files); i++) {
		snprintf(from, sizeof(from), "%s%s", path, files[i]);
		snprintf(
		    to, sizeof(to), "%s.broken-%d%s", path, number, files[i]);
		if (rename(from, to) == -1 && errno != ENOENT)
			return err_sys(err, "%s: rename", from);
	}
	log_warn("%s: the file is damaged; set aside as %s.broken-%d, "
		 "starting anew",
	    path, basename(path), number);
	return 0;
}

/* A path may hold what a URI may not. */
char *
sqlfile_reading(const char *path, bool wal)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789/._-";
	size_t size = 3 * strlen(path) + 64, n;
	char *uri = mem_zero(size, 1);

	n = (size_t)snprintf(uri, size, "file:");
	for (; *path != '\0'; path++)
		n += (size_t)snprintf(uri + n, size - n,
		    strchr(safe, *path) != NULL ? "%c" : "%%%02x",
		    (unsigned char)*path);
	snprintf(uri + n, size - n, "?mode=ro&%s",
	    wal ? "readonly_shm=1" : "immutable=1");
	return uri;
}
