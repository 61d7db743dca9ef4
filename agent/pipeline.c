/* pipeline.c - where one event goes */
#include "agent/pipeline.h"

void
pipeline_take(void *arg, const struct mail_event *event)
{
	struct pipeline *pipeline = arg;

	stats_add(pipeline->stats, event);
	tally_add(pipeline->tally, event);
	if (pipeline->events != NULL)
		event_print(pipeline->events, event);
}
