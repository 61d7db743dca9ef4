/*
 * opener.c - who may open the logs opens them
 *
 * The same few lines run in the helper or, in direct mode, here.
 */
#include "collectors/opener.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/mem.h"

#define ANSWER_MS 10000 /* a disk that was asleep wakes up in less */

enum wish { WISH_OPEN, WISH_LIST };

struct opener_request {
	enum wish wish;
	uint32_t log;
	char name[NAME_MAX + 1]; /* empty: the log itself */
};

struct opener_answer {
	int error; /* errno, or 0 */
	struct siblings siblings;
};

struct log_path {
	char *directory, *base;
};

struct opener {
	struct helper *helper; /* NULL: direct */
	struct log_path *logs;
	size_t n;
	struct opener_request request;
	struct opener_answer answer;
};

/*
 * Not blocking, for a pipe put in the log's place would stop us; not a
 * terminal of ours; and a device's open() may have effects, so it is looked at
 * first.  What is opened in the end is asked again: it may have been changed.
 */
static int
open_regular(const char *path)
{
	struct stat st;
	int fd, saved;

	if (fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISLNK(st.st_mode) ? ELOOP : EINVAL;
		return -1;
	}
	fd = open(
	    path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		saved = S_ISREG(st.st_mode) ? errno : EINVAL;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static int
open_log(const struct log_path *log, const char *name, int *fd)
{
	char path[PATH_MAX];

	if (name[0] == '\0')
		name = log->base;
	if (!siblings_is_name(slice_of(log->base), slice_of(name)) ||
	    strchr(name, '/') != NULL)
		return EPERM;
	if (snprintf(path, sizeof(path), "%s/%s", log->directory, name) >=
	    (int)sizeof(path))
		return ENAMETOOLONG;
	*fd = open_regular(path);
	return *fd == -1 ? errno : 0;
}

static void
serve(void *arg, const void *request_bytes, void *answer_bytes, int *fd)
{
	const struct opener *opener = arg;
	const struct opener_request *request = request_bytes;
	struct opener_answer *answer = answer_bytes;
	const struct log_path *log;

	answer->error = EPERM;
	if (request->log >= opener->n ||
	    memchr(request->name, '\0', sizeof(request->name)) == NULL)
		return;
	log = &opener->logs[request->log];
	if (request->wish == WISH_OPEN)
		answer->error = open_log(log, request->name, fd);
	else
		answer->error =
		    siblings_list(log->directory, log->base, &answer->siblings);
}

/* Which file a configured path means: see the header. */
static struct log_path
log_path(const char *path)
{
	struct log_path log;
	char *real = NULL;
	struct stat st;
	const char *slash;

	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		real = realpath(path, NULL);
	if (real != NULL)
		path = real;
	slash = strrchr(path, '/');
	log.base = mem_text(slash == NULL ? path : slash + 1);
	if (slash == NULL) {
		log.directory = mem_text(".");
	} else {
		log.directory = mem_text(path);
		log.directory[slash == path ? 1 : slash - path] = '\0';
	}
	free(real);
	return log;
}

struct opener *
opener_direct(const char *const *paths, size_t n)
{
	struct opener *opener = mem_zero(1, sizeof(*opener));

	opener->logs = mem_zero(n, sizeof(*opener->logs));
	opener->n = n;
	for (size_t i = 0; i < n; i++)
		opener->logs[i] = log_path(paths[i]);
	return opener;
}

struct opener *
opener_start(
    const char *const *paths, size_t n, uid_t uid, gid_t gid, struct err *err)
{
	struct opener *opener = opener_direct(paths, n);
	const struct helper_config config = {
		.name = "weir-opener",
		.request_bytes = sizeof(struct opener_request),
		.answer_bytes = sizeof(struct opener_answer),
		.serve = serve,
		.arg = opener,
		.uid = uid,
		.gid = gid,
		.capabilities = UINT64_C(1) << CAP_DAC_READ_SEARCH,
	};

	opener->helper = helper_start(&config, err);
	if (opener->helper == NULL) {
		opener_stop(opener);
		return NULL;
	}
	return opener;
}

void
opener_stop(struct opener *opener)
{
	if (opener == NULL)
		return;
	helper_stop(opener->helper);
	for (size_t i = 0; i < opener->n; i++) {
		free(opener->logs[i].directory);
		free(opener->logs[i].base);
	}
	free(opener->logs);
	free(opener);
}

/* One line that says which right is missing and how to give it. */
static void
explain(
    const struct log_path *log, const char *name, int error, struct err *err)
{
	if (error == EACCES || error == EPERM)
		err_set(err,
		    "%s/%s: permission denied; reading it needs the log's "
		    "group (usermod -aG adm mailweir) or CAP_DAC_READ_SEARCH "
		    "(start the agent as root; it keeps only that)",
		    log->directory, name);
	else if (error == EINVAL || error == ELOOP)
		err_set(err, "%s/%s: not a regular file", log->directory, name);
	else
		err_set(
		    err, "%s/%s: %s", log->directory, name, strerror(error));
	errno = error;
}

static int
ask(struct opener *opener, enum wish wish, size_t log, const char *name,
    int *fd, struct err *err)
{
	*fd = -1;
	opener->request = (struct opener_request){ wish, (uint32_t)log, "" };
	if (name != NULL && strlen(name) <= NAME_MAX)
		strcpy(opener->request.name, name);
	if (opener->helper == NULL) {
		serve(opener, &opener->request, &opener->answer, fd);
	} else if (helper_call(opener->helper, &opener->request,
		       &opener->answer, fd, ANSWER_MS, err) == -1) {
		errno = EIO;
		return -1;
	}
	if (opener->answer.error == 0)
		return 0;
	explain(&opener->logs[log],
	    name != NULL        ? name
	    : wish == WISH_LIST ? ""
				: opener->logs[log].base,
	    opener->answer.error, err);
	return -1;
}

int
opener_open(
    struct opener *opener, size_t log, const char *name, struct err *err)
{
	int fd;

	if (ask(opener, WISH_OPEN, log, name, &fd, err) == -1)
		return -1;
	if (fd == -1)
		explain(&opener->logs[log], name != NULL ? name : "", EIO, err);
	return fd;
}

int
opener_list(
    struct opener *opener, size_t log, struct siblings *list, struct err *err)
{
	int fd;

	if (ask(opener, WISH_LIST, log, NULL, &fd, err) == -1)
		return -1;
	*list = opener->answer.siblings;
	return 0;
}

const char *
opener_directory(const struct opener *opener, size_t log)
{
	return opener->logs[log].directory;
}

const char *
opener_base(const struct opener *opener, size_t log)
{
	return opener->logs[log].base;
}
