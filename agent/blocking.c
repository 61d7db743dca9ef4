/* blocking.c - the list of blocks meets the loop, and what is said of it */
#include "agent/blocking.h"

#include <cap-ng.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent_impl.h"
#include "agent/config_blocks.h"
#include "agent/neighbours.h"
#include "base/log.h"

#define CAP_MSECS  600000 /* so long is told that a cap was reached */
#define SAID_MSECS 60000  /* an incident hears so often that it goes on */

const char *
blocking_right(const struct block_config *config)
{
	return strcmp(config->backend, "nftables") != 0 ||
		       capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN) ==
			   1
		   ? NULL
		   : "needs the right CAP_NET_ADMIN, as root has it";
}

bool
blocking_check(const struct block_config *config)
{
	bool enforce = config->mode == BLOCK_ENFORCE;
	const char *right = enforce ? blocking_right(config) : NULL;

	printf("blocks: %s, %s%s%s\n",
	    enforce ? "enforced" : "observed, nobody is blocked",
	    config->backend, right != NULL ? "; " : "",
	    right != NULL ? right : "");
	return right == NULL;
}

static void
on_helper(struct ev_loop *loop, ev_io *io, int events)
{
	struct agent *agent = io->data;
	struct blocks *blocks = agent->respond.blocks;

	(void)events;
	blocks_ready(blocks, now_ms(agent) * 1000);
	if (blocks_fd(blocks) == -1)
		ev_io_stop(loop, io);
}

void
blocking_open(struct agent *agent, const struct privileges *who)
{
	const struct config *config = agent->config;
	struct err err;

	agent->blocking.failed.text[0] = '\0';
	agent->blocking.right = blocking_right(&config->blocks);
	if (blocks_enforce(agent->respond.blocks, config->collect.networks,
		config->collect.network_count, who->drop ? who->uid : 0,
		who->drop ? who->gid : 0, &err) == -1)
		agent->blocking.failed = err;
}

void
blocking_start(struct agent *agent)
{
	int fd = blocks_fd(agent->respond.blocks);

	if (fd == -1)
		return;
	ev_io_init(&agent->blocking.io, on_helper, fd, EV_READ);
	agent->blocking.io.data = agent;
	ev_io_start(agent->loop, &agent->blocking.io);
}

void
blocking_reload(struct agent *agent)
{
	if (!config_same_blocks(
		&agent->config->blocks, &agent->reloaded.blocks))
		log_warn("reload: blocks: backend and maps need restart");
	blocks_reconfigure(agent->respond.blocks, &agent->reloaded.blocks);
}

void
blocking_learnt(struct agent *agent, const struct prefix *networks, size_t n)
{
	blocks_exempt(agent->respond.blocks, EXEMPT_NETWORKS, networks, n);
}

/* Wishes that were not met because there were too many. */
static const char *
cap_trouble(struct agent *agent, uint64_t over_cap)
{
	struct blocking *blocking = &agent->blocking;
	int64_t now = now_ms(agent);

	if (over_cap != blocking->over_cap) {
		blocking->over_cap = over_cap;
		blocking->over_at = now;
	}
	return blocking->over_at == 0 || now - blocking->over_at > CAP_MSECS
		   ? NULL
		   : "more clients offend than may be blocked: there are "
		     "max_blocks, or were max_new within a minute";
}

/* A trouble goes on; its incident need not hear so each second. */
static void
say(struct agent *agent, struct blocking_said *said, const char *what,
    const char *words)
{
	int64_t now = now_ms(agent);
	bool same = strcmp(said->words, words == NULL ? "" : words) == 0;

	/* At first also that there is none: a former run may have had one. */
	if (same && said->at != 0 &&
	    (words == NULL || now - said->at < SAID_MSECS))
		return;
	snprintf(
	    said->words, sizeof(said->words), "%s", words == NULL ? "" : words);
	said->at = now;
	if (words != NULL && !same)
		log_warn("%s: %s", what, words);
	alerts_trouble(agent->respond.alerts, what, words, now * 1000);
}

const char *
blocking_trouble(const struct agent *agent)
{
	const char *trouble = blocks_trouble(agent->respond.blocks);

	if (trouble != NULL || agent->blocking.failed.text[0] == '\0' ||
	    blocks_mode(agent->respond.blocks) == BLOCK_OBSERVE)
		return trouble;
	return agent->blocking.failed.text;
}

void
blocking_tick(struct agent *agent)
{
	struct block_counts counts = blocks_counts(agent->respond.blocks);
	struct stats *stats = agent->pipeline.stats;
	const char *trouble;

	for (size_t i = 0; i < stats_host_count(stats); i++) {
		struct slice host = slice_of(stats_host(stats, i)->name);

		stats_gauge(
		    stats, host, METRIC_AGENT_BLOCKS_EXPECTED, counts.expected);
		stats_gauge(
		    stats, host, METRIC_AGENT_BLOCKS_ENFORCED, counts.enforced);
	}
	neighbours_tick(agent);
	trouble = blocking_trouble(agent);
	/* A repair is no state of health, but somebody has to hear of it. */
	if (trouble == NULL)
		trouble = blocks_repair(agent->respond.blocks);
	say(agent, &agent->blocking.trouble, "firewall", trouble);
	say(agent, &agent->blocking.cap, "blocks",
	    cap_trouble(agent, counts.over_cap));
}

void
blocking_step(struct agent *agent, struct slice host, int64_t upto)
{
	struct block_counts counts = blocks_counts(agent->respond.blocks);
	struct series *series = agent->storage.series;

	series_gauge(series, host, "agent.blocks_expected", upto,
	    (double)counts.expected);
	series_gauge(series, host, "agent.blocks_enforced", upto,
	    (double)counts.enforced);
}
