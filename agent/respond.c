/* respond.c - what follows from a verdict */
#include "agent/respond.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/when.h"

/* "refused to relay: 3 times in 10 min" */
static void
say_why(const struct incident *incident, char *text, size_t size)
{
	char within[SPAN_TEXT];

	span_print(incident->within, within);
	snprintf(text, size, "%s: %" PRIu64 " times in %s", incident->what,
	    incident->count, within);
}

static enum incident_action
action_of(const struct respond *respond, enum block_outcome outcome)
{
	switch (outcome) {
	case BLOCK_DONE:
	case BLOCK_EXTENDED:
	case BLOCK_ALREADY:
		return respond->finished ||
			       blocks_mode(respond->blocks) == BLOCK_ENFORCE
			   ? ACTION_BLOCK
			   : ACTION_OBSERVED;
	case BLOCK_SPARED:
		return ACTION_SPARED;
	default:
		return ACTION_ALERT;
	}
}

/* Always the address of the connection, whatever the client said it was. */
static struct block_wish
wish_of(const struct incident *incident, int64_t when, uint32_t seconds)
{
	return (struct block_wish){
		.what = { incident->client,
		    incident->client.family == 4 ? 32 : 128 },
		.rule = slice_of(incident->rule),
		.when = when,
		.seconds = seconds,
	};
}

static bool
would_block(void *arg, const struct incident *incident, int64_t when)
{
	const struct respond *respond = arg;
	struct block_wish wish = wish_of(incident, when, 0);

	return blocks_would(respond->blocks, &wish);
}

static enum incident_action
block(
    void *arg, const struct incident *incident, int64_t when, uint32_t *seconds)
{
	struct respond *respond = arg;
	char why[BLOCK_REASON];
	struct block_wish wish = wish_of(incident, when, *seconds);
	const struct block *made;
	enum block_outcome outcome;

	say_why(incident, why, sizeof(why));
	wish.reason = slice_of(why);
	outcome = blocks_add(respond->blocks, &wish,
	    respond->now != 0 ? respond->now : when, &made);
	if (made != NULL) {
		*seconds = made->seconds;
		if (respond->blocked != NULL)
			respond->blocked(respond->arg, incident, when, made);
	}
	return action_of(respond, outcome);
}

static void
notice(void *arg, const struct incident *incident, enum notice what)
{
	struct respond *respond = arg;

	if (respond->noticed != NULL)
		respond->noticed(respond->arg, incident, what);
}

void
respond_open(struct respond *respond, const struct alert_config *alerts,
    const struct block_config *blocks)
{
	struct alert_sinks sinks = { block, would_block, notice, respond };

	respond->blocks = blocks_new(blocks);
	respond->alerts = alerts_new(alerts, &sinks);
}

void
respond_close(struct respond *respond)
{
	alerts_free(respond->alerts);
	blocks_free(respond->blocks);
	memset(respond, 0, sizeof(*respond));
}

void
respond_judge(struct respond *respond, const struct mail_event *event)
{
	blocks_learn(respond->blocks, event);
	alerts_judge(respond->alerts, event);
}

void
respond_tick(struct respond *respond, int64_t now, bool live)
{
	respond->now = now;
	alerts_live(respond->alerts, live);
	alerts_tick(respond->alerts, now);
	blocks_tick(respond->blocks, now);
}
