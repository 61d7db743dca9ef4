/* sandbox.c - what is left to the agent once everything is open */
#include "agent/sandbox.h"

#include <sys/stat.h>

#include <stdlib.h>

#include "agent/filter.h"
#include "agent/sanitizer.h"
#include "base/log.h"

/*
 * User, capabilities and Landlock are a thread's own: another one would keep
 * what we give up.  Each thread is a directory there, and a directory has two
 * links more.  Without /proc nobody can tell; the filter is put on all.
 */
static int
check_threads(struct err *err)
{
	struct stat st;

#ifdef HAS_OTHER_THREAD
	return 0;
#endif
	if (stat("/proc/self/task", &st) == 0 && st.st_nlink != 3)
		return err_set(err, "sandbox: there are %lu threads already",
		    (unsigned long)st.st_nlink - 2);
	return 0;
}

int
sandbox_enter(
    const struct privileges *who, const struct fence *fence, struct err *err)
{
	int rc;

	if (check_threads(err) == -1 || privileges_drop(who, err) == -1)
		return -1;
	/* What SQLite sorts outside of memory is not for /var/tmp. */
	(void)setenv("SQLITE_TMPDIR", fence->data, 1);
	rc = fence_raise(fence, err);
	if (rc == -1)
		return -1;
	if (rc == 1)
		log_info("this kernel has no Landlock: which files can be "
			 "opened is left to the rights of the user");
	return filter_agent(err);
}
