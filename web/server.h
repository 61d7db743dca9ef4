/*
 * server.h - what the parts of the web server know of each other
 *
 * web.c opens and closes; server.c is called by libmicrohttpd and finds the
 * route; the handlers below answer.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <microhttpd.h>

#include "web/auth.h"
#include "web/cache.h"
#include "web/events.h"
#include "web/guests.h"
#include "web/listen.h"
#include "web/live.h"
#include "web/request.h"
#include "web/web.h"

/* More than GUESTS_MOST by those that are sent away and have not left yet; each
   may hold SERVER_MEMORY of the library's. */
#define SERVER_CONNECTIONS 512
#define SERVER_MEMORY      (32 * 1024)
#define SERVER_TIMEOUT     30 /* seconds without a byte */

struct web {
	char *data;
	struct web_sources sources;
	struct listen_at at;
	bool tls;
	char *tls_cert, *tls_key; /* the files' texts */
	char **names;             /* Host: names beside the address */
	size_t name_count;
	char address[ADDR_TEXT + 20];
	struct MHD_Daemon *daemon;
	struct auth *auth;
	struct live *live;
	struct events *events;
	struct cache *cache;
	struct guests guests;
	struct request *requests; /* every one that is open */
};

/* libmicrohttpd's callbacks; `cls' is the struct web. */
enum MHD_Result server_take(void *cls, struct MHD_Connection *, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_bytes, void **context);
void *server_begin(
    void *cls, const char *uri, struct MHD_Connection *connection);
void server_end(void *cls, struct MHD_Connection *, void **context,
    enum MHD_RequestTerminationCode);

/* The handlers: each answers, or has somebody answer who waits. */
void asset_handle(struct request *);
void block_take(struct request *);   /* POST: block */
void block_show(struct request *);   /* GET of one: why */
void block_remove(struct request *); /* DELETE of one */
void block_remove_all(struct request *);
void mail_test(struct request *);  /* POST: a test mail */
void never_take(struct request *); /* POST: never to be blocked */
void never_remove(struct request *);
void graph_handle(struct request *);
void healthz_handle(struct request *);
void live_handle(struct request *);
void messages_handle(struct request *);
void panel_handle(struct request *);
void prometheus_handle(struct request *);
void sign_in_handle(struct request *);
void sign_in_take(struct request *); /* the form */
void sign_out_take(struct request *);
/* The sign-in page, in place of what was asked. */
void sign_in_ask(struct request *);

/* Every path that is known, for whoever looks at them all; false: there are no
   more.  Of a path that ends in '/' it is the beginning. */
bool server_path(size_t i, char path[QUERY_PATH]);

/* There is an asset of that path. */
bool asset_exists(const char *path);
/* There is a panel of that path: "/api/v1/NAME". */
bool panel_exists(const char *path);
/* Of the i-th; false: there are no more. */
bool panel_path(size_t i, char path[QUERY_PATH]);
bool panel_names_people(const char *path);
#endif
