/* lines.c - whole lines out of a stream of bytes */
#include "collectors/lines.h"

void
lines_start(struct lines *lines, uint64_t offset)
{
	lines->fed = lines->offset = offset;
	lines->dropping = false;
	lines->used = 0;
}

static const char *
past_nuls(const char *p, const char *end)
{
	while (p < end && *p == '\0')
		p++;
	return p;
}

/* Keep what may become a line with the blocks to come. */
static void
keep(struct lines *lines, const char *p, const char *end)
{
	if (lines->used == 0)
		p = past_nuls(p, end);
	if (lines->dropping ||
	    (size_t)(end - p) > LINE_MAX_BYTES - lines->used) {
		lines->dropping = true;
		lines->used = 0;
		return;
	}
	memcpy(lines->begun + lines->used, p, (size_t)(end - p));
	lines->used += (size_t)(end - p);
}

static struct slice
without_cr(const char *p, size_t n)
{
	if (n != 0 && p[n - 1] == '\r')
		n--;
	return (struct slice){ p, n };
}

/* The end, up to its LF, of a line that earlier blocks began. */
static void
finish(struct lines *lines, const char *p, const char *lf, uint64_t next,
    void (*take)(void *arg, struct slice line, uint64_t begin), void *arg)
{
	uint64_t begin = lines->offset;

	keep(lines, p, lf);
	lines->offset = next;
	if (lines->dropping)
		lines->overlong++;
	else
		take(arg, without_cr(lines->begun, lines->used), begin);
	lines->dropping = false;
	lines->used = 0;
}

void
lines_feed(struct lines *lines, const char *block, size_t n,
    void (*take)(void *arg, struct slice line, uint64_t begin), void *arg)
{
	const char *p = block, *end = block + n, *lf;
	uint64_t base = lines->fed, begin;

	lines->fed += n;
	if (lines->offset != base && n != 0) {
		lf = memchr(p, '\n', n);
		if (lf == NULL) {
			keep(lines, p, end);
			return;
		}
		p = lf + 1;
		finish(
		    lines, block, lf, base + (uint64_t)(p - block), take, arg);
	}
	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		begin = lines->offset;
		lines->offset = base + (uint64_t)(lf + 1 - block);
		if (*p == '\0')
			p = past_nuls(p, lf);
		if ((size_t)(lf - p) <= LINE_MAX_BYTES)
			take(arg, without_cr(p, (size_t)(lf - p)), begin);
		else
			lines->overlong++;
		p = lf + 1;
	}
	if (p < end)
		keep(lines, p, end);
}
