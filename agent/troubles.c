/* troubles.c - the agent's own troubles, as incidents and for /healthz */
#include "agent/troubles.h"

#include <stdio.h>

#include "agent/agent_impl.h"

/* What others told alerts/, the mail for one, is among them. */
static void
gather(struct agent *agent)
{
	struct alerts *alerts = agent->respond.alerts;
	size_t n = alerts_incident_count(alerts), used = 0;
	char *text = agent->trouble;

	text[0] = '\0';
	for (size_t i = 0; i < n && used < sizeof(agent->trouble); i++) {
		const struct incident *incident = alerts_incident(alerts, i);

		if (incident->open && incident->kind == KEY_AGENT)
			used += (size_t)snprintf(text + used,
			    sizeof(agent->trouble) - used, "%s%s: %s",
			    used == 0 ? "" : "; ", incident->key,
			    incident->words);
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
troubles_words(const struct agent *agent)
{
	return agent->trouble[0] != '\0' ? agent->trouble : NULL;
}
