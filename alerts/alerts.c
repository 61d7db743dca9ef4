/*
 * alerts.c - judge each event by the rules that want it
 *
 * Time is the host's own, as its events tell it, or the clock's once its logs
 * are read to their end.
 */
#include "alerts/alerts.h"

#include <stdlib.h>

#include "alerts/alerts_impl.h"
#include "base/mem.h"

#define AHEAD (300 * INT64_C(1000000)) /* of the clock: not believed */

static void
find_wanting(struct alerts *alerts)
{
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		signed char *wanting = alerts->wanting[kind];

		for (int i = 0; i < ALERT_RULES; i++) {
			const struct rule *rule = &rules[i];
			uint32_t wants = 0;

			for (int c = 0; c < CONDITIONS; c++)
				wants |= rule->conditions[c].wants;
			if (alerts->watches[i].config.enabled &&
			    (wants >> kind & 1) != 0)
				*wanting++ = (signed char)i;
		}
		*wanting = -1;
	}
}

void
alerts_reconfigure(struct alerts *alerts, const struct alert_config *config)
{
	slice_copy(slice_of(config->host != NULL ? config->host : "localhost"),
	    alerts->name, sizeof(alerts->name));
	for (size_t i = 0; i < ALERT_RULES; i++) {
		struct watch *watch = &alerts->watches[i];

		watch->config = config->rules[i];
		for (size_t c = 0; c < CONDITIONS; c++)
			if (watch->conditions[c] != NULL)
				watch->rule->conditions[c].kind->configure(
				    watch->conditions[c], &watch->config);
	}
	find_wanting(alerts);
}

struct alerts *
alerts_new(const struct alert_config *config, const struct alert_sinks *sinks)
{
	struct alerts *alerts = mem_zero(1, sizeof(*alerts));

	alerts->sinks = *sinks;
	alerts->live = true;
	alerts->packets = metric_find(SLICE("wire.packets"));
	alerts->dropped = metric_find(SLICE("wire.packets_dropped"));
	alerts->lines = lines_new();
	table_init(
	    &alerts->incidents, sizeof(struct incident_row), ALERTS_INCIDENTS);
	for (size_t i = 0; i < ALERT_RULES; i++) {
		struct watch *watch = &alerts->watches[i];

		watch->rule = &rules[i];
		watch->index = (unsigned)i;
		for (size_t c = 0; c < CONDITIONS; c++) {
			const struct condition *condition =
			    &rules[i].conditions[c];

			if (condition->kind != NULL)
				watch->conditions[c] =
				    condition->kind->make(&rules[i], condition);
		}
	}
	alerts_reconfigure(alerts, config);
	return alerts;
}

void
alerts_free(struct alerts *alerts)
{
	if (alerts == NULL)
		return;
	for (size_t i = 0; i < ALERT_RULES; i++)
		for (size_t c = 0; c < CONDITIONS; c++)
			if (alerts->watches[i].conditions[c] != NULL)
				rules[i].conditions[c].kind->free(
				    alerts->watches[i].conditions[c]);
	incidents_free(alerts);
	lines_free(alerts->lines);
	free(alerts);
}

void
alerts_live(struct alerts *alerts, bool live)
{
	alerts->live = live;
}

void
alerts_tick(struct alerts *alerts, int64_t now)
{
	alerts->clock = now;
	for (size_t i = 0; i < alerts->host_count && alerts->live; i++)
		hosts_time(alerts, &alerts->hosts[i],
		    now - alerts->hosts[i].lag * SECOND);
}

void
alerts_own_message(struct alerts *alerts, struct slice message_id)
{
	alerts->own[alerts->own_next] = event_message_key(message_id);
	alerts->own_next = (alerts->own_next + 1) % OWN_MESSAGES;
	alerts->own_dirty = true;
}

static bool
is_own(const struct alerts *alerts, const struct mail_event *event)
{
	for (size_t i = 0; i < OWN_MESSAGES; i++)
		if (alerts->own[i] == event->message_key)
			return true;
	return false;
}

/* 0 is no key.  No bit may be the same in all: tables go by the low ones. */
static uint64_t
some_hash(uint64_t hash)
{
	return hash != 0 ? hash : 1;
}

/* The hashes of the event's keys, of the host and of the source. */
static struct key_hashes
hash_keys(const struct host *host, const struct mail_event *event)
{
	uint64_t salt = host->public.hash + (event->source == SOURCE_WIRE);
	struct key_hashes hashes = { { salt } };
	struct slice account = event->account;

	salt *= 0x9e3779b97f4a7c15u;
	if (!addr_is_none(&event->client))
		hashes.of[KEY_CLIENT] =
		    some_hash(addr_hash(&event->client) ^ salt);
	if (account.n >= ALERTS_KEY)
		account.n = ALERTS_KEY - 1;
	if (account.n != 0)
		hashes.of[KEY_ACCOUNT] = some_hash(slice_hash(account) ^ salt);
	if (event->kind == EVENT_RECEIVED && event->message.subject_key != 0)
		hashes.of[KEY_SUBJECT] =
		    some_hash(event->message.subject_key ^ salt);
	return hashes;
}

/* By all conditions of one rule: was it an offence? */
static bool
judge_rule(struct alerts *alerts, struct watch *watch, struct mark *mark,
    const struct mail_event *event)
{
	struct verdict best = verdict_none();
	bool offence = false;
	uint32_t part = 0;
	uint64_t count = 0;

	for (size_t c = 0; c < CONDITIONS; c++) {
		const struct condition *condition = &watch->rule->conditions[c];
		struct verdict verdict = verdict_none();

		if ((condition->wants >> event->kind & 1) == 0)
			continue;
		mark->part = mark->whole = mark->other = 0;
		if (!condition->measure(event, mark) ||
		    !condition->kind->judge(
			watch->conditions[c], mark, &verdict))
			continue;
		offence = true;
		part = mark->part > part ? mark->part : part;
		/* Three accounts may be twenty failures. */
		count = verdict.count > count ? verdict.count : count;
		if (verdict.level > best.level)
			best = verdict;
	}
	mark->part = part;
	best.count = count;
	if (offence)
		incidents_offence(alerts, watch, mark, event, &best);
	return offence;
}

void
alerts_judge(struct alerts *alerts, const struct mail_event *event)
{
	const signed char *wanting = alerts->wanting[event->kind];
	struct host *host = hosts_get(alerts, event->host);
	struct mark mark = { .when = event->when,
		.host = &host->public,
		.wire = event->source == SOURCE_WIRE,
		.client = event->client,
		.account = event->account };
	struct key_hashes hashes;
	uint32_t offended = 0;

	if (alerts->clock != 0 && mark.when > alerts->clock + AHEAD)
		mark.when = alerts->clock;
	if (mark.when < alerts->first || alerts->first == 0)
		alerts->first = mark.when;
	hosts_time(alerts, host, mark.when);
	if (*wanting == -1 ||
	    (event->message_key != 0 && is_own(alerts, event)))
		return;
	if (mark.account.n >= ALERTS_KEY)
		mark.account.n = ALERTS_KEY - 1;
	if (event->kind == EVENT_RECEIVED) {
		mark.subject = event->message.subject;
		mark.subject_key = event->message.subject_key;
	}
	hashes = hash_keys(host, event);
	for (; *wanting != -1; wanting++) {
		struct watch *watch = &alerts->watches[*wanting];

		mark.hash = hashes.of[watch->rule->key];
		if (mark.hash != 0 && judge_rule(alerts, watch, &mark, event))
			offended |= 1u << *wanting;
	}
	if (offended != 0)
		lines_add(alerts->lines, event, &hashes, offended);
}

uint64_t
alerts_evicted(const struct alerts *alerts)
{
	uint64_t evicted = alerts->evicted;

	for (size_t i = 0; i < ALERT_RULES; i++)
		for (size_t c = 0; c < CONDITIONS; c++) {
			const struct rule_kind *kind =
			    rules[i].conditions[c].kind;

			if (kind != NULL && kind->evicted != NULL)
				evicted += kind->evicted(
				    alerts->watches[i].conditions[c]);
		}
	return evicted;
}

size_t
alerts_rule_count(void)
{
	return ALERT_RULES;
}

struct alert_rule
alerts_rule(const struct alerts *alerts, size_t i)
{
	const struct watch *watch = &alerts->watches[i];
	const struct rule_kind *kind = rules[i].conditions[0].kind;
	struct alert_rule rule = { rules[i].name, kind->name, rules[i].help,
		rules[i].key, watch->config, 0, watch->open, false };

	if (kind->keys != NULL)
		rule.keys = kind->keys(watch->conditions[0]);
	for (size_t h = 0; h < alerts->host_count; h++)
		rule.silenced |=
		    incident_is_silenced(watch, &alerts->hosts[h], false);
	return rule;
}
