/*
 * spool_postfix.c - Postfix's queue directories
 *
 * QSHAPE_README, qmgr(8) and global/mail_queue.h: the queues are directories,
 * perhaps with directories of one character below (hash_queue_names).  A file
 * is complete when its owner may execute it.  The modification time of a
 * deferred file is that of its next attempt; when it arrived stands in a long
 * queue id, or as the first record T in the file, which is what postqueue -p
 * shows.
 */
#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "collectors/spool.h"

#define SECONDS_DIGITS 6 /* at least; to the base of 52 */
#define MICROS_DIGITS  4
#define ID_BYTES       100 /* a queue id is much shorter */

static const struct {
	const char *name;
	enum queue_name queue;
} queues[] = {
	{ "active", QUEUE_ACTIVE },
	{ "deferred", QUEUE_DEFERRED },
	{ "hold", QUEUE_HOLD },
	{ "incoming", QUEUE_INCOMING },
};

static const char alphabet[] =
    "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

int
spool_queue(struct slice name)
{
	for (size_t i = 0; i < NELEMS(queues); i++)
		if (slice_eq(slice_of(queues[i].name), name))
			return (int)queues[i].queue;
	return -1;
}

static int
queue_of(const char *top)
{
	return spool_queue(slice_of(top));
}

static bool
enters(const char *top, unsigned depth, const char *name)
{
	return queue_of(top) != -1 && (depth == 1 || strlen(name) == 1);
}

/*
 * The seconds of a long queue id: seconds and microseconds to the base of 52,
 * `z', the inode to the base of 51, which has no z.  0: a short one.
 */
static int64_t
time_of(const char *id)
{
	const char *mark = strrchr(id, 'z'), *digit;
	int64_t seconds = 0;

	if (mark == NULL || mark - id < SECONDS_DIGITS + MICROS_DIGITS ||
	    mark - id > SECONDS_DIGITS + MICROS_DIGITS + 1)
		return 0;
	for (const char *p = id; p < mark - MICROS_DIGITS; p++) {
		digit = strchr(alphabet, *p);
		if (digit == NULL)
			return 0;
		seconds = seconds * 52 + (digit - alphabet);
	}
	return seconds;
}

static enum spool_look
look(const char *top, const char *name, const struct stat *st,
    struct spool_message *message)
{
	size_t n = strlen(name);
	int queue = queue_of(top);

	if (queue == -1 || (st->st_mode & S_IRWXU) != S_IRWXU || n > ID_BYTES)
		return SPOOL_OTHER;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]))
			return SPOOL_OTHER;
	message->queue = (enum queue_name)queue;
	message->arrived = time_of(name);
	return message->arrived != 0 ? SPOOL_MESSAGE : SPOOL_READ;
}

/* A record is its type, its length in parts of 7 bits, the low one first, and
   its data. */
static bool
next_record(struct slice *rest, char *type, struct slice *data)
{
	uint64_t length = 0;
	unsigned shift = 0;
	unsigned char part;
	size_t at = 1;

	if (rest->n < 2)
		return false;
	*type = rest->p[0];
	do {
		if (at == rest->n || shift > 28)
			return false;
		part = (unsigned char)rest->p[at++];
		length |= (uint64_t)(part & 0x7f) << shift;
		shift += 7;
	} while ((part & 0x80) != 0);
	if (length > rest->n - at)
		return false;
	*data = (struct slice){ rest->p + at, (size_t)length };
	*rest = slice_from(*rest, at + (size_t)length);
	return true;
}

/* It is a message whatever stands in it; only its age may stay unknown. */
static bool
read_time(struct slice head, struct spool_message *message)
{
	struct slice data, seconds;
	uint64_t number;
	char type;

	while (next_record(&head, &type, &data) && type != 'M') {
		if (type != 'T')
			continue;
		seconds = data;
		(void)slice_cut(&data, SLICE(" "), &seconds);
		if (slice_number(seconds, &number) && number <= UINT32_MAX)
			message->arrived = (int64_t)number;
		break;
	}
	return true;
}

static const char *const places[] = { "/var/spool/postfix", NULL };

const struct spool_system spool_postfix = {
	.name = "postfix",
	.places = places,
	.mark = "deferred",
	.rights = "the group postdrop (usermod -aG postdrop mailweir)",
	.enters = enters,
	.look = look,
	.read = read_time,
};
