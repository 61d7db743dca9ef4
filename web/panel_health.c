/* panel_health.c - how the agent itself is: what it reads, what it dropped */
#include "web/json.h"
#include "web/panel.h"

#define SHAPES   30 /* that are shown */
#define PROGRAMS 64 /* all that are kept */

static json_t *
mails_json(const struct mail_counts *mails)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:o}", "waiting",
	    (json_int_t)mails->waiting, "sent", json_whole(mails->sent),
	    "failed", json_whole(mails->failed), "dropped",
	    json_whole(mails->dropped), "digested",
	    json_whole(mails->digested));
}

/* Since the agent was started; masked, but a stranger's words all the same. */
static json_t *
shapes_json(const struct panel_question *question)
{
	const struct web_sources *sources = question->sources;
	struct line_shape rows[SHAPES];
	json_t *list = json_array();
	uint64_t others;
	size_t n = sources->shapes(sources->arg, rows, SHAPES, &others);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
		    json_pack("{s:o,s:o}", "text", json_words(rows[i].text),
			"count", json_whole(rows[i].count)));
	return json_pack(
	    "{s:o,s:o}", "top", list, "others", json_whole(others));
}

static json_t *
program_json(const struct program_share *share)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "program",
	    json_words(share->program), "recognised",
	    json_whole(share->recognised), "ignored",
	    json_whole(share->ignored), "unrecognised",
	    json_whole(share->unrecognised));
}

/* Since the beginning; whoever may write to the log can name a program. */
static json_t *
programs_json(const struct panel_question *question)
{
	const struct web_sources *sources = question->sources;
	struct program_share rows[PROGRAMS], others;
	json_t *list = json_array();
	size_t n = sources->programs(sources->arg, rows, PROGRAMS, &others);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, program_json(&rows[i]));
	return json_pack(
	    "{s:o,s:o}", "top", list, "others", program_json(&others));
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct web_status *status = &question->status;
	const uint64_t *totals = question->host->totals;
	json_t *counts = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "lost",
	    json_whole(totals[METRIC_AGENT_LINES_LOST]), "ambiguous",
	    json_whole(totals[METRIC_AGENT_AMBIGUOUS]), "late",
	    json_whole(totals[METRIC_AGENT_LATE]), "future",
	    json_whole(totals[METRIC_AGENT_FUTURE]), "dropped",
	    json_whole(totals[METRIC_AGENT_DROPPED]), "history_dropped",
	    json_whole(totals[METRIC_AGENT_HISTORY_DROPPED]), "evicted",
	    json_whole(tally_evicted(question->sources->tally)), "rrd_writes",
	    json_whole(series_writes(question->sources->series)));

	(void)err;
	return json_pack("{s:I,s:I,s:o,s:o,s:i,s:o,s:o,s:o,s:o,s:I,s:o,s:o}",
	    "now", (json_int_t)status->now, "started",
	    (json_int_t)status->started, "note", json_words(status->note),
	    "trouble", json_words(status->trouble), "catching_up",
	    status->catching_up, "coverage", panel_coverage(question), "counts",
	    counts, "mails", mails_json(&status->mails), "span",
	    panel_span(question->host), "streams",
	    (json_int_t)question->streams, "shapes",
	    question->signed_in ? shapes_json(question) : json_null(),
	    "programs",
	    question->signed_in ? programs_json(question) : json_null());
}

const struct web_panel panel_health = {
	.name = "health",
	.data = data,
};
