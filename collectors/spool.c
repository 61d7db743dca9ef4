/* spool.c - what waits in the spool of a mail system: a walk through its tree */
#include "collectors/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define DEPTH     5    /* of directories; what lies deeper is not counted */
#define READ_WORK 4    /* a file that is read costs as much as so many */
#define HEADS     8192 /* files whose heads are remembered; more: read anew */

struct level {
	DIR *dir;
	char name[NAME_MAX + 1];
};

struct head {
	uint64_t key; /* of the file as it is; 0: none */
	struct spool_message message;
	bool is_message;
};

struct spool {
	char *path;
	const struct spool_system *system;
	struct level levels[DEPTH];
	unsigned depth;  /* levels that are open */
	char where[256]; /* of the last failure, below the spool */
	struct spool_count count;
	struct head *heads; /* HEADS, by key; NULL: none was read yet */
};

const struct spool_system *const spool_systems[] = { &spool_postfix,
	&spool_sendmail, &spool_exim, NULL };

const struct spool_system *
spool_find(const char *name)
{
	for (size_t i = 0; spool_systems[i] != NULL; i++)
		if (strcmp(spool_systems[i]->name, name) == 0)
			return spool_systems[i];
	return NULL;
}

const struct spool_system *
spool_guess(const char *path)
{
	const struct spool_system *system;
	char inside[PATH_MAX];
	struct stat st;

	for (size_t i = 0; (system = spool_systems[i]) != NULL; i++) {
		for (size_t k = 0; system->places[k] != NULL; k++)
			if (strcmp(system->places[k], path) == 0)
				return system;
		if (system->mark == NULL)
			continue;
		snprintf(inside, sizeof(inside), "%s/%s", path, system->mark);
		if (stat(inside, &st) == 0)
			return system;
	}
	return NULL;
}

struct spool *
spool_new(const char *path, const struct spool_system *system)
{
	struct spool *spool = mem_zero(1, sizeof(*spool));

	spool->path = mem_text(path);
	spool->system = system;
	return spool;
}

static void
leave(struct spool *spool)
{
	closedir(spool->levels[--spool->depth].dir);
}

void
spool_free(struct spool *spool)
{
	if (spool == NULL)
		return;
	while (spool->depth > 0)
		leave(spool);
	free(spool->heads);
	free(spool->path);
	free(spool);
}

static const char *
top_of(const struct spool *spool)
{
	return spool->depth > 1 ? spool->levels[1].name : "";
}

const char *
spool_where(const struct spool *spool)
{
	return spool->where;
}

/* The spool itself may be a link: it is the operator's choice. */
static int
enter(struct spool *spool, const char *name)
{
	struct level *level = &spool->levels[spool->depth];
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK, fd;

	if (spool->depth == 0)
		fd = open(spool->path, flags);
	else
		fd = openat(dirfd(level[-1].dir), name, flags | O_NOFOLLOW);
	if (fd == -1)
		return -1;
	level->dir = fdopendir(fd);
	if (level->dir == NULL) {
		close(fd);
		return -1;
	}
	slice_copy(slice_of(name), level->name, sizeof(level->name));
	spool->depth++;
	return 0;
}

/* The file as it is now: another one, or a changed one, has another key. */
static uint64_t
key_of(const struct spool *spool, const char *name, const struct stat *st)
{
	uint64_t key = slice_hash(slice_of(name));

	key = key * 31 + (uint64_t)st->st_ino;
	key = key * 31 + (uint64_t)st->st_mtim.tv_sec;
	key = key * 31 + (uint64_t)st->st_mtim.tv_nsec;
	key = key * 31 + slice_hash(slice_of(top_of(spool)));
	key ^= key >> 29;
	return key == 0 ? 1 : key;
}

/* -1 with errno; a file that is gone by now is no message. */
static int
read_head(struct spool *spool, const char *name, struct head *head)
{
	int at = dirfd(spool->levels[spool->depth - 1].dir), fd;
	char text[SPOOL_HEAD];
	size_t n = 0;
	ssize_t got;

	head->is_message = false;
	fd = openat(at, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT || errno == ELOOP ? 0 : -1;
	while (n < sizeof(text) &&
	       (got = read(fd, text + n, sizeof(text) - n)) > 0)
		n += (size_t)got;
	close(fd);
	head->is_message =
	    spool->system->read((struct slice){ text, n }, &head->message);
	return 0;
}

/* What the head tells, read or remembered; *work is what it cost. */
static int
know_head(struct spool *spool, const char *name, const struct stat *st,
    struct head *known, unsigned *work)
{
	uint64_t key = key_of(spool, name, st);
	struct head *head;

	if (spool->heads == NULL)
		spool->heads = mem_zero(HEADS, sizeof(*spool->heads));
	head = &spool->heads[key % HEADS];
	if (head->key != key) {
		known->key = key;
		*work += READ_WORK;
		if (read_head(spool, name, known) == -1)
			return -1;
		*head = *known;
	}
	*known = *head;
	return 0;
}

void
spool_add(struct spool_count *count, const struct spool_message *message)
{
	count->messages[message->queue]++;
	if (message->arrived > 0 &&
	    (count->oldest == 0 || message->arrived < count->oldest))
		count->oldest = message->arrived;
}

static int
visit_file(struct spool *spool, const char *name, const struct stat *st,
    unsigned *work)
{
	struct head head = { 0 };

	switch (spool->system->look(top_of(spool), name, st, &head.message)) {
	case SPOOL_OTHER:
		return 0;
	case SPOOL_MESSAGE:
		head.is_message = true;
		break;
	case SPOOL_READ:
		if (know_head(spool, name, st, &head, work) == -1)
			return -1;
		break;
	}
	if (head.is_message)
		spool_add(&spool->count, &head.message);
	return 0;
}

static int
visit(struct spool *spool, const char *name, unsigned *work)
{
	const char *top = spool->depth > 1 ? top_of(spool) : name;
	struct stat st;

	++*work;
	if (name[0] == '.')
		return 0;
	if (fstatat(dirfd(spool->levels[spool->depth - 1].dir), name, &st,
		AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if (S_ISREG(st.st_mode))
		return visit_file(spool, name, &st, work);
	if (!S_ISDIR(st.st_mode) || spool->depth == DEPTH ||
	    !spool->system->enters(top, spool->depth, name))
		return 0;
	if (enter(spool, name) == 0 || errno == ENOENT || errno == ELOOP)
		return 0;
	return -1;
}

static enum spool_result
fail(struct spool *spool, const char *name)
{
	int saved = errno;
	char path[256] = "";
	size_t n = 0;

	for (unsigned i = 1; i < spool->depth && n < sizeof(path); i++)
		n += (size_t)snprintf(
		    path + n, sizeof(path) - n, "/%s", spool->levels[i].name);
	if (name[0] != '\0' && n < sizeof(path))
		snprintf(path + n, sizeof(path) - n, "/%s", name);
	slice_escape(slice_of(path), spool->where, sizeof(spool->where));
	while (spool->depth > 0)
		leave(spool);
	errno = saved;
	return SPOOL_FAILED;
}

enum spool_result
spool_step(
    struct spool *spool, bool again, unsigned most, struct spool_count *count)
{
	struct dirent *entry;
	unsigned work = 0;

	if (again || spool->depth == 0) {
		while (spool->depth > 0)
			leave(spool);
		memset(&spool->count, 0, sizeof(spool->count));
		if (enter(spool, "") == -1)
			return fail(spool, "");
	}
	while (work < most) {
		errno = 0;
		entry = readdir(spool->levels[spool->depth - 1].dir);
		if (entry != NULL) {
			if (visit(spool, entry->d_name, &work) == -1)
				return fail(spool, entry->d_name);
			continue;
		}
		if (errno != 0)
			return fail(spool, "");
		leave(spool);
		work++;
		if (spool->depth == 0) {
			*count = spool->count;
			return SPOOL_DONE;
		}
	}
	return SPOOL_MORE;
}
