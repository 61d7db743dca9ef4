/*
 * fence.c - which files the agent can still open
 *
 * The C library has no wrappers, hence syscall().  A kernel refuses rights that
 * it does not know yet, so only those of its version are asked for.
 */
#include "agent/fence.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/landlock.h>

#include "base/array.h"
#include "base/slice.h"

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#endif

#define READ   (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FIRST  ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1) /* of version 1 */
#define SECOND (FIRST | LANDLOCK_ACCESS_FS_REFER)
#define THIRD  (SECOND | LANDLOCK_ACCESS_FS_TRUNCATE)
/* What makes sense for a file that is no directory. */
#define OF_FILE                                                                \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |        \
	    LANDLOCK_ACCESS_FS_TRUNCATE)

/* Of libraries: modules, fonts, zones, certificates, names, the random. */
static const char *const usual[] = { "/usr", "/lib", "/lib64", "/etc", "/proc",
	"/sys/devices/system/cpu", "/dev/null", "/dev/zero", "/dev/random",
	"/dev/urandom", "/var/cache/fontconfig", "/run/systemd/resolve",
	"/proc/self/exe" };

static const uint64_t versions[4] = { 0, FIRST, SECOND, THIRD };

static uint64_t
handled(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 1)
		return 0;
	return versions[version < 3 ? version : 3];
}

/* Beneath that path; -1 with errno. */
static int
allow(int rules, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr beneath = { .parent_fd = -1 };
	struct stat st;
	int rc = -1, saved;

	beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd == -1)
		return -1;
	if (fstat(beneath.parent_fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			rights &= OF_FILE;
		beneath.allowed_access = rights;
		rc = (int)syscall(SYS_landlock_add_rule, rules,
		    LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	}
	saved = errno;
	close(beneath.parent_fd);
	errno = saved;
	return rc;
}

static int
allow_read(int rules, const char *path, struct err *err)
{
	char parent[PATH_MAX];

	if (allow(rules, path, READ) == 0)
		return 0;
	slice_copy(slice_of(path), parent, sizeof(parent));
	/* What cannot be reached now cannot be opened later either. */
	if (errno == EACCES ||
	    (errno == ENOENT && (allow(rules, dirname(parent), READ) == 0 ||
				    errno == ENOENT || errno == EACCES)))
		return 0;
	return err_sys(err, "%s: landlock", path);
}

/* Where the resolver's file is, which may be a link into /run. */
static int
allow_resolver(int rules, struct err *err)
{
	char *real = realpath("/etc/resolv.conf", NULL);
	int rc = real == NULL ? 0 : allow_read(rules, dirname(real), err);

	free(real);
	return rc;
}

static int
allow_all(
    int rules, const struct fence *fence, uint64_t rights, struct err *err)
{
	for (size_t i = 0; i < NELEMS(usual); i++)
		if (allow(rules, usual[i], READ) == -1 && errno != ENOENT &&
		    errno != EACCES)
			return err_sys(err, "%s: landlock", usual[i]);
	for (size_t i = 0; i < fence->read_count; i++)
		if (allow_read(rules, fence->read[i], err) == -1)
			return -1;
	if (allow(rules, fence->data, rights & ~LANDLOCK_ACCESS_FS_EXECUTE) ==
	    -1)
		return err_sys(err, "%s: landlock", fence->data);
	return allow_resolver(rules, err);
}

int
fence_raise(const struct fence *fence, struct err *err)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = handled() };
	int rules, rc;

	if (attr.handled_access_fs == 0)
		return 1;
	rules =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules == -1)
		return err_sys(err, "landlock");
	rc = allow_all(rules, fence, attr.handled_access_fs, err);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, rules, 0) == -1)
		rc = err_sys(err, "landlock");
	close(rules);
	return rc;
}
