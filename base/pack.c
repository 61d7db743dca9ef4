/*
 * pack.c - little numbers and texts in a state value (declared in state.h)
 *
 * Little-endian and of fixed width, so that a data directory can be carried to
 * another machine.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/state.h"

void
put_bytes(struct state_writer *w, const void *bytes, size_t n)
{
	if (w->n + n > w->size) {
		w->size = (w->n + n) * 2;
		w->p = mem_grow(w->p, w->size, 1);
	}
	if (n != 0)
		memcpy(w->p + w->n, bytes, n);
	w->n += n;
}

static void
put_number(struct state_writer *w, uint64_t number, size_t width)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < width; i++)
		bytes[i] = (unsigned char)(number >> (8 * i));
	put_bytes(w, bytes, width);
}

void
put_u8(struct state_writer *w, uint8_t number)
{
	put_number(w, number, 1);
}

void
put_u32(struct state_writer *w, uint32_t number)
{
	put_number(w, number, 4);
}

void
put_u64(struct state_writer *w, uint64_t number)
{
	put_number(w, number, 8);
}

void
put_text(struct state_writer *w, struct slice text)
{
	size_t n = text.n < UINT16_MAX ? text.n : UINT16_MAX;

	put_number(w, n, 2);
	put_bytes(w, text.p, n);
}

void
writer_fini(struct state_writer *w)
{
	free(w->p);
	*w = (struct state_writer){ 0 };
}

/* What is too short gives nothing, now and from then on. */
static bool
take(struct slice *at, size_t n, struct slice *part)
{
	if (at->n < n) {
		*at = SLICE("");
		return false;
	}
	*part = (struct slice){ at->p, n };
	*at = slice_from(*at, n);
	return true;
}

static bool
get_number(struct slice *at, size_t width, uint64_t *number)
{
	struct slice bytes;

	if (!take(at, width, &bytes))
		return false;
	*number = 0;
	for (size_t i = width; i-- > 0;)
		*number = *number << 8 | (unsigned char)bytes.p[i];
	return true;
}

bool
get_u8(struct slice *at, uint8_t *number)
{
	uint64_t wide;

	if (!get_number(at, 1, &wide))
		return false;
	*number = (uint8_t)wide;
	return true;
}

bool
get_u32(struct slice *at, uint32_t *number)
{
	uint64_t wide;

	if (!get_number(at, 4, &wide))
		return false;
	*number = (uint32_t)wide;
	return true;
}

bool
get_u64(struct slice *at, uint64_t *number)
{
	return get_number(at, 8, number);
}

bool
get_text(struct slice *at, struct slice *text)
{
	uint64_t n;

	return get_number(at, 2, &n) && take(at, (size_t)n, text);
}

bool
get_bytes(struct slice *at, void *bytes, size_t n)
{
	struct slice part;

	if (!take(at, n, &part))
		return false;
	if (n != 0)
		memcpy(bytes, part.p, n);
	return true;
}
