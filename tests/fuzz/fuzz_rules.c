/*
 * fuzz_rules.c - whatever events come, in whatever order of time
 *
 * Six bytes make an event; some are a restart, a tick of the clock, a gauge.
 * What was saved must load, and tables stay within their caps.
 */
#include <stdlib.h>

#include "alerts/alerts.h"
#include "base/array.h"
#include "base/rows.h"

#define BEGIN (INT64_C(1795338000) * 1000000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct alert_sinks no_sinks;

static struct alerts *
start(void)
{
	struct alert_config config;

	alerts_defaults(&config);
	return alerts_new(&config, &no_sinks);
}

static struct alerts *
restart(struct alerts *alerts)
{
	struct alerts *again = start();
	struct state_part old[ALERTS_PARTS], new[ALERTS_PARTS];

	alerts_parts(alerts, old);
	alerts_parts(again, new);
	for (size_t i = 0; i < ALERTS_PARTS; i++) {
		struct state_rows rows = { 0 };
		struct row row;
		struct err err;

		old[i].save(old[i].arg, &rows);
		for (size_t at = 0; rows_next(&rows, &at, &row);)
			if (!row.dropped && new[i].load(new[i].arg, row.key,
						row.value, &err) == -1)
				abort();
		rows_fini(&rows);
	}
	alerts_free(alerts);
	return again;
}

static void
judge(struct alerts *alerts, const uint8_t *b, int64_t when)
{
	static const char *const names[] = { "", "kim", "ann", "a\xff\n" };
	struct mail_event event = { .when = when,
		.kind = (enum event_kind)(b[0] % EVENT_KINDS),
		.source = b[1] & 64 ? SOURCE_WIRE : SOURCE_LOG,
		.count = b[2] == 255 ? UINT32_MAX : b[2],
		.host = b[1] & 128 ? SLICE("mx1") : SLICE("mx2"),
		.account = slice_of(names[b[1] % NELEMS(names)]),
		.line = { (const char *)b, 6 } };

	event.client.family = b[3] % 3 == 0 ? 0 : b[3] % 3 == 1 ? 4 : 6;
	if (event.client.family != 0)
		event.client.b[b[4] % 4] = b[3];
	if (event.kind == EVENT_REJECTED)
		event.reject.reason = (enum reason)(b[5] % REASONS);
	else if (event.kind == EVENT_RECEIVED || event.kind == EVENT_SIZED)
		event.message.recipients = b[5] * 100000000u;
	else if (event.kind == EVENT_VERDICT)
		event.verdict = (enum verdict_kind)(b[5] % 4);
	else if (event.kind == EVENT_RELAYED)
		event.relay = (enum relay_kind)(b[5] % 4);
	alerts_judge(alerts, &event);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct alerts *alerts = start();
	int64_t when = BEGIN;

	for (; size >= 6; data += 6, size -= 6) {
		/* Mostly onwards by moments; at times by weeks, or back. */
		when += data[4] < 250
			    ? (int64_t)data[4] * data[4] * 10000
			    : (data[5] - INT64_C(100)) * 3600 * 1000000;
		if (data[0] == 255)
			alerts = restart(alerts);
		else if (data[0] == 254)
			alerts_tick(alerts, when);
		else if (data[0] == 253)
			alerts_gauge(alerts, SLICE("mx1"), when / 1000000,
			    data[1] & 1 ? METRIC_AGENT_LAG_SECONDS
					: METRIC_QUEUE_OLDEST_SECONDS,
			    data[2] * 100u);
		else if (data[0] == 252)
			alerts_count(alerts, SLICE("mx1"), when / 1000000,
			    data[1] & 1 ? METRIC_AGENT_LINES
					: METRIC_AGENT_LINES_UNRECOGNISED,
			    data[2] * 10u);
		else
			judge(alerts, data, when);
	}
	if (alerts_incident_count(alerts) > ALERTS_INCIDENTS)
		abort();
	for (size_t i = 0; i < alerts_incident_count(alerts); i++)
		if (alerts_incident(alerts, i)->number == 0)
			abort();
	alerts_free(alerts);
	return 0;
}
