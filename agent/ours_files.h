/*
 * ours_files.h - the small files of mail systems: lists, and maps' sources
 *
 * A map that is looked up in a database file (Postfix's hash:, Sendmail's
 * makemap) is read in the text that it is made of.
 */
#ifndef AGENT_OURS_FILES_H
#define AGENT_OURS_FILES_H

#include "agent/ours.h"

#define OURS_FILE_BYTES (8u << 20) /* of one file; a bigger one is a gap */
#define OURS_FILES      1000       /* read for one list of ours */
#define OURS_DEPTH      8          /* files that name files */

/*
 * The whole file, to be freed, with a NUL behind; -1 with err and errno.  It
 * counts in ours, and fails when too many were read.
 */
int ours_file(
    struct ours *, const char *path, char **text, size_t *n, struct err *);
/* The same, for a path that is a slice. */
int ours_file_at(
    struct ours *, struct slice path, char **text, size_t *n, struct err *);

/* Blanks, tabs and line ends off both sides. */
struct slice ours_trim(struct slice);
/* The next line that is not empty and no # comment, trimmed. */
bool ours_line(struct slice *rest, struct slice *line);
/* The next word between blanks. */
bool ours_word(struct slice *rest, struct slice *word);
/*
 * The next row of a map's source: postmap(1), makemap(8).  Lines that begin
 * with a blank go on with the value before and are left out.
 */
bool ours_row(struct slice *rest, struct slice *key, struct slice *value);

/* What this host is called by itself, and its other names in /etc/hosts. */
void ours_own_names(struct ours *);
/* Those of its interfaces, as networks; -1 with errno. */
int ours_own_addresses(struct ours *);

#endif
