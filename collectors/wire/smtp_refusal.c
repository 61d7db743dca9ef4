/* smtp_refusal.c - a refusal, and what it is for */
#include <ctype.h>
#include <string.h>

#include "collectors/wire/smtp_impl.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "5.7.1 " in front, or qmail's "(#5.7.1)" behind: the code alone. */
static struct slice
find_dsn(struct slice text)
{
	ptrdiff_t at = slice_find(text, SLICE("(#"));
	size_t n = 0, dots = 0;

	if (at != -1 && text.n > 0 && !is_digit(text.p[0]))
		text = slice_from(text, (size_t)at + 2);
	while (
	    n < text.n && n < 10 && (is_digit(text.p[n]) || text.p[n] == '.'))
		dots += text.p[n++] == '.';
	if (dots != 2 || n < 5 || text.p[1] != '.')
		return SLICE("");
	return (struct slice){ text.p, n };
}

static void
to_lower(char *text)
{
	for (; *text != '\0'; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* The client's words, where they could be taken for the server's. */
static void
mask(char *text, const char *said)
{
	char lower[SMTP_TEXT];
	char *at = text;
	size_t n;

	if (said == NULL)
		return;
	n = slice_copy(slice_of(said), lower, sizeof(lower));
	to_lower(lower);
	if (n == 0 || !reason_words_in(slice_of(lower)))
		return;
	while ((at = strstr(at, lower)) != NULL)
		for (size_t i = 0; i < n; i++)
			*at++ = '?';
}

/* "<what was said>" goes, and blanks are one. */
static void
squeeze(char *text)
{
	char *out = text;
	bool inside = false, blank = false;

	if (strchr(text, '>') == NULL)
		return;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '<' && strchr(p, '>') != NULL) {
			inside = true;
		} else if (*p == '>' && inside) {
			inside = false;
		} else if (!inside && (*p != ' ' || !blank)) {
			*out++ = *p;
			blank = *p == ' ';
		}
	}
	*out = '\0';
}

/* The domain is the server's own by its greeting, or as configured. */
static bool
is_ours(const struct smtp *smtp, struct slice domain)
{
	struct slice server = slice_of(smtp->server);

	if (smtp->context->is_ours != NULL &&
	    smtp->context->is_ours(smtp->context->arg, domain))
		return true;
	if (slice_find_char(domain, '.') == -1 || server.n < domain.n)
		return false;
	if (server.n > domain.n && server.p[server.n - domain.n - 1] != '.')
		return false;
	return slice_same_word(slice_from(server, server.n - domain.n), domain);
}

/* OpenSMTPD says "Invalid recipient" to both: no such user, and no relaying. */
static bool
wants_relaying(const struct smtp *smtp, const char *address)
{
	struct slice local = slice_of(address);
	ptrdiff_t at = slice_find_last(local, SLICE("@"));

	if (at == -1 || smtp->server[0] == '\0')
		return false;
	if (!is_ours(smtp, slice_from(local, (size_t)at + 1)))
		return true;
	local.n = (size_t)at;
	return slice_find_char(local, '%') != -1 ||
	       slice_find_char(local, '!') != -1 ||
	       slice_find_char(local, '@') != -1;
}

static enum reason
reason_of(const struct smtp *smtp, enum refusal_stage stage,
    const struct pending *pending, struct slice dsn)
{
	char text[SMTP_REPLY];
	enum reason reason;

	if (stage == REFUSED_CONNECT && smtp->pregreeted)
		return REASON_PROTOCOL;
	(void)slice_copy((struct slice){ smtp->reply.text, smtp->reply.n },
	    text, sizeof(text));
	to_lower(text);
	mask(text, pending->text);
	mask(text, smtp->sender);
	mask(text, smtp->helo);
	squeeze(text);
	reason = reason_of_reply(stage, smtp->reply.code, dsn, slice_of(text));
	if (reason == REASON_UNKNOWN_RECIPIENT && pending->text != NULL &&
	    strstr(text, "invalid recipient") != NULL &&
	    wants_relaying(smtp, pending->text))
		return REASON_RELAY_DENIED;
	return reason;
}

void
smtp_refuse(
    struct smtp *smtp, enum refusal_stage stage, const struct pending *pending)
{
	struct mail_event event = smtp_event(smtp, EVENT_REJECTED);
	struct slice text = { smtp->reply.text, smtp->reply.n };
	struct slice said = slice_of(pending->text ? pending->text : "");

	event.reject.code = (uint16_t)smtp->reply.code;
	event.reject.temporary = smtp->reply.code / 100 == 4;
	event.reject.dsn = find_dsn(text);
	event.reject.reason = reason_of(smtp, stage, pending, event.reject.dsn);
	if (event.reject.dsn.p == text.p && event.reject.dsn.n < text.n)
		text = slice_from(text, event.reject.dsn.n + 1);
	event.reject.text = text;
	event.reject.sender =
	    stage == REFUSED_MAIL ? said : slice_of(smtp->sender);
	event.reject.recipient = stage == REFUSED_RCPT ? said : SLICE("");
	event.reject.helo = stage == REFUSED_HELO ? said : slice_of(smtp->helo);
	smtp_emit(smtp, &event);
}
