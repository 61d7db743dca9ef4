/*
 * statfile.c - Sendmail's statistics file, as bytes
 *
 * struct statistics of sendmail/mailstats.h: int magic, int version, time_t
 * start, short size, three longs, and seven arrays of STATFILE_MAILERS longs.
 * Where they lie follows from the size and alignment of long and time_t.
 */
#include "base/statfile.h"

#include <string.h>

#include "base/array.h"

#define COUNTS (3 + STATFILE_COLUMNS * STATFILE_MAILERS) /* longs */

enum { MAGIC_AT = 0, VERSION_AT = 4, START_AT = 8 };

/* One a kind of host; no two are of one size. */
static const struct layout {
	size_t bytes;
	size_t time_bytes, size_at, counts_at, long_bytes;
} layouts[] = {
	{ STATFILE_BYTES, 8, 16, 24, 8 }, /* 64 bits */
	{ 728, 4, 12, 16, 4 },            /* 32 bits */
	{ 732, 8, 16, 20, 4 },            /* time_t of 64 bits, i386 */
	{ 736, 8, 16, 20, 4 },            /* the same, aligned to 8: ARM */
};

struct reader {
	const unsigned char *bytes;
	bool big; /* the byte order */
};

/* A number of `width' bytes with its sign. */
static int64_t
number(const struct reader *reader, size_t at, size_t width)
{
	uint64_t value = 0, sign = UINT64_C(1) << (8 * width - 1);

	for (size_t i = 0; i < width; i++)
		value = value << 8 |
			reader->bytes[at + (reader->big ? i : width - 1 - i)];
	return (int64_t)((value ^ sign) - sign);
}

/* The layout of that size, if the file says so too. */
static const struct layout *
find_layout(const struct reader *reader, size_t n)
{
	for (size_t i = 0; i < NELEMS(layouts); i++)
		if (layouts[i].bytes == n &&
		    number(reader, layouts[i].size_at, 2) == (int64_t)n)
			return &layouts[i];
	return NULL;
}

static void
take(struct statfile *file, const struct reader *reader,
    const struct layout *layout)
{
	int64_t counts[COUNTS];

	for (size_t i = 0; i < COUNTS; i++)
		counts[i] =
		    number(reader, layout->counts_at + i * layout->long_bytes,
			layout->long_bytes);
	file->since = number(reader, START_AT, layout->time_bytes);
	file->connections_from = counts[0];
	file->connections_to = counts[1];
	file->connections_rejected = counts[2];
	memcpy(file->columns, counts + 3, sizeof(file->columns));
}

int
statfile_decode(
    struct statfile *file, const void *bytes, size_t n, struct err *err)
{
	struct reader reader = { bytes, false };
	const struct layout *layout;
	int64_t version;

	memset(file, 0, sizeof(*file));
	file->empty = n == 0;
	if (file->empty)
		return 0;
	if (n < START_AT)
		return err_set(err,
		    "statistics file: %zu bytes; being written or truncated",
		    n);
	if (number(&reader, MAGIC_AT, 4) != STATFILE_MAGIC) {
		reader.big = true;
		if (number(&reader, MAGIC_AT, 4) != STATFILE_MAGIC)
			return err_set(err,
			    "statistics file: wrong magic number; not written "
			    "by Sendmail");
	}
	version = number(&reader, VERSION_AT, 4);
	if (version != STATFILE_VERSION)
		return err_set(err,
		    "statistics file: version %lld; expected %d",
		    (long long)version, STATFILE_VERSION);
	layout = find_layout(&reader, n);
	if (layout == NULL)
		return err_set(err,
		    "statistics file: %zu bytes are not the size it says; "
		    "being written or truncated",
		    n);
	take(file, &reader, layout);
	return 0;
}
