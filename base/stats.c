/*
 * stats.c - the account: what happened, per host and mailer, and per step
 */
#include "base/stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stats_impl.h"

#define FUTURE_SECS 300 /* what is further ahead does not move the time */

/* Where the event at hand is counted. */
struct place {
	struct host *host;
	struct step *step; /* NULL: only totals are kept */
};

struct stats *
stats_new(void)
{
	return mem_zero(1, sizeof(struct stats));
}

void
stats_free(struct stats *stats)
{
	if (stats == NULL)
		return;
	for (size_t i = 0; i < stats->host_count; i++) {
		steps_fini(&stats->hosts[i]->steps);
		free(stats->hosts[i]);
	}
	free(stats);
}

void
stats_on_step(struct stats *stats, void (*take)(void *arg, struct stats_step *),
    void *arg)
{
	stats->take = take;
	stats->arg = arg;
}

void
stats_clock(struct stats *stats, int64_t now)
{
	stats->now = now;
}

struct host *
stats_find_host(const struct stats *stats, struct slice name)
{
	if (name.n >= STATS_NAME)
		name.n = STATS_NAME - 1;
	for (size_t i = 0; i < stats->host_count; i++)
		if (stats_is_name(stats->hosts[i]->public.name, name))
			return stats->hosts[i];
	return NULL;
}

struct host *
stats_get_host(struct stats *stats, struct slice name)
{
	struct host *host = stats->last_host;
	bool dropped = false;

	if (name.n >= STATS_NAME)
		name.n = STATS_NAME - 1;
	if (host != NULL && stats_is_name(host->public.name, name))
		return host;
	host = stats_find_host(stats, name);
	if (host == NULL && stats->host_count >= STATS_HOSTS - 1) {
		host = stats_find_host(stats, name = SLICE("other"));
		dropped = host != NULL;
	}
	if (host == NULL) {
		host = mem_zero(1, sizeof(*host));
		slice_copy(name, host->public.name, STATS_NAME);
		stats->hosts[stats->host_count++] = host;
	}
	host->public.totals[METRIC_AGENT_DROPPED] += dropped;
	stats->last_host = host;
	return host;
}

struct stats_mailer *
stats_get_mailer(struct host *host, struct slice name)
{
	struct stats_host *public = &host->public;
	struct stats_mailer *mailer;

	if (name.n >= STATS_NAME)
		name.n = STATS_NAME - 1;
	for (size_t i = 0; i < public->mailer_count; i++)
		if (stats_is_name(public->mailers[i].name, name))
			return &public->mailers[i];
	if (public->mailer_count >= STATS_MAILERS - 1 &&
	    !slice_is(name, "other"))
		return stats_get_mailer(host, SLICE("other"));
	mailer = &public->mailers[public->mailer_count++];
	slice_copy(name, mailer->name, STATS_NAME);
	return mailer;
}

static void
bump(struct place *place, enum metric metric, uint64_t n)
{
	place->host->public.totals[metric] += n;
	if (place->step != NULL)
		place->step->cells[metric] += n;
}

static struct place
find_place(struct stats *stats, struct slice name, int64_t seconds)
{
	struct host *host = stats_get_host(stats, name);
	struct place place = { host, NULL };
	bool late = false;
	bool future = stats->now != 0 && seconds > stats->now + FUTURE_SECS;

	host->dirty = true;
	if (future)
		seconds = host->public.last ? host->public.last : stats->now;
	if (host->public.first == 0 || seconds < host->public.first)
		host->public.first = seconds;
	if (seconds > host->public.last)
		host->public.last = seconds;
	if (stats->take != NULL)
		place.step = steps_get(stats, host, seconds, &late);
	if (late)
		bump(&place, METRIC_AGENT_LATE, 1);
	if (future)
		bump(&place, METRIC_AGENT_FUTURE, 1);
	return place;
}

static void
bump_mailer(struct place *place, struct slice name, enum mailer_metric metric,
    uint64_t n)
{
	struct stats_mailer *mailer;

	if (name.n == 0)
		return;
	mailer = stats_get_mailer(place->host, name);
	mailer->totals[metric] += n;
	if (place->step != NULL)
		place->step
		    ->mailers[mailer - place->host->public.mailers][metric] +=
		    n;
}

/* Kilobytes as Sendmail's statistics file has them: each message rounded up
   to 1000 bytes (sendmail/stats.c, KBYTES). */
static void
bump_bytes(struct place *place, struct slice mailer, enum mailer_metric bytes,
    uint64_t size, uint64_t n)
{
	enum mailer_metric kbytes =
	    bytes == MAILER_BYTES_FROM ? MAILER_KBYTES_FROM : MAILER_KBYTES_TO;

	bump_mailer(place, mailer, bytes, n * size);
	bump_mailer(
	    place, mailer, kbytes, n * (size / 1000 + (size % 1000 != 0)));
}

static void
add_received(struct place *place, const struct mail_event *event, uint64_t n)
{
	if (event->message.generated) {
		bump(place, METRIC_MESSAGES_GENERATED, n);
		return;
	}
	if (event->kind == EVENT_RECEIVED) {
		bump(place, METRIC_MESSAGES_RECEIVED, n);
		bump_mailer(place, event->mailer, MAILER_MSGS_FROM, n);
	}
	bump(place, METRIC_MESSAGES_RECEIVED_BYTES, n * event->message.bytes);
	bump(place, METRIC_MESSAGES_RECEIVED_RECIPIENTS,
	    n * event->message.recipients);
	bump_bytes(
	    place, event->mailer, MAILER_BYTES_FROM, event->message.bytes, n);
}

static void
add_sent(struct place *place, const struct mail_event *event, uint64_t n)
{
	bump(place, METRIC_MESSAGES_SENT, n);
	bump(place, METRIC_MESSAGES_SENT_BYTES, n * event->delivery.bytes);
	if (event->delivery.again)
		return;
	bump_mailer(place, event->mailer, MAILER_MSGS_TO, n);
	bump_bytes(
	    place, event->mailer, MAILER_BYTES_TO, event->delivery.bytes, n);
}

static void
add_rejected(struct place *place, const struct mail_event *event, uint64_t n)
{
	bump(place, METRIC_REJECTS_TOTAL, n);
	bump(place,
	    event->reject.temporary ? METRIC_REJECTS_TEMPORARY
				    : METRIC_REJECTS_PERMANENT,
	    n);
	bump(place, metric_of_reason(event->reject.reason), n);
	if (event->reject.reason == REASON_RELAY_DENIED)
		bump(place, METRIC_RELAY_DENIED, n);
	if (event->reject.apart)
		return;
	bump(place, METRIC_SESSIONS_REJECTED, n);
	bump_mailer(place, event->mailer, MAILER_MSGS_REJECTED, n);
}

/* Kinds that are one metric, and one column of the mailer. */
static const struct {
	enum metric metric;
	int column; /* enum mailer_metric, or -1 */
} simple[EVENT_KINDS] = {
	[EVENT_DEFERRED] = { METRIC_MESSAGES_DEFERRED, MAILER_DEFERRED },
	[EVENT_BOUNCED] = { METRIC_MESSAGES_BOUNCED, MAILER_BOUNCED },
	[EVENT_EXPIRED] = { METRIC_MESSAGES_EXPIRED, -1 },
	[EVENT_DISCARDED] = { METRIC_MESSAGES_DISCARDED,
	    MAILER_MSGS_DISCARDED },
	[EVENT_QUARANTINED] = { METRIC_MESSAGES_QUARANTINED,
	    MAILER_MSGS_QUARANTINED },
	[EVENT_AUTH_OK] = { METRIC_AUTH_OK, -1 },
	[EVENT_AUTH_FAILED] = { METRIC_AUTH_FAILED, -1 },
	[EVENT_LOGIN_OK] = { METRIC_LOGINS_OK, -1 },
	[EVENT_LOGIN_FAILED] = { METRIC_LOGINS_FAILED, -1 },
};

static void
add_simple(struct place *place, const struct mail_event *event, uint64_t n)
{
	bump(place, simple[event->kind].metric, n);
	if (event->kind == EVENT_DISCARDED)
		bump(place, METRIC_SESSIONS_REJECTED, n);
	if (simple[event->kind].column != -1)
		bump_mailer(place, event->mailer,
		    (enum mailer_metric)simple[event->kind].column, n);
}

static void
add_column(struct place *place, const struct mail_event *event, uint64_t n)
{
	enum mailer_metric metric = event->column.metric;

	n *= event->column.n;
	bump_mailer(place, event->mailer, metric, n);
	if (metric == MAILER_MSGS_REJECTED)
		bump(place, METRIC_SESSIONS_REJECTED, n);
	if (event->column.bytes != 0)
		bump_bytes(place, event->mailer,
		    metric == MAILER_MSGS_FROM ? MAILER_BYTES_FROM
					       : MAILER_BYTES_TO,
		    event->column.bytes, n);
}

static void
add_wire(struct place *place, const struct mail_event *event)
{
	struct wire_count counts[WIRE_COUNTS];
	size_t n = stats_count_wire(event, counts);

	for (size_t i = 0; i < n; i++)
		bump(place, counts[i].metric, counts[i].n);
}

void
stats_add(struct stats *stats, const struct mail_event *event)
{
	uint64_t n = event->count;
	struct place place;

	if (event_is_hop(event))
		return;
	place = find_place(stats, event->host, event->when / 1000000);
	if (event->source == SOURCE_WIRE) {
		add_wire(&place, event);
		return;
	}
	switch (event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		add_received(&place, event, n);
		break;
	case EVENT_SENT:
		add_sent(&place, event, n);
		break;
	case EVENT_REJECTED:
		add_rejected(&place, event, n);
		break;
	case EVENT_RELAYED:
		bump(&place, METRIC_RELAY_AUTHENTICATED + event->relay, n);
		break;
	case EVENT_PROBE:
		bump(&place, METRIC_PROBES_VRFY + event->probe, n);
		break;
	case EVENT_VERDICT:
		bump(&place, METRIC_VERDICTS_CLEAN + event->verdict, n);
		break;
	case EVENT_DISCONNECTED:
		if (event->end != SESSION_ENDED)
			bump(&place,
			    event->end == SESSION_LOST
				? METRIC_SESSIONS_LOST
				: METRIC_SESSIONS_TIMEOUT,
			    n);
		break;
	case EVENT_TLS:
		bump(&place, METRIC_SESSIONS_TLS, n);
		if (event->tls.version != TLS_OTHER)
			bump(&place,
			    METRIC_SESSIONS_TLS_1_0 +
				(event->tls.version - TLS_1_0),
			    n);
		break;
	case EVENT_COUNTED:
		add_column(&place, event, n);
		break;
	case EVENT_CONNECTED:
		bump(&place,
		    addr_is_loopback(&event->client)
			? METRIC_SESSIONS_LOCAL
			: METRIC_SESSIONS_CONNECTED,
		    n);
		break;
	case EVENT_CLEARTEXT:
	case EVENT_LIFECYCLE:
	case EVENT_MISSING:
	case EVENT_ROGUE:
	case EVENT_KINDS:
		break;
	default:
		add_simple(&place, event, n);
	}
}

void
stats_count(struct stats *stats, struct slice host, int64_t when,
    enum metric metric, uint64_t n)
{
	struct place place = find_place(stats, host, when);

	bump(&place, metric, n);
}

void
stats_gauge(
    struct stats *stats, struct slice host, enum metric metric, uint64_t value)
{
	struct stats_host *public = &stats_get_host(stats, host)->public;

	public->totals[metric] = value;
	public->told[metric] = true;
}

void
stats_forget(struct stats *stats, struct slice name, enum metric metric)
{
	struct host *host = stats_find_host(stats, name);

	if (host == NULL)
		return;
	host->public.totals[metric] = 0;
	host->public.told[metric] = false;
}

void
stats_close_steps(struct stats *stats, struct slice name, int64_t upto)
{
	struct host *host = stats_find_host(stats, name);

	if (host != NULL && steps_close(stats, host, upto))
		host->dirty = true;
}

size_t
stats_host_count(const struct stats *stats)
{
	return stats->host_count;
}

const struct stats_host *
stats_host(const struct stats *stats, size_t i)
{
	return &stats->hosts[i]->public;
}
