/* watch.c - what stirs in a log's directory */
#include "collectors/watch.h"

#include <sys/inotify.h>

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/slice.h"
#include "collectors/siblings.h"

struct watch {
	const char *directory, *base;
	int fd, id; /* -1: none */
};

struct watch *
watch_open(const char *directory, const char *base)
{
	struct watch *watch = mem_zero(1, sizeof(*watch));

	watch->directory = directory;
	watch->base = base;
	watch->id = -1;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	(void)watch_renew(watch);
	return watch;
}

void
watch_close(struct watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->fd != -1)
		close(watch->fd);
	free(watch);
}

int
watch_fd(const struct watch *watch)
{
	return watch->fd;
}

bool
watch_works(const struct watch *watch)
{
	return watch->id != -1;
}

/* The same directory has the same number again. */
bool
watch_renew(struct watch *watch)
{
	int id = -1;

	if (watch->fd != -1)
		id = inotify_add_watch(watch->fd, watch->directory,
		    IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE |
			IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
			IN_MOVE_SELF | IN_ONLYDIR);
	if (watch->id != -1 && watch->id != id)
		(void)inotify_rm_watch(watch->fd, watch->id);
	watch->id = id;
	return id != -1;
}

static bool
is_change(const struct watch *watch, const struct inotify_event *event)
{
	struct slice name = slice_of(event->len != 0 ? event->name : "");

	if (event->mask & (IN_Q_OVERFLOW | IN_MOVE_SELF | IN_DELETE_SELF))
		return true;
	if (event->mask & IN_MODIFY ||
	    !siblings_is_name(slice_of(watch->base), name))
		return false;
	/* An archive is whole when it is closed; the log is closed at will. */
	return (event->mask & IN_CLOSE_WRITE) == 0 ||
	       !slice_eq(slice_of(watch->base), name);
}

bool
watch_take(struct watch *watch)
{
	char room[16384]
	    __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	bool changed = false;
	ssize_t n;

	while (
	    watch->fd != -1 && (n = read(watch->fd, room, sizeof(room))) > 0) {
		for (char *p = room; p < room + n;
		     p += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)p;
			if (event->mask & IN_IGNORED) {
				if (event->wd == watch->id)
					watch->id = -1;
			} else if (is_change(watch, event)) {
				changed = true;
			}
		}
	}
	return changed;
}
