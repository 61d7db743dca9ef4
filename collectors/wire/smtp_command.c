/*
 * smtp_command.c - what the client says
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/wire/smtp_impl.h"

static const struct {
	struct slice word;
	enum verb verb;
} verbs[] = {
#define V(word)                                                                \
	{                                                                      \
		{ #word, sizeof(#word) - 1 }, VERB_##word                      \
	}
	V(AUTH),
	V(BDAT),
	V(DATA),
	V(EHLO),
	V(ETRN),
	V(EXPN),
	V(HELO),
	V(HELP),
	V(MAIL),
	V(NOOP),
	V(QUIT),
	V(RCPT),
	V(RSET),
	V(STARTTLS),
	V(VRFY),
	V(XCLIENT),
#undef V
};

/* Of other protocols (HTTP, SIP, ...), as Postfix's smtpd_forbidden_commands
   has them. */
static const struct slice foreign[] = { { "CONNECT", 7 }, { "GET", 3 },
	{ "HEAD", 4 }, { "OPTIONS", 7 }, { "POST", 4 }, { "PUT", 3 } };

static enum verb
verb_of(struct slice word)
{
	for (size_t i = 0; i < NELEMS(verbs); i++)
		if (slice_same_word(word, verbs[i].word))
			return verbs[i].verb;
	return VERB_UNKNOWN;
}

static bool
is_foreign(struct slice line, struct slice word)
{
	for (size_t i = 0; i < NELEMS(foreign); i++)
		if (slice_same_word(word, foreign[i]))
			return true;
	return line.n > 0 &&
	       ((line.p[0] | 0x20) < 'a' || (line.p[0] | 0x20) > 'z');
}

static void
skip_blanks(struct slice *text)
{
	while (text->n > 0 && (text->p[0] == ' ' || text->p[0] == '\t'))
		*text = slice_from(*text, 1);
}

static struct slice
cut_word(struct slice *rest)
{
	struct slice word = { rest->p, 0 };

	while (word.n < rest->n && rest->p[word.n] != ' ' &&
	       rest->p[word.n] != '\t')
		word.n++;
	*rest = slice_from(*rest, word.n);
	skip_blanks(rest);
	return word;
}

/* "FROM:<a@b> SIZE=1": the address, where quotes may hold any byte. */
static struct slice
cut_path(struct slice text)
{
	struct slice path;
	bool quoted = false;
	size_t i;

	if (!slice_cut(&text, SLICE(":"), &path))
		return SLICE("");
	skip_blanks(&text);
	if (!slice_skips(&text, "<"))
		return cut_word(&text);
	for (i = 0; i < text.n; i++) {
		if (quoted && text.p[i] == '\\')
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted;
		else if (text.p[i] == '>' && !quoted)
			break;
	}
	return (struct slice){ text.p, i < text.n ? i : text.n };
}

bool
smtp_is_command(struct slice line)
{
	struct slice first = line;

	(void)slice_cut(&line, SLICE("\r"), &first);
	return verb_of(cut_word(&first)) != VERB_UNKNOWN;
}

static void
grow_queue(struct smtp *smtp)
{
	unsigned room = smtp->queue_room ? smtp->queue_room * 2 : 8;
	struct pending *queue = mem_zero(room, sizeof(*queue));

	for (unsigned i = 0; i < smtp->queue_count; i++)
		queue[i] =
		    smtp->queue[(smtp->queue_first + i) % smtp->queue_room];
	free(smtp->queue);
	smtp->queue = queue;
	smtp->queue_room = room;
	smtp->queue_first = 0;
}

void
smtp_push(struct smtp *smtp, enum verb verb, struct slice text)
{
	struct pending *pending;

	if (smtp->queue_count == SMTP_PENDING) {
		smtp_lose_sync(smtp);
		return;
	}
	if (smtp->queue_count == smtp->queue_room)
		grow_queue(smtp);
	pending = &smtp->queue[(smtp->queue_first + smtp->queue_count++) %
			       smtp->queue_room];
	if (text.n >= SMTP_TEXT)
		text.n = SMTP_TEXT - 1;
	pending->verb = verb;
	pending->bytes = smtp->content.bytes;
	pending->text = text.n > 0 ? mem_slice(text) : NULL;
	pending->facts = NULL;
}

void
smtp_free_pending(const struct pending *pending)
{
	free(pending->text);
	free(pending->facts);
}

struct pending
smtp_pop(struct smtp *smtp)
{
	struct pending pending = smtp->queue[smtp->queue_first];

	smtp->queue_first = (smtp->queue_first + 1) % smtp->queue_room;
	smtp->queue_count--;
	return pending;
}

/* "BDAT 1000 LAST": so many bytes follow at once (RFC 3030, 2). */
static void
command_bdat(struct smtp *smtp, struct slice arguments)
{
	struct slice number = cut_word(&arguments);
	bool last = slice_same_word(arguments, SLICE("LAST"));
	uint64_t n;

	if (!slice_number(number, &n) || n > UINT32_MAX / 2) {
		smtp_push(smtp, VERB_UNKNOWN, number);
		return;
	}
	smtp->content.bytes += n;
	smtp->chunk_left = (uint32_t)n;
	if (n > 0)
		smtp->mode = MODE_CHUNK;
	smtp->chunk_last = last;
	smtp_push(smtp, last ? VERB_END : VERB_BDAT, SLICE(""));
	if (n == 0)
		smtp_chunk_end(smtp);
}

/* Once a session: it speaks something else. */
static void
note_foreign(struct smtp *smtp)
{
	struct mail_event event = smtp_event(smtp, EVENT_PROBE);

	if (smtp->non_smtp)
		return;
	smtp->non_smtp = true;
	event.probe = PROBE_NON_SMTP;
	smtp_emit(smtp, &event);
}

void
smtp_command(struct smtp *smtp, struct slice line)
{
	struct slice rest = line, word, text;
	enum verb verb;

	skip_blanks(&rest);
	word = cut_word(&rest);
	verb = verb_of(word);
	if (verb == VERB_UNKNOWN && is_foreign(line, word))
		note_foreign(smtp);
	smtp->spoke |= verb != VERB_QUIT;
	text = rest;
	switch (verb) {
	case VERB_MAIL:
		smtp_content_forget(smtp); /* chunks may follow at once */
		text = cut_path(rest);
		break;
	case VERB_RCPT:
		text = cut_path(rest);
		break;
	case VERB_AUTH:
		sasl_start(&smtp->auth, rest);
		text = SLICE("");
		break;
	case VERB_UNKNOWN:
		text = line;
		break;
	case VERB_BDAT:
		command_bdat(smtp, rest);
		return;
	default:
		break;
	}
	if ((verb == VERB_DATA || verb == VERB_AUTH || verb == VERB_STARTTLS) &&
	    smtp->queue_count < SMTP_PENDING)
		smtp->mode = MODE_HELD;
	smtp_push(smtp, verb, text);
}
