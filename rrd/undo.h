/*
 * undo.h - headers set aside before an update, written back after a crash
 *
 * librrd changes a file's header in place, so a killed process can leave one
 * half done.  Before a batch the header and the samples of every file it will
 * touch are stored durably; a header written back and the same samples again
 * write the same rows, so it does not matter how far the batch had come.
 */
#ifndef RRD_UNDO_H
#define RRD_UNDO_H

#include "rrd/file.h"

/* `files' is a list by next; each has been looked at.  `root': their folder. */
int undo_store(const char *path, const char *root,
    const struct series_file *files, struct err *);
/* The batch is done. */
void undo_drop(const char *path);

/* At start: finish the batch that was under way, if there was one. */
int undo_recover(const char *path, const char *root, struct err *);

#endif
