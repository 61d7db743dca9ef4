/* pop3.c - POP3 up to its login */
#include <string.h>

#include "collectors/wire/login_impl.h"

static void
push(struct login *login, enum login_command command, struct slice user)
{
	struct login_pending pending = { .command = command,
		.told = command == COMMAND_PASSWORD };

	(void)slice_copy(user, pending.user, sizeof(pending.user));
	login_push(login, &pending);
}

/* Without an argument it asks for the list of mechanisms (RFC 1734). */
static void
command_auth(struct login *login, struct slice arguments)
{
	if (arguments.n == 0) {
		push(login, COMMAND_LIST, SLICE(""));
		return;
	}
	sasl_start(&login->sasl, arguments);
	login->answering = true;
	push(login, COMMAND_AUTH, SLICE(""));
}

static void
take_command(struct login *login, struct slice line)
{
	struct slice word = login_word(&line);

	if (slice_same_word(word, SLICE("USER"))) {
		(void)slice_copy(line, login->user, sizeof(login->user));
		push(login, COMMAND_OTHER, SLICE(""));
	} else if (slice_same_word(word, SLICE("PASS"))) {
		push(login, COMMAND_PASSWORD, slice_of(login->user));
	} else if (slice_same_word(word, SLICE("APOP"))) {
		push(login, COMMAND_DIGEST, login_word(&line));
	} else if (slice_same_word(word, SLICE("AUTH"))) {
		command_auth(login, line);
	} else if (slice_same_word(word, SLICE("CAPA"))) {
		push(login, COMMAND_CAPABILITY, SLICE(""));
	} else if (slice_same_word(word, SLICE("LANG")) && line.n == 0) {
		push(login, COMMAND_LIST, SLICE("")); /* RFC 6856, 3.2 */
	} else if (slice_same_word(word, SLICE("STLS"))) {
		push(login, COMMAND_TLS, SLICE(""));
	} else {
		push(login, COMMAND_OTHER, SLICE(""));
	}
}

/* A server that takes no password now lists neither (RFC 2449, 6.2, 6.3). */
static void
take_listed(struct login *login, struct slice line)
{
	struct slice word;

	if (slice_is(line, ".")) {
		login->listing = false;
		return;
	}
	if (login->list != COMMAND_CAPABILITY)
		return;
	word = login_word(&line);
	if (slice_same_word(word, SLICE("STLS")))
		login->offers_tls = true;
	else if (slice_same_word(word, SLICE("USER")) ||
		 (slice_same_word(word, SLICE("SASL")) &&
		     (slice_find(line, SLICE("PLAIN")) != -1 ||
			 slice_find(line, SLICE("LOGIN")) != -1)))
		login->forbids = false;
}

/* RFC 2449, 8.1; RFC 3206, 4. */
static enum login_outcome
outcome_of(struct slice line)
{
	if (slice_begins(line, "-ERR [SYS/") ||
	    slice_begins(line, "-ERR [IN-USE]") ||
	    slice_begins(line, "-ERR [LOGIN-DELAY]"))
		return LOGIN_TROUBLE;
	return login_wants_tls(line) ? LOGIN_FORBIDDEN : LOGIN_WRONG;
}

static void
take_answer(struct login *login, struct slice line, bool ok)
{
	struct login_pending pending = login_pop(login, 0);

	switch (pending.command) {
	case COMMAND_LIST:
	case COMMAND_CAPABILITY:
		login->listing = ok;
		login->list = pending.command;
		if (ok && pending.command == COMMAND_CAPABILITY)
			login->forbids = true; /* unless it says otherwise */
		break;
	case COMMAND_PASSWORD:
	case COMMAND_DIGEST:
	case COMMAND_AUTH:
		if (pending.command == COMMAND_AUTH)
			login->answering = false;
		login_result(
		    login, &pending, ok ? LOGIN_TAKEN : outcome_of(line));
		break;
	case COMMAND_TLS:
		if (ok)
			login_start_tls(login);
		break;
	case COMMAND_OTHER:
		break;
	}
}

static void
take_reply(struct login *login, struct slice line)
{
	bool ok = slice_begins(line, "+OK");

	if (login->listing) {
		take_listed(login, line);
	} else if (!login->greeted) {
		login->greeted = true;
		login->over = !ok;
	} else if (ok || slice_begins(line, "-ERR")) {
		if (login->queue_count > 0)
			take_answer(login, line, ok);
	} else if (!slice_begins(line, "+") || login->queue_count == 0 ||
		   login->queue[0].command != COMMAND_AUTH) {
		login->over = true; /* no POP3, or not understood */
	}
}

void
pop3_take(struct login *login, enum side from, struct slice *bytes)
{
	struct partial *partial = &login->lines[from];
	struct slice line;

	while (bytes->n > 0 && !login->over && login->tls == NULL) {
		if (!line_take(partial, bytes, &line))
			continue;
		if (from == SERVER)
			take_reply(login, line);
		else if (login->answering)
			sasl_answer(&login->sasl, line);
		else
			take_command(login, line);
		line_wipe(partial);
	}
}
