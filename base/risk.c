/* risk.c - does an account look stolen: what it did and met with lately */
#include "base/risk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define DAY         86400
#define USUAL_DAYS  14 /* then older ones fade */
#define USUAL_LEAST 3
#define SHARE_OF    20 /* deliveries that a share is taken of, at least */
#define VOLUME_FROM 50 /* recipients a day */

static uint32_t
network_of(const struct addr *client)
{
	struct addr network = *client;
	size_t keep = network.family == 4 ? 3 : 8;

	memset(network.b + keep, 0, sizeof(network.b) - keep);
	return (uint32_t)addr_hash(&network);
}

static void
add_network(struct risk_day *day, uint32_t network)
{
	for (uint32_t i = 0; i < day->network_count; i++)
		if (day->networks[i] == network)
			return;
	if (day->network_count < RISK_NETWORKS)
		day->networks[day->network_count++] = network;
}

/* A day that is over for good becomes part of what is usual. */
static void
retire(struct risk *risk, const struct risk_day *day)
{
	uint64_t n;

	if (day->recipients == 0)
		return;
	if (risk->usual_days < USUAL_DAYS)
		risk->usual_days++;
	n = risk->usual_days;
	risk->usual_milli =
	    (risk->usual_milli * (n - 1) + (uint64_t)day->recipients * 1000) /
	    n;
}

/* NULL: too long ago. */
static struct risk_day *
day_of(struct risk *risk, int64_t number)
{
	struct risk_day *days = risk->days;

	if (number == days[0].number)
		return &days[0];
	if (number < days[0].number)
		return number == days[1].number ? &days[1] : NULL;
	retire(risk, &days[1]);
	days[1] = days[0];
	days[0] = (struct risk_day){ .number = number };
	if (days[1].number != number - 1) {
		retire(risk, &days[1]);
		days[1] = (struct risk_day){ .number = number - 1 };
	}
	return &days[0];
}

static bool
matters(const struct mail_event *event)
{
	switch (event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
	case EVENT_AUTH_OK:
	case EVENT_LOGIN_OK:
		return true;
	case EVENT_AUTH_FAILED:
	case EVENT_LOGIN_FAILED:
		return !event->auth.unavailable;
	default:
		return false;
	}
}

static void
count(struct risk_day *day, const struct mail_event *event)
{
	switch (event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		day->recipients += event->count * event->message.recipients;
		break;
	case EVENT_SENT:
		day->sent += event->count;
		return;
	case EVENT_DEFERRED:
		day->deferred += event->count;
		return;
	case EVENT_BOUNCED:
		day->bounced += event->count;
		return;
	case EVENT_AUTH_FAILED:
	case EVENT_LOGIN_FAILED:
		day->failed += event->count;
		return;
	default: /* it logged in */
		break;
	}
	if (!addr_is_none(&event->client))
		add_network(day, network_of(&event->client));
}

bool
risk_add(struct risk *risk, const struct mail_event *event)
{
	struct risk_day *day;

	if (!matters(event))
		return false;
	day = day_of(risk, event->when / 1000000 / DAY);
	if (day != NULL)
		count(day, event);
	return day != NULL;
}

static unsigned
at_most(uint64_t points, unsigned most)
{
	return points < most ? (unsigned)points : most;
}

static unsigned
share_of(const struct risk_facts *facts)
{
	uint64_t bad = (uint64_t)facts->deferred + facts->bounced;

	return bad == 0 ? 0 : (unsigned)(bad * 100 / (bad + facts->sent));
}

static bool
is_returned(const struct risk_facts *facts)
{
	return (uint64_t)facts->sent + facts->deferred + facts->bounced >=
		   SHARE_OF &&
	       share_of(facts) >= 10;
}

static bool
is_much(const struct risk_facts *facts)
{
	return facts->busiest >= VOLUME_FROM && facts->usual != 0 &&
	       facts->busiest / facts->usual > 2;
}

static unsigned
score(const struct risk_facts *facts)
{
	unsigned sum = at_most(facts->failed / 4, 15);

	if (facts->networks > 2)
		sum += at_most((uint64_t)(facts->networks - 2) * 4, 30);
	if (is_returned(facts))
		sum += at_most((uint64_t)share_of(facts) * 3 / 5, 30);
	if (is_much(facts))
		sum += at_most(
		    ((uint64_t)facts->busiest / facts->usual - 2) * 5, 25);
	return sum;
}

void
risk_judge(const struct risk *risk, int64_t now, struct risk_facts *facts)
{
	struct risk_day both = { 0 };

	*facts = (struct risk_facts){ .since = (now / DAY - 1) * DAY };
	for (size_t i = 0; i < 2; i++) {
		const struct risk_day *day = &risk->days[i];

		if (day->number < now / DAY - 1)
			continue;
		facts->recipients += day->recipients;
		facts->sent += day->sent;
		facts->deferred += day->deferred;
		facts->bounced += day->bounced;
		facts->failed += day->failed;
		if (day->recipients > facts->busiest)
			facts->busiest = day->recipients;
		for (uint32_t k = 0; k < day->network_count; k++)
			add_network(&both, day->networks[k]);
	}
	facts->networks = both.network_count;
	if (risk->usual_days >= USUAL_LEAST)
		facts->usual = (uint32_t)((risk->usual_milli + 999) / 1000);
	facts->score = score(facts);
}

/* The next of the facts, behind a comma. */
__attribute__((format(printf, 2, 3))) static void
say(char text[RISK_WORDS], const char *format, ...)
{
	size_t used = strlen(text);
	va_list rest;

	if (used > 0)
		used += (size_t)snprintf(text + used, RISK_WORDS - used, ", ");
	va_start(rest, format);
	(void)vsnprintf(text + used, RISK_WORDS - used, format, rest);
	va_end(rest);
}

void
risk_words(const struct risk_facts *facts, char text[RISK_WORDS])
{
	text[0] = '\0';
	if (is_returned(facts))
		say(text, "bounced or deferred %u %% of %" PRIu64,
		    share_of(facts),
		    (uint64_t)facts->sent + facts->deferred + facts->bounced);
	if (facts->networks > 2)
		say(text, "from %" PRIu32 "%s networks", facts->networks,
		    facts->networks == RISK_NETWORKS ? " or more" : "");
	if (is_much(facts))
		say(text,
		    "%" PRIu32 " recipients in a day against %" PRIu32
		    " as usual",
		    facts->busiest, facts->usual);
	if (facts->failed >= 4)
		say(text, "%" PRIu32 " failed logins in its name",
		    facts->failed);
}

void
risk_put(struct state_writer *w, const struct risk *risk)
{
	for (size_t i = 0; i < 2; i++) {
		const struct risk_day *day = &risk->days[i];

		put_u64(w, (uint64_t)day->number);
		put_u32(w, day->recipients);
		put_u32(w, day->sent);
		put_u32(w, day->deferred);
		put_u32(w, day->bounced);
		put_u32(w, day->failed);
		put_u32(w, day->network_count);
		for (uint32_t k = 0; k < day->network_count; k++)
			put_u32(w, day->networks[k]);
	}
	put_u32(w, risk->usual_days);
	put_u64(w, risk->usual_milli);
}

static bool
get_day(struct slice *at, struct risk_day *day)
{
	uint64_t number;

	if (!get_u64(at, &number) || !get_u32(at, &day->recipients) ||
	    !get_u32(at, &day->sent) || !get_u32(at, &day->deferred) ||
	    !get_u32(at, &day->bounced) || !get_u32(at, &day->failed) ||
	    !get_u32(at, &day->network_count) ||
	    day->network_count > RISK_NETWORKS)
		return false;
	day->number = (int64_t)number;
	for (uint32_t k = 0; k < day->network_count; k++)
		if (!get_u32(at, &day->networks[k]))
			return false;
	return true;
}

bool
risk_get(struct slice *at, struct risk *risk)
{
	return get_day(at, &risk->days[0]) && get_day(at, &risk->days[1]) &&
	       get_u32(at, &risk->usual_days) &&
	       risk->usual_days <= USUAL_DAYS &&
	       get_u64(at, &risk->usual_milli);
}
