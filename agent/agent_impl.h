/*
 * agent_impl.h - what the agent is made of; for agent.c, learn.c and loop.c
 */
#ifndef AGENT_AGENT_IMPL_H
#define AGENT_AGENT_IMPL_H

#include <ev.h>

#include "agent/agent.h"
#include "agent/notify.h"
#include "agent/pipeline.h"
#include "agent/programs.h"
#include "agent/progress.h"
#include "agent/storage.h"
#include "agent/troubles.h"
#include "agent/turns.h"

#define SOURCES    64
#define STATISTICS 4 /* files that the page shows; more are only counted */

enum agent_job { /* of the helper programs */
	JOB_OURS,
	JOB_SENDMAIL,
	JOB_NEIGHBOURS,
	AGENT_JOBS /* keep last: how many there are */
};

struct blocking {
	ev_io io;
	const char *right; /* that was missing at the start, or NULL */
	struct err failed; /* its helper could not be started; empty: it was */
	struct blocking_said {
		char words[512];
		int64_t at; /* ms */
	} trouble, cap;
	uint64_t over_cap;
	int64_t over_at;  /* ms; 0: never */
	char *names;      /* of the hosts beside us, as they were asked for */
	int64_t asked_at; /* seconds */
};

struct agent {
	const struct config *config;
	const char *path;
	struct config reloaded; /* what SIGHUP brought; empty before */
	struct pipeline pipeline;
	struct respond respond;
	struct blocking blocking;
	struct mailing *mailing;
	struct collectors *collectors;
	struct storage storage;
	struct web *web;
	struct ev_loop *loop;
	ev_io web_io, worker_io, commits_io, source_ios[SOURCES];
	size_t source_count;
	ev_timer web_timer, source_timer, tick;
	ev_idle reading;
	ev_signal on_term, on_int, on_hup;
	struct web_source sources[SOURCES];
	struct statistics_status statistics[STATISTICS];
	struct progress progress;
	struct notify notify;
	struct turns turns;
	struct trouble disk;
	char trouble[512];      /* all of ours that there are; empty: none */
	char trouble_open[512]; /* the same, naming nobody */
	int64_t started;
	struct program_job jobs[AGENT_JOBS];
	struct programs *programs;
	ev_io programs_io;
	ev_timer learn_timer;
	bool learning; /* lines wait for what is ours */
	bool by_login; /* the mail system lets who logged in relay */
	bool held;     /* reading waits for the history */
	bool shown;    /* what was there at the start is in the series */
	uint64_t history_dropped; /* events, counted so far */
};

static inline int64_t
now_ms(const struct agent *agent)
{
	return (int64_t)(ev_now(agent->loop) * 1000);
}

/* Sources may have something to read. */
void agent_stir(struct agent *);
/* How far the agent is behind its logs, seconds. */
int64_t agent_lag(const struct agent *);

#endif
