/* test_floods.c - ten thousand who say nothing, and those who say it slowly */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "agent/sanitizer.h"
#include "tests/daemon.h"

#define IDLE    10000
#define SLOW    200
#define STREAMS 20
#define ASKS    60

/* Of /healthz, ms; what sanitizers add is no cost of ours. */
#if defined(HAS_LEAK_CHECKER) || defined(HAS_OTHER_THREAD)
#define BUDGET 400.0
#else
#define BUDGET 20.0
#endif

static struct daemon d;
static int idle[IDLE], slow[SLOW], streams[STREAMS];

/* As many descriptors as this needs, if they are to be had. */
static bool
may_open_so_many(void)
{
	struct rlimit limit;
	rlim_t wanted = IDLE + SLOW + STREAMS + 64;

	MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	if (limit.rlim_cur >= wanted)
		return true;
	limit.rlim_cur = wanted;
	if (limit.rlim_max >= wanted && setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return true;
	print_message("%llu descriptors are needed, the hard limit "
		      "(ulimit -Hn) allows %llu\n",
	    (unsigned long long)wanted, (unsigned long long)limit.rlim_max);
	return false;
}

static int
connected(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	MUST(fd != -1);
	to.sin_port =
	    htons((uint16_t)strtoul(strrchr(d.address, ':') + 1, NULL, 10));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MUST(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	return fd;
}

static void
send_text(int fd, const char *text, size_t n)
{
	/* Whoever was sent away hears of it here. */
	(void)send(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* On a connection of its own; milliseconds. */
static double
healthz(void)
{
	char text[256], answer[512];
	double begin = now_ms();
	int fd = connected();
	ssize_t n;

	snprintf(text, sizeof(text),
	    "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n",
	    strstr(d.address, "//") + 2);
	send_text(fd, text, strlen(text));
	n = recv(fd, answer, sizeof(answer) - 1, 0);
	begin = now_ms() - begin;
	answer[n > 0 ? n : 0] = '\0';
	close(fd);
	if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
		fail_msg("/healthz: \"%.60s\"", answer);
	return begin;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The half of the times is looked at: another process may have had its turn. */
static void
assert_prompt(const char *while_what, double *taken)
{
	qsort(taken, ASKS, sizeof(*taken), by_value);
	print_message("/healthz %s: p50 %.2f ms, max %.2f ms\n", while_what,
	    taken[ASKS / 2], taken[ASKS - 1]);
	assert_true(taken[ASKS / 2] < BUDGET);
}

static void
open_streams(void)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "GET /api/v1/stream HTTP/1.1\r\nHost: %s\r\n\r\n",
	    strstr(d.address, "//") + 2);
	for (int i = 0; i < STREAMS; i++) {
		streams[i] = connected();
		send_text(streams[i], text, strlen(text));
	}
}

static void
idle_connections_hold_up_nobody(void **state)
{
	double taken[ASKS];

	(void)state;
	if (!may_open_so_many())
		skip();
	open_streams();
	for (int i = 0, k = 0; i < IDLE; i++) {
		idle[i] = connected();
		if (i % (IDLE / ASKS) == 0 && k < ASKS)
			taken[k++] = healthz();
	}
	assert_prompt("while 10,000 come", taken);
	for (int k = 0; k < ASKS; k++)
		taken[k] = healthz();
	assert_prompt("with 10,000 idle", taken);
}

/* A request byte by byte, and answers that nobody reads. */
static void
slow_connections_hold_up_nobody(void **state)
{
	static const char request[] =
	    "GET /api/v1/overview?range=30d HTTP/1.1\r\nHost: ";
	char whole[256];
	double taken[ASKS];

	(void)state;
	if (!may_open_so_many())
		skip();
	snprintf(whole, sizeof(whole), "%s%s\r\n\r\n", request,
	    strstr(d.address, "//") + 2);
	for (int i = 0; i < SLOW; i++)
		slow[i] = connected();
	for (int k = 0; k < ASKS; k++) {
		for (int i = 0; i < SLOW; i++)
			if (i % 2 == 0)
				send_text(slow[i],
				    &request[(size_t)k % (sizeof(request) - 1)],
				    1);
			else
				send_text(slow[i], whole, strlen(whole));
		taken[k] = healthz();
	}
	assert_prompt("with 200 slow ones", taken);
}

/* They listened from before the flood. */
static void
open_pages_go_on(void **state)
{
	char text[4096];

	(void)state;
	if (streams[0] == 0)
		skip();
	for (int i = 0; i < STREAMS; i++) {
		struct pollfd fd = { streams[i], POLLIN, 0 };
		ssize_t n = sizeof(text);

		while (n == sizeof(text)) /* what waits since the flood began */
			n = recv(streams[i], text, sizeof(text), 0);
		assert_true(n > 0);
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		n = recv(streams[i], text, sizeof(text) - 1, 0);
		assert_true(n > 0);
		text[n] = '\0';
		assert_non_null(strstr(text, "event: counts"));
	}
}

static void
who_was_sent_away_is_counted(void **state)
{
	(void)state;
	if (streams[0] == 0)
		skip();
	assert_true(daemon_metric(&d, "mailweir_connections_sent_away_total") >
		    IDLE - 1000);
}

static int
start(void **state)
{
	(void)state;
	daemon_init(&d);
	daemon_start(&d);
	daemon_await(&d);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	daemon_stop(&d);
	daemon_fini(&d);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_connections_hold_up_nobody),
		cmocka_unit_test(slow_connections_hold_up_nobody),
		cmocka_unit_test(open_pages_go_on),
		cmocka_unit_test(who_was_sent_away_is_counted),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
