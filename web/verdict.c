/* verdict.c - the account of a span in one sentence */
#include "web/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "base/array.h"
#include "web/json.h"

#define LEAST_DELIVERIES 20 /* below it a share says nothing */
#define SHARE_WARN       0.10
#define COVERAGE_WARN    0.95
#define LAG_WARN         60 /* seconds */

static const enum metric metrics[] = {
	METRIC_MESSAGES_RECEIVED,
	METRIC_MESSAGES_SENT,
	METRIC_MESSAGES_DEFERRED,
	METRIC_MESSAGES_BOUNCED,
	METRIC_RELAY_OPEN,
	METRIC_AGENT_LINES,
	METRIC_AGENT_LINES_UNRECOGNISED,
};

void
verdict_needs(struct names *names)
{
	for (size_t i = 0; i < NELEMS(metrics); i++)
		names_add_metric(names, metrics[i]);
}

void
sums_init(struct sums *sums, const struct history *history)
{
	double *members[] = { &sums->received, &sums->sent, &sums->deferred,
		&sums->bounced, &sums->relay_open, &sums->lines,
		&sums->unrecognised };

	for (size_t i = 0; i < NELEMS(members); i++)
		*members[i] = round(
		    history_sum(history, history_find(history, metrics[i])));
	sums->coverage =
	    sums->lines > 0 ? 1 - sums->unrecognised / sums->lines : 1;
}

struct number {
	char text[40];
};

/* With commas, as the sentence is English. */
static struct number
commas(double value)
{
	char plain[32];
	struct number number;
	size_t n, out = 0;

	n = (size_t)snprintf(plain, sizeof(plain), "%.0f", fmin(value, 1e18));
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			number.text[out++] = ',';
		number.text[out++] = plain[i];
	}
	number.text[out] = '\0';
	return number;
}

static struct number
per_cent(double part, double whole)
{
	double share = whole > 0 ? 100 * part / whole : 0;
	struct number number;

	snprintf(number.text, sizeof(number.text),
	    share > 0 && share < 1 ? "under 1 %%" : "%.0f %%", share);
	return number;
}

static void
span_words(const struct web_query *query, char *text, size_t size)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {
		{ 365 * 86400, "in the last year", "years" },
		{ 86400, "since yesterday", "days" },
		{ 3600, "in the last hour", "hours" },
		{ 60, "in the last minute", "minutes" },
	};
	int64_t seconds = query->to - query->from;

	if (!query->to_now) {
		snprintf(text, size, "in that time");
		return;
	}
	for (size_t i = 0; i < NELEMS(units); i++)
		if (seconds == units[i].seconds) {
			snprintf(text, size, "%s", units[i].one);
			return;
		} else if (seconds >= 2 * units[i].seconds ||
			   units[i].seconds == 60) {
			snprintf(text, size, "in the last %" PRId64 " %s",
			    seconds / units[i].seconds, units[i].many);
			return;
		}
}

/* What stands first, and where it is explained. */
struct finding {
	const char *level, *part;
	char text[256];
};

static void find(struct finding *, const char *level, const char *part,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
find(struct finding *finding, const char *level, const char *part,
    const char *fmt, ...)
{
	va_list ap;

	finding->level = level;
	finding->part = part;
	va_start(ap, fmt);
	vsnprintf(finding->text, sizeof(finding->text), fmt, ap);
	va_end(ap);
}

/* Open now, and for a person: a client is dealt with by its block, our own
   trouble is in the status. */
struct open_incidents {
	size_t count, critical;
	const char *rule; /* of the worst, or newest */
};

static struct open_incidents
open_incidents(const struct panel_question *question)
{
	struct alerts *alerts = question->sources->alerts;
	const char *host = question->query->host;
	struct open_incidents open = { 0 };

	for (size_t i = 0; i < alerts_incident_count(alerts); i++) {
		const struct incident *incident = alerts_incident(alerts, i);

		if (!incident->open || incident->past ||
		    incident->kind == KEY_AGENT ||
		    incident->level != LEVEL_ACT ||
		    (incident->kind == KEY_CLIENT && !incident->critical) ||
		    (host[0] != '\0' && strcasecmp(host, incident->host) != 0))
			continue;
		open.count++;
		open.critical += incident->critical;
		if (incident->critical || open.critical == 0)
			open.rule = incident->rule;
	}
	return open;
}

/* Something is broken, or somebody is using us. */
static bool
bad(const struct sums *sums, const struct panel_question *question,
    const struct open_incidents *open, struct finding *finding)
{
	if (sums->relay_open > 0)
		find(finding, "bad", "attention",
		    "Open relay: %s %s from strangers for elsewhere taken.",
		    commas(sums->relay_open).text,
		    sums->relay_open == 1 ? "message" : "messages");
	else if (question->status.trouble != NULL)
		find(finding, "bad", "coverage", "Trouble: %s.",
		    question->status.trouble);
	else if (open->critical > 0)
		find(finding, "bad", "attention", "The server is abused: %s.",
		    open->rule);
	else
		return false;
	return true;
}

/* We do not see all there is. */
static bool
blind(const struct sums *sums, const struct panel_question *question,
    struct finding *finding)
{
	int64_t lag = panel_lag(&question->status);

	if (question->status.catching_up >= 0)
		find(finding, "warn", "coverage",
		    "Reading back the logs, %d %% done.",
		    question->status.catching_up);
	else if (sums->coverage < COVERAGE_WARN)
		find(finding, "warn", "coverage",
		    "Not the whole picture: %s of the log lines not "
		    "understood.",
		    per_cent(sums->unrecognised, sums->lines).text);
	else if (lag > LAG_WARN)
		find(finding, "warn", "coverage",
		    "Behind: the log is read with a delay of %" PRId64
		    " seconds.",
		    lag);
	else
		return false;
	return true;
}

/* Worth a look. */
static bool
warn(const struct sums *sums, const struct open_incidents *open,
    struct finding *finding)
{
	double deliveries = sums->sent + sums->deferred + sums->bounced;

	if (open->count == 1)
		find(finding, "warn", "attention", "Needs attention: %s.",
		    open->rule);
	else if (open->count > 1)
		find(finding, "warn", "attention",
		    "Needs attention: %s and %zu more.", open->rule,
		    open->count - 1);
	else if (deliveries >= LEAST_DELIVERIES &&
		 sums->deferred / deliveries >= SHARE_WARN)
		find(finding, "warn", "destinations",
		    "Many deliveries are deferred.");
	else if (deliveries >= LEAST_DELIVERIES &&
		 sums->bounced / deliveries >= SHARE_WARN)
		find(
		    finding, "warn", "destinations", "Many deliveries bounce.");
	else if (sums->received + deliveries == 0)
		find(finding, "warn", "pulse", "Silence.");
	else
		return false;
	return true;
}

static void
block_words(const struct blocks *blocks, char *text, size_t size)
{
	uint64_t n = blocks_counts(blocks).listed;

	snprintf(text, size, "%s %s %sblocked",
	    n == 0 ? "no" : commas((double)n).text,
	    n == 1 || n == 0 ? "address" : "addresses",
	    blocks_mode(blocks) == BLOCK_OBSERVE ? "would be " : "");
}

static json_t *
finding_json(const struct finding *finding, const char *text)
{
	char link[40];

	snprintf(link, sizeof(link), "#%s",
	    finding->part != NULL ? finding->part : "");
	return json_pack("{s:s,s:o,s:o,s:o,s:o}", "level", finding->level,
	    "text", json_words(text), "reason", json_words(finding->text),
	    "part", json_words(finding->part), "link",
	    json_words(finding->part != NULL ? link : NULL));
}

json_t *
verdict_json(const struct sums *sums, const struct panel_question *question)
{
	double deliveries = sums->sent + sums->deferred + sums->bounced;
	struct open_incidents open = open_incidents(question);
	char span[64], relay[64] = "no relay accepted", blocked[80];
	struct finding finding;
	char text[800];

	if (!bad(sums, question, &open, &finding) &&
	    !blind(sums, question, &finding) && !warn(sums, &open, &finding))
		find(&finding, "ok", NULL, "Normal.");
	if (sums->relay_open > 0)
		snprintf(relay, sizeof(relay), "%s accepted for relay",
		    commas(sums->relay_open).text);
	span_words(question->query, span, sizeof(span));
	block_words(question->sources->blocks, blocked, sizeof(blocked));
	snprintf(text, sizeof(text),
	    "%s %s in and %s out %s, %s deferred, %s, %s.", finding.text,
	    commas(sums->received).text, commas(sums->sent).text, span,
	    per_cent(sums->deferred, deliveries).text, relay, blocked);
	return finding_json(&finding, text);
}
