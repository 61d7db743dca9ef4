/* learn.c - what is ours: asked of the mail system, told to the collectors */
#include "agent/learn.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/agent_impl.h"
#include "agent/blocking.h"
#include "agent/neighbours.h"
#include "base/log.h"
#include "base/mem.h"

#define PATIENCE_SECS 5.0 /* at start, until lines are read without it */
#define ANSWER_BYTES  (256u << 20)

/* In the helper. */
static int
gather(void *arg, int in, int out, int stop, struct err *err)
{
	const struct config *config = arg;
	struct ours ours = { 0 };
	FILE *file = fdopen(dup(out), "w");
	int rc = 0;

	(void)in;
	if (file == NULL)
		return err_sys(err, "networks and domains");
	ours_gather(&ours, config->systems, config->system_count, stop);
	ours_write(&ours, file);
	if (fclose(file) == EOF)
		rc = err_sys(err, "networks and domains");
	ours_free(&ours);
	return rc;
}

int
learn_open(struct agent *agent, const struct privileges *who, struct err *err)
{
	agent->jobs[JOB_OURS] = (struct program_job){ "networks and domains",
		gather, (void *)(uintptr_t)agent->config };
	agent->jobs[JOB_NEIGHBOURS] =
	    (struct program_job){ "hosts beside us", neighbours_work, NULL };
	agent->programs = programs_start(agent->jobs, AGENT_JOBS, who->uid,
	    who->gid, UINT64_C(1) << CAP_DAC_READ_SEARCH, err);
	return agent->programs == NULL ? -1 : 0;
}

void
learn_close(struct agent *agent)
{
	programs_stop(agent->programs);
	agent->programs = NULL;
	neighbours_close(agent);
}

static void
copy_networks(struct collect_config *merged, const struct ours *found)
{
	size_t n = found->network_count;

	merged->networks = mem_zero(n, sizeof(*merged->networks));
	for (size_t i = 0; i < n; i++)
		merged->networks[i] = found->networks[i].prefix;
	merged->network_count = n;
	merged->incomplete |= ours_has_gap(found, false);
}

static void
copy_domains(struct collect_config *merged, const struct ours *found)
{
	size_t n = found->domain_count;

	merged->domains = mem_zero(n, sizeof(*merged->domains));
	merged->relay_domains = mem_zero(n, sizeof(*merged->relay_domains));
	for (size_t i = 0; i < n; i++)
		if (found->domains[i].relayed)
			merged->relay_domains[merged->relay_domain_count++] =
			    found->domains[i].name;
		else
			merged->domains[merged->domain_count++] =
			    found->domains[i].name;
	merged->incomplete |= ours_has_gap(found, true);
}

struct collect_config
learn_merge(const struct collect_config *set, const struct ours *found)
{
	struct collect_config merged = *set;

	if (set->network_count == 0)
		copy_networks(&merged, found);
	if (set->domain_count == 0)
		copy_domains(&merged, found);
	if (set->login_relay == LOGIN_RELAY_AUTO && found->by_login != NULL)
		merged.login_relay = LOGIN_RELAY_ALWAYS;
	return merged;
}

void
learn_merged_free(
    struct collect_config *merged, const struct collect_config *set)
{
	if (merged->networks != set->networks)
		free(merged->networks);
	if (merged->domains != set->domains)
		free(merged->domains);
	if (merged->relay_domains != set->relay_domains)
		free(merged->relay_domains);
}

static const struct collect_config *
configured(const struct agent *agent)
{
	return agent->reloaded.data != NULL ? &agent->reloaded.collect
					    : &agent->config->collect;
}

static bool
all_is_set(const struct collect_config *set)
{
	return set->network_count != 0 && set->domain_count != 0;
}

/* Once each time, and in words: relay.unsure has to be understood. */
static void
say(const struct collect_config *set, const struct collect_config *merged,
    const struct ours *found)
{
	log_info("known to be ours: %zu networks, %zu domains",
	    merged->network_count,
	    merged->domain_count + merged->relay_domain_count);
	if (set->login_relay == LOGIN_RELAY_AUTO && found->by_login != NULL)
		log_info("a login by POP or IMAP lets its address relay: %s",
		    found->by_login);
	for (size_t i = 0; i < found->gap_count; i++) {
		const struct our_gap *gap = &found->gaps[i];
		bool is_set = gap->of_domains ? set->domain_count != 0
					      : set->network_count != 0;

		if (!is_set)
			log_warn("%s are incomplete: %s; strangers' mail for "
				 "elsewhere is relay.unsure",
			    gap->of_domains ? "domains" : "networks",
			    gap->text);
	}
}

static void
tell(struct agent *agent, const struct ours *found)
{
	const struct collect_config *set = configured(agent);
	struct collect_config merged = learn_merge(set, found);

	collectors_reconfigure(agent->collectors, &merged);
	agent->by_login = found->by_login != NULL;
	blocking_learnt(agent, merged.networks, merged.network_count);
	neighbours_ask(agent, found);
	say(set, &merged, found);
	learn_merged_free(&merged, set);
}

static int
read_answer(int fd, struct ours *found, struct err *err)
{
	struct stat st;
	ssize_t got = 0;
	size_t n, have = 0;
	char *text;
	bool good;

	if (fstat(fd, &st) == -1 || st.st_size > (off_t)ANSWER_BYTES)
		return err_set(err, "the answer is too large");
	n = (size_t)st.st_size;
	text = mem_zero(1, n + 1);
	while (have < n && (got = read(fd, text + have, n - have)) > 0)
		have += (size_t)got;
	good = ours_parse(found, (struct slice){ text, have });
	free(text);
	return good ? 0 : err_set(err, "the answer is not understood");
}

/* Lines may be read now, with what is known. */
static void
go_on(struct agent *agent)
{
	if (!agent->learning)
		return;
	agent->learning = false;
	ev_timer_stop(agent->loop, &agent->learn_timer);
	agent_stir(agent);
}

static void
learned(void *arg, int output, const struct err *failed)
{
	struct agent *agent = arg;
	struct ours found = { 0 };
	struct err err;

	if (output == -1)
		log_warn("networks and domains: %s", failed->text);
	else if (read_answer(output, &found, &err) == -1)
		log_warn("networks and domains: %s", err.text);
	else
		tell(agent, &found);
	ours_free(&found);
	go_on(agent);
}

static void
on_programs(struct ev_loop *loop, ev_io *io, int events)
{
	struct agent *agent = io->data;

	(void)events;
	programs_ready(agent->programs);
	if (programs_fd(agent->programs) == -1)
		ev_io_stop(loop, io);
}

static void
on_patience(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct agent *agent = timer->data;

	(void)loop;
	(void)events;
	log_warn("networks and domains: no answer in %.0f s; until it comes, "
		 "%s",
	    PATIENCE_SECS,
	    all_is_set(configured(agent))
		? "a login lets nobody relay"
		: "strangers' mail for elsewhere is relay.unsure");
	go_on(agent);
}

void
learn_start(struct agent *agent)
{
	struct collect_config without;

	ev_io_init(&agent->programs_io, on_programs,
	    programs_fd(agent->programs), EV_READ);
	ev_timer_init(&agent->learn_timer, on_patience, PATIENCE_SECS, 0);
	agent->programs_io.data = agent->learn_timer.data = agent;
	ev_io_start(agent->loop, &agent->programs_io);
	blocking_learnt(agent, configured(agent)->networks,
	    configured(agent)->network_count);
	if (all_is_set(configured(agent)) &&
	    configured(agent)->login_relay != LOGIN_RELAY_AUTO) {
		learn_again(agent);
		return;
	}
	/* What is set alone is not all there is. */
	without = *configured(agent);
	without.incomplete = !all_is_set(configured(agent));
	collectors_reconfigure(agent->collectors, &without);
	agent->learning = true;
	ev_timer_start(agent->loop, &agent->learn_timer);
	learn_again(agent);
}

/* Also where all is set: hosts beside us are in no list of ours. */
void
learn_again(struct agent *agent)
{
	const struct collect_config *set = configured(agent);
	struct collect_config until = *set;
	struct err err;

	if (set->login_relay == LOGIN_RELAY_AUTO && agent->by_login)
		until.login_relay = LOGIN_RELAY_ALWAYS;
	if (all_is_set(set)) {
		collectors_reconfigure(agent->collectors, &until);
		blocking_learnt(agent, set->networks, set->network_count);
	}
	if (programs_ask(agent->programs, JOB_OURS, -1, learned, agent, &err) ==
	    -1) {
		log_warn("%s", err.text);
		go_on(agent);
	}
}

bool
learn_pending(const struct agent *agent)
{
	return agent->learning;
}
