/*
 * server.c - libmicrohttpd's glue: what may be asked, by whom, and who answers
 *
 * In this order a request is refused: too long, too large, for another host
 * than us, by a stranger, unknown, by another method, without the token,
 * from another origin, not to be read.
 */
#include "web/server.h"

#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "web/asset.h"
#include "web/guard.h"
#include "web/panel.h"
#include "web/waiting.h"

typedef void handle_fn(struct request *);

static const struct route {
	const char *path; /* all of it; a beginning where it ends in '/' */
	bool (*exists)(const char *path); /* instead of path */
	handle_fn *get, *post, *erase;
	bool open;   /* shown to strangers: says nothing of the mail */
	bool people; /* names them, or changes what happens to them */
} routes[] = {
	{ .path = "/sign-in",
	    .get = sign_in_handle,
	    .post = sign_in_take,
	    .open = true },
	{ .path = "/sign-out", .post = sign_out_take },
	{ .path = "/style.css", .get = asset_handle, .open = true },
	{ .path = "/icon.svg", .get = asset_handle, .open = true },
	{ .path = "/api/v1/stream", .get = live_handle },
	{ .path = "/metrics", .get = prometheus_handle },
	{ .path = "/healthz", .get = healthz_handle },
	{ .path = "/graph/", .get = graph_handle },
	{ .path = "/api/v1/blocks",
	    .get = panel_handle,
	    .post = block_take,
	    .erase = block_remove_all,
	    .people = true },
	{ .path = "/api/v1/never",
	    .get = panel_handle,
	    .post = never_take,
	    .people = true },
	{ .path = "/api/v1/never/", .erase = never_remove, .people = true },
	{ .path = "/api/v1/alerts/test", .post = mail_test, .people = true },
	{ .path = "/api/v1/blocks/",
	    .get = block_show,
	    .erase = block_remove,
	    .people = true },
	{ .path = "/api/v1/messages", .get = messages_handle, .people = true },
	{ .exists = panel_exists, .get = panel_handle },
	{ .exists = asset_exists, .get = asset_handle },
};

static const struct route *
find_route(const char *path)
{
	for (size_t i = 0; i < NELEMS(routes); i++) {
		const struct route *route = &routes[i];
		size_t n = route->path == NULL ? 0 : strlen(route->path);

		if (n == 0 ? route->exists(path)
			   : strcmp(path, route->path) == 0 ||
				 (route->path[n - 1] == '/' &&
				     strncmp(path, route->path, n) == 0))
			return route;
	}
	return NULL;
}

bool
server_path(size_t i, char path[QUERY_PATH])
{
	size_t routes_left = i, panels_before = 0;

	for (size_t k = 0; k < NELEMS(routes); k++)
		if (routes[k].path != NULL && routes_left-- == 0) {
			snprintf(path, QUERY_PATH, "%s", routes[k].path);
			return true;
		}
	if (panel_path(routes_left, path))
		return true;
	while (panel_path(panels_before, path))
		panels_before++;
	i = routes_left - panels_before;
	if (i < asset_count)
		snprintf(path, QUERY_PATH, "%s", assets[i].path);
	return i < asset_count;
}

void *
server_begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct request *request = request_new(cls, uri);

	request->connection = connection;
	return request;
}

void
server_end(void *cls, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode how)
{
	struct web *web = cls;

	(void)how;
	guests_renew(&web->guests, connection);
	request_free(*context);
	*context = NULL;
}

static void
refuse_method(struct request *request, const struct route *route)
{
	char allowed[40];

	snprintf(allowed, sizeof(allowed), "%s%s%s",
	    route->get != NULL ? ", GET, HEAD" : "",
	    route->post != NULL ? ", POST" : "",
	    route->erase != NULL ? ", DELETE" : "");
	request_error(request, MHD_HTTP_METHOD_NOT_ALLOWED,
	    "this path does not know that method");
	if (request->response != NULL)
		response_header(request->response, "Allow", allowed + 2);
}

/* Whoever has the token shall not lock himself out. */
static void
note_admin(const struct request *request)
{
	const struct web_sources *sources = &request->web->sources;
	struct addr client;

	guard_client(request, &client);
	if (sources->changes != NULL && !addr_is_none(&client))
		sources->changes->admin(sources->arg, &client);
}

/* False: the request has its answer. */
static bool
admit(struct request *request, const struct route *route)
{
	switch (guard_who(request)) {
	case GUARD_KNOWN:
		request->signed_in = true;
		note_admin(request);
		return true;
	case GUARD_WRONG:
		request_error(request, MHD_HTTP_UNAUTHORIZED, "wrong token");
		return false;
	case GUARD_TOO_OFTEN:
		request_error(request, MHD_HTTP_TOO_MANY_REQUESTS,
		    "too many wrong tokens, try again in a minute");
		return false;
	case GUARD_LOCAL:
		return true;
	case GUARD_STRANGER:
		break;
	}
	if (route != NULL && route->open)
		return true;
	if (strcmp(request->query.path, "/") == 0)
		sign_in_ask(request);
	else
		request_error(request, MHD_HTTP_UNAUTHORIZED,
		    "nothing is shown from here without the token");
	return false;
}

static handle_fn *
handler_of(const struct route *route, const char *method)
{
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return route->get;
	if (strcmp(method, "POST") == 0)
		return route->post;
	return strcmp(method, "DELETE") == 0 ? route->erase : NULL;
}

static bool
needs_token(const struct request *request, const struct route *route)
{
	return !request->signed_in &&
	       (route->people || panel_names_people(request->query.path));
}

/* Somebody looks for a person by the real name; we have others. */
static void
seek_pseudonyms(struct request *request)
{
	char *filter = request->query.filter;
	struct slice sought =
	    pseudonyms_sought(request->web->sources.names, slice_of(filter));

	/* Without any, it is the text itself. */
	if (sought.p != filter)
		slice_copy(sought, filter, sizeof(request->query.filter));
}

static void
dispatch(struct request *request, const char *method)
{
	const struct route *route;
	handle_fn *handle = NULL;
	struct err wrong;
	int rc;

	request->head = strcmp(method, "HEAD") == 0;
	if (!guard_host(request)) {
		request_error(request, MHD_HTTP_MISDIRECTED_REQUEST,
		    "this is not the host that was asked for");
		return;
	}
	rc = query_parse(&request->query, slice_of(request->uri),
	    request->status.now, &wrong);
	seek_pseudonyms(request);
	route = find_route(request->query.path);
	if (!admit(request, route))
		return;
	if (!request->signed_in)
		request->status.trouble = request->status.trouble_open;
	if (route != NULL)
		handle = handler_of(route, method);
	if (route == NULL)
		request_error(request, MHD_HTTP_NOT_FOUND, "no such path");
	else if (handle == NULL)
		refuse_method(request, route);
	else if (needs_token(request, route))
		request_error(request, MHD_HTTP_UNAUTHORIZED,
		    "this names clients or people: the token is needed");
	else if (handle != route->get && !guard_origin(request))
		request_error(request, MHD_HTTP_FORBIDDEN,
		    "a change must come from this page (Origin)");
	else if (rc == -1)
		request_error(request, MHD_HTTP_BAD_REQUEST, "%s", wrong.text);
	else
		handle(request);
}

/* Before the body: what is refused for its size alone. */
static void
begin(struct request *request)
{
	const char *length = request_header(request, "Content-Length");
	uint64_t bytes = 0;

	request->started = true;
	if (request->uri == NULL)
		request_error(request, MHD_HTTP_URI_TOO_LONG,
		    "the URL is longer than %d bytes", REQUEST_URI);
	else if (length != NULL && (!slice_number(slice_of(length), &bytes) ||
				       bytes > REQUEST_BODY))
		request_error(request, MHD_HTTP_CONTENT_TOO_LARGE,
		    "the body is larger than %d bytes", REQUEST_BODY);
}

static enum MHD_Result
send_answer(struct request *request)
{
	enum MHD_Result rc;

	rc = MHD_queue_response(
	    request->connection, request->code, request->response);
	MHD_destroy_response(request->response);
	request->response = NULL;
	return rc;
}

enum MHD_Result
server_take(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_bytes, void **context)
{
	struct request *request = *context;
	struct web *web = cls;

	(void)url;
	(void)version;
	if (request == NULL || request->failed)
		return MHD_NO;
	if (!request->started) {
		begin(request);
		if (request->response != NULL)
			return send_answer(request);
		return request->failed ? MHD_NO : MHD_YES;
	}
	if (*upload_bytes > 0) {
		/* A body of no told length ends the connection. */
		if (*upload_bytes > REQUEST_BODY - request->body_bytes)
			return MHD_NO;
		memcpy(
		    request->body + request->body_bytes, upload, *upload_bytes);
		request->body_bytes += *upload_bytes;
		*upload_bytes = 0;
		return MHD_YES;
	}
	if (request->response == NULL && request->waiting == NULL) {
		guests_renew(&web->guests, connection);
		web->sources.status(web->sources.arg, &request->status);
		dispatch(request, method);
	}
	if (request->failed)
		return MHD_NO;
	if (request->response != NULL)
		return send_answer(request);
	request->suspended = true;
	MHD_suspend_connection(request->connection);
	return MHD_YES;
}
