/*
 * graphs.c - the pictures drawn since the last step, and how big one may be
 *
 * A page asks for the same few again and again; what a picture depends on is
 * its key, so that nothing has to be told when a step is added.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rrd/graph.h"

#define LEAST_SIDE 80
#define CACHED     12

struct graphs {
	struct picture {
		char *key;
		void *bytes;
		size_t n;
	} pictures[CACHED];
	size_t next;
};

struct graphs *
graphs_new(void)
{
	return mem_zero(1, sizeof(struct graphs));
}

void
graphs_free(struct graphs *graphs)
{
	for (size_t i = 0; graphs != NULL && i < CACHED; i++) {
		free(graphs->pictures[i].key);
		free(graphs->pictures[i].bytes);
	}
	free(graphs);
}

/* All that the picture depends on. */
static char *
key_of(const struct drawing *drawing)
{
	const struct question *question = &drawing->question;
	char *key = NULL;
	size_t size;
	FILE *out = open_memstream(&key, &size);

	fprintf(out, "%s %d %d %ux%u %lld %lld", question->name[0],
	    drawing->svg, drawing->all_hosts, drawing->width, drawing->height,
	    (long long)question->from, (long long)question->to);
	for (size_t i = 0; i < question->host_count; i++)
		fprintf(out, " %s %lld", question->hosts[i].name,
		    (long long)question->hosts[i].known);
	fclose(out);
	return key;
}

void *
graphs_get(struct graphs *graphs, struct store *store,
    const struct drawing *drawing, size_t *n, struct err *err)
{
	const struct question *question = &drawing->question;
	struct picture *picture;
	char *key;
	void *bytes;

	if (drawing->width < LEAST_SIDE || drawing->height < LEAST_SIDE ||
	    drawing->width > GRAPH_PIXELS / drawing->height) {
		err_set(err, "graph: %ux%u: not between %ux%u and %u pixels",
		    drawing->width, drawing->height, LEAST_SIDE, LEAST_SIDE,
		    GRAPH_PIXELS);
		return NULL;
	}
	if (question->from >= question->to) {
		err_set(err, "graph: it ends before it begins");
		return NULL;
	}
	key = key_of(drawing);
	for (size_t i = 0; i < CACHED; i++) {
		picture = &graphs->pictures[i];
		if (picture->key != NULL && strcmp(picture->key, key) == 0) {
			free(key);
			*n = picture->n;
			return mem_copy(picture->bytes, *n);
		}
	}
	bytes = graph_draw(store, drawing, n, err);
	if (bytes == NULL) {
		free(key);
		return NULL;
	}
	picture = &graphs->pictures[graphs->next++ % CACHED];
	free(picture->key);
	free(picture->bytes);
	*picture = (struct picture){ key, mem_copy(bytes, *n), *n };
	return bytes;
}
