/*
 * graph.h - a series drawn, as PNG or SVG
 */
#ifndef RRD_GRAPH_H
#define RRD_GRAPH_H

#include "rrd/fetch.h"

#define GRAPH_PIXELS 2000000 /* at most */

struct drawing {
	struct question question; /* one name; the hosts are added up */
	bool all_hosts;           /* the title says so */
	bool svg;
	unsigned width, height;
};

/* The picture, to be freed; NULL and err where there is none. */
void *graph_draw(
    struct store *, const struct drawing *, size_t *n, struct err *);

struct graphs; /* those drawn since the last step, in the worker */

struct graphs *graphs_new(void);
void graphs_free(struct graphs *);

/* The same, within limits, and drawn only if it has to be. */
void *graphs_get(struct graphs *, struct store *, const struct drawing *,
    size_t *n, struct err *);

#endif
