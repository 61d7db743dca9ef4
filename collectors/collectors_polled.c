/*
 * collectors_polled.c - what is polled, among the sources
 */
#include <stdlib.h>

#include "base/mem.h"
#include "collectors/collectors_impl.h"

/* Logs that are followed come first, then what is polled. */
int
collectors_open_opener(
    struct collectors *c, bool helper, uid_t uid, gid_t gid, struct err *err)
{
	size_t n = c->config->source_count;
	const char **logs = mem_zero(n, sizeof(*logs));
	struct opener_spool *spools = mem_zero(n, sizeof(*spools));
	struct opener_paths paths = { logs, 0, spools, 0 };
	const struct source_config *source;

	for (size_t i = 0; i < n; i++)
		if (c->config->sources[i].type == SOURCE_TYPE_FILE)
			logs[paths.log_count++] = c->config->sources[i].path;
	for (size_t i = 0; i < n; i++) {
		source = &c->config->sources[i];
		if (polled_wants_log(source))
			logs[paths.log_count++] = source->path;
		if (polled_wants_spool(source, &spools[paths.spool_count]))
			paths.spool_count++;
	}
	c->opener = helper ? opener_start(&paths, uid, gid, err)
			   : opener_direct(&paths);
	free(logs);
	free(spools);
	return c->opener == NULL ? -1 : 0;
}

static struct slice
label_of(struct slice name)
{
	struct slice label = name;

	(void)slice_cut(&name, SLICE("."), &label);
	return label;
}

/* As the logs call it, in full or short; else short, as syslog has it. */
struct slice
collectors_name_host(void *arg, struct slice name)
{
	struct collectors *c = arg;
	struct slice label = label_of(name), host = label;
	uint32_t index;

	for (uint32_t i = 0; i < TRACKER_HOSTS; i++)
		if (slice_same_word(c->hosts[i], name) ||
		    (slice_same_word(label_of(c->hosts[i]), label) &&
			(c->hosts[i].n == label.n || label.n == name.n)))
			host = c->hosts[i];
	host = tracker_host(c->tracker, host, &index);
	c->hosts[index] = host;
	return host;
}

bool
collectors_statistics(
    const struct collectors *c, size_t i, struct statistics_status *status)
{
	return i >= c->source_count &&
	       i - c->source_count < polled_count(c->polled) &&
	       polled_status(c->polled, i - c->source_count, status);
}

struct state_part
collectors_statistics_reader(void *arg,
    int (*load)(void *arg, struct slice key, struct slice value, struct err *))
{
	return (
	    struct state_part){ POLLED_PART, POLLED_VERSION, arg, NULL, load };
}

bool
collectors_statistics_words(struct slice row, struct slice *words)
{
	return get_text(&row, words);
}

const char *
collectors_spool_of(const char *path)
{
	const struct spool_system *system = spool_guess(path);

	return system == NULL ? NULL : system->name;
}

bool
collectors_is_spool(const char *system)
{
	return spool_find(system) != NULL;
}

const char *
collectors_spool_place(size_t i)
{
	for (size_t k = 0; spool_systems[k] != NULL; k++)
		for (size_t p = 0; spool_systems[k]->places[p] != NULL; p++)
			if (i-- == 0)
				return spool_systems[k]->places[p];
	return NULL;
}
