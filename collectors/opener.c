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

#define ANSWER_MS  10000 /* a disk that was asleep wakes up in less */
#define SPOOL_WORK 128   /* files of a spool an answer: about a millisecond */

enum wish { WISH_OPEN, WISH_LIST, WISH_COUNT, WISH_COUNT_AGAIN };

struct opener_request {
	enum wish wish;
	uint32_t log;            /* or spool */
	char name[NAME_MAX + 1]; /* empty: the log itself */
};

struct opener_answer {
	int error; /* errno, or 0 */
	struct siblings siblings;
	enum spool_result result;
	struct spool_count count;
	char where[256]; /* of a spool's failure */
};

struct log_path {
	char *directory, *base;
};

struct spool_path {
	char *path;
	struct spool *spool;
};

struct opener {
	struct helper *helper; /* NULL: direct */
	struct log_path *logs;
	size_t n;
	struct spool_path *spools;
	size_t spool_count;
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
count_spool(const struct opener *opener, const struct opener_request *request,
    struct opener_answer *answer)
{
	struct spool *spool;

	if (request->log >= opener->spool_count)
		return;
	spool = opener->spools[request->log].spool;
	answer->error = 0;
	answer->result = spool_step(spool, request->wish == WISH_COUNT_AGAIN,
	    SPOOL_WORK, &answer->count);
	if (answer->result != SPOOL_FAILED)
		return;
	answer->error = errno != 0 ? errno : EIO;
	slice_copy(
	    slice_of(spool_where(spool)), answer->where, sizeof(answer->where));
}

static void
serve(void *arg, const void *request_bytes, void *answer_bytes, int *fd)
{
	const struct opener *opener = arg;
	const struct opener_request *request = request_bytes;
	struct opener_answer *answer = answer_bytes;
	const struct log_path *log;

	answer->error = EPERM;
	if (request->wish >= WISH_COUNT) {
		count_spool(opener, request, answer);
		return;
	}
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
opener_direct(const struct opener_paths *paths)
{
	struct opener *opener = mem_zero(1, sizeof(*opener));

	opener->n = paths->log_count;
	opener->logs = mem_zero(opener->n, sizeof(*opener->logs));
	for (size_t i = 0; i < opener->n; i++)
		opener->logs[i] = log_path(paths->logs[i]);
	opener->spool_count = paths->spool_count;
	opener->spools = mem_zero(opener->spool_count, sizeof(*opener->spools));
	for (size_t i = 0; i < opener->spool_count; i++)
		opener->spools[i] =
		    (struct spool_path){ mem_text(paths->spools[i].path),
			    spool_new(paths->spools[i].path,
				paths->spools[i].system) };
	return opener;
}

struct opener *
opener_start(
    const struct opener_paths *paths, uid_t uid, gid_t gid, struct err *err)
{
	struct opener *opener = opener_direct(paths);
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
	for (size_t i = 0; i < opener->spool_count; i++) {
		spool_free(opener->spools[i].spool);
		free(opener->spools[i].path);
	}
	free(opener->logs);
	free(opener->spools);
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

/* 0: there is an answer, which may be an error. */
static int
call(struct opener *opener, enum wish wish, size_t log, const char *name,
    int *fd, struct err *err)
{
	*fd = -1;
	opener->request = (struct opener_request){ wish, (uint32_t)log, "" };
	if (name != NULL && strlen(name) <= NAME_MAX)
		strcpy(opener->request.name, name);
	if (opener->helper == NULL) {
		memset(&opener->answer, 0, sizeof(opener->answer));
		serve(opener, &opener->request, &opener->answer, fd);
	} else if (helper_call(opener->helper, &opener->request,
		       &opener->answer, fd, ANSWER_MS, err) == -1) {
		errno = EIO;
		return -1;
	}
	return 0;
}

static int
ask(struct opener *opener, enum wish wish, size_t log, const char *name,
    int *fd, struct err *err)
{
	if (call(opener, wish, log, name, fd, err) == -1)
		return -1;
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

enum spool_result
opener_count(struct opener *opener, size_t spool, bool again,
    struct spool_count *count, struct err *err)
{
	const struct opener_answer *answer = &opener->answer;
	int fd;

	if (call(opener, again ? WISH_COUNT_AGAIN : WISH_COUNT, spool, NULL,
		&fd, err) == -1)
		return SPOOL_FAILED;
	if (answer->error == 0) {
		*count = answer->count;
		return answer->result;
	}
	err_set(err, "%s%s: %s",
	    spool < opener->spool_count ? opener->spools[spool].path : "spool",
	    answer->where, strerror(answer->error));
	errno = answer->error;
	return SPOOL_FAILED;
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
