/*
 * live.c - counts, every second, to every page that listens
 *
 * Server-sent events (WHATWG HTML, 9.2).  The library asks for bytes; when
 * there are none the connection is suspended until the next tick.  A page
 * that left is noticed when the next message cannot be sent, one that stands
 * still by the time limit of its connection.
 */
#include "web/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "web/events.h"
#include "web/json.h"
#include "web/panel.h"
#include "web/server.h"

#define BLOCK 1024 /* bytes the library asks for at a time */
#define NEWS  2    /* alerts, blocks */

/* The events of a second, made once for all streams. */
struct told {
	size_t streams; /* that have it, and live itself; 0: to be freed */
	size_t n;
	char text[];
};

struct stream {
	struct stream *next, *previous;
	struct live *live;
	struct MHD_Connection *connection;
	bool suspended, ended, signed_in;
	char host[STATS_NAME];    /* empty: all */
	uint64_t known[NEWS];     /* hashes of the news that it has */
	uint64_t seen;            /* the tick of the last message */
	size_t used, sent;        /* bytes of the message; those that went */
	struct told *told_events; /* goes behind the message; NULL: none */
	size_t told_sent;
	char message[LIVE_MESSAGE];
};

/* What there is to tell of alerts or blocks, made once a tick. */
struct news {
	const char *event;
	char *text;    /* JSON */
	uint64_t hash; /* of the text; 0: none was made */
};

struct live {
	struct web *web;
	struct stream *streams;
	size_t count;
	uint64_t tick, news_tick;
	struct news news[NEWS];
	uint64_t before, upto; /* numbers: the second's events are between */
	struct told *events;   /* NULL: not made */
};

struct live *
live_new(struct web *web)
{
	struct live *live = mem_zero(1, sizeof(*live));

	live->web = web;
	live->tick = 1;
	return live;
}

static void
let_go(struct told *told)
{
	if (told != NULL && --told->streams == 0)
		free(told);
}

void
live_free(struct live *live)
{
	if (live == NULL)
		return;
	let_go(live->events);
	for (size_t i = 0; i < NEWS; i++)
		free(live->news[i].text);
	free(live);
}

size_t
live_count(const struct live *live)
{
	return live->count;
}

static void
resume(struct stream *stream)
{
	if (!stream->suspended)
		return;
	stream->suspended = false;
	MHD_resume_connection(stream->connection);
}

void
live_tick(struct live *live)
{
	live->tick++;
	live->before = live->upto;
	live->upto = events_number(live->web->events);
	let_go(live->events);
	live->events = NULL;
	for (struct stream *s = live->streams; s != NULL; s = s->next)
		resume(s);
}

void
live_end(struct live *live)
{
	if (live == NULL)
		return;
	for (struct stream *s = live->streams; s != NULL; s = s->next) {
		s->ended = true;
		resume(s);
	}
}

/* "event: NAME", with data, where there is room for it. */
static void
add_event(struct stream *stream, const char *name, const char *data)
{
	size_t room = LIVE_MESSAGE - stream->used;
	int n = snprintf(stream->message + stream->used, room,
	    "event: %s\ndata: %s\n\n", name, data);

	if (n > 0 && (size_t)n < room)
		stream->used += (size_t)n;
}

/* Adopts json. */
static void
set_news(struct news *news, const char *event, json_t *json)
{
	free(news->text);
	news->event = event;
	news->text = json_dumps(json, JSON_COMPACT);
	news->hash = news->text == NULL ? 0 : slice_hash(slice_of(news->text));
	json_decref(json);
}

static void
make_news(struct live *live, int64_t now)
{
	const struct web_sources *sources = &live->web->sources;
	size_t open = 0, n = alerts_incident_count(sources->alerts);
	const struct block *block =
	    blocks_next(sources->blocks, NULL, now * 1000000);

	for (size_t i = 0; i < n; i++)
		open += alerts_incident(sources->alerts, i)->open;
	set_news(&live->news[0], "alerts",
	    json_pack("{s:I,s:o}", "open", (json_int_t)open, "newest",
		n == 0
		    ? json_null()
		    : panel_incident(alerts_incident(sources->alerts, n - 1))));
	set_news(&live->news[1], "blocks",
	    json_pack("{s:o,s:o}", "expected",
		json_whole(blocks_counts(sources->blocks).expected), "newest",
		block == NULL ? json_null() : panel_block(block)));
	live->news_tick = live->tick;
}

/* Only what is not as it was. */
static void
add_news(struct stream *stream, int64_t now)
{
	struct live *live = stream->live;

	if (live->news_tick != live->tick)
		make_news(live, now);
	for (size_t i = 0; i < NEWS; i++) {
		const struct news *news = &live->news[i];

		if (news->hash == 0 || news->hash == stream->known[i])
			continue;
		stream->known[i] = news->hash;
		add_event(stream, news->event, news->text);
	}
}

static void
make_events(struct live *live)
{
	json_t *json =
	    events_between(live->web->events, live->before, live->upto);
	char *text, *data = json_dumps(json, JSON_COMPACT);
	int size;

	json_decref(json);
	size = asprintf(
	    &text, "event: events\ndata: %s\n\n", data != NULL ? data : "{}");
	if (size == -1)
		abort();
	live->events = mem_zero(1, sizeof(*live->events) + (size_t)size);
	live->events->streams = 1;
	live->events->n = (size_t)size;
	memcpy(live->events->text, text, (size_t)size);
	free(data);
	free(text);
}

static void
add_events(struct stream *stream)
{
	struct live *live = stream->live;

	if (live->upto == live->before)
		return;
	if (live->events == NULL)
		make_events(live);
	live->events->streams++;
	stream->told_events = live->events;
}

/* {"now": ..., "totals": {...}} of the stream's host, as it is now. */
static void
compose(struct stream *stream)
{
	const struct web_sources *sources = &stream->live->web->sources;
	struct stats_host *host = stats_of(sources->stats, stream->host);
	struct web_status status = { 0 };
	json_t *json;
	char *text;

	stream->used = stream->sent = stream->told_sent = 0;
	let_go(stream->told_events);
	stream->told_events = NULL;
	if (stream->seen == 0)
		stream->used = (size_t)snprintf(
		    stream->message, LIVE_MESSAGE, "retry: 2000\n\n");
	stream->seen = stream->live->tick;
	sources->status(sources->arg, &status);
	json = json_pack("{s:I,s:i,s:o}", "now", (json_int_t)status.now,
	    "catching_up", status.catching_up, "totals", panel_totals(host));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	add_event(stream, "counts", text != NULL ? text : "{}");
	free(text);
	free(host);
	if (!stream->signed_in)
		return;
	add_news(stream, status.now);
	add_events(stream);
}

/* What is to be sent next, and where it is counted; empty: nothing. */
static struct slice
unsent(struct stream *stream, size_t **sent)
{
	struct slice rest = { stream->message, stream->used };

	*sent = &stream->sent;
	if (stream->sent == stream->used && stream->told_events != NULL) {
		rest = (struct slice){ stream->told_events->text,
			stream->told_events->n };
		*sent = &stream->told_sent;
	}
	return slice_from(rest, **sent);
}

static ssize_t
stream_read(void *arg, uint64_t position, char *buffer, size_t size)
{
	struct stream *stream = arg;
	struct slice rest;
	size_t *sent;

	(void)position;
	if (stream->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	rest = unsent(stream, &sent);
	if (rest.n == 0 && stream->seen != stream->live->tick) {
		compose(stream);
		rest = unsent(stream, &sent);
	}
	if (rest.n == 0) {
		stream->suspended = true;
		MHD_suspend_connection(stream->connection);
		return 0;
	}
	if (rest.n > size)
		rest.n = size;
	memcpy(buffer, rest.p, rest.n);
	*sent += rest.n;
	return (ssize_t)rest.n;
}

static void
stream_free(void *arg)
{
	struct stream *stream = arg;

	if (stream->next != NULL)
		stream->next->previous = stream->previous;
	if (stream->previous != NULL)
		stream->previous->next = stream->next;
	else
		stream->live->streams = stream->next;
	stream->live->count--;
	let_go(stream->told_events);
	free(stream);
}

static struct stream *
stream_new(struct live *live, const struct request *request)
{
	struct stream *stream = mem_zero(1, sizeof(*stream));

	stream->live = live;
	stream->connection = request->connection;
	stream->signed_in = request->signed_in;
	slice_copy(
	    slice_of(request->query.host), stream->host, sizeof(stream->host));
	stream->next = live->streams;
	if (stream->next != NULL)
		stream->next->previous = stream;
	live->streams = stream;
	live->count++;
	return stream;
}

void
live_handle(struct request *request)
{
	struct live *live = request->web->live;
	struct MHD_Response *response;
	struct stream *stream;

	if (live->count >= LIVE_STREAMS) {
		request_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "%d pages listen already", LIVE_STREAMS);
		return;
	}
	stream = stream_new(live, request);
	response = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, BLOCK, stream_read, stream, stream_free);
	if (response == NULL) {
		stream_free(stream);
	} else {
		response_guard(response, "text/event-stream");
		response_header(response, "Cache-Control", "no-store");
	}
	guests_keep(request->connection);
	request_answer(request, MHD_HTTP_OK, response);
}
