/*
 * twin.h - what was read of a log, held against what was read of another form
 */
#ifndef TESTS_TWIN_H
#define TESTS_TWIN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/collectors.h"

#define HOUR INT64_C(3600)

/* What was read: the events as text, what was counted each hour. */
struct account {
	FILE *out;
	char *events;
	size_t size;
	int64_t complete; /* as told so far */
	uint64_t late;    /* events before that */
	struct hour_count {
		int64_t hour;
		enum metric metric;
		uint64_t n;
	} * counts;
	size_t count;
};

static void
take(void *arg, const struct mail_event *event)
{
	struct account *account = arg;

	account->late += event->when / 1000000 < account->complete;
	event_print(account->out, event);
}

static void
count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	struct account *account = arg;
	struct hour_count *c;

	(void)host;
	for (size_t i = account->count; i-- > 0;) {
		c = &account->counts[i];
		if (c->hour == when / HOUR && c->metric == metric) {
			c->n += n;
			return;
		}
	}
	account->counts = mem_grow(
	    account->counts, account->count + 1, sizeof(*account->counts));
	account->counts[account->count++] =
	    (struct hour_count){ when / HOUR, metric, n };
}

static void
complete(void *arg, struct slice host, int64_t upto)
{
	(void)host;
	((struct account *)arg)->complete = upto;
}

static int
by_hour(const void *a, const void *b)
{
	const struct hour_count *x = a, *y = b;

	if (x->hour != y->hour)
		return x->hour < y->hour ? -1 : 1;
	return (int)x->metric - (int)y->metric;
}

static void
account_open(struct account *account, struct collect_sinks *sinks)
{
	*account = (struct account){ .complete = INT64_MIN };
	account->out = open_memstream(&account->events, &account->size);
	*sinks = (struct collect_sinks){ .events = { take, account },
		.count = count,
		.complete = complete,
		.arg = account };
}

static void
account_close(struct account *account)
{
	fclose(account->out);
	qsort(
	    account->counts, account->count, sizeof(*account->counts), by_hour);
}

static void
account_free(struct account *account)
{
	free(account->events);
	free(account->counts);
}

/* No figure is lost or doubled, none has another time. */
static void
assert_same(const struct account *a, const struct account *b, const char *what)
{
	size_t at = 0;

	if (strcmp(a->events, b->events) != 0) {
		while (a->events[at] == b->events[at])
			at++;
		while (at > 0 && a->events[at - 1] != '\n')
			at--;
		fail_msg("%s: %.200s\ninstead of %.200s", what, b->events + at,
		    a->events + at);
	}
	if (a->count != b->count)
		fail_msg("%s: %zu counts, not %zu", what, b->count, a->count);
	for (size_t i = 0; i < a->count; i++)
		if (by_hour(&a->counts[i], &b->counts[i]) != 0 ||
		    a->counts[i].n != b->counts[i].n)
			fail_msg("%s: counts of hour %lld differ", what,
			    (long long)a->counts[i].hour);
	if (b->late != 0)
		fail_msg(
		    "%s: %llu late events", what, (unsigned long long)b->late);
}

#endif
