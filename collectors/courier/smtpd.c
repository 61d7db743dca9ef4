/*
 * smtpd.c - courieresmtpd: who connected, who was refused
 *
 * "error,relay=ADDRESS,port=N," is followed by from=<...>[,to=<...>]: and the
 * reply, or by msg="the reply",cmd: and what the client said.  Of a reply in
 * several lines each has one; the last, whose code a blank follows, counts.
 * Neither the end of a session nor a successful authentication has a line.
 *
 * With ESMTP_LOG_DIALOG=1 each command is a line as the client sent it, and may
 * be the like of any of these.  Then a refusal counts if its client and port
 * are those of a connection; a connection that a client only wrote is told of
 * by the refusal of that command, which the same process logs next.
 */
#include "collectors/courier/courier.h"

#include "base/array.h"
#include "collectors/sessions.h"
#include "collectors/tracker_impl.h"
#include "collectors/wrapped.h"

static const struct {
	struct slice begin;
	enum reason reason;
} words[] = {
#define W(text, reason)                                                        \
	{                                                                      \
		{ text, sizeof(text) - 1 }, REASON_##reason                    \
	}
	W("Relaying denied", RELAY_DENIED),
	W("User <", UNKNOWN_RECIPIENT),
	W("Address unavailable", UNKNOWN_RECIPIENT), /* it failed lately */
	W("Domain does not exist", UNKNOWN_SENDER),
	W("Invalid domain", UNKNOWN_SENDER),
	W("DNS lookup failure", UNKNOWN_SENDER),
	W("Sender rejected", ACCESS_DENIED),
	W("Mail from this host is refused", ACCESS_DENIED),
	W("Access denied", ACCESS_DENIED),
	W("Mail server at ", ACCESS_DENIED), /* badmx in bofh */
	W("Message length", TOO_LARGE),
	W("SIZE=Message too big", TOO_LARGE),
	W("Too many recipients", TOO_MANY_RECIPIENTS),
	W("Authentication required", AUTH_REQUIRED),
	W("Syntax error", PROTOCOL),
	W("Invalid address", PROTOCOL),
	W("Unknown UUCP bang path", PROTOCOL),
	W("Polite people say HELO first", PROTOCOL),
	W("ESMTP command error", PROTOCOL),
	W("SPF", POLICY),
	W("Unable to", UNAVAILABLE),
#undef W
};

static enum reason
reason_of(struct slice text)
{
	/* The last line of "Sender rejected: ... can be accepted only from". */
	if (slice_ends(text, SLICE("'s mail relays.")))
		return REASON_ACCESS_DENIED;
	for (size_t i = 0; i < NELEMS(words); i++)
		if (slice_starts(text, words[i].begin))
			return words[i].reason;
	return REASON_OTHER;
}

/* "550 5.7.1 text", "550 text": cut from the text; false: no such code. */
static bool
cut_code(struct slice *text, struct mail_event *event)
{
	uint64_t code;
	struct slice dsn;

	if (text->n < 4 || text->p[3] != ' ' ||
	    !slice_number((struct slice){ text->p, 3 }, &code))
		return false;
	event->reject.code = (uint16_t)code;
	event->reject.temporary = code < 500;
	*text = slice_from(*text, 4);
	dsn = *text;
	if (text->n > 6 && text->p[0] == text->p[-4] && text->p[1] == '.' &&
	    slice_cut(&dsn, SLICE(" "), &event->reject.dsn))
		*text = dsn;
	else
		event->reject.dsn = SLICE("");
	return code >= 400 && code < 600;
}

static enum meaning
refuse(struct entry *entry, struct mail_event *event, struct slice text)
{
	event->reject.text = text;
	if (text.n >= 4 && text.p[3] == '-')
		return MEANS_NOTHING; /* the reply goes on */
	if (!cut_code(&text, event))
		return MEANS_UNKNOWN;
	event->kind = EVENT_REJECTED;
	event->mailer = SLICE("esmtp");
	event->reject.reason = reason_of(text);
	tracker_emit(entry->tracker, event);
	return MEANS_FACT;
}

/* What is no address is said again as it came, quotes and all. */
static enum meaning
no_address(struct entry *entry, struct mail_event *event)
{
	if (!slice_ends(entry->text, SLICE(" Syntax error.")))
		return MEANS_UNKNOWN;
	event->mailer = SLICE("esmtp");
	event->reject.reason = REASON_PROTOCOL;
	event->reject.sender = event->reject.recipient = SLICE("");
	tracker_emit(entry->tracker, event);
	return MEANS_FACT;
}

/* "from=<a>,to=<b>: 550 ...", "from=<a>: 517 ..." */
static enum meaning
refused_address(struct entry *entry, struct mail_event *event)
{
	static const struct slice after_from[] = { { ",to=<", 5 },
		{ ": ", 2 } };
	static const struct slice after_to[] = { { ": ", 2 } };
	struct slice *text = &entry->text;

	if (!courier_address(
		text, after_from, NELEMS(after_from), &event->reject.sender) ||
	    (slice_skips(text, ",to=<") &&
		!courier_address(text, after_to, NELEMS(after_to),
		    &event->reject.recipient)))
		return no_address(entry, event);
	(void)slice_skips(text, ": ");
	return refuse(entry, event, *text);
}

static enum meaning
probed(struct entry *entry, struct mail_event *event, enum probe_kind probe)
{
	event->kind = EVENT_PROBE;
	event->probe = probe;
	tracker_emit(entry->tracker, event);
	return MEANS_FACT;
}

/*
 * "LOGIN kim", "PLAIN AHJv... kim": the user's name stands last, where the
 * client came so far.  What PLAIN sends first holds the password.
 */
static struct slice
user_of(struct slice command)
{
	struct slice mechanism, initial;

	if (!slice_cut(&command, SLICE(" "), &mechanism))
		return SLICE("");
	if (slice_cut(&command, SLICE(" "), &initial))
		return command;
	return slice_same_word(mechanism, SLICE("PLAIN")) ? SLICE("") : command;
}

static enum meaning
not_authenticated(struct entry *entry, struct mail_event *event,
    struct slice reply, struct slice command)
{
	if (!slice_begins(reply, "535 "))
		return MEANS_NOTHING;
	event->kind = EVENT_AUTH_FAILED;
	event->account = user_of(command);
	tracker_emit(entry->tracker, event);
	return MEANS_FACT;
}

/* "502 ESMTP command error",cmd: MAIL FROM:<a@b> */
static enum meaning
refused_command(struct entry *entry, struct mail_event *event)
{
	struct slice reply, command;

	if (!slice_cut(&entry->text, SLICE("\",cmd:"), &reply))
		return MEANS_UNKNOWN;
	command = entry->text;
	(void)slice_skips(&command, " ");
	if (slice_begins(command, "VRFY"))
		return probed(entry, event, PROBE_VRFY);
	if (slice_begins(command, "EXPN"))
		return probed(entry, event, PROBE_EXPN);
	if (slice_skips(&command, "AUTH "))
		return not_authenticated(entry, event, reply, command);
	if (slice_begins(command, "MAIL ") || slice_begins(command, "RCPT "))
		return refuse(entry, event, reply);
	if (slice_begins(reply, "5") && entry_is_alien(command))
		return probed(entry, event, PROBE_NON_SMTP);
	return MEANS_NOTHING;
}

static bool
has_dialog(const struct entry *entry)
{
	return entry->tracker->hosts[entry->line->host_index].tells_dialog;
}

static bool
skip_word(struct slice *text, struct slice word)
{
	if (text->n < word.n ||
	    !slice_same_word((struct slice){ text->p, word.n }, word))
		return false;
	*text = slice_from(*text, word.n);
	return true;
}

/* "...",cmd: STARTED,IP=[::ffff:192.0.2.1],port=[4711]": what is a command's
   first word is told in capitals. */
static void
forget_written(struct entry *entry, struct slice text)
{
	struct session *session;
	struct slice command, address, port;
	struct addr client;
	uint64_t number;

	if (!slice_cut(&text, SLICE("cmd: "), &command) ||
	    !skip_word(&text, SLICE("started,ip=[")) ||
	    !slice_cut(&text, SLICE("]"), &address) ||
	    !skip_word(&text, SLICE(",port=[")) ||
	    !slice_cut(&text, SLICE("]"), &port) ||
	    !addr_parse(address, &client) || !slice_number(port, &number))
		return;
	session =
	    session_find_port(entry->tracker, entry->line, &client, number);
	if (session != NULL)
		session_end(entry->tracker, session);
}

static bool
is_connected(
    const struct entry *entry, const struct addr *client, struct slice port)
{
	uint64_t number;

	return slice_number(port, &number) &&
	       session_find_port(entry->tracker, entry->line, client, number) !=
		   NULL;
}

static enum meaning
failed(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	struct slice address, port;
	uint64_t number;

	if (!slice_cut(&entry->text, SLICE(",port="), &address) ||
	    !slice_cut(&entry->text, SLICE(","), &port) ||
	    !addr_parse(address, &event.client))
		return MEANS_UNKNOWN;
	if (has_dialog(entry) && !is_connected(entry, &event.client, port)) {
		tracker_counts(entry->tracker)->ambiguous++;
		return MEANS_UNKNOWN;
	}
	forget_written(entry, entry->text);
	if (slice_number(port, &number))
		wrapped_client(
		    entry->tracker, entry->line, &event.client, number);
	if (slice_skips(&entry->text, "from=<"))
		return refused_address(entry, &event);
	if (slice_skips(&entry->text, "msg=\""))
		return refused_command(entry, &event);
	return MEANS_UNKNOWN;
}

/* "started,ip=[::ffff:192.0.2.1],port=[4711]" */
static enum meaning
connected(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_CONNECTED);
	struct slice address, port;
	uint64_t number;

	if (!slice_cut(&entry->text, SLICE("]"), &address) ||
	    !addr_parse(address, &event.client))
		return MEANS_UNKNOWN;
	if (slice_skips(&entry->text, ",port=[") &&
	    slice_cut(&entry->text, SLICE("]"), &port) &&
	    slice_number(port, &number))
		(void)session_start_port(
		    entry->tracker, entry->line, &event.client, number);
	if (addr_is_loopback(&event.client))
		return MEANS_NOTHING;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "EHLO mx.example.net": what a client said; behind one such line others may be
   anything that clients say. */
static enum meaning
said(struct entry *entry)
{
	static const struct slice commands[] = { { "EHLO", 4 }, { "HELO", 4 },
		{ "MAIL", 4 }, { "RCPT", 4 }, { "DATA", 4 }, { "QUIT", 4 } };
	struct tracked_host *host =
	    &entry->tracker->hosts[entry->line->host_index];

	for (size_t i = 0; i < NELEMS(commands) && !host->tells_dialog; i++)
		if (skip_word(&entry->text, commands[i])) {
			host->tells_dialog = true;
			entry->tracker->services_dirty = true;
		}
	return host->tells_dialog ? MEANS_NOTHING : MEANS_UNKNOWN;
}

enum meaning
courier_smtpd(struct entry *entry)
{
	static const struct entry_row rows[] = {
		ENTRY_ROW("error,relay=", failed),
		ENTRY_ROW("started,ip=[", connected),
		ENTRY_ROW("ip=[", entry_nothing), /* TLS ended */
		/* by couriertcpd: the client is hung up on, nothing is said */
		ENTRY_ROW(
		    "Maximum connection limit reached for ", entry_nothing),
		ENTRY_ROW("courieresmtpd: ", entry_nothing),
	};
	enum meaning meaning;

	return entry_by_row(entry, rows, NELEMS(rows), &meaning) ? meaning
								 : said(entry);
}
