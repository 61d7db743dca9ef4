/* verdict.c - the account of a span in one sentence */
#include "web/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/array.h"
#include "web/json.h"

#define LEAST_DELIVERIES 20 /* below it a share says nothing */
#define SHARE_WARN       0.10
#define COVERAGE_WARN    0.95
#define LAG_WARN         60 /* seconds */

const enum metric verdict_metrics[] = {
	METRIC_MESSAGES_RECEIVED,
	METRIC_MESSAGES_SENT,
	METRIC_MESSAGES_DEFERRED,
	METRIC_MESSAGES_BOUNCED,
	METRIC_MESSAGES_EXPIRED,
	METRIC_RELAY_OPEN,
	METRIC_AGENT_LINES,
	METRIC_AGENT_LINES_UNRECOGNISED,
};
const size_t verdict_metric_count = NELEMS(verdict_metrics);

void
sums_init(struct sums *sums, const struct history *history, size_t first)
{
	double *members[] = { &sums->received, &sums->sent, &sums->deferred,
		&sums->bounced, &sums->expired, &sums->relay_open, &sums->lines,
		&sums->unrecognised };

	for (size_t i = 0; i < NELEMS(members); i++)
		*members[i] = round(history_sum(history, first + i));
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
		const char *word;
	} units[] = { { 86400, "days" }, { 3600, "hours" }, { 60, "minutes" } };
	int64_t seconds = query->to - query->from;

	if (!query->to_now) {
		snprintf(text, size, "in that time");
		return;
	}
	if (seconds == 3600 || seconds == 365 * 86400) {
		snprintf(text, size, "in the last %s",
		    seconds == 3600 ? "hour" : "year");
		return;
	}
	for (size_t i = 0; i < NELEMS(units); i++)
		if (seconds >= 2 * units[i].seconds || units[i].seconds == 60 ||
		    (seconds == 86400 && units[i].seconds == 3600)) {
			snprintf(text, size, "in the last %" PRId64 " %s",
			    seconds / units[i].seconds, units[i].word);
			return;
		}
}

/* Something is broken, or somebody is using us. */
static bool
bad(const struct sums *sums, const struct web_status *status, char *text,
    size_t size)
{
	if (sums->relay_open > 0)
		snprintf(text, size,
		    "Open relay: %s %s from strangers for elsewhere taken.",
		    commas(sums->relay_open).text,
		    sums->relay_open == 1 ? "message" : "messages");
	else if (status->trouble != NULL)
		snprintf(text, size, "Trouble: %s.", status->trouble);
	else
		return false;
	return true;
}

/* Worth a look. */
static bool
warn(const struct sums *sums, const struct web_status *status, char *text,
    size_t size)
{
	double deliveries = sums->sent + sums->deferred + sums->bounced;
	int64_t lag = 0;

	for (size_t i = 0; i < status->source_count; i++)
		if (status->sources[i].lag_seconds > lag)
			lag = status->sources[i].lag_seconds;
	if (status->catching_up >= 0)
		snprintf(text, size, "Reading back the logs, %d %% done.",
		    status->catching_up);
	else if (sums->coverage < COVERAGE_WARN)
		snprintf(text, size,
		    "Not the whole picture: %s of the log lines not "
		    "understood.",
		    per_cent(sums->unrecognised, sums->lines).text);
	else if (lag > LAG_WARN)
		snprintf(text, size,
		    "Behind: the log is read with a delay of %" PRId64
		    " seconds.",
		    lag);
	else if (deliveries >= LEAST_DELIVERIES &&
		 sums->deferred / deliveries >= SHARE_WARN)
		snprintf(text, size, "Many deliveries are deferred.");
	else if (deliveries >= LEAST_DELIVERIES &&
		 sums->bounced / deliveries >= SHARE_WARN)
		snprintf(text, size, "Many deliveries bounce.");
	else if (sums->received + deliveries == 0)
		snprintf(text, size, "Silence.");
	else
		return false;
	return true;
}

json_t *
verdict_json(const struct sums *sums, const struct web_query *query,
    const struct web_status *status)
{
	double deliveries = sums->sent + sums->deferred + sums->bounced;
	char first[256] = "Normal.", span[64], relay[64] = "no relay accepted";
	char text[768];
	const char *level = "ok";

	if (bad(sums, status, first, sizeof(first)))
		level = "bad";
	else if (warn(sums, status, first, sizeof(first)))
		level = "warn";
	if (sums->relay_open > 0)
		snprintf(relay, sizeof(relay), "%s accepted for relay",
		    commas(sums->relay_open).text);
	span_words(query, span, sizeof(span));
	snprintf(text, sizeof(text), "%s %s in and %s out %s, %s deferred, %s.",
	    first, commas(sums->received).text, commas(sums->sent).text, span,
	    per_cent(sums->deferred, deliveries).text, relay);
	return json_pack("{s:s,s:o}", "level", level, "text", json_words(text));
}
