/*
 * panel_wire.c - what the wire showed, the log's figure beside it
 *
 * The log of the host that is captured: where several are asked for, `host'
 * says which that is.  Without a span: since the beginning.
 */
#include <string.h>

#include "base/array.h"
#include "web/json.h"
#include "web/panel.h"

static const struct {
	const char *name, *title;
	enum metric wire, log;
} facts[] = {
	{ "sessions", "Sessions", METRIC_WIRE_SESSIONS,
	    METRIC_SESSIONS_CONNECTED },
	{ "messages", "Messages", METRIC_WIRE_MESSAGES,
	    METRIC_MESSAGES_RECEIVED },
	{ "recipients", "Recipients", METRIC_WIRE_RECIPIENTS,
	    METRIC_MESSAGES_RECEIVED_RECIPIENTS },
	{ "bytes", "Size", METRIC_WIRE_BYTES, METRIC_MESSAGES_RECEIVED_BYTES },
	{ "rejects", "Rejects", METRIC_WIRE_REJECTS, METRIC_REJECTS_TOTAL },
	{ "relay_denied", "Relay attempts", METRIC_WIRE_RELAY_DENIED,
	    METRIC_RELAY_DENIED },
	{ "auth_failed", "Failed sign-ins", METRIC_WIRE_AUTH_FAILED,
	    METRIC_AUTH_FAILED },
	{ "tls", "Sessions under TLS", METRIC_WIRE_TLS, METRIC_SESSIONS_TLS },
};

/* What only a capture has. */
static const enum metric counts[] = { METRIC_WIRE_PACKETS,
	METRIC_WIRE_PACKETS_DROPPED, METRIC_WIRE_GAPS, METRIC_WIRE_OUTBOUND,
	METRIC_WIRE_LOGGED, METRIC_WIRE_UNLOGGED, METRIC_WIRE_UNSEEN,
	METRIC_WIRE_UNCOMPARED, METRIC_WIRE_ROGUE,
	METRIC_WIRE_SENDERS_UNKNOWN };

static void
needs(const struct panel_question *question, struct names *names)
{
	if (!question->query->ranged)
		return;
	for (size_t i = 0; i < NELEMS(facts); i++) {
		names_add(names, "%s", metric_name(facts[i].wire));
		names_add(names, "%s", metric_name(facts[i].log));
	}
	for (size_t i = 0; i < NELEMS(counts); i++)
		names_add(names, "%s", metric_name(counts[i]));
}

/* Name i of needs(). */
static json_t *
count_of(const struct panel_question *question, size_t i, enum metric metric)
{
	return json_count(question->history != NULL
			      ? history_sum(question->history, i)
			      : (double)question->host->totals[metric]);
}

static bool
has_packets(const struct stats_host *host)
{
	return host->totals[METRIC_WIRE_PACKETS] != 0 ||
	       host->totals[METRIC_WIRE_PACKETS_DROPPED] != 0;
}

/* By Sendmail itself, whose transcript has dialogues and no packets. */
static bool
is_transcribed(const struct stats_host *host)
{
	return !has_packets(host) && host->totals[METRIC_WIRE_SESSIONS] != 0;
}

static bool
is_captured(const struct stats_host *host)
{
	return has_packets(host) || is_transcribed(host);
}

/* The one that is captured, where all are asked for and it is not all. */
static json_t *
captured_host(const struct panel_question *question)
{
	const struct stats *stats = question->sources->stats;
	const struct stats_host *found = NULL;

	if (question->query->host[0] != '\0' || stats_host_count(stats) < 2)
		return json_null();
	for (size_t i = 0; i < stats_host_count(stats); i++) {
		if (!is_captured(stats_host(stats, i)))
			continue;
		if (found != NULL)
			return json_null();
		found = stats_host(stats, i);
	}
	return found != NULL ? json_words(found->name) : json_null();
}

static json_t *
facts_json(const struct panel_question *question)
{
	json_t *list = json_array();

	for (size_t i = 0; i < NELEMS(facts); i++)
		json_array_append_new(
		    list, json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "name",
			      facts[i].name, "title", facts[i].title, "unit",
			      unit_name(metric_unit(facts[i].wire)), "help",
			      metric_help(facts[i].wire), "wire",
			      count_of(question, i * 2, facts[i].wire), "log",
			      count_of(question, i * 2 + 1, facts[i].log)));
	return list;
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	json_t *json = json_pack("{s:b,s:b,s:o,s:o,s:o}", "captured",
	    is_captured(question->host), "transcript",
	    is_transcribed(question->host), "host", captured_host(question),
	    "facts", facts_json(question), "span", panel_span(question->host));

	(void)err;
	for (size_t i = 0; i < NELEMS(counts); i++)
		json_object_set_new(json,
		    strchr(metric_name(counts[i]), '.') + 1,
		    count_of(question, NELEMS(facts) * 2 + i, counts[i]));
	return json;
}

const struct web_panel panel_wire = {
	.name = "wire",
	.needs = needs,
	.points = 48,
	.data = data,
};
