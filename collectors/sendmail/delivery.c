/*
 * delivery.c - one attempt for some recipients (deliver.c, logdelivery)
 *
 * to=<a@b>,<c@d>, ctladdr=<e@f> (1/1), delay=00:00:01, xdelay=00:00:01,
 * mailer=esmtp, pri=30123, relay=host [192.0.2.1], dsn=2.0.0, reply=...,
 * stat=Sent (...)
 *
 * Where the recipients do not fit, lines that end them with "[more]" come
 * first; the delivery is one.  dsn= decides; stat= is made of the reply and
 * may say anything.  Without mailer= the line repeats a refusal at the end of
 * the data, or a discard.
 */
#include "collectors/life.h"
#include "collectors/sendmail/sendmail.h"

/* Mailers that deliver on this host without a relay (conf.c, setdefaults). */
static const struct slice own_mailers[] = { { "local", 5 }, { "prog", 4 },
	{ "*file*", 6 }, { "*include*", 9 }, { "error", 5 }, { "discard", 7 } };

struct delivery {
	struct slice recipients, control, mailer, relay, dsn, reply, status;
	uint64_t priority;
	uint32_t delay_ms;
	bool attempted; /* there is an xdelay= */
	bool more;      /* more of its recipients follow */
	struct addr peer;
};

/* Up to the next field, which must be there. */
static bool
cut_value(struct slice *text, struct slice name, struct slice *value)
{
	struct slice rest = *text;

	if (!slice_skip(&rest, name) || !slice_cut(&rest, SLICE(", "), value))
		return false;
	*text = rest;
	return true;
}

/* "<a@b>,<c@d>, " and who controls them; *text is then at delay=. */
static bool
read_recipients(struct slice *text, struct delivery *delivery)
{
	ptrdiff_t end = address_end(*text, SLICE(", "));

	if (end == -1)
		return false;
	delivery->recipients = (struct slice){ text->p, (size_t)end };
	*text = slice_from(*text, (size_t)end + 2);
	if (slice_skips(text, "[more], ") || slice_skips(text, "[more] "))
		delivery->more = true;
	if (!slice_skips(text, "ctladdr="))
		return true;
	end = address_end(*text, SLICE(", delay="));
	if (end == -1)
		end = slice_find(*text, SLICE(", delay="));
	if (end == -1)
		return false;
	delivery->control = (struct slice){ text->p, (size_t)end };
	*text = slice_from(*text, (size_t)end + 2);
	return true;
}

/* "1+02:03:04" */
static uint32_t
read_delay(struct slice text)
{
	struct slice part;
	uint64_t seconds = 0, n;

	if (slice_cut(&text, SLICE("+"), &part) && slice_number(part, &n))
		seconds = n * 24;
	while (slice_cut(&text, SLICE(":"), &part) && slice_number(part, &n))
		seconds = (seconds + n) * 60;
	if (slice_number(text, &n))
		seconds += n;
	return seconds > UINT32_MAX / 1000 ? UINT32_MAX
					   : (uint32_t)seconds * 1000;
}

/* Without dsn= the words decide: they must be whole. */
static bool
is_cut(const struct delivery *delivery)
{
	return delivery->dsn.n == 0 &&
	       (slice_starts(SLICE("Sent"), delivery->status) ||
		   slice_starts(SLICE("Deferred"), delivery->status)) &&
	       !slice_is(delivery->status, "Sent") &&
	       !slice_is(delivery->status, "Deferred");
}

static bool
read_delivery(struct entry *entry, struct delivery *delivery)
{
	struct slice text = entry->text, delay, ignored, number;

	*delivery = (struct delivery){ 0 };
	if (!read_recipients(&text, delivery) ||
	    !cut_value(&text, SLICE("delay="), &delay))
		return false;
	delivery->delay_ms = read_delay(delay);
	delivery->attempted = cut_value(&text, SLICE("xdelay="), &ignored);
	(void)cut_value(&text, SLICE("mailer="), &delivery->mailer);
	if (cut_value(&text, SLICE("pri="), &number) &&
	    !slice_number(number, &delivery->priority))
		return false;
	if (cut_value(&text, SLICE("relay="), &delivery->relay))
		(void)relay_address(delivery->relay, &delivery->peer);
	(void)cut_value(&text, SLICE("dsn="), &delivery->dsn);
	if (slice_skips(&text, "stat=")) {
		delivery->status = text;
		return !is_cut(delivery);
	}
	/* quarantine=, reply=, tls_verify=: free text, and then stat= */
	if (!cut_last(&text, SLICE(", stat="), &delivery->status))
		return false;
	if (slice_skips(&text, "reply="))
		delivery->reply = text;
	return true;
}

static enum event_kind
outcome(const struct delivery *delivery)
{
	switch (delivery->dsn.n == 0 ? '\0' : delivery->dsn.p[0]) {
	case '2':
		return EVENT_SENT;
	case '4':
		return EVENT_DEFERRED;
	case '5':
		return EVENT_BOUNCED;
	}
	/* Before 8.10 there was no dsn=. */
	if (slice_begins(delivery->status, "Sent"))
		return EVENT_SENT;
	return slice_begins(delivery->status, "Deferred") ? EVENT_DEFERRED
							  : EVENT_BOUNCED;
}

static bool
is_own(struct slice mailer)
{
	return format_has(
	    mailer, own_mailers, sizeof(own_mailers) / sizeof(own_mailers[0]));
}

/* The next recipient of the list; they are joined by commas. */
static bool
next_recipient(struct slice *list, struct slice *recipient)
{
	ptrdiff_t end;

	if (list->n == 0)
		return false;
	end = address_end(*list, SLICE(","));
	if (end == -1) {
		*recipient = *list;
		*list = SLICE("");
	} else {
		*recipient = (struct slice){ list->p, (size_t)end };
		*list = slice_from(*list, (size_t)end + 1);
	}
	return true;
}

/* Addresses that are delivered here tell which domains are local. */
static void
learn(struct entry *entry, const struct delivery *delivery)
{
	struct slice list = delivery->recipients, recipient,
		     control = delivery->control;
	ptrdiff_t end = address_end(control, SLICE(" ("));

	if (is_own(delivery->mailer) && !slice_is(delivery->mailer, "local"))
		return;
	while (next_recipient(&list, &recipient))
		if (recipient.p != NULL && recipient.n > 0 &&
		    recipient.p[0] == '<')
			envelopes_learn(entry->tracker, entry->line,
			    domain_of(recipient), delivery->mailer);
	/* The controlling user is one of this host: "(1001/1001)". */
	if (end != -1 && control.p[0] == '<' && slice_ends(control, SLICE(")")))
		envelopes_learn(entry->tracker, entry->line,
		    domain_of((struct slice){ control.p, (size_t)end }),
		    SLICE("local"));
}

/* As addressed: what aliases and forwards made of it has no brackets. */
static void
judge_relay(struct entry *entry, struct envelope *envelope,
    const struct delivery *delivery, struct slice recipient)
{
	if (envelope->relayed || envelope->submitted || envelope->generated ||
	    is_own(delivery->mailer) || addr_is_loopback(&delivery->peer) ||
	    recipient.n == 0 || recipient.p[0] != '<' ||
	    addr_is_none(&envelope->client) ||
	    envelopes_is_local(
		entry->tracker, envelope->host_index, domain_of(recipient)))
		return;
	envelope->relayed = life_relayed(entry->tracker, entry->line,
	    &(struct relaying){ .queue_id = envelope_id(envelope),
		.client = envelope->client,
		.account = account_name(entry->tracker, envelope->account),
		.arrived = envelope->since,
		.authenticated = envelope->authenticated,
		.recipient = bare_address(recipient),
		.peer = delivery->peer });
}

/* The submission program's way to the daemon, in no mailer's columns. */
static bool
is_submission(const struct envelope *envelope, const struct delivery *delivery)
{
	return slice_is(delivery->mailer, "relay") &&
	       (envelope->submitted || !envelope->from_seen) &&
	       addr_is_loopback(&delivery->peer);
}

static void
one_recipient(struct entry *entry, struct envelope *envelope,
    const struct delivery *delivery, struct slice recipient, bool again)
{
	enum event_kind kind = outcome(delivery);
	struct mail_event event =
	    envelope_event(entry->tracker, entry->line, envelope, kind);

	event.count = entry->line->count;
	if (!is_submission(envelope, delivery))
		event.mailer = delivery->mailer;
	event.delivery.recipient = bare_address(recipient);
	if (envelope->sender != NULL)
		event.delivery.sender = slice_of(envelope->sender);
	event.delivery.relay = delivery->relay;
	event.delivery.peer = delivery->peer;
	event.delivery.dsn = delivery->dsn;
	event.delivery.reply =
	    delivery->reply.n != 0 ? delivery->reply : delivery->status;
	event.delivery.bytes = envelope->sent_bytes;
	event.delivery.delay_ms = delivery->delay_ms;
	event.delivery.again = again;
	event.delivery.first =
	    kind == EVENT_DEFERRED && !envelope->was_deferred;
	if (kind == EVENT_DEFERRED) {
		envelope->was_deferred = true;
		envelope_deferred(entry->tracker, envelope, recipient);
	} else {
		envelope_finished(entry->tracker, envelope, recipient);
	}
	judge_relay(entry, envelope, delivery, recipient);
	tracker_emit(entry->tracker, &event);
}

/* The next hop on this host has it: mailstats counts a delivery all the same,
   the submission program's own file aside. */
static void
handed_over(struct entry *entry, struct envelope *envelope,
    const struct delivery *delivery)
{
	struct mail_event event = envelope_event(
	    entry->tracker, entry->line, envelope, EVENT_COUNTED);

	envelope->finished++;
	if (envelope->submitted || delivery->more)
		return;
	event.mailer = delivery->mailer;
	event.column.metric = MAILER_MSGS_TO;
	event.column.n = 1;
	event.column.bytes = envelope->sent_bytes;
	tracker_emit(entry->tracker, &event);
}

static bool
is_handed_over(const struct envelope *envelope, const struct delivery *delivery)
{
	return outcome(delivery) == EVENT_SENT &&
	       addr_is_loopback(&delivery->peer) &&
	       (envelope->handed || is_submission(envelope, delivery));
}

/* "queued" says that there was none yet; a bounce may come without one. */
static bool
is_attempt(const struct delivery *delivery)
{
	return delivery->attempted ||
	       (!slice_begins(delivery->status, "queued") &&
		   outcome(delivery) == EVENT_BOUNCED);
}

static enum meaning
attempt(struct entry *entry, const struct delivery *delivery)
{
	struct envelope *envelope =
	    envelope_get(entry->tracker, entry->line, entry->id);
	struct slice list = delivery->recipients, recipient;
	bool again = delivery->more;

	learn(entry, delivery);
	(void)envelope_lives(entry->tracker, entry->line, envelope);
	sendmail_weigh(entry, envelope, delivery->priority);
	if (!is_attempt(delivery)) {
		while (next_recipient(&list, &recipient))
			envelope_deferred(entry->tracker, envelope, recipient);
		return MEANS_FACT;
	}
	if (is_handed_over(envelope, delivery)) {
		handed_over(entry, envelope, delivery);
		return MEANS_FACT;
	}
	/* A submitted message that goes out without a daemon: its own file. */
	if (envelope->submitted && !slice_is(delivery->mailer, "relay"))
		envelope_count(entry->tracker, entry->line, envelope);
	while (next_recipient(&list, &recipient)) {
		one_recipient(entry, envelope, delivery, recipient, again);
		again = true;
	}
	return MEANS_FACT;
}

enum meaning
sendmail_to(struct entry *entry)
{
	struct delivery delivery;
	struct envelope *envelope;

	if (!read_delivery(entry, &delivery))
		return MEANS_UNKNOWN;
	if (delivery.mailer.n != 0)
		return attempt(entry, &delivery);
	if (slice_begins(delivery.status, "discarded"))
		return sendmail_discarded(entry);
	envelope = envelope_get(entry->tracker, entry->line, entry->id);
	(void)envelope_refused(entry->tracker, envelope);
	return MEANS_FACT;
}
