/*
 * spool_exim.c - Exim's spool
 *
 * The Exim specification, "Format of spool files": a message is complete when
 * its file ID-H is in input/, or in a directory of one character below it
 * (split_spool_directory).  The file's fourth line begins with the time it was
 * received; then come lines that begin with -, of which -frozen says that it
 * is on hold and -deliver_firsttime that it was never tried.  The value of an
 * ACL variable stands behind its line, so many bytes long, and may be
 * anything.  Exim has no queue of what is being delivered.
 */
#include <ctype.h>
#include <string.h>

#include "collectors/spool.h"

#define BEFORE_TIME 3 /* lines */

static bool
enters(const char *top, unsigned depth, const char *name)
{
	if (strcmp(top, "input") != 0)
		return false;
	return depth == 1 ||
	       (strlen(name) == 1 && isalnum((unsigned char)name[0]));
}

/* As 1dVECr-0006BG-Kq-H. */
static enum spool_look
look(const char *top, const char *name, const struct stat *st,
    struct spool_message *message)
{
	size_t n = strlen(name);

	(void)st;
	if (strcmp(top, "input") != 0 || n < 10 || name[6] != '-' ||
	    strcmp(name + n - 2, "-H") != 0)
		return SPOOL_OTHER;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-')
			return SPOOL_OTHER;
	message->queue = QUEUE_DEFERRED;
	return SPOOL_READ;
}

/* A value that came from outside has a second -, perhaps how it is quoted. */
static struct slice
word_of(struct slice line)
{
	struct slice quoter, word;

	(void)slice_skips(&line, "-");
	(void)slice_skips(&line, "-");
	if (slice_begins(line, "("))
		(void)slice_cut(&line, SLICE(")"), &quoter);
	word = line;
	(void)slice_cut(&line, SLICE(" "), &word);
	return word;
}

/* Step over the bytes of an ACL variable and the end of their line. */
static bool
skip_value(struct slice line, struct slice *rest)
{
	ptrdiff_t blank = slice_find_last(line, SLICE(" "));
	uint64_t bytes;

	if (blank == -1 ||
	    !slice_number(slice_from(line, (size_t)blank + 1), &bytes) ||
	    bytes >= rest->n)
		return false;
	*rest = slice_from(*rest, (size_t)bytes + 1);
	return true;
}

static void
read_options(struct slice rest, struct spool_message *message)
{
	struct slice line, word;

	while (
	    slice_cut(&rest, SLICE("\n"), &line) && slice_begins(line, "-")) {
		word = word_of(line);
		if (slice_begins(word, "acl")) {
			if (!skip_value(line, &rest))
				return;
		} else if (slice_is(word, "frozen")) {
			message->queue = QUEUE_HOLD;
		} else if (slice_is(word, "deliver_firsttime") &&
			   message->queue != QUEUE_HOLD) {
			message->queue = QUEUE_INCOMING;
		}
	}
}

static bool
read_header(struct slice head, struct spool_message *message)
{
	struct slice line, time;
	uint64_t number;

	for (int i = 0; i < BEFORE_TIME; i++)
		if (!slice_cut(&head, SLICE("\n"), &line) || line.n == 0)
			return false;
	if (!slice_cut(&head, SLICE("\n"), &line))
		return false;
	time = line;
	(void)slice_cut(&line, SLICE(" "), &time);
	if (!slice_number(time, &number) || number > UINT32_MAX)
		return false;
	message->arrived = (int64_t)number;
	read_options(head, message);
	return true;
}

static const char *const places[] = { "/var/spool/exim4", "/var/spool/exim",
	NULL };

const struct spool_system spool_exim = {
	.name = "exim",
	.places = places,
	.mark = "input",
	.rights = "Exim's group (on Debian usermod -aG Debian-exim mailweir)",
	.enters = enters,
	.look = look,
	.read = read_header,
};
