/*
 * grants.c - who may relay because somebody logged in from there
 *
 * Several spans of time an address: logs of several files are not read in the
 * order of their times to the line, so the latest login may not be the one
 * before the message.  Rows that are long over are dropped as others come.
 */
#include "collectors/grants.h"

#include <string.h>

#include "collectors/grants_impl.h"
#include "collectors/inflight.h"
#include "collectors/logins.h"

size_t
grant_bytes(void)
{
	return sizeof(struct grant);
}

static uint64_t
hash_key(const struct grant_key *key)
{
	return addr_hash(key->client) ^ (uint64_t)key->host_index << 32;
}

static bool
same_grant(const void *row, const void *wanted)
{
	const struct grant *grant = row;
	const struct grant_key *key = wanted;

	return grant->host_index == key->host_index &&
	       addr_eq(&grant->client, key->client);
}

static struct grant *
find(const struct tracker *tracker, const struct grant_key *key)
{
	return table_find(&tracker->grants, hash_key(key), same_grant, key);
}

static void
forget(struct tracker *tracker, struct grant *grant)
{
	struct state_writer key = { 0 };

	if (grant->saved) {
		grants_row_key(tracker, grant, &key);
		state_forget(tracker, &key);
	}
	table_remove(&tracker->grants, grant);
}

/* Since so many seconds. */
static bool
is_over(const struct grant *grant, int64_t now, int64_t seconds)
{
	for (size_t i = 0; i < grant->count; i++)
		if (grant->spans[i].to + seconds * SECOND > now)
			return false;
	return true;
}

struct grant *
grants_get(struct tracker *tracker, const struct grant_key *key, int64_t now)
{
	struct grant *grant = (void *)tracker->grants.oldest;

	for (int i = 0;
	     i < 2 && grant != NULL && is_over(grant, now, GRANT_LONGEST);
	     i++) {
		forget(tracker, grant);
		grant = (void *)tracker->grants.oldest;
	}
	grant = find(tracker, key);
	if (grant != NULL) {
		table_touch(&tracker->grants, grant);
		return grant;
	}
	grant = table_add(&tracker->grants, hash_key(key));
	if (grant == NULL) {
		grant = (void *)tracker->grants.oldest;
		tracker->counts.dropped += !is_over(grant, now, 0);
		forget(tracker, grant);
		grant = table_add(&tracker->grants, hash_key(key));
	}
	grant->host_index = key->host_index;
	grant->client = *key->client;
	return grant;
}

static bool
same_account(const struct span *span, struct slice account)
{
	char text[GRANT_TEXT];

	slice_copy(account, text, sizeof(text));
	return text[0] == '\0' || span->account[0] == '\0' ||
	       strcmp(text, span->account) == 0;
}

/* The one that the new one goes on with, or a new one behind it. */
static struct span *
span_at(struct grant *grant, int64_t from, struct slice account)
{
	struct span *span;

	for (size_t i = grant->count; i-- > 0;) {
		span = &grant->spans[i];
		if (span->from <= from && from < span->to &&
		    same_account(span, account))
			return span;
	}
	if (grant->count == GRANT_SPANS)
		memmove(grant->spans, grant->spans + 1,
		    --grant->count * sizeof(*grant->spans));
	span = &grant->spans[grant->count++];
	memset(span, 0, sizeof(*span));
	span->from = span->to = from;
	return span;
}

static void
allow(struct tracker *tracker, const struct grant_key *key,
    struct slice account, int64_t from, int64_t seconds, bool told)
{
	struct grant *grant;
	struct span *span;

	if (addr_is_none(key->client) || tracker->login_never)
		return;
	grant = grants_get(tracker, key, from);
	span = span_at(grant, from, account);
	if (from + seconds * SECOND > span->to)
		span->to = from + seconds * SECOND;
	if (account.n != 0)
		slice_copy(account, span->account, sizeof(span->account));
	span->told |= told;
	grant->dirty = true;
}

/* That it was then; to the hour, for it is in the state.  A clock that was
   ahead does not stay so. */
static void
note(struct tracker *tracker, uint32_t host_index, int64_t *last, int64_t when)
{
	if (when - *last < 3600 * SECOND && *last - when < 3600 * SECOND)
		return;
	*last = when;
	tracker->hosts[host_index].grants_dirty = true;
}

void
grants_login(struct tracker *tracker, const struct mail_event *event)
{
	struct grant_key key = { 0, &event->client };

	(void)tracker_host(tracker, event->host, &key.host_index);
	note(tracker, key.host_index,
	    &tracker->hosts[key.host_index].logging_in, event->when);
	allow(tracker, &key, event->account, event->when,
	    tracker->login_seconds, false);
}

void
grants_seen(struct tracker *tracker, const struct log_line *line)
{
	note(tracker, line->host_index,
	    &tracker->hosts[line->host_index].granting, line->when);
}

void
grants_add(struct tracker *tracker, const struct log_line *line,
    const struct addr *client, struct slice account, enum grant_end end)
{
	struct grant_key key = { line->host_index, client };

	grants_seen(tracker, line);
	allow(tracker, &key, account, line->when,
	    end == GRANT_BY_WORD ? GRANT_LONGEST : tracker->login_seconds,
	    true);
}

void
grants_end(struct tracker *tracker, const struct log_line *line,
    const struct addr *client)
{
	struct grant_key key = { line->host_index, client };
	struct grant *grant = find(tracker, &key);

	grants_seen(tracker, line);
	for (size_t i = 0; grant != NULL && i < grant->count; i++)
		if (grant->spans[i].from <= line->when &&
		    grant->spans[i].to > line->when) {
			grant->spans[i].to = line->when;
			grant->dirty = true;
			table_touch(&tracker->grants, grant);
		}
}

static bool
is_near(int64_t last, int64_t when)
{
	return last != 0 && when - last < GRANT_PROOF * SECOND &&
	       last - when < GRANT_PROOF * SECOND;
}

bool
grants_usual(const struct tracker *tracker, uint32_t host_index, int64_t when)
{
	return tracker->login_relays ||
	       (!tracker->login_never &&
		   is_near(tracker->hosts[host_index].granting, when));
}

/* The newest span of it that the time is in, and that lets relay; or NULL. */
static const struct span *
span_with(const struct grant *grant, int64_t when, bool usual)
{
	for (size_t i = grant == NULL ? 0 : grant->count; i-- > 0;) {
		const struct span *span = &grant->spans[i];

		if (span->from <= when && when < span->to &&
		    (span->told || usual))
			return span;
	}
	return NULL;
}

bool
grants_find(const struct tracker *tracker, uint32_t host_index,
    const struct addr *client, int64_t when, struct slice *account)
{
	const struct grant_key key = { host_index, client };
	bool usual = grants_usual(tracker, host_index, when);
	const struct span *span;

	*account = SLICE("");
	if (addr_is_none(client) || tracker->login_never)
		return false;
	if (!usual ||
	    !logins_waiting(tracker, host_index, client, when, account)) {
		span = span_with(find(tracker, &key), when, usual);
		if (span == NULL)
			return false;
		*account = slice_of(span->account);
	}
	/* There may be many networks: they are looked at last. */
	if (!home_has_address(&tracker->home, client))
		return true;
	*account = SLICE("");
	return false;
}

enum relay_kind
grants_judge(const struct tracker *tracker, uint32_t host_index,
    const struct addr *client, int64_t when, enum relay_kind otherwise,
    struct slice *account)
{
	const struct tracked_host *host = &tracker->hosts[host_index];

	if (grants_find(tracker, host_index, client, when, account))
		return RELAY_AUTHENTICATED;
	if (tracker->login_relays && !is_near(host->logging_in, when) &&
	    !is_near(host->granting, when))
		return RELAY_UNSURE;
	return otherwise;
}

uint32_t
grants_account(struct tracker *tracker, uint32_t host_index,
    const struct addr *client, int64_t when)
{
	struct slice account;

	(void)grants_find(tracker, host_index, client, when, &account);
	return account_number(tracker, account);
}
