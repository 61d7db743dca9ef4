/* request.c - one question of a client, and its one answer */
#include "web/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "web/json.h"
#include "web/server.h"
#include "web/waiting.h"

static const char content_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

/*
 * librrd's drawings carry their colours as style attributes, and would be
 * black without them; a drawing has no script, frame or form to fear.
 */
static const char drawing_policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox";

struct request *
request_new(struct web *web, const char *uri)
{
	struct request *request = mem_zero(1, sizeof(*request));

	request->web = web;
	if (strlen(uri) < REQUEST_URI)
		request->uri = mem_text(uri);
	request->next = web->requests;
	if (request->next != NULL)
		request->next->previous = request;
	web->requests = request;
	return request;
}

void
request_free(struct request *request)
{
	if (request == NULL)
		return;
	if (request->next != NULL)
		request->next->previous = request->previous;
	if (request->previous != NULL)
		request->previous->next = request->next;
	else
		request->web->requests = request->next;
	waiting_forget(request);
	if (request->response != NULL)
		MHD_destroy_response(request->response);
	free(request->uri);
	free(request);
}

void
request_answer(
    struct request *request, unsigned code, struct MHD_Response *response)
{
	if (response == NULL) {
		request->failed = true; /* no memory: the connection ends */
	} else {
		request->code = code;
		request->response = response;
	}
	if (request->suspended) {
		request->suspended = false;
		MHD_resume_connection(request->connection);
	}
}

void
request_bytes(struct request *request, unsigned code, const char *type,
    const void *bytes, size_t n)
{
	/* The library copies; it only lacks the const. */
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    n, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);

	if (response != NULL) {
		response_guard(response, type);
		response_header(response, "Cache-Control", "no-store");
	}
	request_answer(request, code, response);
}

void
request_json(struct request *request, unsigned code, json_t *adopted)
{
	char *text = json_dumps(adopted, JSON_COMPACT);

	json_decref(adopted);
	if (text == NULL) {
		request_answer(request, 0, NULL);
		return;
	}
	request_bytes(request, code, "application/json", text, strlen(text));
	free(text);
}

void
request_error(struct request *request, unsigned code, const char *fmt, ...)
{
	struct MHD_Response *response = NULL;
	json_t *object;
	char words[512], *text;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	object = json_pack("{s:o}", "error", json_words(words));
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (text != NULL)
		response = MHD_create_response_from_buffer(
		    strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (response != NULL) {
		response_guard(response, "application/json");
		response_header(response, "Cache-Control", "no-store");
		if (code == MHD_HTTP_UNAUTHORIZED)
			response_header(response, "WWW-Authenticate",
			    "Bearer realm=\"mailweir\"");
		if (code == MHD_HTTP_SERVICE_UNAVAILABLE)
			response_header(response, "Retry-After", "1");
		if (code == MHD_HTTP_TOO_MANY_REQUESTS)
			response_header(response, "Retry-After", "60");
	}
	request_answer(request, code, response);
}

const char *
request_header(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value(
	    request->connection, MHD_HEADER_KIND, name);
}

void
response_header(
    struct MHD_Response *response, const char *name, const char *value)
{
	(void)MHD_add_response_header(response, name, value);
}

/*
 * The referrer stays among ourselves: with none at all a browser sends
 * "Origin: null" with a form, and changes ask for their origin.
 */
void
response_guard(struct MHD_Response *response, const char *type)
{
	response_header(response, "Content-Type", type);
	response_header(response, "Content-Security-Policy",
	    strcmp(type, "image/svg+xml") == 0 ? drawing_policy
					       : content_policy);
	response_header(response, "X-Content-Type-Options", "nosniff");
	response_header(response, "X-Frame-Options", "DENY");
	response_header(response, "Referrer-Policy", "same-origin");
}
