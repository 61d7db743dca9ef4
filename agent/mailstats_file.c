/*
 * mailstats_file.c - mailstats(8) itself: sendmail.cf, the statistics file, its
 * complaints and exit codes
 */
#include "agent/mailstats_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define TRIES   5
#define WAIT_NS 20000000 /* between them */

const char mailstats_usage[] =
    "usage: mailstats [-C cffile] [-c] [-P] [-f stfile] [-o] [-p]\n";

/* perror() has no prefix for an empty text, and so nor has mailstats. */
static int
no_input(const char *path)
{
	const char *why = strerror(errno);

	fprintf(stderr, "mailstats: %s%s%s\n", path,
	    path[0] != '\0' ? ": " : "", why);
	return EX_NOINPUT;
}

int
mailstats_read_cf(struct sendmail_cf *cf, const char *path)
{
	FILE *in = fopen(path, "re");
	bool good;

	if (in == NULL)
		return no_input(path);
	good = sendmail_cf_read(cf, in);
	fclose(in);
	if (good)
		return 0;
	fprintf(
	    stderr, "Too many mailers defined, %d max.\n", STATFILE_MAILERS);
	return EX_SOFTWARE;
}

/*
 * Why this host's mailstats would not have it.  What is not there is 0, as in
 * the memory it is read into.
 */
static int
refuse(const char *path, const unsigned char *bytes, size_t n)
{
	struct {
		int32_t magic, version;
	} head = { 0, 0 };

	memcpy(&head, bytes, n < sizeof(head) ? n : sizeof(head));
	if (head.magic != STATFILE_MAGIC)
		fprintf(
		    stderr, "mailstats: incorrect magic number in %s\n", path);
	else if (head.version != STATFILE_VERSION)
		fprintf(stderr,
		    "mailstats version (%d) incompatible with %s version "
		    "(%d)\n",
		    STATFILE_VERSION, path, head.version);
	else
		fputs("mailstats: file size changed.\n", stderr);
	return EX_OSERR;
}

/*
 * In one read(), for every Sendmail process writes the whole at once.  -1:
 * errno says why.
 */
static ssize_t
read_whole(const char *path, unsigned char bytes[STATFILE_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, bytes, STATFILE_BYTES);
	saved = errno;
	close(fd);
	errno = saved;
	return n;
}

/* One that is just being written is whole a moment later. */
static ssize_t
read_and_decode(struct statfile *file, const char *path,
    unsigned char bytes[STATFILE_BYTES], bool *good)
{
	const struct timespec wait = { 0, WAIT_NS };
	struct err err;
	ssize_t n;

	for (int try = 1;; try++) {
		n = read_whole(path, bytes);
		if (n == -1)
			return -1;
		*good = statfile_decode(file, bytes, (size_t)n, &err) == 0;
		if (*good || try == TRIES)
			return n;
		nanosleep(&wait, NULL);
	}
}

int
mailstats_read_file(struct mailstats *table, const struct sendmail_cf *cf,
    const char *path, const char **found)
{
	unsigned char bytes[STATFILE_BYTES];
	struct statfile file;
	bool good = false;
	ssize_t n;

	if (path == NULL && !cf->names_file) {
		fputs("mailstats: no statistics file located\n", stderr);
		return EX_OSFILE;
	}
	*found = path != NULL ? path : cf->status_file;
	n = read_and_decode(&file, *found, bytes, &good);
	if (n == -1)
		return no_input(*found);
	if (!good)
		return refuse(*found, bytes, (size_t)n);
	mailstats_of_file(table, &file, cf);
	table->now = (int64_t)time(NULL);
	if (file.empty)
		table->since = table->now;
	return 0;
}

void
mailstats_empty(const char *path)
{
	int fd = open(path, O_RDWR | O_TRUNC | O_CLOEXEC);

	if (fd != -1)
		close(fd);
}
