/*
 * watch.h - what stirs in a log's directory
 *
 * The directory is watched, not the file: a watch on a file needs the right to
 * read it, which only the opener has, and does not see the next file of that
 * name.  Where the directory cannot be watched (missing, no right, a file
 * system without inotify) the owner looks again from time to time.
 */
#ifndef COLLECTORS_WATCH_H
#define COLLECTORS_WATCH_H

#include <stdbool.h>

struct watch;

/* Both texts are borrowed as long as the watch lives. */
struct watch *watch_open(const char *directory, const char *base);
void watch_close(struct watch *);

int watch_fd(const struct watch *); /* -1: there is none */
/* Try anew; the directory may be another by now.  True: it is watched. */
bool watch_renew(struct watch *);
/* Take all that waits.  True: names have changed, not only contents. */
bool watch_take(struct watch *);
bool watch_works(const struct watch *);

#endif
