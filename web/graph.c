/*
 * graph.c - a drawn graph, for mails, wikis and pages without JavaScript
 *
 * /graph/NAME.png and .svg, drawn by the worker.
 */
#include <stdio.h>
#include <string.h>

#include "web/server.h"
#include "web/waiting.h"

#define GRAPH "/graph/"

/* NAME, and whether it is to be SVG; false: neither. */
static bool
wanted(const char *path, char name[QUERY_NAME], bool *svg)
{
	struct slice rest = slice_of(path);

	if (!slice_skips(&rest, GRAPH))
		return false;
	*svg = slice_ends(rest, SLICE(".svg"));
	if (!*svg && !slice_ends(rest, SLICE(".png")))
		return false;
	rest.n -= strlen(".svg");
	return rest.n > 0 && slice_copy(rest, name, QUERY_NAME) == rest.n;
}

static void
take_graph(void *arg, const void *bytes, size_t n, const struct err *err)
{
	struct request *request = waiting_end(arg);
	char name[QUERY_NAME];
	bool svg = false;

	if (request == NULL)
		return;
	(void)wanted(request->query.path, name, &svg);
	if (bytes == NULL)
		request_error(request, MHD_HTTP_NOT_FOUND, "%s",
		    err != NULL ? err->text : "there is no such graph");
	else
		request_bytes(request, MHD_HTTP_OK,
		    svg ? "image/svg+xml" : "image/png", bytes, n);
}

void
graph_handle(struct request *request)
{
	const struct web_query *query = &request->query;
	struct waiting *waiting;
	char name[QUERY_NAME];
	bool svg;

	if (!wanted(query->path, name, &svg)) {
		request_error(request, MHD_HTTP_NOT_FOUND,
		    "a graph is " GRAPH "NAME.png or .svg");
		return;
	}
	waiting = waiting_begin(request);
	if (series_graph(request->web->sources.series, slice_of(query->host),
		name, svg, query->from, query->to, query->width, query->height,
		take_graph, waiting))
		return;
	(void)waiting_end(waiting);
	request_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
	    "too many questions wait for the disk, try again");
}
