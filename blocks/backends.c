/* backends.c - the firewalls and maps that refuse clients */
#include "blocks/backend.h"

#include <string.h>

#include "base/array.h"

extern const struct block_backend backend_none;

const struct block_backend *const block_backends[] = {
	&backend_none,
};
const size_t block_backend_count = NELEMS(block_backends);

const struct block_backend *
block_backend(const char *name)
{
	for (size_t i = 0; i < block_backend_count; i++)
		if (strcmp(block_backends[i]->name, name) == 0)
			return block_backends[i];
	return NULL;
}
