/*
 * web_incidents.h - what is the matter, and who is blocked, for a web server
 *
 * The rules' and the list's own code, fed with a few offences.
 */
#ifndef TESTS_WEB_INCIDENTS_H
#define TESTS_WEB_INCIDENTS_H

#include <stdio.h>
#include <stdlib.h>

#include "alerts/alerts.h"
#include "blocks/blocks.h"

/* What a stranger would have run, or a terminal obey. */
#define HOSTILE "<img src=x onerror=alert(1)>\033[2J\"'&"

struct incidents {
	struct block_config config;
	struct blocks *blocks;
	struct alert_config rules;
	struct alerts *alerts;
	int64_t now; /* microseconds */
};

static inline enum incident_action
incidents_block(
    void *arg, const struct incident *incident, int64_t when, uint32_t *seconds)
{
	struct incidents *i = arg;
	struct block_wish wish = {
		.what = { incident->client,
		    incident->client.family == 4 ? 32 : 128 },
		.rule = slice_of(incident->rule),
		.reason = slice_of(incident->what),
		.when = when,
		.seconds = *seconds,
	};

	(void)blocks_add(i->blocks, &wish, i->now, NULL);
	return blocks_mode(i->blocks) == BLOCK_OBSERVE ? ACTION_OBSERVED
						       : ACTION_BLOCK;
}

static inline struct mail_event
incidents_reject(enum reason reason, const char *client, int64_t when)
{
	struct mail_event event = {
		.when = when,
		.count = 1,
		.kind = EVENT_REJECTED,
		.host = SLICE("mx1.example.org"),
		.mailer = SLICE("smtp"),
		.reject = { .reason = reason, .code = 554 },
	};

	(void)addr_parse(slice_of(client), &event.client);
	return event;
}

/* So many refusals, the last `ago' seconds before now. */
static inline void
incidents_refuse(struct incidents *i, enum reason reason, const char *client,
    unsigned n, int64_t ago)
{
	char line[400];

	while (n-- > 0) {
		struct mail_event event = incidents_reject(
		    reason, client, i->now - (ago + 7 * n) * 1000000);

		snprintf(line, sizeof(line),
		    "Nov 22 08:5%u:00 mx1 postfix/smtpd[%u]: NOQUEUE: reject: "
		    "RCPT from unknown[%s]: 554 5.7.1 <%s@example.com>: Relay "
		    "access denied; from=<a@b.example> proto=ESMTP",
		    n % 10, 700 + n, client, HOSTILE);
		event.line = slice_of(line);
		alerts_judge(i->alerts, &event);
	}
}

static inline void
incidents_wish(
    struct incidents *i, const char *what, const char *reason, uint32_t seconds)
{
	struct block_wish wish = {
		.reason = slice_of(reason), .when = i->now, .seconds = seconds
	};

	if (!prefix_parse(slice_of(what), &wish.what))
		wish.sender = slice_of(what);
	if (blocks_add(i->blocks, &wish, i->now, NULL) != BLOCK_DONE)
		abort();
}

static inline void
incidents_open(struct incidents *i, int64_t now)
{
	static char backend[] = "access";
	struct alert_sinks sinks = { .block = incidents_block, .arg = i };

	i->now = now;
	i->config = (struct block_config){ .mode = BLOCK_ENFORCE,
		.backend = backend,
		.max_blocks = 1000,
		.max_new = 100 };
	i->blocks = blocks_new(&i->config);
	alerts_defaults(&i->rules);
	i->alerts = alerts_new(&i->rules, &sinks);
	alerts_live(i->alerts, true);
	incidents_refuse(i, REASON_RELAY_DENIED, "203.0.113.77", 4, 300);
	incidents_refuse(i, REASON_RELAY_DENIED, "198.51.100.9", 2, 100);
	alerts_trouble(i->alerts, "access map",
	    "/etc/mail/access: line 12: the region above was edited",
	    now - 60000000);
	incidents_wish(i, "198.51.100.0/24", "asked for by " HOSTILE, 86400);
	incidents_wish(i, "2001:db8:5:6::/64", "", 3600);
	incidents_wish(i, "spam@example.net", "a newsletter", 7 * 86400);
}

static inline void
incidents_close_all(struct incidents *i)
{
	alerts_free(i->alerts);
	blocks_free(i->blocks);
}

#endif
