/* troubles.c - the agent's own troubles, as incidents and for /healthz */
#include "agent/troubles.h"

#include <stdio.h>

#include "agent/agent_impl.h"

struct line {
	char *text;
	size_t size, used;
};

static void
add(struct line *line, const char *what, const char *words)
{
	if (line->used < line->size)
		line->used += (size_t)snprintf(line->text + line->used,
		    line->size - line->used, "%s%s%s%s",
		    line->used == 0 ? "" : "; ", what,
		    words != NULL ? ": " : "", words != NULL ? words : "");
}

/*
 * What others told alerts/ is among them.  Their words may quote a mail server,
 * or an address: without the token only what is in trouble is told.
 */
static void
gather(struct agent *agent)
{
	struct alerts *alerts = agent->respond.alerts;
	struct line all = { agent->trouble, sizeof(agent->trouble), 0 };
	struct line open = { agent->trouble_open, sizeof(agent->trouble_open),
		0 };
	size_t n = alerts_incident_count(alerts);

	all.text[0] = open.text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const struct incident *incident = alerts_incident(alerts, i);

		if (!incident->open || incident->kind != KEY_AGENT)
			continue;
		add(&all, incident->key, incident->words);
		add(&open, incident->key,
		    strcmp(incident->key, "disk") == 0 ? incident->words
						       : NULL);
	}
}

/* Only news: each telling counts. */
static void
tell(struct agent *agent, struct trouble *trouble, const char *what,
    const char *words)
{
	char text[sizeof(trouble->words)];

	slice_copy(slice_of(words != NULL ? words : ""), text, sizeof(text));
	if (trouble->told && strcmp(text, trouble->words) == 0)
		return;
	trouble->told = true;
	strcpy(trouble->words, text);
	alerts_trouble(
	    agent->respond.alerts, what, words, now_ms(agent) * 1000);
}

void
troubles_tick(struct agent *agent)
{
	tell(agent, &agent->disk, "disk", storage_trouble(&agent->storage));
	gather(agent);
}

const char *
troubles_words(const struct agent *agent, bool open)
{
	const char *text = open ? agent->trouble_open : agent->trouble;

	return text[0] != '\0' ? text : NULL;
}
