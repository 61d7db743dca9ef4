/*
 * dialog.c - what recordio keeps of a dialogue, and what a server may answer
 *
 *	30 < RCPT TO:<kim@example.org>^M
 *	30 > 553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)
 *
 * A client may say anything, also whole lines of others, but only behind the
 * "<" of its process; so refusals and messages are read from what the server
 * says (">").  What the client said last is kept to tell which command was
 * refused; while it sends a message, which begins with 354, nothing is.
 *
 * Answers are those of qmail-smtpd.c and of the usual patches.
 */
#include "base/array.h"
#include "collectors/qmail/qmail.h"
#include "collectors/tracker_impl.h"

static const struct {
	struct slice words;
	enum reason reason;
} answers[] = {
#define A(text, reason)                                                        \
	{                                                                      \
		{ text, sizeof(text) - 1 }, REASON_##reason                    \
	}
	A("unimplemented (#5.5", PROTOCOL),
	A("MAIL first", PROTOCOL),
	A("RCPT first", PROTOCOL),
	A("syntax error", PROTOCOL),
	A("See http://pobox.com/~djb/docs/smtplf", PROTOCOL),
	A("See https://cr.yp.to/docs/smtplf", PROTOCOL),
	A("allowed rcpthosts", RELAY_DENIED),
	A("relaying denied", RELAY_DENIED),
	A("no mailbox here by that name", UNKNOWN_RECIPIENT),
	A("no valid recipient", UNKNOWN_RECIPIENT),
	A("databytes limit", TOO_LARGE),
	A("message size exceeds", TOO_LARGE),
	A("too many recipients", TOO_MANY_RECIPIENTS),
	A("badmailfrom", ACCESS_DENIED),
	A("badrcptto", ACCESS_DENIED),
	A("badhelo", BAD_HELO),
	A("badmimetype", CONTENT),
	A("badloadertype", CONTENT),
	A("invalid sender domain", UNKNOWN_SENDER),
	A("sender address domain", UNKNOWN_SENDER),
	A("your envelope sender domain must exist", UNKNOWN_SENDER),
	A("authentication required", AUTH_REQUIRED),
	A("Must issue a STARTTLS", AUTH_REQUIRED),
	A("reylist", GREYLISTED),
	A("REYLIST", GREYLISTED),
	A("too many hops", OTHER),
	A("message is looping", OTHER),
	A("virus", VIRUS),
	A("considered spam", SPAM),
	A("out of memory", UNAVAILABLE),
	A("unable to ", UNAVAILABLE),
	A("qq ", UNAVAILABLE),
	A("mail server temporarily rejected", UNAVAILABLE),
	A("ZFATAL", UNAVAILABLE),
#undef A
};

static enum reason
reason_of(struct slice words)
{
	for (size_t i = 0; i < NELEMS(answers); i++)
		if (slice_find(words, answers[i].words) != -1)
			return answers[i].reason;
	return REASON_POLICY;
}

static bool
cut_code(struct slice *text, uint64_t *code)
{
	return text->n > 3 && cut_count(text, SLICE(" "), code) &&
	       *code >= 200 && *code <= 599;
}

void
qmail_refused(struct entry *entry, struct session *session, struct addr client,
    struct slice reply, const enum reason *known)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	struct slice words = reply;
	ptrdiff_t at = slice_find_last(reply, SLICE("(#"));
	uint64_t code;

	if (cut_code(&words, &code)) {
		event.reject.code = (uint16_t)code;
		event.reject.temporary = code < 500;
	}
	if (at != -1) {
		struct slice rest = slice_from(reply, (size_t)at + 2);

		(void)slice_cut(&rest, SLICE(")"), &event.reject.dsn);
	}
	event.client = session != NULL ? session->client : client;
	event.mailer = SLICE("smtp");
	event.reject.reason = known != NULL ? *known : reason_of(words);
	event.reject.text = reply;
	tracker_emit(entry->tracker, &event);
}

static void
probe(struct entry *entry, const struct session *session, enum probe_kind kind)
{
	struct mail_event event = event_from(entry->line, EVENT_PROBE);

	event.client = session->client;
	event.probe = kind;
	tracker_emit(entry->tracker, &event);
}

/* What the client said last, as far as it is kept, is that command. */
static bool
said(const struct session *session, struct slice verb)
{
	return session->message_length >= verb.n &&
	       slice_same_word(
		   (struct slice){ session->message, verb.n }, verb);
}

static void
auth_failed(struct entry *entry, const struct session *session, bool temporary)
{
	struct mail_event event = event_from(entry->line, EVENT_AUTH_FAILED);

	event.client = session->client;
	event.auth.unavailable = temporary;
	tracker_emit(entry->tracker, &event);
}

static void
refused(struct entry *entry, struct session *session, struct slice reply,
    uint64_t code)
{
	if (code == 535 || said(session, SLICE("AUTH "))) {
		auth_failed(entry, session, code < 500);
		return;
	}
	if (said(session, SLICE("EXPN")))
		probe(entry, session, PROBE_EXPN);
	else if (entry_is_alien((struct slice){
		     session->message, session->message_length }))
		probe(entry, session, PROBE_NON_SMTP);
	/* rblsmtpd's and simscan's own lines told of it. */
	if (session->refused_at_connect || session->discard) {
		session->discard = false;
		return;
	}
	qmail_refused(entry, session, session->client, reply, NULL);
}

/* "250 ok 1795310703 qp 41": who brought which message */
static void
taken(struct entry *entry, const struct session *session, struct slice words)
{
	uint64_t qp;
	ptrdiff_t at = slice_find_last(words, SLICE(" qp "));

	if (at == -1 || !slice_begins(words, "ok "))
		return;
	words = slice_from(words, (size_t)at + 4);
	if (slice_number(words, &qp))
		qmail_brought(entry, qp, session);
}

static enum meaning
answered(struct entry *entry, struct session *session, struct slice reply)
{
	struct slice words = reply;
	uint64_t code;

	if (!cut_code(&words, &code))
		return MEANS_NOTHING; /* "250-PIPELINING", or the rest of one */
	session->hold = code == 354;
	if (code == 451 && slice_begins(words, "timeout"))
		session_lost(entry->tracker, entry->line, &session->client,
		    session, SESSION_TIMEOUT);
	else if (code >= 400)
		refused(entry, session, reply, code);
	else if (code == 252 && said(session, SLICE("VRFY")))
		probe(entry, session, PROBE_VRFY);
	else if (code == 235)
		session_authenticated(entry->tracker, entry->line, session,
		    &session->client, SLICE(""));
	else if (code == 250)
		taken(entry, session, words);
	session->message_length = 0;
	return MEANS_FACT;
}

/* A blank, or a "+" where the line goes on; before it the line's CR, which
   splogger made a question mark. */
static void
strip(struct slice *text)
{
	if (text->n > 0 &&
	    (text->p[text->n - 1] == ' ' || text->p[text->n - 1] == '+'))
		text->n--;
	if (text->n > 0 &&
	    (text->p[text->n - 1] == '\r' || text->p[text->n - 1] == '?'))
		text->n--;
}

enum meaning
qmail_dialog(struct entry *entry, uint64_t pid)
{
	struct slice text = entry->text;
	struct session *session = qmail_session(entry, pid);
	bool server = slice_skips(&text, "> ");

	if (!server && !slice_skips(&text, "< "))
		return MEANS_UNKNOWN;
	if (session == NULL || !session->spoke)
		return MEANS_NOTHING;
	qmail_tells(entry);
	strip(&text);
	if (server)
		return answered(entry, session, text);
	if (!session->hold)
		session->message_length = (uint8_t)slice_copy(
		    text, session->message, sizeof(session->message));
	return MEANS_NOTHING;
}
