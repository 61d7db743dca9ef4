/*
 * post.c - queue and process identifiers
 *
 * A short queue identifier is the microseconds and the inode of the queue
 * file, a long one holds the whole time.  Inodes are dealt in turn out of a
 * million, far more than are ever in flight, so none stands for two messages.
 */
#include "tests/generate/generate.h"

#include <string.h>

#include "base/array.h"

#define INODES (1u << 20)
#define POOL   64

static int64_t long_from = INT64_MAX;

static const char digits[] =
    "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

void
post_long_ids(int64_t from)
{
	long_from = from;
}

static void
put_digits(char *text, uint64_t n, unsigned base, unsigned width)
{
	while (width-- > 0) {
		text[width] = digits[n % base];
		n /= base;
	}
}

void
queue_id(char id[20], int64_t now)
{
	static unsigned next = 0x2c1f;
	unsigned inode = 0xa00000 + next++ % INODES;

	if (now < long_from) {
		snprintf(id, 20, "%05X%06X", (unsigned)(now % SECOND), inode);
		return;
	}
	put_digits(id, (uint64_t)(now / SECOND), 52, 6);
	put_digits(id + 6, (uint64_t)(now % SECOND), 52, 4);
	id[10] = 'z';
	put_digits(id + 11, inode, 51, 5);
	id[16] = '\0';
}

/* One process serves one session at a time; idle ones are used again. */
unsigned
smtpd_pid(const char *program, int64_t from, int64_t until)
{
	static struct {
		char program[32];
		unsigned pid, served;
		int64_t busy;
	} pool[POOL];
	static unsigned next_pid = 2100;
	unsigned oldest = 0;

	for (unsigned i = 0; i < POOL; i++) {
		if (pool[i].busy < from && pool[i].served < 100 &&
		    strcmp(pool[i].program, program) == 0) {
			pool[i].busy = until;
			pool[i].served++;
			return pool[i].pid;
		}
		if (pool[i].busy < pool[oldest].busy)
			oldest = i;
	}
	next_pid = next_pid > 4000000 ? 2100 : next_pid + 1 + below(9);
	snprintf(
	    pool[oldest].program, sizeof(pool[oldest].program), "%s", program);
	pool[oldest].pid = next_pid;
	pool[oldest].busy = until;
	pool[oldest].served = 1;
	return next_pid;
}

/* The long-lived ones: another every day. */
unsigned
daemon_pid(const char *program, int64_t now)
{
	uint32_t n = 2166136261u;

	for (; *program != '\0'; program++)
		n = (n ^ (unsigned char)*program) * 16777619u;
	return 900 + (n + (uint32_t)(now / DAY) * 7919u) % 1100;
}
