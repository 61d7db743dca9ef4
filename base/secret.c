/* secret.c - secrets: made, compared, kept in files of mode 0600 */
#include "base/secret.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
secret_make(char secret[SECRET_TEXT], struct err *err)
{
	uint8_t bytes[(SECRET_TEXT - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_sys(err, "getrandom");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(secret + 2 * i, 3, "%02x", bytes[i]);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

bool
secret_same(const char *a, const char *b)
{
	volatile unsigned char differ = 0;

	if (strlen(a) != SECRET_TEXT - 1 || strlen(b) != SECRET_TEXT - 1)
		return false;
	for (size_t i = 0; i < SECRET_TEXT - 1; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

ssize_t
secret_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, text, size - 1);
	close(fd);
	if (n >= 0)
		text[n] = '\0';
	return n;
}

static int
write_all(int fd, const char *text)
{
	size_t n = strlen(text);
	ssize_t done;

	while (n > 0) {
		done = write(fd, text, n);
		if (done == -1)
			return -1;
		text += done;
		n -= (size_t)done;
	}
	return fsync(fd);
}

int
secret_write(const char *directory, const char *path, const char *text,
    mode_t mode, struct err *err)
{
	char beside[PATH_MAX];
	struct stat st;
	int fd;

	if (snprintf(beside, sizeof(beside), "%s.%ld.new", path,
		(long)getpid()) >= (int)sizeof(beside))
		return err_set(err, "%s: the path is too long", path);
	(void)unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(err, "%s: create", beside);
	if (fchmod(fd, mode) == -1 || write_all(fd, text) == -1 ||
	    (geteuid() == 0 && stat(directory, &st) == 0 &&
		fchown(fd, st.st_uid, st.st_gid) == -1) ||
	    rename(beside, path) == -1) {
		err_sys(err, "%s: write", path);
		close(fd);
		(void)unlink(beside);
		return -1;
	}
	close(fd);
	return 0;
}

static int
path_of(const char *directory, const char *name, char path[PATH_MAX],
    struct err *err)
{
	if (snprintf(path, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX)
		return err_set(err, "%s: the path is too long", directory);
	return 0;
}

int
secret_find(const char *directory, const char *name, char secret[SECRET_TEXT],
    struct err *err)
{
	char path[PATH_MAX], text[SECRET_TEXT + 2];
	ssize_t n;

	if (path_of(directory, name, path, err) == -1)
		return -1;
	n = secret_read(path, text, sizeof(text));
	if (n == -1 && errno == ENOENT)
		return 1;
	if (n == -1)
		return err_sys(err, "%s: read", path);
	text[strcspn(text, "\r\n")] = '\0';
	if (strlen(text) != SECRET_TEXT - 1)
		return err_set(err,
		    "%s: 64 hex digits are expected; remove the file and a "
		    "new one is made",
		    path);
	memcpy(secret, text, SECRET_TEXT);
	return 0;
}

int
secret_keep(const char *directory, const char *name, char secret[SECRET_TEXT],
    struct err *err)
{
	char path[PATH_MAX], text[SECRET_TEXT + 1];
	int rc = secret_find(directory, name, secret, err);

	if (rc != 1)
		return rc;
	if (path_of(directory, name, path, err) == -1 ||
	    secret_make(secret, err) == -1)
		return -1;
	snprintf(text, sizeof(text), "%s\n", secret);
	return secret_write(directory, path, text, 0600, err);
}
