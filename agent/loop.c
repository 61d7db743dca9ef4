/*
 * loop.c - the loop that drives every part
 *
 * Parts offer a descriptor, what to call when it stirs and when to call in
 * any case; here they meet libev.  A backlog is read from an idle watcher, a
 * bounded part a turn, so that the pages answer meanwhile.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent_impl.h"
#include "agent/blocking.h"
#include "agent/config_same.h"
#include "agent/learn.h"
#include "agent/mailing.h"
#include "agent/troubles.h"
#include "base/log.h"

#define TURN_BYTES (1u << 20) /* of log a turn of the loop */

/* After every web_run() the timer is armed anew. */
static void
arm_web(struct agent *agent)
{
	int64_t due = web_due(agent->web);

	ev_timer_stop(agent->loop, &agent->web_timer);
	if (due < 0)
		return;
	ev_timer_set(&agent->web_timer, (double)due / 1000, 0);
	ev_timer_start(agent->loop, &agent->web_timer);
}

static void
on_web(struct ev_loop *loop, ev_io *io, int events)
{
	struct agent *agent = io->data;

	(void)loop;
	(void)events;
	web_run(agent->web);
	arm_web(agent);
}

static void
on_web_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct agent *agent = timer->data;

	(void)loop;
	(void)events;
	web_run(agent->web);
	arm_web(agent);
}

/* A backlog can wait for its history to be written, the present cannot. */
static bool
waits_for_history(const struct agent *agent)
{
	const struct messages *messages = agent->storage.messages;

	return messages != NULL && messages_is_behind(messages) &&
	       messages_trouble(messages) == NULL &&
	       collectors_progress(agent->collectors) >= 0;
}

static void
on_worker(struct ev_loop *loop, ev_io *io, int events)
{
	struct agent *agent = io->data;

	(void)loop;
	(void)events;
	storage_ready(&agent->storage);
	if (agent->held && !waits_for_history(agent)) {
		agent->held = false;
		ev_idle_start(agent->loop, &agent->reading);
	}
	/* Answers that waited for the disk can go out. */
	web_run(agent->web);
	arm_web(agent);
}

/* A source's descriptor may have changed, and when it wants to be called. */
static void
arm_sources(struct agent *agent)
{
	int64_t due = collectors_due(agent->collectors), wait;
	int fd;

	for (size_t i = 0; i < agent->source_count; i++) {
		ev_io *io = &agent->source_ios[i];

		fd = collectors_fd(agent->collectors, i);
		if (ev_is_active(io) && io->fd == fd)
			continue;
		ev_io_stop(agent->loop, io);
		if (fd == -1)
			continue;
		ev_io_set(io, fd, EV_READ);
		ev_io_start(agent->loop, io);
	}
	ev_timer_stop(agent->loop, &agent->source_timer);
	if (due == -1)
		return;
	wait = due - now_ms(agent);
	ev_timer_set(
	    &agent->source_timer, wait > 0 ? (double)wait / 1000 : 0, 0);
	ev_timer_start(agent->loop, &agent->source_timer);
}

void
agent_stir(struct agent *agent)
{
	if (learn_pending(agent))
		return;
	collectors_ready(agent->collectors, now_ms(agent));
	ev_idle_start(agent->loop, &agent->reading);
	arm_sources(agent);
}

static void
on_source(struct ev_loop *loop, ev_io *io, int events)
{
	struct agent *agent = io->data;

	(void)loop;
	(void)events;
	if (collectors_captured(
		agent->collectors, (size_t)(io - agent->source_ios)))
		arm_sources(agent); /* it may be over */
	else
		agent_stir(agent);
}

static void
on_source_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	agent_stir(timer->data);
}

static void
let_time_pass(struct agent *agent)
{
	bool live = collectors_live(agent->collectors);

	respond_tick(&agent->respond, now_ms(agent) * 1000, live);
	agent->pipeline.web = live ? agent->web : NULL;
}

static void
on_reading(struct ev_loop *loop, ev_idle *idle, int events)
{
	struct agent *agent = idle->data;
	int percent = collectors_progress(agent->collectors);

	(void)events;
	if (waits_for_history(agent)) {
		agent->held = true;
		ev_idle_stop(loop, idle);
		return;
	}
	if (percent >= 0)
		progress_show(&agent->progress, "reading the logs",
		    (uint64_t)percent, 100);
	if (collectors_read(agent->collectors, TURN_BYTES, now_ms(agent)) != 0)
		return;
	progress_clear(&agent->progress);
	let_time_pass(agent); /* from here on it may be the present */
	ev_idle_stop(loop, idle);
	arm_sources(agent);
}

static void
set_gauges(struct agent *agent)
{
	struct stats *stats = agent->pipeline.stats;
	int64_t lag = agent_lag(agent);

	for (size_t i = 0; i < stats_host_count(stats); i++) {
		struct slice host = slice_of(stats_host(stats, i)->name);

		stats_gauge(
		    stats, host, METRIC_AGENT_LAG_SECONDS, (uint64_t)lag);
		alerts_gauge(agent->respond.alerts, host, now_ms(agent) / 1000,
		    METRIC_AGENT_LAG_SECONDS, (uint64_t)lag);
	}
}

static void
tell_manager(struct agent *agent)
{
	const char *trouble = storage_trouble(&agent->storage);
	size_t n = collectors_source_count(agent->collectors), fine = 0;
	int percent = collectors_progress(agent->collectors);
	char status[256];

	for (size_t i = 0; i < n; i++)
		fine += collectors_source(agent->collectors, i).trouble == NULL;
	if (trouble != NULL)
		snprintf(status, sizeof(status), "%s", trouble);
	else if (percent >= 0)
		snprintf(
		    status, sizeof(status), "reading the logs: %d %%", percent);
	else
		snprintf(status, sizeof(status), "following %zu of %zu sources",
		    fine, n);
	notify_tick(&agent->notify, storage_moves(&agent->storage), status);
}

static void
keep_history(struct agent *agent, int64_t now)
{
	struct messages *messages = agent->storage.messages;
	const struct stats *stats = agent->pipeline.stats;
	uint64_t dropped;

	if (messages == NULL)
		return;
	messages_tick(messages, now);
	dropped = messages_dropped(messages) - agent->history_dropped;
	if (dropped == 0 || stats_host_count(stats) == 0)
		return;
	agent->history_dropped += dropped;
	pipeline_count(&agent->pipeline, slice_of(stats_host(stats, 0)->name),
	    now, METRIC_AGENT_HISTORY_DROPPED, dropped);
}

static void
on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct agent *agent = timer->data;
	int64_t now = now_ms(agent);

	(void)loop;
	(void)events;
	stats_clock(agent->pipeline.stats, now / 1000);
	digest_clock(agent->pipeline.digest, now / 1000);
	set_gauges(agent);
	let_time_pass(agent);
	blocking_tick(agent);
	troubles_tick(agent);
	collectors_tick(agent->collectors, now);
	arm_sources(agent); /* the clock may have stepped */
	web_tick(agent->web);
	web_run(agent->web);
	arm_web(agent);
	mailing_tick(agent);
	keep_history(agent, now / 1000);
	storage_commit(&agent->storage);
	tell_manager(agent);
}

static void
on_signal(struct ev_loop *loop, ev_signal *signal, int events)
{
	(void)signal;
	(void)events;
	notify_stopping();
	ev_break(loop, EVBREAK_ALL);
}

/* A wrong file changes nothing; what cannot be changed says so. */
static void
reload(struct agent *agent)
{
	const struct config *old = agent->config;
	struct config fresh;
	struct err err;

	if (config_load(&fresh, agent->path, &err) == -1) {
		log_error("reload: %s; nothing changed", err.text);
		return;
	}
	config_find_sources(&fresh);
	if (!config_same_sources(&old->collect, &fresh.collect))
		log_warn("reload: source: needs restart");
	if (strcmp(old->data, fresh.data) != 0)
		log_warn("reload: data: needs restart");
	if (old->privacy != fresh.privacy)
		log_warn("reload: privacy: needs restart");
	if (strcmp(old->web.listen, fresh.web.listen) != 0)
		log_warn("reload: web listen: needs restart");
	if (!config_same_attachments(&old->collect, &fresh.collect))
		log_warn("reload: attachments: needs restart");
	if (!config_same_systems(old, &fresh))
		log_warn("reload: mail_system: needs restart");
	config_free(&agent->reloaded);
	agent->reloaded = fresh;
	if (agent->storage.messages != NULL)
		messages_reconfigure(agent->storage.messages, &fresh.messages);
	if (old->messages.enabled != fresh.messages.enabled)
		log_warn("reload: history enabled: needs restart");
	alerts_reconfigure(agent->respond.alerts, &fresh.alerts);
	blocking_reload(agent);
	learn_again(agent);
	mailing_reload(agent);
	log_info("reloaded");
}

static void
on_reload(struct ev_loop *loop, ev_signal *signal, int events)
{
	(void)loop;
	(void)events;
	notify_reloading();
	reload(signal->data);
	notify_ready();
}

static void
watch_signals(struct agent *agent)
{
	ev_signal_init(&agent->on_term, on_signal, SIGTERM);
	ev_signal_init(&agent->on_int, on_signal, SIGINT);
	ev_signal_init(&agent->on_hup, on_reload, SIGHUP);
	agent->on_hup.data = agent;
	ev_signal_start(agent->loop, &agent->on_term);
	ev_signal_start(agent->loop, &agent->on_int);
	ev_signal_start(agent->loop, &agent->on_hup);
	signal(SIGPIPE, SIG_IGN);
}

/* Around its waits; what these look at is the loop's own. */
static void
on_wait(struct ev_loop *loop)
{
	turns_end(ev_userdata(loop));
}

static void
on_awake(struct ev_loop *loop)
{
	turns_begin(ev_userdata(loop));
}

static void
watch_parts(struct agent *agent)
{
	ev_io_init(&agent->web_io, on_web, web_fd(agent->web), EV_READ);
	ev_io_init(&agent->worker_io, on_worker,
	    worker_fd(agent->storage.worker), EV_READ);
	ev_io_init(&agent->commits_io, on_worker,
	    worker_fd(agent->storage.commits), EV_READ);
	ev_timer_init(&agent->web_timer, on_web_timer, 0, 0);
	ev_timer_init(&agent->source_timer, on_source_timer, 0, 0);
	ev_timer_init(&agent->tick, on_tick, 1, 1);
	ev_idle_init(&agent->reading, on_reading);
	agent->web_io.data = agent->worker_io.data = agent;
	agent->commits_io.data = agent;
	agent->web_timer.data = agent->source_timer.data = agent;
	agent->tick.data = agent->reading.data = agent;
	agent->source_count = collectors_fds(agent->collectors);
	for (size_t i = 0; i < agent->source_count; i++) {
		ev_io_init(&agent->source_ios[i], on_source, -1, EV_READ);
		/* A capture may never run dry: the idle watcher, which reads
		   the logs, has its turn all the same. */
		ev_set_priority(&agent->source_ios[i], EV_MINPRI);
		agent->source_ios[i].data = agent;
	}
	ev_io_start(agent->loop, &agent->web_io);
	ev_io_start(agent->loop, &agent->worker_io);
	ev_io_start(agent->loop, &agent->commits_io);
	ev_timer_start(agent->loop, &agent->tick);
	ev_set_userdata(agent->loop, &agent->turns);
	ev_set_loop_release_cb(agent->loop, on_wait, on_awake);
}

static void
say_where(const struct agent *agent)
{
	char link[512];
	struct err err;

	printf("dashboard: %s\n", web_address(agent->web));
	if (agent->config->note != NULL)
		printf("%s\n", agent->config->note);
	/* A journal is no place for a key: only where a person reads it. */
	if ((agent->config->note != NULL || isatty(STDOUT_FILENO)) &&
	    web_sign_in_link(agent->config->data, now_ms(agent) / 1000, link,
		sizeof(link), &err) == 0)
		printf("sign in, once: %s\n", link);
	fflush(stdout);
}

int
agent_run(struct agent *agent, struct err *err)
{
	(void)err;
	watch_signals(agent);
	watch_parts(agent);
	stats_clock(agent->pipeline.stats, now_ms(agent) / 1000);
	digest_clock(agent->pipeline.digest, now_ms(agent) / 1000);
	let_time_pass(agent);
	say_where(agent);
	blocking_start(agent);
	learn_start(agent);
	mailing_start(agent);
	agent_stir(agent);
	notify_open(&agent->notify);
	notify_ready();
	ev_run(agent->loop, 0);
	return 0;
}
