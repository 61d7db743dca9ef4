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
#include "web/panel.h"
#include "web/server.h"

#define BLOCK 1024 /* bytes the library asks for at a time */

struct stream {
	struct stream *next, *previous;
	struct live *live;
	struct MHD_Connection *connection;
	bool suspended, ended;
	char host[STATS_NAME]; /* empty: all */
	uint64_t seen;         /* the tick of the last message */
	size_t used, sent;     /* bytes of the message; those that went */
	char message[LIVE_MESSAGE];
};

struct live {
	struct web *web;
	struct stream *streams;
	size_t count;
	uint64_t tick;
};

struct live *
live_new(struct web *web)
{
	struct live *live = mem_zero(1, sizeof(*live));

	live->web = web;
	live->tick = 1;
	return live;
}

void
live_free(struct live *live)
{
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

/* {"now": ..., "totals": {...}} of the stream's host, as it is now. */
static void
compose(struct stream *stream)
{
	const struct web_sources *sources = &stream->live->web->sources;
	struct stats_host *host = stats_of(sources->stats, stream->host);
	struct web_status status = { 0 };
	json_t *json;
	char *text;
	int n;

	sources->status(sources->arg, &status);
	json = json_pack("{s:I,s:i,s:o}", "now", (json_int_t)status.now,
	    "catching_up", status.catching_up, "totals", panel_totals(host));
	text = json_dumps(json, JSON_COMPACT);
	n = snprintf(stream->message, LIVE_MESSAGE,
	    "%sevent: counts\ndata: %s\n\n",
	    stream->seen == 0 ? "retry: 2000\n\n" : "", text ? text : "{}");
	stream->used = n < LIVE_MESSAGE ? (size_t)n : 0;
	stream->sent = 0;
	stream->seen = stream->live->tick;
	free(text);
	json_decref(json);
	free(host);
}

static ssize_t
stream_read(void *arg, uint64_t position, char *buffer, size_t size)
{
	struct stream *stream = arg;
	size_t n;

	(void)position;
	if (stream->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (stream->sent == stream->used && stream->seen != stream->live->tick)
		compose(stream);
	if (stream->sent == stream->used) {
		stream->suspended = true;
		MHD_suspend_connection(stream->connection);
		return 0;
	}
	n = stream->used - stream->sent;
	if (n > size)
		n = size;
	memcpy(buffer, stream->message + stream->sent, n);
	stream->sent += n;
	return (ssize_t)n;
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
	free(stream);
}

static struct stream *
stream_new(struct live *live, const struct request *request)
{
	struct stream *stream = mem_zero(1, sizeof(*stream));

	stream->live = live;
	stream->connection = request->connection;
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
	request_answer(request, MHD_HTTP_OK, response);
}
