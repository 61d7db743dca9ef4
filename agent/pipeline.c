/* pipeline.c - where one event goes */
#include "agent/pipeline.h"

void
pipeline_take(void *arg, const struct mail_event *event)
{
	struct pipeline *pipeline = arg;

	stats_add(pipeline->stats, event);
	tally_add(pipeline->tally, event);
	if (pipeline->digest != NULL)
		digest_add(pipeline->digest, event);
	if (pipeline->events != NULL)
		event_print(pipeline->events, event);
}

void
pipeline_count(struct pipeline *pipeline, struct slice host, int64_t when,
    enum metric metric, uint64_t n)
{
	stats_count(pipeline->stats, host, when, metric, n);
	if (pipeline->digest != NULL)
		digest_count(pipeline->digest, host, when, metric, n);
}

void
pipeline_complain(struct pipeline *pipeline, const struct complaint *complaint)
{
	if (pipeline->digest != NULL)
		digest_complaint(pipeline->digest, complaint);
}
