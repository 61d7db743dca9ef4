/*
 * bench_pages.c - many pages open, and many lines that come in
 *
 * bench_pages FLAVOUR DIRECTORY: build/FLAVOUR's mailweir reads back a log of
 * 100 MB, then follows one that grows by 5,000 lines a second, while 200 pages
 * with the token listen to their streams and another asks for the overview,
 * each time a question of its own, so that no kept answer is given.
 *
 * The loop's longest turn is the agent's own word (/metrics), of the last
 * minute; so much is measured, after what came before has left that minute.
 * Where others keep the machine busy, a turn is as long as they please: then
 * its processor time is judged.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tests/bench_rig.h"

#define STREAMS  200
#define LINES    50 /* every ten milliseconds */
#define ASKS     2400
#define ASK_MS   30  /* between two questions */
#define SETTLE_S 75  /* what is read back leaves the minute */
#define BUSY_MS  1.0 /* 99 of 100 echoes are faster where nobody else works */
#define STAMP    15  /* bytes of "Nov 21 00:00:00" */

static char data[512], log_path[512], old_path[520], made_path[512];
static char config_path[512], program[512], token[80];
static unsigned port;
static struct pollfd streams[STREAMS];
static uint64_t streamed; /* bytes */

static pid_t
start_agent(void)
{
	char config[2048];

	snprintf(config, sizeof(config),
	    "data = \"%s\"\nuser = \"root\"\n"
	    "source \"log\" { path = \"%s\" zone = \"UTC\" }\n"
	    "networks = {\"127.0.0.0/8\"}\ndomains = {\"example.org\"}\n"
	    "web { listen = \"127.0.0.1:0\" }\nmail { to = {} }\n",
	    data, log_path);
	return start_daemon(program, config_path, config);
}

/* The log's lines with the present time, until it is killed. */
static void
write_lines(void)
{
	FILE *in = fopen(made_path, "re");
	int out = open(log_path, O_WRONLY | O_APPEND | O_CLOEXEC);
	static char text[LINES * 2048];
	struct timespec next;
	char *line = NULL;
	size_t size = 0;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (in == NULL || out == -1)
		_exit(1);
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		time_t now = time(NULL);
		struct tm tm;
		char stamp[32];
		size_t used = 0;
		ssize_t n;

		strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S",
		    gmtime_r(&now, &tm));
		for (int i = 0; i < LINES; i++) {
			if ((n = getline(&line, &size, in)) == -1) {
				rewind(in);
				n = getline(&line, &size, in);
			}
			if (n < STAMP || n > 2048)
				continue;
			memcpy(line, stamp, STAMP);
			memcpy(text + used, line, (size_t)n);
			used += (size_t)n;
		}
		if (write(out, text, used) != (ssize_t)used)
			_exit(1);
		next.tv_nsec += 10000000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}

/* The first line of a file of the agent's; false: it is not there yet. */
static bool
first_line(const char *name, char *line, int size)
{
	char path[560];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", data, name);
	in = fopen(path, "re");
	if (in == NULL)
		return false;
	if (fgets(line, size, in) == NULL)
		line[0] = '\0';
	fclose(in);
	line[strcspn(line, "\n")] = '\0';
	return line[0] != '\0';
}

static void
await_agent(pid_t pid)
{
	char address[80];

	for (int i = 0; i < 3000; i++) {
		if (first_line("web.address", address, sizeof(address)) &&
		    first_line("web.token", token, sizeof(token)) &&
		    sscanf(address, "http://127.0.0.1:%u", &port) == 1)
			return;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			errx(1, "the agent ended");
		pause_msecs(10);
	}
	errx(1, "the agent does not listen");
}

/* A connection that has asked. */
static int
ask(int fd, const char *path)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char text[512];
	int n;

	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd == -1 ||
		    connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
			err(1, "connect");
	}
	n = snprintf(text, sizeof(text),
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
	    "Authorization: Bearer %s\r\n\r\n",
	    path, port, token);
	if (write(fd, text, (size_t)n) != n)
		err(1, "%s", path);
	return fd;
}

/* The pages read what comes; at most so long, or until `fd' has something. */
static bool
listen_on(int fd, int msecs)
{
	static char text[16384];
	struct pollfd all[STREAMS + 1];
	ssize_t n;

	memcpy(all, streams, sizeof(streams));
	all[STREAMS] = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (poll(all, STREAMS + 1, msecs) == -1)
		err(1, "poll");
	for (int i = 0; i < STREAMS; i++) {
		if (all[i].revents == 0)
			continue;
		n = read(all[i].fd, text, sizeof(text));
		if (n <= 0)
			errx(1, "stream %d ended", i);
		streamed += (uint64_t)n;
	}
	return all[STREAMS].revents != 0;
}

static void
listen_for(double seconds)
{
	double end = seconds_of(CLOCK_MONOTONIC) + seconds, now;

	while ((now = seconds_of(CLOCK_MONOTONIC)) < end)
		(void)listen_on(-1, (int)((end - now) * 1000) + 1);
}

/* The whole answer, which is 200; static. */
static const char *
answer_of(int fd, const char *path)
{
	static char text[1 << 20];
	const char *body, *length;
	size_t used = 0;
	ssize_t n;

	for (;;) {
		while (!listen_on(fd, 10000))
			;
		n = read(fd, text + used, sizeof(text) - 1 - used);
		if (n <= 0)
			errx(1, "%s: no answer", path);
		used += (size_t)n;
		text[used] = '\0';
		body = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "\r\nContent-Length: ");
		if (body != NULL && length != NULL &&
		    used >= (size_t)(body + 4 - text) +
				strtoul(length + 18, NULL, 10))
			break;
	}
	if (strncmp(text, "HTTP/1.1 200 ", 13) != 0)
		errx(1, "%s: %.40s", path, text);
	return body + 4;
}

static double
metric(const char *name)
{
	int fd = ask(-1, "/metrics");
	const char *at = answer_of(fd, "/metrics");
	char line[120];

	close(fd);
	snprintf(line, sizeof(line), "\n%s", name);
	at = strstr(at, line);
	if (at == NULL)
		return 0;
	at += strlen(line);
	return strtod(strchr(at, ' '), NULL);
}

/* What there was is read, and the pages are open. */
static void
prepare(void)
{
	const char *const head = "mailweir_agent_lines_total";
	double lines = -1, now;

	for (int i = 0; i < STREAMS; i++)
		streams[i].fd = -1;
	while ((now = metric(head)) != lines || now == 0) {
		lines = now;
		pause_msecs(500);
	}
	printf("pages: %.0f lines read back\n", lines);
	for (int i = 0; i < STREAMS; i++)
		streams[i] = (struct pollfd){ .fd = ask(-1, "/api/v1/stream"),
			.events = POLLIN };
}

static int
measure(void)
{
	static double taken[ASKS], echoed[ASKS];
	double begin, lines, turn, cpu, end;
	int echo_fd = start_echo(), fd, over;
	uint64_t before;
	char path[80];

	listen_for(SETTLE_S);
	lines = metric("mailweir_agent_lines_total");
	before = streamed;
	fd = ask(-1, "/healthz");
	(void)answer_of(fd, "/healthz");
	begin = seconds_of(CLOCK_MONOTONIC);
	for (int i = 0; i < ASKS; i++) {
		snprintf(path, sizeof(path),
		    "/api/v1/overview?range=24h&question=%d", i);
		end = seconds_of(CLOCK_MONOTONIC);
		(void)answer_of(ask(fd, path), path);
		taken[i] = (seconds_of(CLOCK_MONOTONIC) - end) * 1000;
		echoed[i] = 1000 * echo(echo_fd);
		listen_for(ASK_MS / 1000.0);
	}
	close(echo_fd);
	close(fd);
	end = seconds_of(CLOCK_MONOTONIC);
	lines = metric("mailweir_agent_lines_total") - lines;
	turn = 1000 * metric("mailweir_turn_longest_seconds");
	cpu = 1000 * metric("mailweir_turn_longest_cpu_seconds");
	printf("%d pages listen, %.0f bytes a second to each; %.0f lines a "
	       "second are read\n",
	    STREAMS, (double)(streamed - before) / (end - begin) / STREAMS,
	    lines / (end - begin));
	say("/api/v1/overview meanwhile", taken, ASKS);
	say(ECHOES, echoed, ASKS);
	printf("the loop's longest turn: %.2f ms, %.2f ms of the processor\n",
	    turn, cpu);
	over =
	    judge("/api/v1/overview, p99", taken[ASKS * 99 / 100], 20, 5, "ms");
	if (echoed[ASKS * 99 / 100] > BUSY_MS)
		over |= judge("the loop's longest turn, of the processor", cpu,
		    20, 10, "ms");
	else
		over |= judge(
		    "the loop's longest turn in a minute", turn, 20, 10, "ms");
	if (lines / (end - begin) < LINES * 100 * 0.98)
		over |= judge("seconds behind the log",
		    LINES * 100 * (end - begin) - lines, 0, 0, "lines");
	return over;
}

static void
forget(void)
{
	char command[2400];

	snprintf(command, sizeof(command), "rm -rf '%s' '%s' '%s'", data,
	    log_path, old_path);
	if (system(command) != 0)
		errx(1, "%s: cannot be removed", data);
}

int
main(int argc, char **argv)
{
	pid_t agent, writer;
	char *root;
	int over;

	if (argc != 3)
		errx(2, "usage: bench_pages FLAVOUR DIRECTORY");
	root = realpath(argv[2], NULL);
	if (root == NULL)
		err(1, "%s", argv[2]);
	snprintf(program, sizeof(program), "%s/mailweir", argv[1]);
	snprintf(data, sizeof(data), "%s/pages", root);
	snprintf(log_path, sizeof(log_path), "%s/pages.log", root);
	snprintf(old_path, sizeof(old_path), "%s.1", log_path);
	snprintf(config_path, sizeof(config_path), "%s/pages.conf", root);
	snprintf(made_path, sizeof(made_path), "%s/mail-100M.log", root);
	free(root);
	setvbuf(stdout, NULL, _IOLBF, 0);
	forget();
	if (link(made_path, old_path) == -1)
		err(1, "%s", made_path);
	close(open(log_path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
	agent = start_agent();
	await_agent(agent);
	prepare();
	writer = fork();
	if (writer == 0)
		write_lines();
	over = measure();
	kill(writer, SIGTERM);
	kill(agent, SIGTERM);
	waitpid(writer, NULL, 0);
	waitpid(agent, NULL, 0);
	forget();
	return over;
}
