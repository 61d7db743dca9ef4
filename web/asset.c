/* asset.c - the files built into the binary, compressed, with their tag */
#include "web/asset.h"

#include <stdbool.h>
#include <string.h>

#include "web/server.h"

static const struct asset *
find(const char *path)
{
	for (size_t i = 0; i < asset_count; i++)
		if (strcmp(path, assets[i].path) == 0)
			return &assets[i];
	return NULL;
}

bool
asset_exists(const char *path)
{
	return find(path) != NULL;
}

/* A word of a list: "gzip" in "gzip, deflate", not in "x-gzip;q=0". */
static bool
lists(const char *list, const char *word)
{
	struct slice rest = list ? slice_of(list) : SLICE(""), item;
	bool more = true;

	while (more) {
		more = slice_cut(&rest, SLICE(","), &item);
		if (!more)
			item = rest;
		while (slice_skips(&item, " "))
			continue;
		while (item.n > 0 && item.p[item.n - 1] == ' ')
			item.n--;
		if (slice_eq(item, slice_of(word)) || slice_is(item, "*"))
			return true;
	}
	return false;
}

void
asset_handle(struct request *request)
{
	const struct asset *asset = find(request->query.path);
	bool gzip = lists(request_header(request, "Accept-Encoding"), "gzip");
	const char *p = gzip ? asset->gzip : asset->plain;
	const char *end = gzip ? asset->gzip_end : asset->plain_end;
	bool known =
	    lists(request_header(request, "If-None-Match"), asset->etag);
	struct MHD_Response *response;

	response =
	    MHD_create_response_from_buffer(known ? 0 : (size_t)(end - p),
		(void *)(uintptr_t)p, MHD_RESPMEM_PERSISTENT);
	if (response != NULL) {
		response_guard(response, asset->type);
		response_header(response, "Cache-Control", "no-cache");
		response_header(response, "ETag", asset->etag);
		response_header(response, "Vary", "Accept-Encoding");
		if (gzip && !known)
			response_header(response, "Content-Encoding", "gzip");
	}
	request_answer(
	    request, known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
}
