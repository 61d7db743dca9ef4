/* exempt.c - prefixes that are never blocked */
#include "blocks/exempt.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/mem.h"

/* RFC 1122 3.2.1.3, RFC 4291 2.5.2 and 2.5.3. */
static const struct prefix always[] = {
	{ { 4, { 0 } }, 8 }, { { 4, { 127 } }, 8 },
	{ { 6, { 0 } }, 127 }, /* :: and ::1 */
};

void
exempt_fini(struct exempt *exempt)
{
	for (size_t i = 0; i < BLOCK_EXEMPTS; i++)
		free(exempt->sets[i].list);
	memset(exempt, 0, sizeof(*exempt));
}

void
exempt_set(struct exempt *exempt, enum block_exempt which,
    const struct prefix *list, size_t n)
{
	struct prefix *copy = n == 0 ? NULL : mem_copy(list, n * sizeof(*list));

	free(exempt->sets[which].list);
	exempt->sets[which].list = copy;
	exempt->sets[which].count = n;
}

bool
prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return a->bits <= b->bits ? prefix_holds(a, &b->addr)
				  : prefix_holds(b, &a->addr);
}

bool
exempt_overlaps(const struct exempt *exempt, const struct prefix *what)
{
	for (size_t i = 0; i < NELEMS(always); i++)
		if (prefix_overlaps(&always[i], what))
			return true;
	for (size_t set = 0; set < BLOCK_EXEMPTS; set++)
		for (size_t i = 0; i < exempt->sets[set].count; i++)
			if (prefix_overlaps(&exempt->sets[set].list[i], what))
				return true;
	return false;
}

void
prefix_mask(struct prefix *prefix)
{
	unsigned whole, rest;

	addr_unmap(&prefix->addr, &prefix->bits);
	whole = prefix->bits / 8;
	rest = prefix->bits % 8;
	if (rest != 0)
		prefix->addr.b[whole++] &= (uint8_t)(0xff00 >> rest);
	memset(prefix->addr.b + whole, 0, sizeof(prefix->addr.b) - whole);
}

bool
prefix_eq(const struct prefix *a, const struct prefix *b)
{
	return a->bits == b->bits && addr_eq(&a->addr, &b->addr);
}

bool
prefix_tidy(struct prefix *prefix)
{
	addr_unmap(&prefix->addr, &prefix->bits);
	if (prefix->addr.family == 4
		? prefix->bits != 32 && prefix->bits != 24
		: prefix->addr.family != 6 ||
		      (prefix->bits != 128 && prefix->bits != 64))
		return false;
	prefix_mask(prefix);
	return true;
}

struct prefix
prefix_around(const struct addr *addr)
{
	struct prefix around = { *addr, addr->family == 4 ? 24 : 64 };

	prefix_mask(&around);
	return around;
}
