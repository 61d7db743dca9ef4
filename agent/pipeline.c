/* pipeline.c - where one event goes */
#include "agent/pipeline.h"

void
pipeline_take(void *arg, const struct mail_event *event)
{
	struct pipeline *pipeline = arg;

	/* Whoever comes behind this sees no other names. */
	event = pseudonyms_event(pipeline->names, event);
	if (pipeline->messages != NULL)
		messages_add(pipeline->messages, event);
	if (pipeline->events != NULL)
		event_print(pipeline->events, event);
	if (event_is_hop(event))
		return;
	stats_add(pipeline->stats, event);
	if (event->source == SOURCE_WIRE) {
		if (pipeline->wire != NULL)
			tally_add(pipeline->wire, event);
	} else {
		pipeline->logged = true;
		tally_add(pipeline->tally, event);
		if (pipeline->digest != NULL)
			digest_add(pipeline->digest, event);
	}
	if (pipeline->respond != NULL)
		respond_judge(pipeline->respond, event);
	if (pipeline->web != NULL)
		web_event(pipeline->web, event);
}

void
pipeline_count(struct pipeline *pipeline, struct slice host, int64_t when,
    enum metric metric, uint64_t n)
{
	stats_count(pipeline->stats, host, when, metric, n);
	if (pipeline->digest != NULL)
		digest_count(pipeline->digest, host, when, metric, n);
	if (pipeline->respond != NULL)
		alerts_count(pipeline->respond->alerts, host, when, metric, n);
}

void
pipeline_complain(struct pipeline *pipeline, const struct complaint *complaint)
{
	struct complaint named = *complaint;

	named.words = pseudonyms_text(pipeline->names, complaint->words);
	if (pipeline->digest != NULL)
		digest_complaint(pipeline->digest, &named);
}

/* The messages of all its queues. */
static uint64_t
queued(const struct stats *stats, struct slice host)
{
	for (size_t i = 0; i < stats_host_count(stats); i++) {
		const struct stats_host *one = stats_host(stats, i);

		if (slice_eq(slice_of(one->name), host))
			return one->totals[METRIC_QUEUE_ACTIVE] +
			       one->totals[METRIC_QUEUE_DEFERRED] +
			       one->totals[METRIC_QUEUE_HOLD] +
			       one->totals[METRIC_QUEUE_INCOMING];
	}
	return 0;
}

void
pipeline_gauge(struct pipeline *pipeline, struct slice host, int64_t when,
    enum metric metric, uint64_t value)
{
	stats_gauge(pipeline->stats, host, metric, value);
	if (pipeline->respond != NULL && when != 0)
		alerts_gauge(
		    pipeline->respond->alerts, host, when, metric, value);
	/* The age is told last, when the numbers are known. */
	if (when != 0 && metric == METRIC_QUEUE_OLDEST_SECONDS &&
	    pipeline->digest != NULL)
		digest_queue(pipeline->digest, host, when,
		    queued(pipeline->stats, host), value);
}
