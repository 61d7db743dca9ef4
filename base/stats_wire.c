/*
 * stats_wire.c - what the wire showed, as counts beside those of the log
 */
#include "base/stats_impl.h"

static const enum metric probes[] = {
	[PROBE_VRFY] = METRIC_WIRE_VRFY,
	[PROBE_EXPN] = METRIC_WIRE_EXPN,
	[PROBE_PREGREET] = METRIC_WIRE_PREGREET,
	[PROBE_NON_SMTP] = METRIC_WIRE_NON_SMTP,
	[PROBE_EMPTY] = METRIC_WIRE_EMPTY,
};

static size_t
count_reject(const struct mail_event *event, struct wire_count counts[])
{
	size_t n = 0;

	counts[n++].metric = METRIC_WIRE_REJECTS;
	counts[n++].metric = event->reject.temporary
				 ? METRIC_WIRE_REJECTS_TEMPORARY
				 : METRIC_WIRE_REJECTS_PERMANENT;
	counts[n++].metric = wire_metric_of_reason(event->reject.reason);
	if (event->reject.reason == REASON_RELAY_DENIED)
		counts[n++].metric = METRIC_WIRE_RELAY_DENIED;
	return n;
}

static size_t
count_message(const struct mail_event *event, struct wire_count counts[])
{
	size_t n = 0;

	counts[n++].metric = METRIC_WIRE_MESSAGES;
	counts[n].n *= event->message.recipients;
	counts[n++].metric = METRIC_WIRE_RECIPIENTS;
	counts[n].n *= event->message.bytes;
	counts[n++].metric = METRIC_WIRE_BYTES;
	if (event->message.attachments != 0) {
		counts[n].n *= event->message.attachments;
		counts[n++].metric = METRIC_WIRE_ATTACHMENTS;
		counts[n].n *= event->message.listed;
		counts[n++].metric = METRIC_WIRE_ATTACHMENTS_LISTED;
	}
	if (event->message.encryption == ENCRYPTION_PGP)
		counts[n++].metric = METRIC_WIRE_ENCRYPTED_PGP;
	else if (event->message.encryption == ENCRYPTION_SMIME)
		counts[n++].metric = METRIC_WIRE_ENCRYPTED_SMIME;
	return n;
}

static size_t
count_cleartext(const struct mail_event *event, struct wire_count counts[])
{
	size_t n = 0;

	counts[n++].metric = METRIC_WIRE_CLEARTEXT;
	if (event->cleartext.outcome == CLEARTEXT_TAKEN)
		counts[n++].metric = METRIC_WIRE_CLEARTEXT_TAKEN;
	else if (event->cleartext.outcome == CLEARTEXT_FORBIDDEN)
		counts[n++].metric = METRIC_WIRE_CLEARTEXT_FORBIDDEN;
	return n;
}

size_t
stats_count_wire(
    const struct mail_event *event, struct wire_count counts[WIRE_COUNTS])
{
	for (size_t i = 0; i < WIRE_COUNTS; i++)
		counts[i].n = event->count;
	switch (event->kind) {
	case EVENT_CONNECTED:
		counts[0].metric = METRIC_WIRE_SESSIONS;
		return 1;
	case EVENT_DISCONNECTED:
		counts[0].metric = event->end == SESSION_LOST
				       ? METRIC_WIRE_LOST
				       : METRIC_WIRE_TIMEOUT;
		return event->end != SESSION_ENDED;
	case EVENT_RECEIVED:
		return count_message(event, counts);
	case EVENT_REJECTED:
		return count_reject(event, counts);
	case EVENT_AUTH_OK:
		counts[0].metric = METRIC_WIRE_AUTH_OK;
		return 1;
	case EVENT_AUTH_FAILED:
		counts[0].metric = METRIC_WIRE_AUTH_FAILED;
		return 1;
	case EVENT_LOGIN_OK:
		counts[0].metric = METRIC_WIRE_LOGIN_OK;
		return 1;
	case EVENT_LOGIN_FAILED:
		counts[0].metric = METRIC_WIRE_LOGIN_FAILED;
		return 1;
	case EVENT_CLEARTEXT:
		return count_cleartext(event, counts);
	case EVENT_PROBE:
		counts[0].metric = probes[event->probe];
		return 1;
	case EVENT_TLS:
		counts[0].metric = event->tls.protocol == PROTOCOL_SMTP
				       ? METRIC_WIRE_TLS
				       : METRIC_WIRE_LOGIN_TLS;
		return 1;
	case EVENT_MISSING:
		counts[0].metric = event->missing.unlogged
				       ? METRIC_WIRE_UNLOGGED
				       : METRIC_WIRE_UNSEEN;
		return 1;
	case EVENT_ROGUE:
		counts[0].metric = METRIC_WIRE_ROGUE;
		return 1;
	default:
		return 0;
	}
}
