/* backends.c - the firewalls and maps that refuse clients */
#include "blocks/backend.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"

extern const struct block_backend backend_access, backend_command,
    backend_ipset, backend_nft, backend_none, backend_postfix;

const struct block_backend *const block_backends[] = {
	&backend_nft,
	&backend_ipset,
	&backend_access,
	&backend_postfix,
	&backend_command,
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

bool
blocks_is_backend(const char *name, char *names, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < block_backend_count && n < size; i++)
		n += (size_t)snprintf(names + n, size - n, "%s%s",
		    i == 0                         ? ""
		    : i + 1 == block_backend_count ? " or "
						   : ", ",
		    block_backends[i]->name);
	return block_backend(name) != NULL;
}
