/* maps_check.c - what a configured backend can refuse, asked before it runs */
#include "blocks/backend.h"
#include "blocks/map_form.h"

const char *
block_no_senders(const struct block_config *config)
{
	const struct block_backend *backend = block_backend(config->backend);

	if (backend == NULL || !backend->senders)
		return "only the backends access and postfix refuse senders";
	if (strcmp(backend->name, "postfix") == 0 && config->sender_map == NULL)
		return "the backend postfix refuses senders where sender_map "
		       "is set";
	return NULL;
}

int
block_check_config(struct block_config *config, struct err *err)
{
	const struct block_backend *backend = block_backend(config->backend);
	const struct map_form *cidr = map_form("cidr");
	bool found;

	if (backend != NULL && backend->fits != NULL)
		return backend->fits(config, err);
	/* Of a map it opens nothing yet. */
	if (backend == NULL || backend->write == NULL)
		return 0;
	if (backend->open(config, &found, err) == -1)
		return -1;
	if (config->map != NULL && strncmp(config->map, "cidr:", 5) == 0 &&
	    config->max_blocks > cidr->most)
		config->max_blocks = (uint32_t)cidr->most;
	return 0;
}
