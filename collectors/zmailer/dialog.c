/*
 * dialog.c - what smtpserver and its clients say: connections and refusals
 *
 * Who came, what was refused and who authenticated is read from smtpserver's
 * own words; a client may say anything, but only behind its "r".  What it said
 * last is kept, to tell which command was refused.  Messages are told by
 * syslog, whose lines name them.
 *
 * Of an answer in many lines the last counts.  The words are those of
 * smtpserver/smtpcmds.c, smtpserver.c and smtpauth.c.
 */
#include "base/array.h"
#include "collectors/entry.h"
#include "collectors/sessions.h"
#include "collectors/zmailer/zmailer.h"

#define WORDS 256

static const struct {
	struct slice beginning;
	enum reason reason;
} answers[] = {
#define A(text, reason)                                                        \
	{                                                                      \
		{ text, sizeof(text) - 1 }, REASON_##reason                    \
	}
	A("We don't accept this recipient.", RELAY_DENIED),
	A("Policy rejection on the target address", ACCESS_DENIED),
	A("gave at the MAIL FROM:<...> address.", ACCESS_DENIED),
	A("you gave at the MAIL FROM:<...> address.", ACCESS_DENIED),
	A("not currently acceptable.", UNKNOWN_RECIPIENT),
	A("DNS servers.", UNKNOWN_RECIPIENT),
	A("address and/or the info at the DNS.", UNKNOWN_SENDER),
	A("to get somebody to fix your DNS servers.", UNKNOWN_SENDER),
	A("Unknown command '", PROTOCOL),
	A("One too many unknown command '", PROTOCOL),
	A("HELLO ", PROTOCOL), /* "..., YOU ARE SENDING PIPELINED INPUT" */
	A("Hello ", ACCESS_DENIED),
	A("With 'HELP' command you can get out", ACCESS_DENIED),
	A("Too many simultaneous connections", RATE_LIMITED),
	A("SPAM trap -- too many recipients", TOO_MANY_RECIPIENTS),
	A("incoming message size of ", TOO_LARGE),
#undef A
};

/* What the client said last is that command. */
static bool
said(const struct session *session, struct slice verb)
{
	return session->message_length >= verb.n &&
	       slice_same_word(
		   (struct slice){ session->message, verb.n }, verb);
}

static enum refusal_stage
stage_of(const struct session *session)
{
	if (session->message_length == 0)
		return REFUSED_CONNECT;
	if (said(session, SLICE("HELO")) || said(session, SLICE("EHLO")))
		return REFUSED_HELO;
	if (said(session, SLICE("MAIL")))
		return REFUSED_MAIL;
	if (said(session, SLICE("RCPT")))
		return REFUSED_RCPT;
	return said(session, SLICE("DATA")) || said(session, SLICE("BDAT"))
		   ? REFUSED_DATA
		   : REFUSED_OTHER;
}

/* Answers of the codes 500 to 504 may have the client's words in them. */
static enum reason
reason_of(const struct session *session, unsigned code, struct slice dsn,
    struct slice words)
{
	char lower[WORDS];
	size_t n;

	if (code >= 500 && code <= 504)
		return REASON_PROTOCOL;
	for (size_t i = 0; i < NELEMS(answers); i++)
		if (slice_starts(words, answers[i].beginning))
			return answers[i].reason;
	n = slice_copy(words, lower, sizeof(lower));
	for (size_t i = 0; i < n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] |= 0x20;
	return reason_of_reply(
	    stage_of(session), code, dsn, (struct slice){ lower, n });
}

/* "5.7.1 " before the words; a line that was cut within it has none. */
static struct slice
cut_dsn(struct slice *words)
{
	struct slice rest = *words, dsn;
	size_t n = 0;

	while (n < rest.n &&
	       ((rest.p[n] >= '0' && rest.p[n] <= '9') || rest.p[n] == '.'))
		n++;
	if (n == rest.n)
		words->n = 0;
	if (n < 5 || n > 9 || !slice_cut(&rest, SLICE(" "), &dsn) || dsn.n != n)
		return SLICE("");
	*words = rest;
	return dsn;
}

static void
emit_probe(struct tracker *tracker, const struct log_line *line,
    const struct session *session, enum probe_kind kind)
{
	struct mail_event event = event_from(line, EVENT_PROBE);

	event.client = session->client;
	event.probe = kind;
	tracker_emit(tracker, &event);
}

static void
auth_failed(struct tracker *tracker, const struct log_line *line,
    const struct session *session, bool temporary)
{
	struct mail_event event = event_from(line, EVENT_AUTH_FAILED);

	event.client = session->client;
	event.auth.unavailable = temporary;
	tracker_emit(tracker, &event);
}

static void
refused(struct tracker *tracker, const struct log_line *line,
    const struct session *session, unsigned code, struct slice words)
{
	struct mail_event event = event_from(line, EVENT_REJECTED);

	if (said(session, SLICE("EXPN")))
		emit_probe(tracker, line, session, PROBE_EXPN);
	else if (entry_is_alien((struct slice){
		     session->message, session->message_length }))
		emit_probe(tracker, line, session, PROBE_NON_SMTP);
	event.client = session->client;
	event.mailer = SLICE("smtp");
	event.reject.code = (uint16_t)code;
	event.reject.temporary = code < 500;
	event.reject.dsn = cut_dsn(&words);
	event.reject.text = words;
	event.reject.reason = reason_of(session, code, event.reject.dsn, words);
	tracker_emit(tracker, &event);
}

/* "553 5.7.1 We don't accept this recipient." */
static enum meaning
answered(struct tracker *tracker, const struct log_line *line,
    struct session *session, struct slice words)
{
	uint64_t code;
	struct slice digits;

	if (!slice_cut(&words, SLICE(" "), &digits) ||
	    !slice_number(digits, &code) || code < 200 || code > 599)
		return MEANS_NOTHING; /* "250-PIPELINING", "000 ..." */
	if (code == 535 || (code >= 400 && said(session, SLICE("AUTH "))))
		auth_failed(tracker, line, session, code < 500);
	else if (code >= 400)
		refused(tracker, line, session, (unsigned)code, words);
	else if (code == 235)
		session_authenticated(
		    tracker, line, session, &session->client, SLICE(""));
	else if ((code == 250 || code == 252) && said(session, SLICE("VRFY")))
		emit_probe(tracker, line, session, PROBE_VRFY);
	else if (code == 221)
		session_end(tracker, session);
	else
		return MEANS_NOTHING;
	return MEANS_FACT;
}

/* "mail.example.net [192.0.2.7]:1234 on port 25 ...", "[IPv6:2001:db8::7]" */
static enum meaning
connected(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_CONNECTED);
	struct session *session;
	struct slice name, address;

	if (!slice_cut(&text, SLICE(" ["), &name) ||
	    !slice_cut(&text, SLICE("]:"), &address))
		return MEANS_UNKNOWN;
	(void)slice_skips(&address, "IPv6:");
	if (!addr_parse(address, &event.client))
		return MEANS_UNKNOWN;
	session = session_start(tracker, line, &event.client);
	if (!session->loopback)
		tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* How it ended, where that was not by QUIT. */
static enum meaning
remarked(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct session *session;
	bool timeout =
	    slice_find(text, SLICE(": SMTP protocol timed out")) != -1;

	if (slice_skips(&text, "connection from "))
		return connected(tracker, line, text);
	if (!slice_begins(text, "Session closed w/o QUIT") &&
	    !slice_begins(text, "aborted ("))
		return MEANS_NOTHING;
	session = session_find(tracker, line);
	if (session == NULL)
		return MEANS_NOTHING;
	session_lost(tracker, line, &session->client, session,
	    timeout ? SESSION_TIMEOUT : SESSION_LOST);
	session_end(tracker, session);
	return MEANS_FACT;
}

enum meaning
zmailer_dialog(struct tracker *tracker, const struct log_line *line,
    const struct zmailer_tag *tag, struct slice text)
{
	struct log_line own = *line;
	struct session *session;

	own.pid = tag->pid;
	if (tag->side == '#')
		return remarked(tracker, &own, text);
	session = session_find(tracker, &own);
	if (session == NULL)
		return MEANS_NOTHING; /* it began before the log did */
	if (tag->side == 'w')
		return answered(tracker, &own, session, text);
	session->message_length = (uint8_t)slice_copy(
	    text, session->message, sizeof(session->message));
	return MEANS_NOTHING;
}
