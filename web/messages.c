/*
 * messages.c - find a message
 *
 * /api/v1/messages?filter=TEXT: what the history has of it, read by the
 * worker.  Without from=, to= or range= all that is kept is searched.
 */
#include <stdio.h>
#include <string.h>

#include "base/messages_json.h"
#include "web/server.h"
#include "web/waiting.h"

#define FOREVER (INT64_C(1) << 40)

static void
take_found(void *arg, const struct messages_found *found)
{
	struct request *request = waiting_end(arg);

	if (request == NULL)
		return;
	if (found->failed)
		request_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s",
		    found->err.text);
	else
		request_json(request, MHD_HTTP_OK, messages_json(found));
}

static int
read_question(const struct web_query *query, struct messages_question *question,
    struct err *err)
{
	*question =
	    (struct messages_question){ .from = query->ranged ? query->from : 0,
		    .to = query->ranged && !query->to_now ? query->to : FOREVER,
		    .limit = query->limit };
	snprintf(question->text, sizeof(question->text), "%s", query->filter);
	snprintf(question->host, sizeof(question->host), "%s", query->host);
	if (query->limit > MESSAGES_LIMIT)
		return err_set(err, "limit: a number from 1 to %d is expected",
		    MESSAGES_LIMIT);
	return messages_check(question, err);
}

void
messages_handle(struct request *request)
{
	struct messages *messages = request->web->sources.messages;
	struct messages_question question;
	struct waiting *waiting;
	struct err err;

	if (read_question(&request->query, &question, &err) == -1) {
		request_error(request, MHD_HTTP_BAD_REQUEST, "%s", err.text);
		return;
	}
	if (messages == NULL) {
		request_error(
		    request, MHD_HTTP_NOT_FOUND, "no message history is kept");
		return;
	}
	waiting = waiting_begin(request);
	if (messages_find(messages, &question, take_found, waiting))
		return;
	(void)waiting_end(waiting);
	request_error(request, MHD_HTTP_SERVICE_UNAVAILABLE,
	    "too many questions wait for the disk, try again");
}
