/*
 * agent.c - the running daemon: every part, opened and closed in order
 */
#include "agent/agent.h"

#include <sys/stat.h>

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent_impl.h"
#include "agent/blocking.h"
#include "agent/changes.h"
#include "agent/filter.h"
#include "agent/learn.h"
#include "agent/local.h"
#include "agent/mailing.h"
#include "agent/privacy.h"
#include "agent/sandbox.h"
#include "agent/troubles.h"
#include "base/helper.h"
#include "base/mem.h"

static void
count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	struct agent *agent = arg;

	pipeline_count(&agent->pipeline, host, when, metric, n);
}

static void
complain(void *arg, const struct complaint *complaint)
{
	struct agent *agent = arg;

	pipeline_complain(&agent->pipeline, complaint);
}

static void
gauge(void *arg, struct slice host, int64_t when, enum metric metric,
    uint64_t value)
{
	struct agent *agent = arg;

	if (value == GAUGE_UNKNOWN) {
		stats_forget(agent->pipeline.stats, host, metric);
		return;
	}
	pipeline_gauge(&agent->pipeline, host, when, metric, value);
	if (when != 0)
		series_gauge(agent->storage.series, host, metric_name(metric),
		    when, (double)value);
}

static uint64_t
mailer(
    void *arg, struct slice host, struct slice name, enum mailer_metric metric)
{
	struct agent *agent = arg;

	return stats_mailer_total(agent->pipeline.stats, host, name, metric);
}

static int64_t
lag_of(const struct agent *agent, const struct source_status *source)
{
	int64_t lag = now_ms(agent) / 1000 - source->last;

	/* At its end there is nothing to be behind of. */
	if (strcmp(source->state, "catching up") != 0 || source->last == 0)
		return 0;
	return lag > 0 ? lag : 0;
}

int64_t
agent_lag(const struct agent *agent)
{
	size_t n = collectors_source_count(agent->collectors);
	int64_t most = 0, one;

	for (size_t i = 0; i < n; i++) {
		struct source_status source =
		    collectors_source(agent->collectors, i);

		one = lag_of(agent, &source);
		most = one > most ? one : most;
	}
	return most;
}

static void
complete(void *arg, struct slice host, int64_t upto)
{
	struct agent *agent = arg;

	stats_close_steps(agent->pipeline.stats, host, upto);
	series_known(agent->storage.series, host, upto);
	series_gauge(agent->storage.series, host, "agent.known", upto, 1);
	series_gauge(agent->storage.series, host, "agent.lag_seconds", upto,
	    (double)agent_lag(agent));
	blocking_step(agent, host, upto);
	stats_gauge(agent->pipeline.stats, host, METRIC_AGENT_KNOWN, 1);
}

static void
take_step(void *arg, struct stats_step *step)
{
	struct agent *agent = arg;

	series_submit(agent->storage.series, step);
}

/* The backlog is read back when its figures can be seen. */
static int
progress(struct agent *agent)
{
	struct series *series = agent->storage.series;
	int percent = collectors_progress(agent->collectors);

	if (percent >= 0)
		return percent;
	agent->shown |=
	    series_written(series) || series_trouble(series) != NULL;
	return agent->shown ? -1 : 99;
}

static void
status(void *arg, struct web_status *status)
{
	struct agent *agent = arg;
	size_t n = collectors_source_count(agent->collectors);

	memset(status, 0, sizeof(*status));
	for (size_t i = 0; i < n && i < SOURCES; i++) {
		struct source_status source =
		    collectors_source(agent->collectors, i);

		agent->sources[i] =
		    (struct web_source){ source.title, source.path,
			    source.state, source.lines, lag_of(agent, &source),
			    source.trouble, source.polled, source.format };
		status->source_count = i + 1;
		if (status->statistics_count < STATISTICS &&
		    collectors_statistics(agent->collectors, i,
			&agent->statistics[status->statistics_count]))
			status->statistics_count++;
	}
	status->now = now_ms(agent) / 1000;
	status->started = agent->started;
	status->note = agent->config->note;
	status->trouble = troubles_words(agent, false);
	status->trouble_open = troubles_words(agent, true);
	status->config_path = agent->path ? agent->path : CONFIG_PATH;
	status->block_right = agent->blocking.right;
	status->catching_up = progress(agent);
	status->sources = agent->sources;
	status->statistics = agent->statistics;
	status->mails = mailout_counts(mailing_mailout(agent));
	turns_longest(
	    &agent->turns, &status->turn_seconds, &status->turn_cpu_seconds);
	status->zone_seconds = (int32_t)local_offset(NULL, status->now);
}

static size_t
shapes(void *arg, struct line_shape *rows, size_t most, uint64_t *others)
{
	const struct agent *agent = arg;

	return collectors_shapes(agent->collectors, rows, most, others);
}

static size_t
programs(void *arg, struct program_share *rows, size_t most,
    struct program_share *others)
{
	const struct agent *agent = arg;

	return collectors_programs(agent->collectors, rows, most, others);
}

/* The data directory is the agent's own. */
static int
make_data(const char *data, const struct privileges *who, struct err *err)
{
	if (mkdir(data, 0750) == -1 && errno != EEXIST)
		return err_sys(err, "%s", data);
	if (who->drop && chown(data, who->uid, who->gid) == -1)
		return err_sys(err, "%s: owner", data);
	return 0;
}

/* The journal is opened anew as it rotates: that takes its group. */
static void
keep_group(struct privileges *who, const struct collect_config *collect)
{
	for (size_t i = 0; i < collect->source_count; i++)
		if (collect->sources[i].type == SOURCE_TYPE_JOURNAL) {
			privileges_add_group(who, JOURNAL_GROUP);
			return;
		}
}

/* What it opens later: its configuration, certificates, the journals anew. */
static int
enter_sandbox(
    const struct agent *agent, const struct privileges *who, struct err *err)
{
	const struct collect_config *collect = &agent->config->collect;
	const char *read[2 + JOURNAL_PLACES * SOURCES];
	struct fence fence = { agent->config->data, read, 0 };
	char *path = mem_text(agent->path ? agent->path : CONFIG_PATH);
	int rc;

	/* The directory, for editors write another file and rename it. */
	read[fence.read_count++] = dirname(path);
	if (agent->config->mail.ca != NULL)
		read[fence.read_count++] = agent->config->mail.ca;
	for (size_t i = 0; i < collect->source_count; i++)
		if (collect->sources[i].type == SOURCE_TYPE_JOURNAL)
			fence.read_count += collectors_journal_places(
			    &collect->sources[i], read + fence.read_count);
	rc = sandbox_enter(who, &fence, err);
	free(path);
	return rc;
}

static int
open_parts(struct agent *agent, struct err *err)
{
	const struct config *config = agent->config;
	struct collect_sinks sinks = { .events = { pipeline_take,
					   &agent->pipeline },
		.count = count,
		.complete = complete,
		.arg = agent,
		.complain = complain,
		.gauge = gauge,
		.mailer = mailer };
	struct web_sources sources = { .stats = agent->pipeline.stats,
		.tally = agent->pipeline.tally,
		.status = status,
		.shapes = shapes,
		.programs = programs,
		.arg = agent,
		.alerts = agent->respond.alerts,
		.blocks = agent->respond.blocks,
		.block_config = &config->blocks,
		.changes = &agent_changes };
	struct privileges who;

	if (privileges_find(&who, config->user, err) == -1 ||
	    make_data(config->data, &who, err) == -1)
		return -1;
	privileges_say();
	helper_confine(filter_helper);
	keep_group(&who, &config->collect);
	mailing_prepare(agent);
	agent->collectors = collectors_open(
	    &config->collect, true, who.uid, who.gid, &sinks, err);
	if (agent->collectors == NULL || learn_open(agent, &who, err) == -1)
		return -1;
	blocking_open(agent, &who);
	/* When the helpers are gone their own ways: they need no key. */
	if (privacy_open(
		config, config->data, true, &agent->pipeline.names, err) == -1)
		return -1;
	collectors_pseudonyms(agent->collectors, agent->pipeline.names);
	agent->web = web_open(&config->web, config->data, &sources, err);
	if (agent->web == NULL)
		return -1;
	if (enter_sandbox(agent, &who, err) == -1 ||
	    mailing_open(agent, err) == -1 ||
	    storage_open(&agent->storage, config->data, agent->pipeline.stats,
		agent->pipeline.tally, agent->pipeline.digest,
		agent->collectors, &agent->respond, mailing_mailout(agent),
		err) == -1)
		return -1;
	storage_keep_history(
	    &agent->storage, config->data, &config->messages, false);
	agent->pipeline.messages = agent->storage.messages;
	sources.series = agent->storage.series;
	sources.messages = agent->storage.messages;
	sources.names = agent->pipeline.names;
	web_use(agent->web, &sources);
	stats_on_step(agent->pipeline.stats, take_step, agent);
	return 0;
}

struct agent *
agent_open(const struct config *config, const char *path, struct err *err)
{
	struct agent *agent = mem_zero(1, sizeof(*agent));
	struct err ignored;

	agent->config = config;
	agent->path = path;
	agent->pipeline.stats = stats_new();
	agent->pipeline.tally = tally_new();
	tally_widen(agent->pipeline.tally);
	agent->pipeline.digest =
	    digest_new(&(struct digest_config){ .offset = local_offset });
	respond_open(&agent->respond, &config->alerts, &config->blocks);
	agent->pipeline.respond = &agent->respond;
	agent->loop = ev_loop_new(EVFLAG_AUTO);
	agent->started = now_ms(agent) / 1000;
	if (config->collect.source_count > SOURCES)
		err_set(err, "source: %zu of them; expected at most %d",
		    config->collect.source_count, SOURCES);
	else if (open_parts(agent, err) == 0)
		return agent;
	(void)agent_close(agent, &ignored);
	return NULL;
}

int
agent_close(struct agent *agent, struct err *err)
{
	int rc;

	if (agent == NULL)
		return 0;
	progress_clear(&agent->progress);
	agent->pipeline.web = NULL;
	web_close(agent->web);
	learn_close(agent);
	rc = storage_close(&agent->storage, err);
	mailing_close(agent);
	collectors_close(agent->collectors);
	respond_close(&agent->respond);
	stats_free(agent->pipeline.stats);
	tally_free(agent->pipeline.tally);
	digest_free(agent->pipeline.digest);
	pseudonyms_free(agent->pipeline.names);
	if (agent->loop != NULL)
		ev_loop_destroy(agent->loop);
	config_free(&agent->reloaded);
	free(agent);
	return rc;
}
