/*
 * refusal.c - what OpenSMTPD did not let a client do
 *
 * Every answer of 4xx or 5xx is logged, and is one refusal; AUTH's may be a
 * failed authentication instead (auth_of()).
 * The words are those of smtp_session.c and of the table of enhanced codes
 * (esc.c); others are a filter's or an alias' ("error:550 ..."), so the site's.
 *
 * "550 Invalid recipient" is what both an unknown mailbox and a domain that is
 * not relayed for get.  The domain decides: ours, as configured or as the log
 * shows by a delivery, or not.
 */
#include "base/array.h"
#include "collectors/opensmtpd/opensmtpd.h"
#include "collectors/sendmail/domains.h"
#include "collectors/tracker_impl.h"
#include "collectors/undecided.h"

enum stage { HELO, MAIL, RCPT, OTHER, AUTH, VRFY, EXPN };

static const struct command {
	struct slice verb;
	enum stage stage;
	enum reason site; /* of words that are none of the server's own */
} commands[] = {
	{ { "RCPT TO:", 8 }, RCPT, REASON_POLICY },
	{ { "MAIL FROM:", 10 }, MAIL, REASON_ACCESS_DENIED },
	{ { "AUTH", 4 }, AUTH, REASON_POLICY },
	{ { "EHLO", 4 }, HELO, REASON_BAD_HELO },
	{ { "HELO", 4 }, HELO, REASON_BAD_HELO },
	{ { "VRFY", 4 }, VRFY, REASON_PROTOCOL },
	{ { "EXPN", 4 }, EXPN, REASON_PROTOCOL },
};
static const struct command any_command = { .stage = OTHER,
	.site = REASON_POLICY };
/* Nothing was said yet: refused at the connection. */
static const struct command no_command = { .stage = OTHER,
	.site = REASON_ACCESS_DENIED };

static const struct {
	struct slice begin;
	enum reason reason;
} words[] = {
#define W(text, reason)                                                        \
	{                                                                      \
		{ text, sizeof(text) - 1 }, REASON_##reason                    \
	}
	W("Invalid command: Must issue a", AUTH_REQUIRED),
	W("Invalid command", PROTOCOL), /* and "... arguments" */
	W("Invalid HELO", PROTOCOL),
	W("Must issue a", AUTH_REQUIRED),
	W("Command ", PROTOCOL),
	W("Line too long", PROTOCOL),
	W("Syntax error", PROTOCOL),
	W("Unsupported option", PROTOCOL),
	W("NOTIFY option", PROTOCOL),
	W("ORCPT address", PROTOCOL),
	W("Security features not supported", PROTOCOL),
	W("AUTH method ", PROTOCOL),
	W("Sender address syntax error", PROTOCOL),
	W("Recipient address syntax error", PROTOCOL),
	W("Bad destination mailbox address syntax", PROTOCOL),
	W("Delivery not authorized, message refused: Message", PROTOCOL),
	W("Sender rejected", UNKNOWN_SENDER),
	W("Too many recipients: Too many messages", RATE_LIMITED),
	W("Too many recipients", TOO_MANY_RECIPIENTS),
	W("Message too big", TOO_LARGE),
	/* Of an alias that loops, but nearly always of a virtual domain
	   whose table has no such name. */
	W("Mailing list expansion problem", UNKNOWN_RECIPIENT),
	W("Temporary ", UNAVAILABLE),
	W("Internal server error", UNAVAILABLE),
	W("Routing loop detected", OTHER),
#undef W
};

static const struct command *
command_of(struct slice text)
{
	if (text.n == 0)
		return &no_command;
	for (size_t i = 0; i < NELEMS(commands); i++)
		if (text.n >= commands[i].verb.n &&
		    slice_same_word(
			(struct slice){ text.p, commands[i].verb.n },
			commands[i].verb))
			return &commands[i];
	return &any_command;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "550 5.7.1 Sender banned": false without a code of 4xx or 5xx */
static bool
cut_codes(struct slice *reply, struct mail_event *event)
{
	struct slice rest = *reply, code, dsn;
	uint64_t number;

	if (!slice_cut(&rest, SLICE(" "), &code) || code.n != 3 ||
	    !slice_number(code, &number) || number < 400 || number > 599)
		return false;
	event->reject.code = (uint16_t)number;
	event->reject.temporary = number < 500;
	*reply = rest;
	if (slice_cut(&rest, SLICE(" "), &dsn) && dsn.n >= 5 &&
	    is_digit(dsn.p[0]) && dsn.p[1] == '.' && is_digit(dsn.p[2])) {
		if (dsn.p[dsn.n - 1] == ':')
			dsn.n--; /* as 5.4 to 6.3 wrote it */
		event->reject.dsn = dsn;
		*reply = rest;
	}
	return true;
}

/* Is the domain of "<kim@example.org>" one that is taken here? */
static bool
is_ours(const struct entry *entry, struct slice address)
{
	ptrdiff_t at = slice_find_last(address, SLICE("@"));

	/* A name alone gets the host's own domain. */
	return at == -1 || tracker_is_our_domain(entry->tracker, address) ||
	       envelopes_is_local(entry->tracker, entry->line->host_index,
		   slice_from(address, (size_t)at + 1));
}

void
opensmtpd_local_domain(struct entry *entry, struct slice domain)
{
	uint32_t host = entry->line->host_index;

	if (envelopes_is_local(entry->tracker, host, domain))
		return;
	envelopes_learn(entry->tracker, entry->line, domain, SLICE("local"));
	undecided_domain(entry->tracker, host, domain);
}

static enum reason
reason_of(const struct entry *entry, const struct command *command,
    struct slice reply, struct slice recipient, bool whole)
{
	if (command->stage == RCPT && slice_begins(reply, "Invalid recipient"))
		return is_ours(entry, recipient) ? REASON_UNKNOWN_RECIPIENT
						 : REASON_RELAY_DENIED;
	for (size_t i = 0; i < NELEMS(words); i++)
		if (slice_starts(reply, words[i].begin))
			return words[i].reason;
	return whole ? command->site : REASON_OTHER;
}

static void
probe(struct entry *entry, const struct addr *client, enum probe_kind kind)
{
	struct mail_event event = event_from(entry->line, EVENT_PROBE);

	event.client = *client;
	event.probe = kind;
	tracker_emit(entry->tracker, &event);
}

enum auth { AUTH_TOLD, AUTH_REFUSED, AUTH_UNUSED };

/*
 * What became of an AUTH.  A password that was looked at is told by a line of
 * its own, with the user.  "Command not supported" is for one who brings his
 * password where none is asked for, as no client of good faith does (RFC 4954,
 * section 4).  All else is talk out of turn: nobody tried to be somebody.
 */
static enum auth
auth_of(struct slice command, const struct mail_event *refusal)
{
	if (refusal->reject.code == 535 ||
	    (refusal->reject.temporary &&
		(slice_ends(command, SLICE("(...)")) ||
		    slice_ends(command, SLICE("(password)")))))
		return AUTH_TOLD;
	return refusal->reject.code == 503 &&
		       slice_ends(
			   refusal->reject.text, SLICE("Command not supported"))
		   ? AUTH_REFUSED
		   : AUTH_UNUSED;
}

static enum meaning
auth_refused(struct entry *entry, const struct mail_event *refusal)
{
	struct mail_event event = event_from(entry->line, EVENT_AUTH_FAILED);

	event.client = refusal->client;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

static struct slice
recipient_of(struct slice command)
{
	struct slice address = SLICE(""), before;

	if (slice_cut(&command, SLICE("<"), &before))
		(void)slice_cut(&command, SLICE(">"), &address);
	return address;
}

static void
note_probe(struct entry *entry, enum stage stage, struct slice said,
    const struct addr *client)
{
	if (stage == VRFY)
		probe(entry, client, PROBE_VRFY);
	else if (stage == EXPN)
		probe(entry, client, PROBE_EXPN);
	else if (stage == OTHER && entry_is_alien(said))
		probe(entry, client, PROBE_NON_SMTP);
}

/* smtpd brings its notices itself, in the words of bounce.c; that it refuses
   one to a sender who is nobody here is told to no client. */
static bool
is_own_notice(const struct session *session, struct slice said)
{
	return session != NULL && addr_is_none(&session->client) &&
	       slice_begins(said, "RCPT TO: <");
}

enum meaning
opensmtpd_refused(
    struct entry *entry, struct slice said, struct slice reply, bool whole)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	struct session *session = opensmtpd_session(entry);
	const struct command *command = command_of(said);

	event.reject.text = reply;
	if (!cut_codes(&reply, &event))
		return MEANS_UNKNOWN;
	event.client = opensmtpd_client(session, entry->text);
	if (session != NULL)
		session->spoke = true;
	if (is_own_notice(session, said))
		return MEANS_FACT;
	if (command->stage == AUTH) {
		enum auth auth = auth_of(said, &event);

		if (auth == AUTH_TOLD)
			return MEANS_NOTHING;
		if (auth == AUTH_REFUSED)
			return auth_refused(entry, &event);
	}
	note_probe(entry, command->stage, said, &event.client);
	if (command->stage == RCPT)
		event.reject.recipient = recipient_of(said);
	event.mailer = SLICE("smtp");
	event.reject.reason =
	    reason_of(entry, command, reply, event.reject.recipient, whole);
	if (event.reject.reason == REASON_RELAY_DENIED &&
	    undecided_wait(entry->tracker, entry->line->host_index, &event))
		return MEANS_FACT;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "500 5.5.1 Invalid command: Pipelining not supported" */
enum meaning
opensmtpd_bad(struct entry *entry, struct slice reply)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	struct session *session = opensmtpd_session(entry);

	event.reject.text = reply;
	if (!cut_codes(&reply, &event))
		return MEANS_UNKNOWN;
	if (session != NULL)
		session->spoke = true;
	event.client = opensmtpd_client(session, entry->text);
	event.mailer = SLICE("smtp");
	event.reject.reason = REASON_PROTOCOL;
	if (slice_find(reply, SLICE("Pipelining not supported")) != -1)
		probe(entry, &event.client, PROBE_NON_SMTP);
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/*
 * The answer ends the line; what is before it the client may have chosen.  A
 * filter's or an alias' may have quotes, and the word itself, in it: the last
 * that a refusal's code follows is where it begins.
 */
static bool
cut_result(struct slice *text, struct slice *reply)
{
	static const struct slice word = { "result=\"", 8 };
	struct slice before = *text, after;
	struct mail_event unused;
	ptrdiff_t at;

	if (!slice_ends(*text, SLICE("\"")))
		return false;
	while ((at = slice_find_last(before, word)) != -1) {
		after = slice_from(*text, (size_t)at + word.n);
		if (after.n > 0)
			after.n--;
		*reply = after;
		before.n = (size_t)at;
		if (!cut_codes(&after, &unused))
			continue;
		text->n = (size_t)at;
		return true;
	}
	return false;
}

/* "command="RCPT TO:<kim@example.org>" result="550 ..."" */
enum meaning
opensmtpd_failed(struct entry *entry)
{
	struct slice text = entry->text, before, command, reply;

	if (!cut_result(&text, &reply) ||
	    !slice_cut(&text, SLICE("command=\""), &before) || text.n < 2)
		return MEANS_UNKNOWN;
	command = (struct slice){ text.p, text.n - 2 };
	return opensmtpd_refused(entry, command, reply, true);
}

enum meaning
opensmtpd_bad_input(struct entry *entry)
{
	struct slice text = entry->text, reply;

	return cut_result(&text, &reply) ? opensmtpd_bad(entry, reply)
					 : MEANS_UNKNOWN;
}
