/* changes_never.c - never to be blocked, or again, as a person asks */
#include <string.h>

#include "web/body.h"
#include "web/json.h"
#include "web/panel.h"
#include "web/server.h"

#define NEVER "/api/v1/never/"

static int
target(struct prefix *what, const char *text, struct err *err)
{
	char safe[200];

	if (prefix_parse(slice_of(text), what))
		return 0;
	slice_escape(slice_of(text), safe, sizeof(safe));
	return err_set(err,
	    "%s: an address or a prefix as 192.0.2.0/24 is expected", safe);
}

static void
say(struct request *request, struct prefix *what, const char *reason)
{
	const struct web_sources *sources = &request->web->sources;
	enum never_outcome outcome =
	    sources->changes->never(sources->arg, what, slice_of(reason));
	char text[PREFIX_TEXT];

	prefix_print(what, text);
	cache_clear(request->web->cache);
	switch (outcome) {
	case NEVER_DONE:
		request_json(request, MHD_HTTP_CREATED,
		    json_pack("{s:s,s:s}", "outcome",
			"is never blocked from now on", "address", text));
		break;
	case NEVER_ALREADY:
		request_json(request, MHD_HTTP_OK,
		    json_pack("{s:s,s:s}", "outcome",
			"is never blocked already", "address", text));
		break;
	case NEVER_FULL:
		request_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "%s: there are %d already; networks belong into `never' "
		    "of the configuration",
		    text, BLOCK_NEVERS);
	}
}

void
never_take(struct request *request)
{
	struct prefix what;
	struct body body;
	struct err err;

	if (body_parse(&body, request, &err) == -1 ||
	    target(&what, body.address, &err) == -1)
		request_error(request, MHD_HTTP_BAD_REQUEST, "%s", err.text);
	else
		say(request, &what, body.reason);
	json_decref(body.json);
}

void
never_remove(struct request *request)
{
	const struct web_sources *sources = &request->web->sources;
	const char *text = request->query.path + strlen(NEVER);
	struct prefix what;
	struct err err;

	if (target(&what, text, &err) == -1) {
		request_error(request, MHD_HTTP_BAD_REQUEST, "%s", err.text);
	} else if (sources->changes->not_never(sources->arg, &what)) {
		cache_clear(request->web->cache);
		request_json(
		    request, MHD_HTTP_OK, json_pack("{s:i}", "removed", 1));
	} else {
		request_error(request, MHD_HTTP_NOT_FOUND,
		    "%s: is not among those said here; `never' of the "
		    "configuration is changed there",
		    text);
	}
}
