/*
 * warning.c - what any Postfix daemon may complain of
 *
 * Most warnings tell of the host's own trouble and change no count.  A few
 * are the only line of a refusal or of a failed authentication.
 */
#include "base/array.h"
#include "collectors/life.h"
#include "collectors/postfix/postfix.h"
#include "collectors/sessions.h"

/* "host[192.0.2.1]: SASL LOGIN authentication failed: words, sasl_username=x" */
static enum meaning
sasl(struct entry *entry, struct slice text)
{
	struct mail_event event = event_from(entry->line, EVENT_AUTH_FAILED);
	struct slice mechanism, words;

	if (!cut_peer_and(&text, &event.client, SLICE(": SASL ")) ||
	    !slice_cut(&text, SLICE(" authentication "), &mechanism))
		return MEANS_NOTHING;
	if (!slice_skips(&text, "failed"))
		return MEANS_NOTHING; /* aborted */
	(void)slice_skips(&text, ": ");
	event.auth.unavailable =
	    slice_begins(text, "Connection lost to authentication server");
	if (slice_cut(&text, SLICE(", sasl_username="), &words) &&
	    !slice_is(text, "(unavailable)"))
		event.account = text;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "... rate limit exceeded: 7 from host[192.0.2.1] for service smtp" */
static enum meaning
limit(struct entry *entry, struct slice text, bool at_connect)
{
	struct session *session = session_find(entry->tracker, entry->line);
	struct refusal refusal = {
		.decided = true, .code = 421, .reason = REASON_RATE_LIMITED
	};
	struct slice number;

	if (!slice_cut(&text, SLICE(" from "), &number) ||
	    !cut_peer_and(&text, &refusal.client, SLICE(" for service ")))
		return MEANS_NOTHING;
	if (at_connect && session != NULL)
		session->refused_at_connect = true;
	if (!at_connect)
		refusal.code = 450;
	refusal.text = entry->text;
	return postfix_refuse(entry, &refusal);
}

/* "QUEUEID: queue file size limit exceeded": 552 or 451 at end of data */
static enum meaning
queue_file(struct entry *entry, struct slice text)
{
	static const struct {
		struct slice words;
		enum reason reason;
		uint16_t code;
	} limits[] = {
		{ { "queue file size limit exceeded", 30 }, REASON_TOO_LARGE,
		    552 },
		{ { "unreasonable virtual_alias_maps ", 32 },
		    REASON_UNAVAILABLE, 451 },
	};
	struct refusal refusal = { .decided = true };
	struct message *message;
	struct slice id;

	if (!slice_cut(&text, SLICE(": "), &id) || !is_queue_id(id))
		return MEANS_NOTHING;
	message = inflight_find(entry->tracker, entry->line->host_index, id);
	for (size_t i = 0; message != NULL && i < NELEMS(limits); i++) {
		if (!slice_starts(text, limits[i].words))
			continue;
		if (message->origin != ORIGIN_CLIENT ||
		    !life_refused(entry->tracker, message))
			return MEANS_NOTHING;
		refusal.reason = limits[i].reason;
		refusal.code = limits[i].code;
		refusal.client = message->client;
		refusal.text = text;
		entry->id = id;
		return postfix_refuse(entry, &refusal);
	}
	return MEANS_NOTHING;
}

/* "Illegal address syntax from host[...] in MAIL command: <-x@example.org>" */
static enum meaning
bad_syntax(struct entry *entry, struct slice text)
{
	struct refusal refusal = {
		.decided = true, .code = 501, .reason = REASON_PROTOCOL
	};

	if (!cut_peer_and(&text, &refusal.client, SLICE(" in ")))
		return MEANS_NOTHING;
	refusal.text = text;
	return postfix_refuse(entry, &refusal);
}

static enum meaning
non_smtp(struct entry *entry, struct slice text)
{
	struct mail_event event = event_from(entry->line, EVENT_PROBE);
	uint64_t port;

	if (!cut_peer(&text, &event.client, &port))
		return MEANS_NOTHING;
	event.probe = PROBE_NON_SMTP;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

static enum meaning
warned(struct entry *entry, struct slice text)
{
	static const struct slice limits[] = {
		{ "Message delivery request rate limit exceeded: ", 46 },
		{ "Recipient address rate limit exceeded: ", 39 },
		{ "AUTH command rate limit exceeded: ", 34 },
		{ "New TLS session rate limit exceeded: ", 37 },
	};

	if (slice_skips(&text, "Connection rate limit exceeded: ") ||
	    slice_skips(&text, "Connection concurrency limit exceeded: "))
		return limit(entry, text, true);
	for (size_t i = 0; i < NELEMS(limits); i++)
		if (slice_skip(&text, limits[i]))
			return limit(entry, text, false);
	if (slice_skips(&text, "Illegal address syntax from "))
		return bad_syntax(entry, text);
	if (slice_skips(&text, "non-SMTP command from "))
		return non_smtp(entry, text);
	if (slice_find(text, SLICE(": SASL ")) != -1)
		return sasl(entry, text);
	return queue_file(entry, text);
}

enum meaning
postfix_warning(struct entry *entry)
{
	static const struct slice own[] = { { "error: ", 7 }, { "fatal: ", 7 },
		{ "panic: ", 7 }, { "statistics: ", 12 } };
	struct slice text = entry->text;

	if (slice_skips(&text, "warning: "))
		return warned(entry, text);
	for (size_t i = 0; i < NELEMS(own); i++)
		if (slice_starts(text, own[i]))
			return MEANS_NOTHING;
	return MEANS_UNKNOWN;
}
