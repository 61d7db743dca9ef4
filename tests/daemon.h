/*
 * daemon.h - "mailweir run" as a test starts, asks, stops and kills it
 *
 * The binary is $MAILWEIR, or the one built beside the test.  Each daemon has a
 * directory of its own: logs/, data/, conf, and its messages in err.
 */
#ifndef TESTS_DAEMON_H
#define TESTS_DAEMON_H

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <curl/curl.h>
#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

#include "tests/logs.h"

#define PATIENCE_MS 30000 /* until what must come has not */

struct daemon {
	struct logs logs;
	struct name data, conf, err;
	pid_t pid; /* 0: not running */
	int out;
	char said[512]; /* on standard output, so far */
	char address[64];
	rlim_t file_bytes;         /* RLIMIT_FSIZE; 0: none */
	const struct passwd *user; /* who starts it; NULL: who we are */
};

struct answer {
	long code;
	char *body;
	size_t n;
};

static inline int64_t
mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static inline void
nap_ms(long ms)
{
	(void)poll(NULL, 0, (int)ms);
}

static inline const char *
program(void)
{
	static char path[PATH_MAX + 32];
	char self[PATH_MAX];
	ssize_t n;

	if (getenv("MAILWEIR") != NULL)
		return getenv("MAILWEIR");
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	MUST(n > 0);
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/../../mailweir", dirname(self));
	return path;
}

/*
 * A configuration that reads mail.log, and whatever `more' says.  The mail
 * system of the host that tests run on is not asked, and gets no mail.
 */
static inline void
daemon_configure(struct daemon *d, const char *user, const char *more)
{
	FILE *conf = fopen(d->conf.path, "we");

	MUST(conf != NULL);
	fprintf(conf,
	    "data = \"%s\"\nuser = \"%s\"\n"
	    "source \"log\" { path = \"%s\" zone = \"UTC\" }\n"
	    "web { listen = \"127.0.0.1:0\" }%s%s\n%s",
	    d->data.path, user, d->logs.path,
	    strstr(more, "mail_system") == NULL
		? " mail_system \"sendmail\" { directory = \"/nowhere\" }"
		: "",
	    strstr(more, "mail {") == NULL ? " mail { to = {} }" : "", more);
	MUST(fclose(conf) == 0);
}

static inline void
daemon_init(struct daemon *d)
{
	memset(d, 0, sizeof(*d));
	logs_make(&d->logs);
	d->data = in(&d->logs, "data");
	d->conf = in(&d->logs, "conf");
	d->err = in(&d->logs, "err");
	d->out = -1;
	daemon_configure(d, "root", "");
}

static inline void
daemon_exec(struct daemon *d, int out)
{
	int err = open(d->err.path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct rlimit limit = { d->file_bytes, d->file_bytes };

	if (d->user != NULL)
		MUST(setgroups(0, NULL) == 0 && setgid(d->user->pw_gid) == 0 &&
		     setuid(d->user->pw_uid) == 0);
	/* A test that fails must not leave it behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (d->file_bytes != 0) {
		limit.rlim_max = RLIM_INFINITY;
		(void)setrlimit(RLIMIT_FSIZE, &limit);
	}
	execl(program(), "mailweir", "run", "-c", d->conf.path, (char *)NULL);
	_exit(127);
}

/* It is not yet ready. */
static inline void
daemon_start(struct daemon *d)
{
	int pipes[2];

	MUST(pipe2(pipes, O_CLOEXEC) == 0);
	d->said[0] = d->address[0] = '\0';
	d->pid = fork();
	MUST(d->pid != -1);
	if (d->pid == 0)
		daemon_exec(d, pipes[1]);
	close(pipes[1]);
	d->out = pipes[0];
}

/* Read what it says; true once it has said where the dashboard is. */
static inline bool
daemon_is_ready(struct daemon *d, int wait_ms)
{
	struct pollfd fd = { d->out, POLLIN, 0 };
	size_t n = strlen(d->said);
	ssize_t got;

	if (d->address[0] != '\0')
		return true;
	if (poll(&fd, 1, wait_ms) != 1)
		return false;
	got = read(d->out, d->said + n, sizeof(d->said) - 1 - n);
	MUST(got != -1);
	d->said[n + (size_t)got] = '\0';
	return strchr(d->said, '\n') != NULL &&
	       sscanf(d->said, "dashboard: %63s", d->address) == 1;
}

/* What it said on standard error; to be freed. */
static inline char *
daemon_errors(struct daemon *d)
{
	struct stat st;
	size_t n;
	char *text = read_whole(d->err.path, &n, &st);

	text[n] = '\0';
	return text;
}

static inline void
daemon_await(struct daemon *d)
{
	int64_t until = mono_ms() + PATIENCE_MS;

	while (!daemon_is_ready(d, 100) && mono_ms() < until)
		if (waitpid(d->pid, NULL, WNOHANG) == d->pid)
			break;
	if (d->address[0] == '\0')
		fail_msg("did not start: %s", daemon_errors(d));
}

/* The wait status of the end. */
static inline int
daemon_end(struct daemon *d, int signal)
{
	int status;

	MUST(signal == 0 || kill(d->pid, signal) == 0);
	MUST(waitpid(d->pid, &status, 0) == d->pid);
	close(d->out);
	d->out = -1;
	d->pid = 0;
	return status;
}

static inline void
daemon_stop(struct daemon *d)
{
	int status = daemon_end(d, SIGTERM);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg(
		    "ended with %x: %s", (unsigned)status, daemon_errors(d));
}

static inline void
daemon_fini(struct daemon *d)
{
	if (d->pid > 0)
		(void)daemon_end(d, SIGKILL);
	logs_remove(&d->logs);
}

static inline size_t
take_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct answer *answer = arg;

	(void)size;
	answer->body = realloc(answer->body, answer->n + n + 1);
	memcpy(answer->body + answer->n, bytes, n);
	answer->n += n;
	answer->body[answer->n] = '\0';
	return n;
}

/* Ask it, with the token of its data directory; the body is to be freed. */
static inline struct answer
daemon_ask(struct daemon *d, const char *path)
{
	struct answer answer = { 0, strdup(""), 0 };
	struct curl_slist *headers;
	char url[256], bearer[160] = "Authorization: Bearer ", *token;
	struct name file = in(&d->logs, "data/web.token");
	CURL *curl = curl_easy_init();
	struct stat st;
	size_t n;

	token = read_whole(file.path, &n, &st);
	strncat(bearer, token, n < 100 ? strcspn(token, "\n") : 0);
	free(token);
	headers = curl_slist_append(NULL, bearer);
	snprintf(url, sizeof(url), "%s%s", d->address, path);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)PATIENCE_MS);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.code);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	return answer;
}

/* A metric of /metrics, over all hosts. */
static inline uint64_t
daemon_metric(struct daemon *d, const char *name)
{
	struct answer answer = daemon_ask(d, "/metrics");
	const char *p = answer.body;
	size_t n = strlen(name);
	uint64_t sum = 0;

	while (p != NULL) {
		if (strncmp(p, name, n) == 0 && (p[n] == '{' || p[n] == ' '))
			sum += strtoull(p + n + strcspn(p + n, " "), NULL, 10);
		p = strchr(p, '\n');
		p = p != NULL ? p + 1 : NULL;
	}
	free(answer.body);
	return sum;
}

static inline uint64_t
daemon_lines(struct daemon *d)
{
	return daemon_metric(d, "mailweir_agent_lines_total");
}

/* Until what was there at the start is read and can be seen. */
static inline void
daemon_await_figures(struct daemon *d)
{
	int64_t until = mono_ms() + PATIENCE_MS;
	struct answer answer = { 0, NULL, 0 };

	do {
		free(answer.body);
		answer = daemon_ask(d, "/api/v1/overview");
		if (strstr(answer.body, "\"catching_up\":-1") != NULL)
			break;
		nap_ms(20);
	} while (mono_ms() < until);
	if (strstr(answer.body, "\"catching_up\":-1") == NULL)
		fail_msg("the past is not read: %s", daemon_errors(d));
	free(answer.body);
}

static inline void
daemon_await_lines(struct daemon *d, uint64_t lines)
{
	int64_t until = mono_ms() + PATIENCE_MS;
	uint64_t n;

	while ((n = daemon_lines(d)) < lines && mono_ms() < until)
		nap_ms(20);
	if (n != lines)
		fail_msg("%llu of %llu lines were read: %s",
		    (unsigned long long)n, (unsigned long long)lines,
		    daemon_errors(d));
}

/* Until it has said so on its standard error. */
static inline void
daemon_await_error(struct daemon *d, const char *text)
{
	int64_t until = mono_ms() + PATIENCE_MS;
	char *errors = daemon_errors(d);

	while (strstr(errors, text) == NULL && mono_ms() < until) {
		free(errors);
		nap_ms(10);
		errors = daemon_errors(d);
	}
	if (strstr(errors, text) == NULL)
		fail_msg("no \"%s\" in: %s", text, errors);
	free(errors);
}

#endif
