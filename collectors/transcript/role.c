/* role.c - what a process of a transcript does: it serves a client, or calls */
#include "collectors/transcript/role.h"

#include "base/array.h"

/* A call that is silent for so long is over: longer than any timeout that
   Sendmail has for one (confTO_DATAFINAL, 1h). */
#define SILENT (2 * 3600 * INT64_C(1000000))

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ">>> 250 " */
static bool
has_code(struct slice text)
{
	return text.n >= 8 && is_digit(text.p[4]) && is_digit(text.p[5]) &&
	       is_digit(text.p[6]) && (text.p[7] == ' ' || text.p[7] == '-');
}

/* Which no client says. */
static bool
is_reply(struct slice text)
{
	return text.p[0] == '>' && has_code(text);
}

static bool
is_quit(struct slice text)
{
	return slice_is(text, ">>> QUIT");
}

/* "220 2.0.0 Ready to start TLS" is none. */
static bool
is_greeting(struct slice text)
{
	return slice_begins(text, ">>> 220") &&
	       !slice_begins(text, ">>> 220 2.");
}

/* In the greeting's place; what a delivery comes to is said likewise. */
static bool
is_refusal(struct slice text)
{
	struct slice host;

	if (slice_begins(text, ">>> 421 4.3.2 ") ||
	    slice_begins(text, ">>> 421 4.7."))
		return true;
	return slice_skips(&text, ">>> 554 ") &&
	       slice_cut(&text, SLICE(" "), &host) &&
	       slice_is(text, "ESMTP not accepting messages");
}

static enum role_says
say(struct role *role, struct slice text)
{
	/* "RSET": of a connection that was kept for the next message. */
	if (role->serves && text.p[0] == '>' && !is_reply(text)) {
		role->call = is_quit(text) ? CALL_QUIT : CALL_SMTP;
		return ROLE_NOTHING;
	}
	if (is_greeting(text) || (!role->serves && is_refusal(text))) {
		*role = (struct role){ .serves = true, .last = role->last };
		return ROLE_GREETS;
	}
	return role->serves ? ROLE_SERVES : ROLE_NOTHING;
}

/* The other side may say anything, and end nothing by it. */
static enum role_says
call(struct role *role, struct slice text)
{
	if (role->call == CALL_PROGRAM) {
		if (slice_begins(text, "<<< 220"))
			role->call = CALL_SMTP; /* it speaks LMTP */
		else if (slice_is(text, "<<< [EOF]"))
			role->call = CALL_NONE;
	} else if (role->call == CALL_CONTENT) {
		if (slice_is(text, ">>> ."))
			role->call = CALL_SMTP;
	} else if (is_reply(text)) { /* the connection is kept, or lost */
		role->call = CALL_NONE;
		return say(role, text);
	} else if (role->call == CALL_QUIT) {
		if (text.p[0] == '<' && has_code(text) && text.p[7] == ' ')
			role->call = CALL_NONE;
	} else if (is_quit(text)) {
		role->call = CALL_QUIT;
	} else if (slice_begins(text, "<<< 3")) { /* any such code will do */
		role->call = CALL_CONTENT;
	}
	return ROLE_NOTHING;
}

bool
role_is_another(const struct role *role, struct slice text, int64_t when)
{
	return when - role->last > SILENT && is_greeting(text);
}

enum role_says
role_line(struct role *role, struct slice text, int64_t when)
{
	if (role_is_another(role, text, when))
		role->call = CALL_NONE;
	role->last = when;
	if (slice_begins(text, "===")) {
		if (slice_begins(text, "=== EXEC "))
			role->call = CALL_PROGRAM;
		else if (slice_begins(text, "=== CONNECT "))
			role->call = CALL_SMTP;
		return ROLE_NOTHING;
	}
	return role->call == CALL_NONE ? say(role, text) : call(role, text);
}

/* "host [192.0.2.1] (may be forged)" */
static bool
read_client(struct slice text, struct addr *client)
{
	struct slice before, address;

	if (!slice_cut(&text, SLICE("["), &before))
		return false;
	/* Of a name that holds blanks nobody says so. */
	if (before.n > 0 && before.p[before.n - 1] == ' ')
		before.n--;
	if (slice_find_char(before, ' ') != -1 ||
	    !slice_cut(&text, SLICE("]"), &address))
		return false;
	(void)slice_skips(&address, "IPv6:");
	return addr_parse(address, client);
}

bool
role_client(struct slice reply, struct addr *client)
{
	/* Debian's greeting has it, too. */
	static const struct slice marks[] = {
		{ "logging access from: ", 21 },
		{ "Lost input channel from ", 24 },
		{ "waiting for input from ", 23 },
	};
	struct slice rest = reply, word;

	/* "250-mx.example.org Hello host [192.0.2.1], pleased to meet you" */
	if (slice_begins(reply, "250")) {
		rest = slice_from(reply, reply.n > 4 ? 4 : reply.n);
		return slice_cut(&rest, SLICE(" "), &word) &&
		       slice_skips(&rest, "Hello ") &&
		       read_client(rest, client);
	}
	if (!slice_begins(reply, "220") && !slice_begins(reply, "421"))
		return false;
	for (size_t i = 0; i < NELEMS(marks); i++, rest = reply)
		if (slice_cut(&rest, marks[i], &word))
			return read_client(rest, client);
	return false;
}

bool
role_is_lost(struct slice reply, bool ended)
{
	struct slice code;

	if (!slice_begins(reply, "421 "))
		return false;
	if (ended)
		return true;
	reply = slice_from(reply, 4);
	return slice_cut(&reply, SLICE(" "), &code) &&
	       slice_begins(reply, "collect: ");
}
