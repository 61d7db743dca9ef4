/*
 * changes.c - block, unblock, send a test mail, as a person asks
 *
 * server.c has seen the token and the origin.  What is blocked is an address,
 * a prefix or a sender; which of them may be is the agent's to say.
 */
#include <stdlib.h>
#include <string.h>

#include "web/body.h"
#include "web/json.h"
#include "web/panel.h"
#include "web/server.h"
#include "web/waiting.h"

#define BLOCKS "/api/v1/blocks/"
#define SECOND 1000000 /* microseconds */

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

/* Of the block that holds it now; 0: none does. */
static int64_t
until_of(const struct request *request, const struct target *target)
{
	const struct blocks *blocks = request->web->sources.blocks;
	const struct prefix *what = &target->what;
	int64_t now = request->status.now * SECOND;
	const struct block *block =
	    blocks_look_up(blocks, what, slice_of(target->sender), now);

	if (block == NULL && target->sender[0] == '\0' && what->bits > 24)
		block = blocks_find(blocks, &what->addr, now);
	return block == NULL ? 0 : block->until / SECOND;
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
	int64_t before = until_of(request, target);
	enum block_outcome outcome =
	    sources->changes->block(sources->arg, &wish, &made);
	unsigned code = code_of(outcome);

	cache_clear(request->web->cache);
	if (code >= 400)
		request_error(request, code, "%s: %s", body->address,
		    block_outcome_words(outcome));
	else
		request_json(request, code,
		    json_pack("{s:s,s:o,s:o,s:b,s:b}", "outcome",
			block_outcome_words(outcome), "block",
			made == NULL ? json_null() : panel_block(made),
			"before",
			before == 0 ? json_null() : json_integer(before),
			"kept",
			outcome == BLOCK_ALREADY ||
			    (outcome == BLOCK_EXTENDED &&
				body->reason[0] == '\0'),
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
block_show(struct request *request)
{
	const struct web_sources *sources = &request->web->sources;
	const char *text = request->query.path + strlen(BLOCKS);
	int64_t now = request->status.now;
	const struct block *block;
	struct target target;
	struct err err;

	if (target_parse(&target, slice_of(text), &err) == -1) {
		request_error(request, MHD_HTTP_BAD_REQUEST, "%s", err.text);
		return;
	}
	block = blocks_look_up(sources->blocks, &target.what,
	    slice_of(target.sender), now * SECOND);
	if (block == NULL)
		request_error(
		    request, MHD_HTTP_NOT_FOUND, "%s: is not blocked", text);
	else
		request_json(
		    request, MHD_HTTP_OK, panel_block_why(sources, block, now));
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
