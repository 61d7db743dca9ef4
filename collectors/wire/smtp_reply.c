/*
 * smtp_reply.c - what the server answers, and to what
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "collectors/wire/smtp_impl.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static enum refusal_stage
stage_of(enum verb verb)
{
	switch (verb) {
	case VERB_HELO:
	case VERB_EHLO:
		return REFUSED_HELO;
	case VERB_MAIL:
		return REFUSED_MAIL;
	case VERB_RCPT:
		return REFUSED_RCPT;
	case VERB_DATA:
	case VERB_BDAT:
	case VERB_END:
		return REFUSED_DATA;
	default:
		return REFUSED_OTHER;
	}
}

/* The id of a message taken: Postfix's, Exim's, Sendmail's words. */
static struct slice
queue_id(struct slice text)
{
	static const struct slice before[] = { { "queued as ", 10 },
		{ "OK id=", 6 } };
	struct slice id = text;
	ptrdiff_t at;

	for (size_t i = 0; i < NELEMS(before); i++) {
		at = slice_find(text, before[i]);
		if (at == -1)
			continue;
		text = slice_from(text, (size_t)at + before[i].n);
		return slice_cut(&text, SLICE(" "), &id) ? id : text;
	}
	at = slice_find(text, SLICE(" Message accepted for delivery"));
	if (at == -1)
		return SLICE("");
	id.n = (size_t)at;
	at = slice_find_last(id, SLICE(" "));
	return slice_from(id, (size_t)(at + 1));
}

static void
tell_facts(struct mail_event *event, const struct mime_facts *facts)
{
	event->message.subject = slice_of(facts->subject);
	event->message.subject_key = facts->subject_key;
	event->message.attachments = facts->attachments;
	event->message.listed = facts->listed;
	event->message.extension = slice_of(facts->extension);
	event->message.encryption = facts->encryption;
}

/* The end of the data was answered. */
static void
end_message(struct smtp *smtp, const struct pending *pending)
{
	struct mail_event event = smtp_event(smtp, EVENT_RECEIVED);
	unsigned kind = smtp->reply.code / 100;

	if (kind == 2) {
		event.queue_id =
		    queue_id((struct slice){ smtp->reply.text, smtp->reply.n });
		event.message.sender = slice_of(smtp->sender);
		event.message.bytes = pending->bytes;
		event.message.recipients =
		    smtp->recipients ? smtp->recipients : 1;
		if (pending->facts != NULL)
			tell_facts(&event, pending->facts);
		smtp_emit(smtp, &event);
	} else if (kind >= 4) {
		smtp_refuse(smtp, REFUSED_DATA, pending);
	}
	smtp_forget_envelope(smtp);
}

static void
emit_probe(struct smtp *smtp, enum probe_kind probe)
{
	struct mail_event event = smtp_event(smtp, EVENT_PROBE);

	event.probe = probe;
	smtp_emit(smtp, &event);
}

/* A password, or what else lets anyone in, went by for all to see. */
static void
tell_cleartext(struct smtp *smtp)
{
	struct mail_event event = smtp_event(smtp, EVENT_CLEARTEXT);
	unsigned code = smtp->reply.code;

	if (!smtp->auth.told || smtp->covered ||
	    flow_is_local(&smtp->client, &smtp->own))
		return;
	event.account = slice_of(smtp->auth.user);
	event.cleartext.outcome =
	    code / 100 == 2 ? CLEARTEXT_TAKEN
	    : code / 10 == 50 || code == 530 || code == 538
		? CLEARTEXT_FORBIDDEN
		: CLEARTEXT_WRONG;
	event.cleartext.tls_offered = smtp->offers_tls;
	event.cleartext.server = smtp->own;
	smtp_emit(smtp, &event);
}

/*
 * 530 and 538: not tried, for it is not allowed here (RFC 4954, 6); 501 to a
 * cancelled one or a broken answer; 504 an unknown mechanism.
 */
static void
end_auth(struct smtp *smtp, const struct pending *pending)
{
	unsigned code = smtp->reply.code;
	struct mail_event event = smtp_event(
	    smtp, code / 100 == 2 ? EVENT_AUTH_OK : EVENT_AUTH_FAILED);

	smtp->mode = MODE_COMMANDS;
	tell_cleartext(smtp);
	if (code == 530 || code == 538 || code == 501 || code == 504) {
		smtp_refuse(smtp, REFUSED_OTHER, pending);
		return;
	}
	if (code / 100 == 2)
		memcpy(smtp->account, smtp->auth.user, sizeof(smtp->account));
	event.account = slice_of(smtp->auth.user);
	event.auth.unavailable = code / 100 == 4;
	smtp_emit(smtp, &event);
}

/* RFC 3207, 4.2: what was said before is forgotten. */
static void
read_on(struct smtp *smtp)
{
	struct mail_event event = smtp_event(smtp, EVENT_TLS);

	smtp->covered = true;
	smtp->mode = MODE_COMMANDS;
	smtp_forget_message(smtp);
	smtp_emit(smtp, &event);
}

/* The command succeeded. */
static void
accept_command(struct smtp *smtp, const struct pending *pending)
{
	struct slice text = slice_of(pending->text ? pending->text : "");
	struct slice reply = { smtp->reply.text, smtp->reply.n };

	switch (pending->verb) {
	case VERB_HELO:
	case VERB_EHLO:
		(void)slice_copy(text, smtp->helo, sizeof(smtp->helo));
		smtp->offers_tls = slice_find(reply, SLICE("STARTTLS")) != -1;
		smtp_forget_envelope(smtp);
		break;
	case VERB_MAIL:
		smtp_forget_envelope(smtp);
		(void)slice_copy(text, smtp->sender, sizeof(smtp->sender));
		break;
	case VERB_RCPT:
		smtp->recipients++;
		break;
	case VERB_RSET:
		smtp_forget_envelope(smtp);
		break;
	case VERB_STARTTLS:
		if (smtp->context->decrypted)
			read_on(smtp);
		else
			smtp_start_tls(smtp);
		break;
	default:
		break;
	}
}

static void
answer(struct smtp *smtp, const struct pending *pending)
{
	unsigned kind = smtp->reply.code / 100;

	switch (pending->verb) {
	case VERB_END:
		end_message(smtp, pending);
		return;
	case VERB_AUTH:
		end_auth(smtp, pending);
		return;
	case VERB_VRFY:
	case VERB_EXPN:
		emit_probe(
		    smtp, pending->verb == VERB_VRFY ? PROBE_VRFY : PROBE_EXPN);
		return;
	case VERB_DATA:
		if (smtp->reply.code == 354)
			smtp_content_start(smtp);
		else
			smtp->mode = MODE_COMMANDS;
		break;
	case VERB_STARTTLS:
		smtp->mode = MODE_COMMANDS;
		break;
	case VERB_QUIT:
		smtp->quit = true;
		return;
	default:
		break;
	}
	if (kind >= 4 || smtp->reply.code == 221)
		smtp_refuse(smtp, stage_of(pending->verb), pending);
	else if (kind == 2)
		accept_command(smtp, pending);
}

static void
greet(struct smtp *smtp)
{
	struct slice text = { smtp->reply.text, smtp->reply.n }, name = text;
	struct pending none = { .verb = VERB_UNKNOWN };

	smtp->greeted = true;
	smtp->implicit = false;
	if (smtp->reply.code / 100 != 2) {
		smtp->refused = true;
		smtp_refuse(smtp, REFUSED_CONNECT, &none);
		return;
	}
	(void)slice_cut(&text, SLICE(" "), &name);
	(void)slice_copy(name, smtp->server, sizeof(smtp->server));
}

/* "421 timeout exceeded": the server's patience is over, whatever was asked. */
static bool
is_timeout(const struct smtp *smtp)
{
	static const struct slice late[] = { { "imeout", 6 }, { "imed out", 8 },
		{ "ime limit", 9 }, { "idle", 4 } };
	struct slice text = { smtp->reply.text, smtp->reply.n };

	for (size_t i = 0; smtp->reply.code == 421 && i < NELEMS(late); i++)
		if (slice_find(text, late[i]) != -1)
			return true;
	return false;
}

/* Nothing was asked; or the client's bytes are no line yet. */
static void
unsolicited(struct smtp *smtp)
{
	struct partial *line = &smtp->lines[CLIENT];
	struct pending said = { .verb = VERB_UNKNOWN };
	char begin[SMTP_TEXT];

	if (smtp->reply.code < 400)
		return;
	if (line->n > 0) {
		(void)slice_copy(
		    (struct slice){ line->p, line->n }, begin, sizeof(begin));
		said.text = begin;
		line->skip = true;
		smtp->spoke = true;
	}
	smtp_refuse(smtp, REFUSED_OTHER, &said);
}

/* A whole reply. */
static void
take_reply(struct smtp *smtp)
{
	struct pending pending = { .verb = VERB_END };

	smtp->last_code = smtp->reply.code;
	smtp->replied = true;
	if (smtp->gone && smtp->queue_count == 0)
		return; /* nobody is told */
	if (is_timeout(smtp)) {
		smtp->timed_out = true;
		return;
	}
	if (smtp->mode == MODE_CONTENT && smtp->queue_count == 0) {
		if (smtp->content.answered)
			return;
		smtp_content_answered(smtp);
		pending.bytes = smtp->content.bytes;
		pending.facts = smtp_content_facts(smtp);
		end_message(smtp, &pending);
		free(pending.facts);
		smtp->unsure = true; /* what came behind the end is not known */
	} else if (smtp->unsure) {
		return;
	} else if (!smtp->greeted) {
		greet(smtp);
	} else if (smtp->queue_count == 0) {
		unsolicited(smtp);
	} else if (smtp->reply.code == 334 &&
		   smtp->queue[smtp->queue_first].verb == VERB_AUTH) {
		smtp->mode = MODE_RESPONSE;
	} else {
		pending = smtp_pop(smtp);
		answer(smtp, &pending);
		smtp_free_pending(&pending);
	}
	if (smtp->mode != MODE_HELD)
		smtp_release(smtp);
}

static void
add_text(struct smtp *smtp, struct slice text)
{
	size_t room;

	if (smtp->reply.n > 0 && smtp->reply.n + 1 < SMTP_REPLY)
		smtp->reply.text[smtp->reply.n++] = ' ';
	room = SMTP_REPLY - 1 - smtp->reply.n;
	if (text.n > room)
		text.n = room;
	if (text.n > 0)
		memcpy(smtp->reply.text + smtp->reply.n, text.p, text.n);
	smtp->reply.n += text.n;
}

void
smtp_reply_line(struct smtp *smtp, struct slice line)
{
	bool more = line.n > 3 && line.p[3] == '-';

	if (line.n < 3 || !is_digit(line.p[0]) || !is_digit(line.p[1]) ||
	    !is_digit(line.p[2]) || (line.n > 3 && line.p[3] != ' ' && !more))
		return; /* no reply */
	if (!smtp->reply.more)
		smtp->reply.n = 0;
	smtp->reply.code = (unsigned)(line.p[0] - '0') * 100 +
			   (unsigned)(line.p[1] - '0') * 10 +
			   (unsigned)(line.p[2] - '0');
	add_text(smtp, slice_from(line, line.n > 3 ? 4 : 3));
	smtp->reply.more = more;
	if (!more)
		take_reply(smtp);
}
