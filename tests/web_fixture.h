/*
 * web_fixture.h - a running web server with an account behind it
 *
 * Traffic of so many minutes up to a fixed present, the same at every run:
 * days and nights, a wave of spam, an attack on the relay.  The server is
 * turned by fixture_turn(), in the test's own loop.
 */
#ifndef TESTS_WEB_FIXTURE_H
#define TESTS_WEB_FIXTURE_H

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/worker.h"
#include "tests/web_incidents.h"
#include "tests/web_people.h"
#include "web/web.h"

#define FIXTURE_NOW 1795338001 /* 2026-11-22T09:00:01Z */

struct fixture {
	char data[64];
	int64_t now;
	const char *note, *trouble, *trouble_open, *block_right;
	int catching_up;
	struct stats *stats;
	struct tally *tally;
	struct worker *worker;
	struct series *series;
	struct messages *messages;
	struct incidents incidents;
	/* A test mail that is under way. */
	void (*tested)(void *arg, bool sent, const char *words);
	void *tested_arg;
	struct web *web;
	uint32_t seed;
};

static inline enum block_outcome
fixture_block(
    void *arg, const struct block_wish *wish, const struct block **block)
{
	struct fixture *f = arg;
	struct block_wish now = *wish;

	now.when = f->now * 1000000;
	return blocks_add(f->incidents.blocks, &now, now.when, block);
}

static inline bool
fixture_unblock(void *arg, const struct prefix *what, struct slice sender)
{
	struct fixture *f = arg;

	return sender.n != 0
		   ? blocks_remove_sender(
			 f->incidents.blocks, sender, f->now * 1000000)
		   : blocks_remove(f->incidents.blocks, what, f->now * 1000000);
}

static inline size_t
fixture_unblock_all(void *arg)
{
	struct fixture *f = arg;

	return blocks_remove_all(f->incidents.blocks, f->now * 1000000);
}

static inline enum never_outcome
fixture_never(void *arg, struct prefix *what, struct slice reason)
{
	struct fixture *f = arg;

	return blocks_never_add(
	    f->incidents.blocks, what, reason, f->now * 1000000);
}

static inline bool
fixture_not_never(void *arg, const struct prefix *what)
{
	struct fixture *f = arg;

	return blocks_never_remove(f->incidents.blocks, what);
}

static inline void
fixture_admin(void *arg, const struct addr *from)
{
	struct fixture *f = arg;

	blocks_admin(f->incidents.blocks, from, f->now * 1000000);
}

static inline void
fixture_status(void *arg, struct web_status *status)
{
	static const struct web_source sources[] = {
		{ "maillog", "/var/log/mail.log", "reading", 184233, 0, NULL,
		    false, "syslog" },
		{ "journal", "systemd journal", "not counted: same lines", 0, 0,
		    NULL, false, NULL },
	};
	const struct fixture *f = arg;

	*status = (struct web_status){
		.now = f->now,
		.started = FIXTURE_NOW - 7200,
		.note = f->note,
		.trouble = f->trouble,
		.trouble_open = f->trouble_open,
		.catching_up = f->catching_up,
		.config_path = "/etc/mailweir.conf",
		.block_right = f->block_right,
		.source_count = NELEMS(sources),
		.sources = sources,
		.zone_seconds = 3600,
	};
}

/* What a stranger may have put into a line that nobody understands. */
static inline size_t
fixture_shapes(
    void *arg, struct line_shape *rows, size_t most, uint64_t *others)
{
	static const struct line_shape shapes[] = {
		{ "postfix/smtpd: strange " HOSTILE, 21 },
		{ "postfix/qmgr: N: odd", 3 },
	};

	(void)arg;
	memcpy(rows, shapes, sizeof(shapes));
	*others = 5;
	return most < NELEMS(shapes) ? most : NELEMS(shapes);
}

static inline void
fixture_step(void *arg, struct stats_step *step)
{
	series_submit(arg, step);
}

/* 0 to n - 1, the same at every run. */
static inline uint32_t
fixture_draw(struct fixture *f, uint32_t n)
{
	f->seed = f->seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)f->seed * n) >> 32);
}

static inline void
fixture_take(struct fixture *f, struct mail_event *event, int64_t when)
{
	event->when = when * 1000000;
	event->count = 1;
	if (event->host.n == 0)
		event->host = SLICE("mx1.example.org");
	stats_add(f->stats, event);
	tally_add(f->tally, event);
}

static inline struct addr
fixture_address(const char *text, uint8_t last)
{
	struct addr addr;

	(void)addr_parse(slice_of(text), &addr);
	addr.b[3] = last;
	return addr;
}

static inline void
fixture_reject(
    struct fixture *f, int64_t when, enum reason reason, struct addr client)
{
	fixture_take(f,
	    &(struct mail_event){
		.kind = EVENT_REJECTED,
		.mailer = SLICE("smtp"),
		.client = client,
		.reject = { .reason = reason,
		    .temporary = reason == REASON_GREYLISTED },
	    },
	    when);
}

static inline void
fixture_mail(struct fixture *f, int64_t when)
{
	static const char *const accounts[] = { "kim", "lee@example.org",
		"<b>\"o'hara\"</b>", "sam" };
	static const char *const others[] = { "lea@north.example",
		"jo@south.example", "news@list.example", "x@east.example" };
	bool outward = fixture_draw(f, 5) == 0;
	uint64_t bytes = 2000 + fixture_draw(f, 90000);
	uint32_t fate = fixture_draw(f, 100);
	struct slice account = { NULL, 0 };
	struct slice ours = SLICE("sam@example.org"),
		     other = slice_of(others[bytes % 4]);

	if (outward)
		account = slice_of(accounts[fixture_draw(f, 4)]);
	fixture_take(f,
	    &(struct mail_event){
		.kind = EVENT_RECEIVED,
		.mailer = SLICE("smtp"),
		.account = account,
		.client =
		    fixture_address("192.0.2.0", (uint8_t)fixture_draw(f, 200)),
		.message = { .sender = outward ? ours : other,
		    .bytes = bytes,
		    .recipients = 1 },
	    },
	    when);
	fixture_take(f,
	    &(struct mail_event){
		.kind = fate < 3   ? EVENT_DEFERRED
			: fate < 4 ? EVENT_BOUNCED
				   : EVENT_SENT,
		.mailer = outward          ? SLICE("smtp")
			  : fate % 10 == 0 ? SLICE("local")
					   : SLICE("virtual"),
		.delivery = { .recipient = outward ? other : ours,
		    .relay =
			outward ? SLICE("relay.example.net") : SLICE("virtual"),
		    .delay_ms = 400,
		    .bytes = bytes },
	    },
	    when + 1);
}

/* Sessions, most of them under TLS; passwords that are guessed; a queue that
   swells and is worked off; blocks. */
static inline void
fixture_sessions(struct fixture *f, int64_t at, double sun)
{
	struct slice host = SLICE("mx1.example.org");
	uint64_t queued = (uint64_t)(20 * sun + 9 * sin((double)at / 5000) + 9);
	const struct {
		enum metric metric;
		uint64_t n;
	} gauges[] = {
		{ METRIC_QUEUE_ACTIVE, 2 },
		{ METRIC_QUEUE_DEFERRED, queued },
		{ METRIC_QUEUE_HOLD, 0 },
		{ METRIC_QUEUE_INCOMING, 1 },
		{ METRIC_QUEUE_OLDEST_SECONDS, queued * 90 },
		{ METRIC_AGENT_BLOCKS_EXPECTED, queued % 5 },
		{ METRIC_AGENT_LAG_SECONDS, 0 },
	};

	stats_count(f->stats, host, at, METRIC_SESSIONS_CONNECTED, 11);
	stats_count(
	    f->stats, host, at, METRIC_SESSIONS_TLS, 8 + (uint64_t)(3 * sun));
	stats_count(f->stats, host, at, METRIC_AUTH_FAILED,
	    at / 3600 % 7 == 0 ? 3 : at / 60 % 9 == 0);
	for (size_t i = 0; i < NELEMS(gauges) && at / 60 % 5 == 0; i++) {
		series_gauge(f->series, host, metric_name(gauges[i].metric), at,
		    (double)gauges[i].n);
		stats_gauge(f->stats, host, gauges[i].metric, gauges[i].n);
	}
}

/* One minute of a server that is busiest at eleven on weekdays. */
static inline void
fixture_minute(struct fixture *f, int64_t at, unsigned busy)
{
	static const enum reason usual[] = { REASON_UNKNOWN_RECIPIENT,
		REASON_DNSBL, REASON_DNSBL, REASON_GREYLISTED,
		REASON_NO_REVERSE_DNS, REASON_SPAM, REASON_POLICY,
		REASON_PROTOCOL };
	double hour = (double)(at % 86400) / 3600;
	double sun = 0.35 + 0.65 * exp(-pow((hour - 11) / 4.5, 2));
	bool weekend = (at / 86400 + 4) % 7 == 0 || (at / 86400 + 4) % 7 == 6;
	uint32_t many = (uint32_t)(busy * sun * (weekend ? 0.45 : 1) * 100);
	int64_t ago = (FIXTURE_NOW - at) / 60;

	for (uint32_t n = many / 100 + (fixture_draw(f, 100) < many % 100);
	     n > 0; n--)
		fixture_mail(f, at + fixture_draw(f, 55));
	for (uint32_t n = fixture_draw(f, 1 + busy * 3 / 2); n > 0; n--)
		fixture_reject(f, at + fixture_draw(f, 59),
		    usual[fixture_draw(f, NELEMS(usual))],
		    fixture_address(
			"198.51.100.0", (uint8_t)fixture_draw(f, 250)));
	if (ago > 300 && ago < 420)
		for (int n = 0; n < 6; n++)
			fixture_reject(f, at + n, REASON_SPAM,
			    fixture_address("203.0.113.0", (uint8_t)n));
	if (ago > 900 && ago < 925)
		for (int n = 0; n < 8; n++)
			fixture_reject(f, at + n, REASON_RELAY_DENIED,
			    fixture_address("203.0.113.0", 77));
	fixture_sessions(f, at, sun);
	stats_count(
	    f->stats, SLICE("mx1.example.org"), at, METRIC_AGENT_LINES, 60);
	stats_count(f->stats, SLICE("mx1.example.org"), at,
	    METRIC_AGENT_LINES_RECOGNISED, 57);
	stats_count(f->stats, SLICE("mx1.example.org"), at,
	    METRIC_AGENT_LINES_IGNORED, 2 + (at / 60) % 2);
	stats_count(f->stats, SLICE("mx1.example.org"), at,
	    METRIC_AGENT_LINES_UNRECOGNISED, 1 - (at / 60) % 2);
}

static inline int
fixture_test_mail(void *arg,
    void (*done)(void *arg, bool sent, const char *words), void *done_arg,
    struct err *err)
{
	struct fixture *f = arg;

	if (f->tested != NULL)
		return err_set(err, "another test is under way");
	f->tested = done;
	f->tested_arg = done_arg;
	return 0;
}

static inline void
fixture_tested(struct fixture *f, bool sent, const char *words)
{
	f->tested(f->tested_arg, sent, words);
	f->tested = NULL;
}

static inline size_t
fixture_programs(void *arg, struct program_share *rows, size_t most,
    struct program_share *others)
{
	static const struct program_share programs[] = {
		{ "postfix/smtpd", 900, 40, 21 },
		{ "postfix/" HOSTILE, 0, 0, 3 },
	};

	(void)arg;
	memcpy(rows, programs, sizeof(programs));
	*others = (struct program_share){ "", 0, 17, 0 };
	return most < NELEMS(programs) ? most : NELEMS(programs);
}

static inline struct web_sources
fixture_sources(struct fixture *f)
{
	static const struct web_changes changes = { fixture_block,
		fixture_unblock, fixture_unblock_all, fixture_never,
		fixture_not_never, fixture_admin, fixture_test_mail };

	return (struct web_sources){ f->stats, f->tally, f->series,
		fixture_status, fixture_shapes, fixture_programs, f,
		f->incidents.alerts, f->incidents.blocks, &f->incidents.config,
		&changes, f->messages, NULL };
}

static inline void
fixture_close(struct fixture *f)
{
	char command[128];
	struct err err;

	web_close(f->web);
	if (f->worker != NULL)
		worker_drain(f->worker);
	(void)messages_close(f->messages, &err);
	series_close(f->series);
	worker_free(f->worker);
	stats_free(f->stats);
	tally_free(f->tally);
	incidents_close_all(&f->incidents);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->data);
	if (f->data[0] != '\0' && system(command) != 0)
		fprintf(stderr, "%s: not removed\n", f->data);
	free(f);
}

static inline struct fixture *
fixture_open(unsigned minutes, unsigned busy)
{
	static char *names[] = { (char *)"mail.example.org" };
	struct web_config config = {
		.listen = (char *)"127.0.0.1:0", .names = names, .name_count = 1
	};
	struct fixture *f = calloc(1, sizeof(*f));
	struct messages_config history = { true, 30, 16u << 20 };
	struct web_sources sources;
	struct err err = { "" };

	f->now = FIXTURE_NOW;
	f->catching_up = -1;
	f->seed = 7;
	strcpy(f->data, "/tmp/mailweir-web-XXXXXX");
	if (mkdtemp(f->data) == NULL)
		abort();
	f->stats = stats_new();
	f->tally = tally_new();
	tally_widen(f->tally);
	f->worker = worker_new(&err);
	f->series = series_open(f->data, f->worker, &err);
	f->messages = messages_open(f->data, &history, f->worker, false);
	stats_on_step(f->stats, fixture_step, f->series);
	for (int64_t at = FIXTURE_NOW / 60 * 60 - 60 * (int64_t)minutes;
	     at < FIXTURE_NOW; at += 60) {
		fixture_minute(f, at, busy);
		stats_close_steps(f->stats, SLICE("mx1.example.org"), at - 60);
		if (at / 60 % 500 == 0) {
			series_write(f->series);
			worker_drain(f->worker);
		}
	}
	series_write(f->series);
	series_known(
	    f->series, SLICE("mx1.example.org"), FIXTURE_NOW / 60 * 60 - 60);
	worker_drain(f->worker);
	people_fill(f->tally, FIXTURE_NOW);
	incidents_open(&f->incidents, FIXTURE_NOW * INT64_C(1000000));
	sources = fixture_sources(f);
	f->web = web_open(&config, f->data, &sources, &err);
	if (f->web == NULL) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return f;
}

/* Wait for the server or the worker, at most so long, and let them go on. */
static inline void
fixture_turn(struct fixture *f, int milliseconds)
{
	int64_t due = web_due(f->web);
	struct pollfd fds[] = { { .fd = web_fd(f->web), .events = POLLIN },
		{ .fd = worker_fd(f->worker), .events = POLLIN } };

	if (due >= 0 && due < milliseconds)
		milliseconds = (int)due;
	(void)poll(fds, NELEMS(fds), milliseconds);
	worker_ready(f->worker);
	web_run(f->web);
}

#endif
