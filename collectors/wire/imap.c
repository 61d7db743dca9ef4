/*
 * imap.c - IMAP up to its login
 *
 * A command is one line, or several with literals between them: "{5}" at a
 * line's end says that so many bytes follow, after the server's "+", and "{5+}"
 * that they do at once.
 */
#include <string.h>

#include "collectors/wire/login_impl.h"

/* The first argument of LOGIN, or more of it, is the name; the second tells. */
static void
take_argument(struct login *login, struct slice bytes)
{
	char *user = login->next.user;
	size_t n = strlen(user);

	if (login->next.command != COMMAND_PASSWORD)
		return;
	if (login->argument == 0)
		(void)slice_copy(bytes, user + n, SASL_NAME - n);
	else
		login->next.told |= bytes.n > 0;
}

static void
take_quoted(struct login *login, struct slice *rest)
{
	char name[SASL_NAME];
	size_t i, n = 0;

	for (i = 1; i < rest->n && rest->p[i] != '"'; i++) {
		if (rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
		if (n < sizeof(name))
			name[n++] = rest->p[i];
	}
	take_argument(login, (struct slice){ name, n });
	explicit_bzero(name, n);
	*rest = slice_from(*rest, i < rest->n ? i + 1 : i);
}

/* A literal is the last thing on its line. */
static void
take_arguments(struct login *login, struct slice rest)
{
	while (rest.n > 0 && *rest.p != '{') {
		if (*rest.p == ' ') {
			rest = slice_from(rest, 1);
			continue;
		}
		if (*rest.p == '"')
			take_quoted(login, &rest);
		else
			take_argument(login, login_word(&rest));
		login->argument++;
	}
}

/* "{5}" or "{5+}" at its end; false: there is none. */
static bool
ends_in_literal(struct slice line, uint32_t *bytes, bool *at_once)
{
	ptrdiff_t at = slice_find_last(line, SLICE("{"));
	struct slice number;
	uint64_t n;

	if (at == -1 || line.p[line.n - 1] != '}')
		return false;
	number = slice_from(line, (size_t)at + 1);
	number.n--;
	*at_once = number.n > 0 && number.p[number.n - 1] == '+';
	number.n -= *at_once;
	if (!slice_number(number, &n) || n > UINT32_MAX)
		return false;
	*bytes = (uint32_t)n;
	return true;
}

static void
start_command(struct login *login, struct slice *rest)
{
	struct login_pending *next = &login->next;
	struct slice tag = login_word(rest), word = login_word(rest);

	memset(next, 0, sizeof(*next));
	login->argument = 0;
	login->over |= tag.n == 0 || tag.n >= LOGIN_TAG;
	(void)slice_copy(tag, next->tag, sizeof(next->tag));
	if (slice_same_word(word, SLICE("LOGIN")))
		next->command = COMMAND_PASSWORD;
	else if (slice_same_word(word, SLICE("AUTHENTICATE")))
		next->command = COMMAND_AUTH;
	else if (slice_same_word(word, SLICE("STARTTLS")))
		next->command = COMMAND_TLS;
}

static void
take_command(struct login *login, struct slice line)
{
	struct slice rest = line;
	bool at_once;

	if (login->answering) {
		sasl_answer(&login->sasl, line);
		return;
	}
	if (!login->within)
		start_command(login, &rest);
	if (login->next.command == COMMAND_PASSWORD)
		take_arguments(login, rest);
	login->within =
	    ends_in_literal(line, &login->literal[CLIENT], &at_once);
	if (login->within) {
		login->awaits_go = !at_once;
		if (at_once && login->literal[CLIENT] == 0)
			login->argument++;
		return;
	}
	if (login->next.command == COMMAND_AUTH) {
		sasl_start(&login->sasl, rest);
		login->answering = true;
	}
	login_push(login, &login->next);
}

/* "CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED", or in brackets. */
static void
take_capability(struct login *login, struct slice text)
{
	(void)slice_skips(&text, "[");
	if (!slice_skips(&text, "CAPABILITY "))
		return;
	login->forbids = slice_find(text, SLICE("LOGINDISABLED")) != -1;
	login->offers_tls = slice_find(text, SLICE("STARTTLS")) != -1;
}

static enum login_outcome
outcome_of(struct slice status, struct slice text)
{
	if (slice_same_word(status, SLICE("OK")))
		return LOGIN_TAKEN;
	if (slice_begins(text, "[PRIVACYREQUIRED]"))
		return LOGIN_FORBIDDEN;
	if (slice_begins(text, "[AUTHENTICATIONFAILED]") ||
	    slice_begins(text, "[AUTHORIZATIONFAILED]") ||
	    slice_begins(text, "[EXPIRED]"))
		return LOGIN_WRONG;
	if (slice_same_word(status, SLICE("BAD")) ||
	    slice_begins(text, "[UNAVAILABLE]") ||
	    slice_begins(text, "[INUSE]") || slice_begins(text, "[LIMIT]") ||
	    slice_begins(text, "[SERVERBUG]") ||
	    slice_begins(text, "[CONTACTADMIN]"))
		return LOGIN_TROUBLE;
	return login_wants_tls(text) ? LOGIN_FORBIDDEN : LOGIN_WRONG;
}

static void
take_result(struct login *login, const struct login_pending *pending,
    struct slice status, struct slice text)
{
	enum login_outcome outcome = outcome_of(status, text);

	if (pending->command == COMMAND_AUTH)
		login->answering = false;
	if (pending->command == COMMAND_AUTH ||
	    pending->command == COMMAND_PASSWORD)
		login_result(login, pending, outcome);
	else if (pending->command == COMMAND_TLS && outcome == LOGIN_TAKEN)
		login_start_tls(login);
}

/* It answers the command of that tag, of which the rest may not have come. */
static void
take_tagged(struct login *login, struct slice tag, struct slice text)
{
	struct slice status = login_word(&text);
	struct login_pending pending;

	if (slice_same_word(status, SLICE("OK")))
		take_capability(login, text);
	if (login->within && login->awaits_go &&
	    slice_eq(tag, slice_of(login->next.tag))) {
		login->within = login->awaits_go = false;
		login->literal[CLIENT] = 0;
		take_result(login, &login->next, status, text);
		return;
	}
	for (unsigned i = 0; i < login->queue_count; i++) {
		if (!slice_eq(tag, slice_of(login->queue[i].tag)))
			continue;
		pending = login_pop(login, i);
		take_result(login, &pending, status, text);
		return;
	}
}

static void
take_untagged(struct login *login, struct slice text)
{
	struct slice rest = text;
	bool ok = slice_same_word(login_word(&rest), SLICE("OK"));

	take_capability(login, ok ? rest : text);
	login->over |= !login->greeted && !ok;
	login->greeted = true;
}

static void
take_reply(struct login *login, struct slice line)
{
	struct slice rest = line, tag = login_word(&rest);
	bool at_once;

	if (slice_is(tag, "*")) {
		take_untagged(login, rest);
	} else if (!login->greeted) {
		login->over = true; /* no IMAP */
	} else if (slice_is(tag, "+")) {
		if (login->awaits_go && login->literal[CLIENT] == 0)
			login->argument++;
		login->awaits_go = false;
	} else {
		take_tagged(login, tag, rest);
	}
	(void)ends_in_literal(line, &login->literal[SERVER], &at_once);
}

static void
take_literal(struct login *login, enum side from, struct slice *bytes)
{
	uint32_t *left = &login->literal[from];
	struct slice part = { bytes->p, bytes->n < *left ? bytes->n : *left };

	if (from == CLIENT)
		take_argument(login, part);
	*left -= (uint32_t)part.n;
	*bytes = slice_from(*bytes, part.n);
	if (*left == 0 && from == CLIENT)
		login->argument++;
}

void
imap_take(struct login *login, enum side from, struct slice *bytes)
{
	struct partial *partial = &login->lines[from];
	struct slice line;

	while (bytes->n > 0 && !login->over && login->tls == NULL) {
		if (from == CLIENT && login->awaits_go) {
			login->over = true; /* it does not wait: not IMAP */
		} else if (login->literal[from] > 0) {
			take_literal(login, from, bytes);
		} else if (line_take(partial, bytes, &line)) {
			login->over |= line.n >= LINE_MOST; /* its end is cut */
			if (from == SERVER)
				take_reply(login, line);
			else
				take_command(login, line);
			line_wipe(partial);
		}
	}
}
