/* changes.c - what a person with the token has done: block, unblock */
#include "agent/changes.h"

#include "agent/agent_impl.h"
#include "agent/mailing.h"
#include "base/log.h"

static int64_t
now_us(const struct agent *agent)
{
	return now_ms(agent) * 1000;
}

/* In the log it stays, who did what: by hand is by nobody else. */
static void
note(const char *what, const struct prefix *prefix, struct slice sender,
    const char *more)
{
	char text[PREFIX_TEXT] = "";

	if (sender.n == 0)
		prefix_print(prefix, text);
	log_info("%s%.*s: %s by hand%s%s", text, (int)sender.n, sender.p, what,
	    more[0] != '\0' ? ": " : "", more);
}

static enum block_outcome
block(void *arg, const struct block_wish *asked, const struct block **made)
{
	struct agent *agent = arg;
	struct block_wish wish = *asked;
	enum block_outcome outcome;
	char reason[2 * BLOCK_REASON];

	wish.when = now_us(agent);
	outcome = blocks_add(agent->respond.blocks, &wish, wish.when, made);
	if (outcome == BLOCK_DONE || outcome == BLOCK_EXTENDED) {
		slice_escape(wish.reason, reason, sizeof(reason));
		note("blocked", &(*made)->what, wish.sender, reason);
	}
	return outcome;
}

static bool
unblock(void *arg, const struct prefix *what, struct slice sender)
{
	struct agent *agent = arg;
	struct blocks *blocks = agent->respond.blocks;
	bool done = sender.n != 0
			? blocks_remove_sender(blocks, sender, now_us(agent))
			: blocks_remove(blocks, what, now_us(agent));

	if (done)
		note("unblocked", what, sender, "");
	return done;
}

static size_t
unblock_all(void *arg)
{
	struct agent *agent = arg;
	size_t n = blocks_remove_all(agent->respond.blocks, now_us(agent));

	log_info("%zu unblocked by hand, all at once", n);
	return n;
}

static enum never_outcome
never(void *arg, struct prefix *what, struct slice reason)
{
	struct agent *agent = arg;
	enum never_outcome outcome = blocks_never_add(
	    agent->respond.blocks, what, reason, now_us(agent));
	char words[2 * BLOCK_REASON];

	if (outcome == NEVER_DONE) {
		slice_escape(reason, words, sizeof(words));
		note("never to be blocked", what, SLICE(""), words);
	}
	return outcome;
}

static bool
not_never(void *arg, const struct prefix *what)
{
	struct agent *agent = arg;
	bool done = blocks_never_remove(agent->respond.blocks, what);

	if (done)
		note("no longer never to be blocked", what, SLICE(""), "");
	return done;
}

static void
admin(void *arg, const struct addr *from)
{
	struct agent *agent = arg;

	blocks_admin(agent->respond.blocks, from, now_us(agent));
}

const struct web_changes agent_changes = {
	.block = block,
	.unblock = unblock,
	.unblock_all = unblock_all,
	.never = never,
	.not_never = not_never,
	.admin = admin,
	.test_mail = mailing_test,
};
