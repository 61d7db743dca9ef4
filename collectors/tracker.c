/* tracker.c - what is under way: hosts, time, and the way out for events */
#include "collectors/tracker.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/grants.h"
#include "collectors/logins.h"
#include "collectors/relays.h"
#include "collectors/exim/under_way.h"
#include "collectors/attempts.h"
#include "collectors/sendmail/envelope.h"
#include "collectors/sendmail/waiting.h"
#include "collectors/transcript/transcript.h"
#include "collectors/tracker_impl.h"
#include "collectors/wrapped.h"

static void
set_logins(struct tracker *tracker, const struct tracker_config *config)
{
	tracker->login_relays = config->login_relays;
	tracker->login_never = config->login_never;
	tracker->login_seconds =
	    config->login_seconds != 0 ? config->login_seconds : GRANT_WINDOW;
}

struct tracker *
tracker_new(const struct tracker_config *config, struct event_sink sink)
{
	static const struct tracker_config nothing;
	struct tracker *tracker = mem_zero(1, sizeof(*tracker));

	home_init(&tracker->home, config != NULL ? config : &nothing);
	set_logins(tracker, config != NULL ? config : &nothing);
	tracker->sink = sink;
	table_init(
	    &tracker->messages, sizeof(struct message), TRACKER_MESSAGES);
	table_init(&tracker->message_ids, sizeof(struct message_id_row),
	    TRACKER_MESSAGES);
	table_init(
	    &tracker->sessions, sizeof(struct session), TRACKER_SESSIONS);
	table_init(&tracker->attempts, sizeof(struct begun), TRACKER_ATTEMPTS);
	table_init(
	    &tracker->accounts, sizeof(struct account_text), TRACKER_NAMES);
	table_init(&tracker->grants, grant_bytes(), GRANTS_MOST);
	return tracker;
}

void
tracker_free(struct tracker *tracker)
{
	struct pending *pending, *next;

	if (tracker == NULL)
		return;
	for (pending = tracker->pending; pending != NULL; pending = next) {
		next = pending->next;
		free(pending);
	}
	home_fini(&tracker->home);
	envelopes_free(tracker->envelopes);
	logins_free(tracker->logins);
	relays_free(tracker->relays);
	exim_free(tracker->exim);
	transcripts_free(tracker->transcripts);
	wrapped_free(tracker->wrapped);
	table_fini(&tracker->messages);
	table_fini(&tracker->message_ids);
	table_fini(&tracker->sessions);
	table_fini(&tracker->attempts);
	table_fini(&tracker->grants);
	table_fini(&tracker->accounts);
	writer_fini(&tracker->gone);
	free(tracker);
}

void
tracker_reconfigure(
    struct tracker *tracker, const struct tracker_config *config)
{
	home_fini(&tracker->home);
	home_init(&tracker->home, config);
	set_logins(tracker, config);
}

void
tracker_pseudonyms(struct tracker *tracker, struct pseudonyms *names)
{
	tracker->names = names;
}

static enum home_domain
domain_is(const struct tracker *tracker, struct slice address)
{
	ptrdiff_t at = slice_find_last(address, SLICE("@"));

	return home_domain(&tracker->home,
	    at == -1 ? address : slice_from(address, (size_t)at + 1));
}

bool
tracker_is_our_domain(const struct tracker *tracker, struct slice address)
{
	return domain_is(tracker, address) != HOME_ELSEWHERE;
}

bool
tracker_is_local_domain(const struct tracker *tracker, struct slice address)
{
	return domain_is(tracker, address) == HOME_LOCAL;
}

bool
tracker_domains_known(const struct tracker *tracker)
{
	return tracker->home.domains.count != 0;
}

struct tracker_counts *
tracker_counts(struct tracker *tracker)
{
	return &tracker->counts;
}

struct slice
tracker_host(struct tracker *tracker, struct slice name, uint32_t *index)
{
	struct tracked_host *host;
	char lower[sizeof(host->name)];
	size_t n = slice_copy(name, lower, sizeof(lower));
	uint32_t i;

	for (size_t c = 0; c < n; c++)
		if (lower[c] >= 'A' && lower[c] <= 'Z')
			lower[c] = (char)(lower[c] + ('a' - 'A'));
	if (n == 0)
		n = slice_copy(SLICE("unknown"), lower, sizeof(lower));
	for (i = 0; i < tracker->host_count; i++) {
		host = &tracker->hosts[i];
		if (host->length == n && memcmp(host->name, lower, n) == 0)
			break;
	}
	if (i == TRACKER_HOSTS) {
		tracker->counts.dropped++;
		return tracker_host(tracker, SLICE("other"), index);
	}
	if (i == TRACKER_HOSTS - 1 && i == tracker->host_count)
		n = slice_copy(SLICE("other"), lower, sizeof(lower));
	host = &tracker->hosts[i];
	if (i == tracker->host_count) {
		memcpy(host->name, lower, n + 1);
		host->length = n;
		tracker->host_count++;
	}
	*index = i;
	return (struct slice){ host->name, host->length };
}

struct slice
tracker_host_name(const struct tracker *tracker, uint32_t index)
{
	return (struct slice){ tracker->hosts[index].name,
		tracker->hosts[index].length };
}

void
tracker_time(struct tracker *tracker, const struct log_line *line)
{
	if (tracker->pending != NULL &&
	    line->when - tracker->pending->when >= HOPS_WAIT)
		hops_settle(tracker, line->when);
	if (tracker->logins != NULL)
		logins_settle(tracker, line->when);
	if (tracker->envelopes != NULL &&
	    line->when >= tracker->envelopes_due[line->host_index])
		envelopes_time(tracker, line->host_index, line->when);
	if (tracker->exim != NULL)
		exim_time(tracker, line->host_index, line->when);
}

void
tracker_clock(struct tracker *tracker, int64_t when)
{
	struct log_line line = { .when = when };

	for (; line.host_index < tracker->host_count; line.host_index++)
		tracker_time(tracker, &line);
}

void
tracker_several(struct tracker *tracker, bool several)
{
	tracker->several = several;
}

void
tracker_read(struct tracker *tracker, int64_t upto)
{
	relays_settle(tracker, upto);
}

void
tracker_finish(struct tracker *tracker)
{
	if (tracker->exim != NULL)
		exim_finish(tracker);
	hops_settle(tracker, INT64_MAX);
	logins_settle(tracker, INT64_MAX);
	relays_settle(tracker, INT64_MAX);
	if (tracker->envelopes != NULL)
		envelopes_finish(tracker);
	transcripts_finish(tracker);
}

int64_t
tracker_floor(const struct tracker *tracker, uint32_t host_index)
{
	int64_t floor = envelopes_floor(tracker, host_index);
	int64_t exim = exim_floor(tracker, host_index);

	floor = exim < floor ? exim : floor;

	for (const struct pending *p = tracker->pending; p != NULL; p = p->next)
		if (p->host_index == host_index && p->kind != PENDING_HANDED &&
		    p->when < floor)
			floor = p->when;
	if (tracker->logins != NULL &&
	    logins_floor(tracker, host_index) < floor)
		floor = logins_floor(tracker, host_index);
	if (relays_floor(tracker, host_index) < floor)
		floor = relays_floor(tracker, host_index);
	return floor;
}

void
tracker_line(struct tracker *tracker, struct slice line)
{
	tracker->line = line;
}

void
tracker_emit(struct tracker *tracker, struct mail_event *event)
{
	event->line = tracker->line;
	if (event->kind == EVENT_LOGIN_OK)
		grants_login(tracker, event);
	tracker->sink.take(tracker->sink.arg, event);
}

void
put_addr(struct state_writer *w, const struct addr *addr)
{
	put_bytes(w, addr, sizeof(*addr));
}

bool
get_addr(struct slice *at, struct addr *addr)
{
	return get_bytes(at, addr, sizeof(*addr));
}
