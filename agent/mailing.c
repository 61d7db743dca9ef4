/*
 * mailing.c - mails of the agent: what alerts/ composes meets the loop, the
 * series that it wants drawn, and the helper that runs sendmail
 */
#include "agent/mailing.h"

#include <sys/stat.h>

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent_impl.h"
#include "agent/config_same.h"
#include "agent/daily.h"
#include "agent/execute.h"
#include "agent/local.h"
#include "base/log.h"
#include "base/mem.h"

#define SENDMAIL_MS     30000
#define PICTURE_WIDTH   600
#define PICTURE_HEIGHT  220
#define SENDMAIL_WORDS  6
#define HOST_NAME_BYTES 256

/* Fixed before the helper is forked. */
struct sendmail {
	const char *argv[SENDMAIL_WORDS]; /* the first NULL: there is none */
};

struct mailing {
	struct mail_config config; /* as configured, and completed */
	char host[HOST_NAME_BYTES], from[HOST_NAME_BYTES + 16];
	struct sendmail sendmail;
	struct mailout *mailout;
	ev_io io;
	ev_timer timer;
};

/* A picture on its way. */
struct picture {
	struct mailing *mailing;
	uint64_t ticket;
	unsigned number;
};

/* In the helper: a message on `in', to whom it says. */
static int
run_sendmail(void *arg, int in, int out, int stop, struct err *err)
{
	const struct sendmail *sendmail = arg;
	const struct execution execution = { sendmail->argv, in, stop,
		EXECUTE_BYTES, SENDMAIL_MS };
	char *output;
	size_t n;

	(void)out;
	if (sendmail->argv[0] == NULL)
		return err_set(err, "sendmail: none was configured at start");
	if (execute(&execution, &output, &n, err) == -1)
		return -1;
	free(output);
	return 0;
}

void
mailing_prepare(struct agent *agent)
{
	const struct mail_config *config = &agent->config->mail;
	struct mailing *mailing = mem_zero(1, sizeof(*mailing));
	const char **argv = mailing->sendmail.argv;
	size_t n = 0;

	agent->mailing = mailing;
	agent->jobs[JOB_SENDMAIL] = (struct program_job){ "sendmail",
		run_sendmail, &mailing->sendmail };
	if (config->sendmail == NULL)
		return;
	argv[n++] = config->sendmail;
	argv[n++] = "-t"; /* its recipients are those of its header */
	argv[n++] = "-i"; /* a dot is no end */
	if (config->from != NULL) {
		argv[n++] = "-f";
		argv[n++] = config->from;
	}
}

/* In full, where the host knows it; only what a Message-ID may hold. */
static void
find_name(char host[HOST_NAME_BYTES])
{
	const struct addrinfo hints = { .ai_flags = AI_CANONNAME,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;

	if (gethostname(host, HOST_NAME_BYTES - 1) == -1 || host[0] == '\0')
		strcpy(host, "localhost");
	host[HOST_NAME_BYTES - 1] = '\0';
	if (strchr(host, '.') == NULL &&
	    getaddrinfo(host, NULL, &hints, &found) == 0 &&
	    found->ai_canonname != NULL && strchr(found->ai_canonname, '.'))
		slice_copy(
		    slice_of(found->ai_canonname), host, HOST_NAME_BYTES);
	if (found != NULL)
		freeaddrinfo(found);
	for (char *at = host; *at != '\0'; at++)
		if (!((*at >= 'a' && *at <= 'z') ||
			(*at >= 'A' && *at <= 'Z') ||
			(*at >= '0' && *at <= '9') || *at == '.' || *at == '-'))
			*at = '-';
}

/* The texts stay the configuration's. */
static void
complete(struct agent *agent, const struct mail_config *config)
{
	struct mailing *mailing = agent->mailing;

	mailing->config = *config;
	mailing->config.host = mailing->host;
	if (config->from == NULL) {
		snprintf(mailing->from, sizeof(mailing->from), "mailweir@%s",
		    mailing->host);
		mailing->config.from = mailing->from;
	}
	if (config->link == NULL)
		mailing->config.link =
		    (char *)(uintptr_t)web_address(agent->web);
}

static const struct incident *
find(void *arg, uint64_t number)
{
	struct agent *agent = arg;

	return alerts_incident_find(agent->respond.alerts, number);
}

static const struct incident *
nth(void *arg, size_t i)
{
	struct alerts *alerts = ((struct agent *)arg)->respond.alerts;

	return i < alerts_incident_count(alerts) ? alerts_incident(alerts, i)
						 : NULL;
}

static void
drawn(void *arg, const void *bytes, size_t n, const struct err *err)
{
	struct picture *picture = arg;

	if (bytes == NULL)
		log_debug("mail: %s", err->text);
	mailout_picture(picture->mailing->mailout, picture->ticket,
	    picture->number, bytes, n);
	free(picture);
}

static bool
draw(void *arg, const struct mail_wish *wish)
{
	struct agent *agent = arg;
	struct picture *picture = mem_zero(1, sizeof(*picture));

	*picture =
	    (struct picture){ agent->mailing, wish->ticket, wish->picture };
	if (series_graph(agent->storage.series, slice_of(wish->host),
		wish->series, false, wish->from, wish->to, PICTURE_WIDTH,
		PICTURE_HEIGHT, drawn, picture))
		return true;
	free(picture);
	return false;
}

/* Its timer is armed anew whenever something may have changed. */
static void
arm(struct agent *agent)
{
	struct mailing *mailing = agent->mailing;
	int64_t due = mailout_due(mailing->mailout), wait;

	ev_timer_stop(agent->loop, &mailing->timer);
	if (due == INT64_MAX)
		return;
	wait = due - now_ms(agent);
	ev_timer_set(&mailing->timer, wait > 0 ? (double)wait / 1000 : 0, 0);
	ev_timer_start(agent->loop, &mailing->timer);
}

static void
run(struct agent *agent)
{
	mailout_ready(agent->mailing->mailout, now_ms(agent));
	arm(agent);
}

static void
taken(void *arg, int output, const struct err *err)
{
	struct agent *agent = arg;

	mailout_sent(
	    agent->mailing->mailout, output == -1 ? err : NULL, now_ms(agent));
	arm(agent);
}

static int
hand_to_sendmail(void *arg, const char *bytes, size_t n, struct err *err)
{
	struct agent *agent = arg;
	int fd = programs_memory("mail", err), rc = -1;

	if (fd == -1)
		return -1;
	if (write(fd, bytes, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) != 0)
		err_sys(err, "sendmail: memory");
	else
		rc = programs_ask(
		    agent->programs, JOB_SENDMAIL, fd, taken, agent, err);
	close(fd);
	return rc;
}

static void
trouble(void *arg, const char *what, const char *words, int64_t now)
{
	struct agent *agent = arg;

	alerts_trouble(agent->respond.alerts, what, words, now * 1000);
}

static void
own(void *arg, struct slice message_id)
{
	struct agent *agent = arg;

	alerts_own_message(agent->respond.alerts, message_id);
}

int
mailing_open(struct agent *agent, struct err *err)
{
	struct mailing *mailing = agent->mailing;
	const struct mail_sinks sinks = { find, nth, draw, hand_to_sendmail,
		trouble, own, local_offset, agent };

	find_name(mailing->host);
	complete(agent, &agent->config->mail);
	agent->respond.noticed = mailing_noticed;
	agent->respond.arg = agent;
	mailing->mailout = mailout_new(&mailing->config, &sinks, err);
	return mailing->mailout == NULL ? -1 : 0;
}

void
mailing_close(struct agent *agent)
{
	if (agent->mailing == NULL)
		return;
	agent->respond.noticed = NULL;
	mailout_free(agent->mailing->mailout);
	free(agent->mailing);
	agent->mailing = NULL;
}

struct mailout *
mailing_mailout(struct agent *agent)
{
	return agent->mailing->mailout;
}

static void
on_mailing(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop;
	(void)events;
	run(io->data);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	run(timer->data);
}

void
mailing_start(struct agent *agent)
{
	struct mailing *mailing = agent->mailing;

	ev_io_init(
	    &mailing->io, on_mailing, mailout_fd(mailing->mailout), EV_READ);
	ev_timer_init(&mailing->timer, on_timer, 0, 0);
	mailing->io.data = mailing->timer.data = agent;
	ev_io_start(agent->loop, &mailing->io);
	run(agent);
}

void
mailing_reload(struct agent *agent)
{
	struct mailing *mailing = agent->mailing;

	if (!same_text(
		agent->config->mail.sendmail, agent->reloaded.mail.sendmail))
		log_warn("reload: mail sendmail: needs restart");
	complete(agent, &agent->reloaded.mail);
	mailout_reconfigure(mailing->mailout, &mailing->config);
	run(agent);
}

void
mailing_tick(struct agent *agent)
{
	struct mailout *mailout = agent->mailing->mailout;
	int64_t now = now_ms(agent), day;

	/* The day is not whole before its lines are read. */
	if (collectors_progress(agent->collectors) < 0 &&
	    mailout_wants_daily(mailout, now, &day))
		daily_send(mailout, agent->pipeline.digest, day, now);
	run(agent);
}

void
mailing_noticed(void *arg, const struct incident *incident, enum notice notice)
{
	struct agent *agent = arg;

	mailout_notice(
	    agent->mailing->mailout, incident, notice, now_ms(agent));
	arm(agent);
}

int
mailing_test(void *arg, void (*done)(void *arg, bool sent, const char *words),
    void *done_arg, struct err *err)
{
	struct agent *agent = arg;
	int rc = mailout_test(
	    agent->mailing->mailout, now_ms(agent), done, done_arg, err);

	arm(agent);
	return rc;
}
