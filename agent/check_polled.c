/* check_polled.c - a look at a queue or a statistics file, for mailweir check */
#include "agent/check_polled.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include "base/state.h"

#define PATIENCE_MSECS 10000 /* a large queue on a slow disk */
#define NAP_MSECS      20

struct gauges {
	uint64_t values[METRICS];
	bool any;
};

static void
take_gauge(void *arg, struct slice host, int64_t when, enum metric metric,
    uint64_t value)
{
	struct gauges *gauges = arg;

	(void)host;
	(void)when;
	gauges->values[metric] = value;
	gauges->any |= value != GAUGE_UNKNOWN;
}

static void
take_event(void *arg, const struct mail_event *event)
{
	(void)arg;
	(void)event;
}

static int64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until it has been looked at, or cannot be. */
static struct source_status
look(struct collectors *collectors)
{
	int64_t until = clock_ms() + PATIENCE_MSECS, now;
	struct source_status status;

	do {
		now = clock_ms();
		if (collectors_read(collectors, 1, now) == 0)
			(void)poll(NULL, 0, NAP_MSECS);
		status = collectors_source(collectors, 0);
	} while (status.last == 0 && status.trouble == NULL && now < until);
	collectors_tick(collectors, now);
	return status;
}

static void
print_queue(const struct gauges *gauges)
{
	const uint64_t *v = gauges->values;

	if (!gauges->any)
		return;
	if (v[METRIC_QUEUE_ACTIVE] + v[METRIC_QUEUE_DEFERRED] +
		v[METRIC_QUEUE_HOLD] + v[METRIC_QUEUE_INCOMING] ==
	    0) {
		printf(": empty");
		return;
	}
	printf(": %" PRIu64 " active, %" PRIu64 " deferred, %" PRIu64
	       " on hold, %" PRIu64 " incoming, the oldest %" PRIu64 " s old",
	    v[METRIC_QUEUE_ACTIVE], v[METRIC_QUEUE_DEFERRED],
	    v[METRIC_QUEUE_HOLD], v[METRIC_QUEUE_INCOMING],
	    v[METRIC_QUEUE_OLDEST_SECONDS]);
}

bool
check_polled(const struct source_config *source)
{
	struct source_config one = *source;
	struct collect_config config = { .sources = &one, .source_count = 1 };
	struct gauges gauges = { 0 };
	struct collect_sinks sinks = { .events = { take_event, NULL },
		.arg = &gauges,
		.gauge = take_gauge };
	struct source_status status;
	struct collectors *collectors;
	struct err err;

	printf("source \"%s\": ", source->title);
	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	if (collectors == NULL) {
		puts(err.text);
		return false;
	}
	status = look(collectors);
	if (status.trouble != NULL) {
		puts(status.trouble);
	} else if (status.last == 0) {
		printf("%s: still being counted after %d s\n", source->path,
		    PATIENCE_MSECS / 1000);
	} else {
		printf("%s: can be read", source->path);
		print_queue(&gauges);
		putchar('\n');
	}
	collectors_close(collectors);
	return status.trouble == NULL;
}

static int
print_words(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct slice words;
	char text[1024];

	(void)arg;
	(void)err;
	if (!collectors_statistics_words(value, &words) || words.n == 0)
		return 0;
	slice_escape(key, text, sizeof(text));
	printf("%s: ", text);
	slice_escape(words, text, sizeof(text));
	printf("%s\n", text);
	return 0;
}

void
check_statistics_words(const char *data)
{
	struct state_part part =
	    collectors_statistics_reader(NULL, print_words);
	struct err ignored;

	(void)state_read(data, &part, 1, &ignored);
}
