/* wire.c - what the agent asks the firewall helper, and what it answers */
#include "blocks/wire.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "blocks/exempt.h"

#define LIST_BYTES (512u << 20) /* of a list in memory, at most */

struct block_element
wire_element(const struct prefix *what)
{
	struct block_element element = { .family = what->addr.family,
		.bits = (uint8_t)what->bits };

	memcpy(element.b, what->addr.b, sizeof(element.b));
	return element;
}

bool
wire_prefix(const struct block_element *element, struct prefix *what)
{
	struct prefix tidy;

	*what = (struct prefix){ { element->family, { 0 } }, element->bits };
	memcpy(what->addr.b, element->b, sizeof(what->addr.b));
	tidy = *what;
	/* What is not tidy does not come from our list. */
	return prefix_tidy(&tidy) && tidy.bits == what->bits &&
	       addr_eq(&tidy.addr, &what->addr) && element->seconds != 0;
}

int
wire_order(const void *a, const void *b)
{
	const struct block_element *x = a, *y = b;

	if (x->family != y->family)
		return x->family - y->family;
	if (x->bits != y->bits)
		return x->bits - y->bits;
	return memcmp(x->b, y->b, sizeof(x->b));
}

struct block_element *
wire_read(int fd, size_t *n)
{
	struct block_element *list;
	struct prefix ignored;
	struct stat st;
	size_t size, have = 0;
	ssize_t got = 0;

	if (fstat(fd, &st) == -1 || st.st_size > (off_t)LIST_BYTES)
		return NULL;
	size = (size_t)st.st_size;
	list = mem_zero(1, size + 1);
	while (have < size && (got = pread(fd, (char *)list + have, size - have,
				   (off_t)have)) > 0)
		have += (size_t)got;
	*n = 0;
	for (size_t i = 0; i < have / sizeof(*list); i++)
		if (wire_prefix(&list[i], &ignored))
			list[(*n)++] = list[i];
	return list;
}
