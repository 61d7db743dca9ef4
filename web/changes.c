/*
 * changes.c - block, unblock, send a test mail, as a person asks
 *
 * server.c has seen the token and the origin.  What is blocked is an address,
 * a prefix or a sender; which of them may be is the agent's to say.
 */
#include <stdlib.h>
#include <string.h>

#include "web/json.h"
#include "web/panel.h"
#include "web/server.h"
#include "web/waiting.h"

#define USUAL_SECONDS 3600
#define MOST_SECONDS  (366 * 86400)
#define BLOCKS        "/api/v1/blocks/"

struct target {
	struct prefix what; /* none: the sender */
	char sender[BLOCK_SENDER + 1];
};

static int
target_parse(struct target *target, struct slice text, struct err *err)
{
	target->sender[0] = '\0';
	if (prefix_parse(text, &target->what))
		return 0;
	memset(&target->what, 0, sizeof(target->what));
	return block_sender(text, target->sender, err);
}

/* What may stand in the body: {"address": "...", "for": "1h", ...}. */
struct body {
	json_t *json; /* borrowed from by the others */
	const char *address, *reason;
	int64_t seconds;
};

static int
take_field(struct body *body, const char *key, json_t *value, struct err *err)
{
	const char *text = json_string_value(value);

	if (strcmp(key, "address") == 0 && text != NULL)
		body->address = text;
	else if (strcmp(key, "reason") == 0 && text != NULL)
		body->reason = text;
	else if (strcmp(key, "for") == 0 && json_is_integer(value))
		body->seconds = json_integer_value(value);
	else if (strcmp(key, "for") != 0 || text == NULL ||
		 !query_range(slice_of(text), &body->seconds))
		return err_set(err,
		    "address, reason and for, as \"1h\" or \"7d\", are "
		    "expected");
	return 0;
}

static int
body_parse(struct body *body, struct request *request, struct err *err)
{
	json_error_t wrong;
	const char *key;
	json_t *value;

	*body = (struct body){ .reason = "", .seconds = USUAL_SECONDS };
	body->json = json_loadb(
	    request->body, request->body_bytes, JSON_REJECT_DUPLICATES, &wrong);
	if (!json_is_object(body->json))
		return err_set(err, "the body is no JSON object: %s",
		    body->json == NULL ? wrong.text : "something else");
	json_object_foreach (body->json, key, value)
		if (take_field(body, key, value, err) == -1)
			return -1;
	if (body->address == NULL)
		return err_set(err, "address: who is to be blocked?");
	if (body->seconds < 1 || body->seconds > MOST_SECONDS)
		return err_set(err, "for: 1 second to a year is expected");
	return 0;
}

static unsigned
code_of(enum block_outcome outcome)
{
	switch (outcome) {
	case BLOCK_DONE:
		return MHD_HTTP_CREATED;
	case BLOCK_EXTENDED:
	case BLOCK_ALREADY:
		return MHD_HTTP_OK;
	case BLOCK_UNFIT:
		return MHD_HTTP_BAD_REQUEST;
	case BLOCK_FULL:
	case BLOCK_TOO_FAST:
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	default:
		return MHD_HTTP_CONFLICT;
	}
}

static void
block(struct request *request, const struct body *body,
    const struct target *target)
{
	const struct web_sources *sources = &request->web->sources;
	const struct block *made = NULL;
	struct block_wish wish = {
		.what = target->what,
		.sender = slice_of(target->sender),
		.reason = slice_of(body->reason),
		.seconds = (uint32_t)body->seconds,
	};
	enum block_outcome outcome =
	    sources->changes->block(sources->arg, &wish, &made);
	unsigned code = code_of(outcome);

	cache_clear(request->web->cache);
	if (code >= 400)
		request_error(request, code, "%s: %s", body->address,
		    block_outcome_words(outcome));
	else
		request_json(request, code,
		    json_pack("{s:s,s:o,s:b}", "outcome",
			block_outcome_words(outcome), "block",
			made == NULL ? json_null() : panel_block(made),
			"observed",
			blocks_mode(sources->blocks) == BLOCK_OBSERVE));
}

void
block_take(struct request *request)
{
	const struct web_sources *sources = &request->web->sources;
	const char *no_senders;
	struct target target;
	struct body body;
	struct err err;

	if (body_parse(&body, request, &err) == -1 ||
	    target_parse(&target, slice_of(body.address), &err) == -1) {
		request_error(request, MHD_HTTP_BAD_REQUEST, "%s", err.text);
	} else if (target.sender[0] != '\0' &&
		   (no_senders = block_no_senders(sources->block_config)) !=
		       NULL) {
		request_error(request, MHD_HTTP_BAD_REQUEST, "%s: %s",
		    target.sender, no_senders);
	} else {
		block(request, &body, &target);
	}
	json_decref(body.json);
}

void
block_remove(struct request *request)
{
	const struct web_sources *sources = &request->web->sources;
	const char *text = request->query.path + strlen(BLOCKS);
	struct target target;
	struct err err;

	if (target_parse(&target, slice_of(text), &err) == -1) {
		request_error(request, MHD_HTTP_BAD_REQUEST, "%s", err.text);
	} else if (sources->changes->unblock(
		       sources->arg, &target.what, slice_of(target.sender))) {
		cache_clear(request->web->cache);
		request_json(
		    request, MHD_HTTP_OK, json_pack("{s:i}", "removed", 1));
	} else {
		request_error(
		    request, MHD_HTTP_NOT_FOUND, "%s: is not blocked", text);
	}
}

void
block_remove_all(struct request *request)
{
	const struct web_sources *sources = &request->web->sources;
	size_t n = sources->changes->unblock_all(sources->arg);

	cache_clear(request->web->cache);
	request_json(
	    request, MHD_HTTP_OK, json_pack("{s:o}", "removed", json_whole(n)));
}

/* The request waits for it, and may be gone by then. */
static void
tested(void *arg, bool sent, const char *words)
{
	struct request *request = waiting_end(arg);

	if (request == NULL)
		return;
	if (sent)
		request_json(request, MHD_HTTP_OK,
		    json_pack(
			"{s:b,s:o}", "sent", true, "words", json_words(words)));
	else
		request_error(request, MHD_HTTP_BAD_GATEWAY, "%s", words);
}

void
mail_test(struct request *request)
{
	const struct web_sources *sources = &request->web->sources;
	struct err err = { "no mail is sent from here" };
	struct waiting *waiting;

	if (sources->changes->test_mail != NULL) {
		waiting = waiting_begin(request);
		if (sources->changes->test_mail(
			sources->arg, tested, waiting, &err) == 0)
			return;
		(void)waiting_end(waiting);
	}
	request_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "%s", err.text);
}
