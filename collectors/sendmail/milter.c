/*
 * milter.c - what Sendmail's milters refuse, discard, set aside or add
 *
 * Milter: data, reject=554 5.7.1 ...
 * Milter: to=<a@b>, reject=451 4.7.1 ...
 * Milter (name) add: header: X-A: b
 */
#include "base/array.h"
#include "collectors/sendmail/refusal.h"

/* A milter may be asked about recipients that Sendmail has refused already
   (SMFIP_RCPT_REJ): the client is told once, in Sendmail's words. */
static bool
is_refused_already(struct envelope *envelope, struct slice recipient)
{
	bool already = envelope->refused_to == refusal_recipient(recipient);

	envelope->refused_to = 0;
	return already;
}

/*
 * "initialization failed, temp failing commands"; "connect: host=NAME,
 * addr=192.0.2.1, rejecting commands": once for the connection
 */
static enum meaning
connection_refused(struct entry *entry)
{
	struct slice text = entry->text, address;
	bool rejects = slice_ends(text, SLICE("rejecting commands"));
	struct envelope *envelope;
	struct mail_event event;

	if (!rejects && !slice_ends(text, SLICE("temp failing commands")))
		return MEANS_NOTHING;
	event = refusal_event(
	    entry, REASON_UNAVAILABLE, rejects ? (uint16_t)550 : (uint16_t)451);
	/* A milter that was asked has decided; 4xx it may say out of need. */
	if (slice_begins(text, "connect: ") && rejects)
		event.reject.reason = REASON_POLICY;
	envelope = envelope_get(entry->tracker, entry->line, entry->id);
	if (cut_last(&text, SLICE(", addr="), &address) &&
	    slice_cut(&address, SLICE(", "), &text) &&
	    addr_parse(text, &event.client) && !envelope->from_seen)
		envelope_client(entry->tracker, envelope, &event.client);
	(void)refusal_server(entry);
	if (envelope->talked)
		return MEANS_FACT;
	envelope->talked = true;
	refusal_emit(entry, envelope, &event);
	return MEANS_FACT;
}

/* "data, reject=554 5.7.1 ...", "from=<a@b>, reject=...", "to=<a@b>, ..." */
enum meaning
sendmail_milter(struct entry *entry)
{
	struct mail_event event = refusal_event(entry, REASON_POLICY, 0);
	struct slice text = entry->text, reply, stage = text;
	struct envelope *envelope;
	ptrdiff_t end;

	if (entry->id.n == 0)
		return MEANS_UNKNOWN;
	if (slice_begins(text, "initialization failed, ") ||
	    slice_begins(text, "connect: host="))
		return connection_refused(entry);
	end = address_end(text, SLICE(", "));
	if (end == -1)
		return MEANS_NOTHING; /* "connect to filters" and the like */
	stage.n = (size_t)end;
	reply = slice_from(text, (size_t)end + 2);
	envelope = refusal_server(entry);
	if (!slice_skips(&reply, "reject=")) {
		if (!slice_begins(reply, "discard"))
			return MEANS_NOTHING;
		envelope->condemned = true;
		return MEANS_FACT;
	}
	if (!refusal_reply(reply, &event))
		return MEANS_UNKNOWN;
	if (slice_skips(&stage, "from="))
		event.reject.sender = bare_address(stage);
	else if (slice_skips(&stage, "to=")) {
		event.reject.recipient = bare_address(stage);
		if (is_refused_already(envelope, event.reject.recipient))
			return MEANS_FACT;
	} else if (slice_skips(&stage, "helo="))
		event.reject.helo = stage;
	else if (!slice_begins(stage, "connect") &&
		 !envelope_refused(entry->tracker, envelope))
		return MEANS_FACT;
	event.client = envelope->client;
	refusal_emit(entry, envelope, &event);
	return MEANS_FACT;
}

/* "milter=name, quarantine=words"; "action=" lines are said elsewhere. */
enum meaning
sendmail_milter_action(struct entry *entry)
{
	struct slice text = entry->text, name;

	if (entry->id.n == 0 || !slice_cut(&text, SLICE(", "), &name) ||
	    !slice_skips(&text, "quarantine="))
		return MEANS_NOTHING;
	refusal_quarantine(entry, text);
	return MEANS_FACT;
}

/* "name) add: header: X-A: b": so much more to deliver. */
enum meaning
sendmail_milter_edit(struct entry *entry)
{
	static const struct slice edits[] = { { "add: header: ", 13 },
		{ "change (add): header: ", 22 } };
	struct slice text = entry->text, name, place;
	struct envelope *envelope;
	bool adds = false;

	if (entry->id.n == 0 || !slice_cut(&text, SLICE(") "), &name))
		return MEANS_NOTHING;
	for (size_t i = 0; i < NELEMS(edits) && !adds; i++)
		adds = slice_skip(&text, edits[i]);
	if (!adds)
		adds = slice_skips(&text, "insert (") &&
		       slice_cut(&text, SLICE("): header: "), &place);
	envelope = envelope_get(entry->tracker, entry->line, entry->id);
	if (adds)
		envelope->added += (uint32_t)text.n;
	return MEANS_NOTHING;
}
