/*
 * request.h - one question of a client, and its one answer
 *
 * A handler answers at once or not yet: a request without an answer is
 * suspended, and goes on when the answer has come.  Whoever waits for numbers
 * from history therefore must answer exactly once, sooner or later, and may
 * find the request gone by then (panels.c).
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include <sys/types.h>

#include <jansson.h>
#include <microhttpd.h>

#include "web/query.h"
#include "web/web.h"

#define REQUEST_URI  4096 /* a longer one is 414 */
#define REQUEST_BODY 2048 /* a longer one is 413 */

struct waiting;

struct request {
	struct request *next, *previous; /* in web->requests */
	struct web *web;
	struct MHD_Connection *connection;
	char *uri; /* as it came; NULL: it was too long */
	bool started, suspended, failed;
	bool head; /* HEAD: nothing is to change */
	bool signed_in;
	struct web_status status;
	struct web_query query;
	struct waiting *waiting; /* for history; NULL if for nothing */
	size_t body_bytes;
	char body[REQUEST_BODY];

	/* The answer, once there is one. */
	unsigned code;
	struct MHD_Response *response;
};

struct request *request_new(struct web *, const char *uri);
void request_free(struct request *);

/* Adopts the response; resumes a suspended request. */
void request_answer(struct request *, unsigned code, struct MHD_Response *);

/* Bytes that are copied. */
void request_bytes(struct request *, unsigned code, const char *type,
    const void *bytes, size_t n);
/* Adopts the object. */
void request_json(struct request *, unsigned code, json_t *adopted);
/* {"error": "..."}; text of any bytes. */
void request_error(struct request *, unsigned code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The client's header, or NULL. */
const char *request_header(const struct request *, const char *name);

/* What every answer carries, errors too. */
void response_guard(struct MHD_Response *, const char *type);
void response_header(
    struct MHD_Response *, const char *name, const char *value);

#endif
