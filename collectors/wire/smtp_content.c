/*
 * smtp_content.c - the content of a message: its size and where it ends
 *
 * RFC 5321, 4.5.2: a dot before each line's own is taken away, and a dot alone
 * ends it.  Only CRLF counts.  Some servers also take a bare LF; with those the
 * reply comes before our end, and the first place where they may have seen one
 * is the end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/wire/smtp_impl.h"

void
smtp_forget_envelope(struct smtp *smtp)
{
	smtp->sender[0] = '\0';
	smtp->recipients = 0;
}

void
smtp_content_forget(struct smtp *smtp)
{
	memset(&smtp->content, 0, sizeof(smtp->content));
	mime_free(smtp->mime);
	smtp->mime = NULL;
}

void
smtp_forget_message(struct smtp *smtp)
{
	smtp_forget_envelope(smtp);
	smtp_content_forget(smtp);
}

struct mime_facts *
smtp_content_facts(struct smtp *smtp)
{
	struct mime_facts *facts = NULL;

	if (smtp->mime != NULL)
		facts = mem_copy(mime_end(smtp->mime), sizeof(*facts));
	mime_free(smtp->mime);
	smtp->mime = NULL;
	return facts;
}

/* Its whole content was read: what that tells waits with it for the reply, if
   that did not come before. */
static void
hand_over(struct smtp *smtp)
{
	unsigned last = smtp->queue_first + smtp->queue_count - 1;
	struct pending *pending = smtp->queue_count > 0
				      ? &smtp->queue[last % smtp->queue_room]
				      : NULL;
	struct mime_facts *facts = smtp_content_facts(smtp);

	if (pending != NULL && pending->verb == VERB_END &&
	    pending->facts == NULL)
		pending->facts = facts;
	else
		free(facts);
}

void
smtp_chunk_end(struct smtp *smtp)
{
	smtp->mode = MODE_COMMANDS;
	if (smtp->chunk_last)
		hand_over(smtp);
}

void
smtp_content_read(struct smtp *smtp, struct slice bytes)
{
	if (smtp->mime == NULL)
		smtp->mime = mime_new(&smtp->context->extensions);
	mime_take(smtp->mime, bytes);
}

void
smtp_content_start(struct smtp *smtp)
{
	smtp_content_forget(smtp);
	smtp->content.strict = true;
	smtp->mode = MODE_CONTENT;
}

/* A dot alone with bare LF at one of its ends. */
static void
may_end(struct content *content)
{
	if (content->has_maybe)
		return;
	content->has_maybe = true;
	content->maybe = content->bytes;
}

#define PART 1024 /* so that looking again at each line is no burden */

/* Does a line in it begin with a dot?  Without a branch, so that compilers make
   it many bytes at a time: most of what is captured goes through here. */
static bool
has_dot_line(struct slice bytes)
{
	unsigned found = 0;

	for (size_t i = 1; i < bytes.n; i++)
		found |= (unsigned)(bytes.p[i - 1] == '\n') &
			 (unsigned)(bytes.p[i] == '.');
	return found != 0;
}

/* A part where no line begins with a dot, or a line. */
static void
take_text(struct smtp *smtp, struct slice *bytes)
{
	struct content *content = &smtp->content;
	struct slice part = { bytes->p, bytes->n < PART ? bytes->n : PART };
	ptrdiff_t at = has_dot_line(part) ? slice_find_char(part, '\n') : -1;
	size_t n = at == -1 ? part.n : (size_t)at + 1;
	char last;

	content->bytes += n;
	smtp_content_read(smtp, (struct slice){ bytes->p, n });
	last = bytes->p[n - 1];
	if (last == '\n')
		content->strict =
		    n > 1 ? bytes->p[n - 2] == '\r' : content->after_cr;
	else
		content->after_cr = last == '\r';
	content->place = last == '\n' ? PLACE_START : PLACE_LINE;
	*bytes = slice_from(*bytes, n);
}

/* The line was a dot and what ends a line; true: the content ends here. */
static bool
end_dot(struct smtp *smtp, bool crlf)
{
	struct content *content = &smtp->content;

	if (crlf && content->strict)
		return true;
	may_end(content);
	content->bytes += crlf ? 2 : 1;
	smtp_content_read(smtp, SLICE("\n"));
	content->strict = crlf;
	content->place = PLACE_START;
	return false;
}

/* The byte after the beginning of a line, or after a dot there. */
static bool
take_byte(struct smtp *smtp, char c)
{
	struct content *content = &smtp->content;

	switch (content->place) {
	case PLACE_DOT:
		if (c == '\r') {
			content->place = PLACE_DOT_CR;
			return false;
		}
		if (c == '\n')
			return end_dot(smtp, false);
		content->bytes++;
		smtp_content_read(smtp, (struct slice){ &c, 1 });
		break;
	case PLACE_DOT_CR:
		if (c == '\n')
			return end_dot(smtp, true);
		content->bytes += 2;
		smtp_content_read(smtp, SLICE("\r"));
		smtp_content_read(smtp, (struct slice){ &c, 1 });
		break;
	default:
		break;
	}
	content->after_cr = c == '\r';
	content->place = PLACE_LINE;
	return false;
}

static void
end_content(struct smtp *smtp)
{
	smtp_push(smtp, VERB_END, SLICE(""));
	hand_over(smtp);
}

void
smtp_content(struct smtp *smtp, struct slice *bytes)
{
	struct content *content = &smtp->content;
	bool ended = false;

	while (bytes->n > 0 && !ended) {
		if (content->place == PLACE_LINE) {
			take_text(smtp, bytes);
		} else if (content->place == PLACE_START) {
			content->after_cr = false;
			if (*bytes->p != '.') {
				take_text(smtp, bytes);
				continue;
			}
			content->place = PLACE_DOT;
			*bytes = slice_from(*bytes, 1);
		} else {
			ended = take_byte(smtp, *bytes->p);
			*bytes = slice_from(*bytes, 1);
		}
	}
	if (!ended)
		return;
	smtp->mode = MODE_COMMANDS;
	if (content->answered)
		smtp_forget_message(smtp);
	else
		end_content(smtp);
}

void
smtp_content_answered(struct smtp *smtp)
{
	struct content *content = &smtp->content;
	uint64_t end = sizeof(".\r\n") - 1;

	if (content->has_maybe) {
		content->bytes = content->maybe;
	} else if (content->gapped) {
		content->bytes -= content->bytes < end ? content->bytes : end;
	} else {
		content->answered = true;
		return;
	}
	smtp->mode = MODE_COMMANDS;
}

void
smtp_unread(struct smtp *smtp, bool over)
{
	const struct smtp_context *context = smtp->context;

	if (context->unread != NULL && (over || !smtp->unread))
		context->unread(context->arg, &smtp->client, smtp->now, over);
	smtp->unread = true;
}
