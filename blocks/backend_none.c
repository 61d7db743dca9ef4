/* backend_none.c - only say so: the list is kept, nothing is refused */
#include "blocks/backend.h"

extern const struct block_backend backend_none;

static int
open_none(const struct block_config *config, bool *found, struct err *err)
{
	(void)config;
	*found = false;
	(void)err;
	return 0;
}

static int
change_none(const struct block_element *elements, size_t n, struct err *err)
{
	(void)elements;
	(void)n;
	(void)err;
	return 0;
}

static int
close_none(const struct block_config *config, struct err *err)
{
	(void)config;
	(void)err;
	return 0;
}

const struct block_backend backend_none = {
	.name = "none",
	.senders = true,
	.open = open_none,
	.change = change_none,
	.close = close_none,
};
