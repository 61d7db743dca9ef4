/*
 * spool_sendmail.c - Sendmail's queue directories
 *
 * doc/op/op.me, "The Queue" and appendix B: each message has a file qfID, or
 * hfID while it is quarantined, in the queue's directory or in its qf; several
 * queues are directories below it.  Of the file's lines V is the version, T
 * when it was made, N how often it was tried.  Sendmail has no queue of what
 * is being delivered: a message that was never tried is incoming.  An empty
 * file only reserves the id.
 */
#include <ctype.h>
#include <string.h>

#include "collectors/spool.h"

static bool
enters(const char *top, unsigned depth, const char *name)
{
	if (strcmp(name, "df") == 0 || strcmp(name, "xf") == 0)
		return false;
	return depth == 1 || (depth == 2 && strcmp(name, "qf") == 0 &&
				 strcmp(top, "qf") != 0);
}

static enum spool_look
look(const char *top, const char *name, const struct stat *st,
    struct spool_message *message)
{
	(void)top;
	if ((name[0] != 'q' && name[0] != 'h') || name[1] != 'f' ||
	    name[2] == '\0' || st->st_size == 0)
		return SPOOL_OTHER;
	for (const char *p = name + 2; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p))
			return SPOOL_OTHER;
	message->queue = name[0] == 'h' ? QUEUE_HOLD : QUEUE_INCOMING;
	return SPOOL_READ;
}

/* Up to the first line that somebody else may have a say in. */
static bool
read_lines(struct slice head, struct spool_message *message)
{
	struct slice line;
	uint64_t number;

	if (!slice_begins(head, "V"))
		return false;
	while (slice_cut(&head, SLICE("\n"), &line)) {
		if (line.n == 0 || strchr("SRHC$.", line.p[0]) != NULL)
			break;
		if (!slice_number(slice_from(line, 1), &number))
			continue;
		if (line.p[0] == 'T' && number <= UINT32_MAX)
			message->arrived = (int64_t)number;
		if (line.p[0] == 'N' && number > 0 &&
		    message->queue == QUEUE_INCOMING)
			message->queue = QUEUE_DEFERRED;
	}
	return true;
}

static const char *const places[] = { "/var/spool/mqueue",
	"/var/spool/mqueue-client", "/var/spool/clientmqueue", NULL };

const struct spool_system spool_sendmail = {
	.name = "sendmail",
	.places = places,
	.mark = NULL,
	.rights = "the user that Sendmail runs as",
	.enters = enters,
	.look = look,
	.read = read_lines,
};
