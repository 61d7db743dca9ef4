/*
 * incidents.c - an incident opens, grows and is over
 *
 * It opens at the first level that is crossed, gathers every offence that
 * follows, and is over when there was none for as long as its window.  What is
 * said and done about it goes by the sinks, unless it is past.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alerts/alerts_impl.h"
#include "base/mem.h"

#define CROWD 1000

/* Between the last event judged and the commit that knows of it. */
#define UNCOMMITTED (60 * INT64_C(1000000))

/* Was it to be acted upon, when it came? */
static bool
is_present(const struct alerts *alerts, int64_t when, uint32_t within)
{
	return alerts->live ||
	       (alerts->saved != 0 && when >= alerts->saved - UNCOMMITTED &&
		   when >= alerts->clock - (int64_t)within * SECOND);
}

bool
incident_is_silenced(
    const struct watch *watch, const struct host *host, bool wire)
{
	const struct rule_kind *kind = watch->rule->conditions[0].kind;

	if (wire && host->blind[GAUGE_DROPS])
		return true;
	return host->blind[GAUGE_COVERAGE] &&
	       (kind == &rule_share || kind == &rule_surge ||
		   kind == &rule_silence);
}

void
incidents_notice(
    struct alerts *alerts, struct incident_row *row, enum notice what)
{
	if (alerts->sinks.notice != NULL && !row->public.past)
		alerts->sinks.notice(alerts->sinks.arg, &row->public, what);
}

/* Read back first and then present, it is the same block. */
static void
count_block(struct incident_row *row, int64_t when, uint32_t seconds)
{
	if (when >= row->blocked_until)
		fired_add(&row->watch->fired, when, FIRED_BLOCKED);
	row->blocked_until = when + (int64_t)seconds * SECOND;
}

/*
 * A block is for a client that is there now: an event so old that its window
 * has passed comes too late.
 */
static void
ask_block(struct alerts *alerts, struct incident_row *row, int64_t when)
{
	uint32_t seconds = row->watch->config.block;
	int64_t window = (int64_t)row->public.within * SECOND;

	row->public.action = ACTION_ALERT;
	if (alerts->sinks.block == NULL ||
	    (alerts->clock != 0 && when < alerts->clock - window))
		return;
	row->public.action = alerts->sinks.block(
	    alerts->sinks.arg, &row->public, when, &seconds);
	if (row->public.action != ACTION_BLOCK &&
	    row->public.action != ACTION_OBSERVED)
		return;
	row->public.block_seconds = seconds;
	count_block(row, when, seconds);
}

/* It is past: only what would have been is counted. */
static void
miss_block(struct alerts *alerts, struct incident_row *row, int64_t when)
{
	if (alerts->sinks.would_block != NULL &&
	    alerts->sinks.would_block(alerts->sinks.arg, &row->public, when))
		count_block(row, when, row->watch->config.block);
}

static bool
wants_block(const struct incident_row *row)
{
	return row->watch->config.block != 0 &&
	       row->public.kind == KEY_CLIENT && row->public.level == LEVEL_ACT;
}

/* A level is crossed. */
static void
act(struct alerts *alerts, struct incident_row *row,
    const struct verdict *verdict, int64_t when)
{
	struct incident *public = &row->public;

	public->past = !is_present(alerts, when, verdict->within);
	public->level = (enum alert_level)verdict->level;
	public->crossed = verdict->at;
	public->value = verdict->value;
	public->usual = verdict->usual;
	public->within = verdict->within;
	if (public->past) {
		public->action = ACTION_NONE;
		if (wants_block(row))
			miss_block(alerts, row, when);
	} else if (wants_block(row)) {
		ask_block(alerts, row, when);
	} else {
		public->action = ACTION_ALERT;
	}
}

static void
describe_key(
    const struct mark *mark, enum alert_key kind, char text[ALERTS_KEY])
{
	int n;

	switch (kind) {
	case KEY_CLIENT:
		addr_print(&mark->client, text);
		break;
	case KEY_ACCOUNT:
		slice_copy(mark->account, text, ALERTS_KEY);
		break;
	case KEY_SUBJECT:
		n = snprintf(
		    text, ALERTS_KEY, "%016" PRIx64 " ", mark->subject_key);
		slice_copy(mark->subject, text + n, ALERTS_KEY - (size_t)n);
		break;
	default:
		slice_copy(
		    (struct slice){ mark->host->name, mark->host->length },
		    text, ALERTS_KEY);
	}
}

static void
gather_evidence(struct alerts *alerts, struct incident_row *row,
    const struct mail_event *event)
{
	enum alert_key kind = row->public.kind;

	incident_evidence(alerts, row);
	if (row->evidence == NULL)
		return;
	lines_gather(alerts->lines, row->evidence, row->watch->index, kind,
	    row->hash, row->public.first);
	if (event != NULL)
		evidence_add(row->evidence, event, kind != KEY_CLIENT);
}

static void
link_open(struct incident_row *row)
{
	struct host *host = host_of(row->of_host);

	row->watch->open++;
	row->before = NULL;
	row->behind = host->open;
	if (host->open != NULL)
		host->open->before = row;
	host->open = row;
}

static void
unlink_open(struct incident_row *row)
{
	struct host *host = host_of(row->of_host);

	row->watch->open--;
	if (row->before != NULL)
		row->before->behind = row->behind;
	else
		host->open = row->behind;
	if (row->behind != NULL)
		row->behind->before = row->before;
}

void
incident_describe(struct alerts *alerts, struct incident_row *row,
    struct slice host, struct slice words)
{
	struct watch *watch = row->watch;
	const struct rule *rule = watch != NULL ? watch->rule : NULL;
	struct incident *public = &row->public;
	char *old = row->words;

	public->rule = rule != NULL ? rule->name : "agent";
	public->what = rule != NULL ? rule->what : "in trouble";
	public->unit = rule != NULL ? rule->unit : "";
	public->kind = rule != NULL ? rule->key : KEY_AGENT;
	public->critical = rule != NULL && rule->critical;
	public->mails = watch == NULL || watch->config.mail;
	row->words = words.n != 0 ? mem_slice(words) : NULL;
	public->words = words.n != 0 ? row->words : "";
	free(old);
	if (host.p != public->host)
		slice_copy(host, public->host, sizeof(public->host));
	if (watch == NULL)
		return;
	row->of_host = &hosts_get(alerts, host)->public;
	if (public->open)
		link_open(row);
}

/* A late event crosses with one that is newer, time itself after its limit. */
static int64_t
crossed_at(const struct mark *mark, const struct verdict *verdict)
{
	return mark->when > verdict->at ? mark->when : verdict->at;
}

static void
open_incident(struct alerts *alerts, struct watch *watch,
    const struct mark *mark, const struct mail_event *event,
    const struct verdict *verdict)
{
	struct incident_row *row;
	struct incident *public;
	char key[ALERTS_KEY];
	int64_t over;

	describe_key(mark, watch->rule->key, key);
	row = incident_add(alerts, watch, mark->hash, mark->wire, key);
	public = &row->public;
	public->number = ++alerts->number;
	incident_describe(alerts, row,
	    (struct slice){ mark->host->name, mark->host->length }, SLICE(""));
	if (public->kind == KEY_CLIENT)
	public->client = mark->client;
	public->first = verdict->first;
	public->last = crossed_at(mark, verdict);
	public->count = verdict->count;
	gather_evidence(alerts, row, event);
	fired_levels(&watch->fired, public->last, -1, verdict->level);
	act(alerts, row, verdict, public->last);
	over = public->last + (int64_t) public->within * SECOND;
	if (over < row->of_host->due)
		row->of_host->due = over;
	incidents_notice(alerts, row, NOTICE_OPEN);
}

/* It goes on: is it worse, is it present now, is the block over? */
static void
go_on(struct alerts *alerts, struct incident_row *row, const struct mark *mark,
    const struct verdict *verdict)
{
	struct incident *public = &row->public;
	bool was_past = public->past;
	int64_t when = crossed_at(mark, verdict);

	if (verdict->level < 0)
		return;
	fired_levels(
	    &row->watch->fired, when, (int)public->level, verdict->level);
	if (was_past && is_present(alerts, mark->when, verdict->within)) {
		act(alerts, row, verdict, when);
		incidents_notice(alerts, row, NOTICE_OPEN);
	} else if (verdict->level > (int)public->level) {
		act(alerts, row, verdict, when);
		incidents_notice(alerts, row, NOTICE_GROW);
	} else if (verdict->level == LEVEL_ACT && wants_block(row) &&
		   public->last >= row->blocked_until) {
		if (was_past)
			miss_block(alerts, row, public->last);
		else
			ask_block(alerts, row, public->last);
	}
}

void
incidents_offence(struct alerts *alerts, struct watch *watch,
    const struct mark *mark, const struct mail_event *event,
    const struct verdict *verdict)
{
	struct incident_row *row;

	if (watch->open == 0 && verdict->level < 0)
		return;
	row = incident_find(alerts, watch, mark);
	/* What holds as time passes, has held since it was last heard of. */
	if (row != NULL && event != NULL &&
	    mark->when >
		row->public.last + (int64_t)row->public.within * SECOND) {
		incidents_close(alerts, row);
		row = NULL;
	}
	if (row == NULL) {
		if (verdict->level >= 0 && !incident_is_silenced(watch,
					       host_of(mark->host), mark->wire))
			open_incident(alerts, watch, mark, event, verdict);
		return;
	}
	row->dirty = true;
	if (event != NULL)
		row->public.count += mark->part;
	else if (verdict->level >= 0)
		row->public.value = verdict->value; /* as it is now */
	if (mark->when > row->public.last)
		row->public.last = mark->when;
	if (row->evidence != NULL && event != NULL)
		evidence_add(
		    row->evidence, event, row->public.kind != KEY_CLIENT);
	table_touch(&alerts->incidents, row);
	go_on(alerts, row, mark, verdict);
}

void
incidents_close(struct alerts *alerts, struct incident_row *row)
{
	row->public.open = false;
	row->dirty = true;
	if (row->watch != NULL)
		unlink_open(row);
	incident_is_closed(alerts, row);
	incidents_notice(alerts, row, NOTICE_OVER);
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = (*(struct incident_row *const *)a)->public.number;
	uint64_t y = (*(struct incident_row *const *)b)->public.number;

	return (x > y) - (x < y);
}

/* Those of the host that were calm for their window; the first one first.
   Closing one may remove another, but no open one. */
void
incidents_close_due(struct alerts *alerts, struct host *host)
{
	int64_t now = host->public.now, due, next = INT64_MAX;
	struct incident_row **calm = NULL;
	size_t n = 0, looked_at = 0;

	for (struct incident_row *row = host->open; row != NULL;
	     row = row->behind) {
		looked_at++;
		due = row->public.last + (int64_t)row->public.within * SECOND;
		if (due >= now) {
			next = due < next ? due : next;
			continue;
		}
		if ((n & (n - 1)) == 0)
			calm = mem_grow(calm, n * 2 + 1, sizeof(*calm));
		calm[n++] = row;
	}
	if (n != 0)
		qsort(calm, n, sizeof(*calm), by_number);
	for (size_t i = 0; i < n; i++)
		incidents_close(alerts, calm[i]);
	free(calm);
	/* Not for each of ten thousand in turn: once a second will do. */
	host->public.due =
	    looked_at > CROWD && next < now + SECOND ? now + SECOND : next;
}
