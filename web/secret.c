/* secret.c - secrets: made, compared, kept in files of mode 0600 */
#include "web/secret.h"

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
secret_make(char secret[AUTH_SECRET], struct err *err)
{
	uint8_t bytes[(AUTH_SECRET - 1) / 2];

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

	if (strlen(a) != AUTH_SECRET - 1 || strlen(b) != AUTH_SECRET - 1)
		return false;
	for (size_t i = 0; i < AUTH_SECRET - 1; i++)
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
