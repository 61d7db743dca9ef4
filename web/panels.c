/*
 * panels.c - the table of panels, and asking them
 *
 * An answer that needs history is on its way while its client may leave: what
 * waits for it is a `struct waiting' of its own, and the request tells it
 * when it goes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "web/panel.h"
#include "web/server.h"
#include "web/waiting.h"

#define API "/api/v1/"

static const struct web_panel *const panels[] = {
	&panel_accounts,
	&panel_alerts,
	&panel_attention,
	&panel_blocks,
	&panel_clients,
	&panel_destinations,
	&panel_domains,
	&panel_events,
	&panel_health,
	&panel_mailers,
	&panel_marks,
	&panel_never,
	&panel_overview,
	&panel_rejects,
	&panel_rules,
	&panel_series,
	&panel_wire,
};

static const struct web_panel *
find(const char *path)
{
	if (strncmp(path, API, strlen(API)) == 0)
		for (size_t i = 0; i < NELEMS(panels); i++)
			if (strcmp(path + strlen(API), panels[i]->name) == 0)
				return panels[i];
	return NULL;
}

bool
panel_exists(const char *path)
{
	return find(path) != NULL;
}

bool
panel_path(size_t i, char path[QUERY_PATH])
{
	if (i >= NELEMS(panels))
		return false;
	snprintf(path, QUERY_PATH, "%s%s", API, panels[i]->name);
	return true;
}

bool
panel_names_people(const char *path)
{
	const struct web_panel *panel = find(path);

	return panel != NULL && panel->names_people;
}

static void
question_init(struct panel_question *question, const struct request *request)
{
	struct web *web = request->web;

	*question = (struct panel_question){
		.sources = &web->sources,
		.query = &request->query,
		.signed_in = request->signed_in,
		.streams = live_count(web->live),
		.events = web->events,
		.host = stats_of(web->sources.stats, request->query.host),
	};
	web->sources.status(web->sources.arg, &question->status);
	if (!request->signed_in)
		question->status.trouble = question->status.trouble_open;
}

static void
question_fini(struct panel_question *question)
{
	free((void *)(uintptr_t)question->host);
}

/* Not the same for who is signed in and who is not. */
static void
cache_key(const struct request *request, char *key, size_t size)
{
	snprintf(key, size, "%d%s", request->signed_in, request->uri);
}

static void
answer(struct request *request, const struct web_panel *panel,
    struct panel_question *question)
{
	struct err err = { "" };
	json_t *json = panel->data(question, &err);
	char key[REQUEST_URI + 2], *text;

	if (json == NULL) {
		request_error(request, MHD_HTTP_BAD_REQUEST, "%s", err.text);
		return;
	}
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (text == NULL) {
		request_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
		    "the answer could not be made");
		return;
	}
	cache_key(request, key, sizeof(key));
	request_bytes(
	    request, MHD_HTTP_OK, "application/json", text, strlen(text));
	cache_adopt(request->web->cache, key, question->status.now, text);
}

static void
take_history(void *arg, const struct history *history)
{
	struct waiting *waiting = arg;
	struct request *request = waiting_end(waiting);
	struct panel_question question;

	if (request == NULL)
		return;
	if (history == NULL) {
		request_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "too many questions wait for the disk, try again");
		return;
	}
	question_init(&question, request);
	question.history = history;
	answer(request, find(request->query.path), &question);
	question_fini(&question);
}

static void
ask_history(
    struct request *request, const struct web_panel *panel, struct names *names)
{
	const struct web_query *query = &request->query;
	struct waiting *waiting = waiting_begin(request);
	struct history_question question = {
		.series = request->web->sources.series,
		.stats = request->web->sources.stats,
		.host = slice_of(query->host),
		.from = query->from,
		.to = query->to,
		.to_now = query->to_now,
		.points = panel->points ? panel->points : query->points,
		.earlier = panel->compares ? panel_earlier(query) : 0,
		.take = take_history,
		.arg = waiting,
	};

	if (history_ask(&question, names))
		return;
	(void)waiting_end(waiting);
	request_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
	    "too many questions wait for the disk, try again");
}

void
panel_handle(struct request *request)
{
	const struct web_panel *panel = find(request->query.path);
	struct panel_question question;
	struct names names = { 0 };
	char key[REQUEST_URI + 2];
	const char *text;

	cache_key(request, key, sizeof(key));
	text = cache_find(request->web->cache, key, request->status.now);
	if (text != NULL) {
		request_bytes(request, MHD_HTTP_OK, "application/json", text,
		    strlen(text));
		return;
	}
	question_init(&question, request);
	if (panel->needs != NULL)
		panel->needs(&question, &names);
	if (names.count > 0)
		ask_history(request, panel, &names);
	else
		answer(request, panel, &question);
	names_fini(&names);
	question_fini(&question);
}
