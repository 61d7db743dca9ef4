/*
 * wire_ledger.h - what a run's ledger says the wire must have shown
 *
 * There are two kinds of ledger: Postfix's driver noted replies by kind of
 * command, the others' noted the dialogue line by line.  Of a session under TLS
 * what came before STARTTLS counts.  Ranges, where the ledger does not decide:
 * - `unread' replies: the driver wrote a block, or bytes that are no SMTP, and
 *   noted one reply of all that were sent, or none;
 * - sessions whose SYN the capture does not have: it lost packets.
 */
#ifndef TESTS_WIRE_LEDGER_H
#define TESTS_WIRE_LEDGER_H

#include <ctype.h>

#include "base/array.h"
#include "tests/figures.h"
#include "tests/replies.h"

enum wire_figure {
	WIRE_FIGURE_SESSIONS,
	WIRE_FIGURE_MESSAGES,
	WIRE_FIGURE_RECIPIENTS,
	WIRE_FIGURE_BYTES,
	WIRE_FIGURE_REJECTS,
	WIRE_FIGURE_RELAY_DENIED,
	WIRE_FIGURE_AUTH_OK,
	WIRE_FIGURE_AUTH_FAILED,
	WIRE_FIGURE_TLS,
	WIRE_FIGURE_VRFY,
	WIRE_FIGURE_EXPN,
	WIRE_FIGURES
};

static const char *const wire_keys[WIRE_FIGURES] = { "wire.sessions",
	"wire.messages", "wire.recipients", "wire.bytes", "wire.rejects.total",
	"wire.relay_denied", "wire.auth_ok", "wire.auth_failed", "wire.tls",
	"wire.vrfy", "wire.expn" };

struct wire_session {
	json_int_t n[WIRE_FIGURES];
	json_int_t unread;
	json_t *reasons; /* of Postfix: reason -> replies; borrowed */
};

struct wire_ledger {
	json_int_t least[WIRE_FIGURES], most[WIRE_FIGURES];
	json_int_t unread;
	json_t *clients; /* address -> {rejected, relay_denied, ...} */
	json_t *reasons;
	bool has_reasons;
	bool unclear; /* no words of its own for a denial of relaying */
};

/* Of Postfix: what leaves no line in the log, but goes over the wire. */
static const struct reply_rule wire_rules[] = {
	{ "^Must issue a STARTTLS", "auth_required", NULL },
	{ "^Error: too many recipients$", "too_many_recipients", NULL },
	{ "^Temporary MTA failure", "unavailable", NULL },
	{ "^[^ ]+ Service unavailable", "unavailable", NULL },
	{ "^BANNED", "policy", NULL },
};

static const char *
wire_reason(json_int_t code, const char *text)
{
	const char *end, *reason = NULL;

	if (ledger_like(text, "^[245]\\.[0-9]+\\.[0-9]+ "))
		text = strchr(text, ' ') + 1;
	if (*text == '<' && (end = strstr(text, ">: ")) != NULL)
		text = end + 3;
	for (size_t i = 0; i < NELEMS(wire_rules); i++)
		if (ledger_like(text, wire_rules[i].words))
			return wire_rules[i].reason;
	for (size_t i = 0; i < NELEMS(reply_rules) && reason == NULL; i++)
		if (ledger_like(text, reply_rules[i].words))
			reason = reply_rules[i].reason ? reply_rules[i].reason
						       : "protocol";
	if (reason != NULL && *reason == '\0')
		return code < 500 ? "greylisted" : "access_denied";
	return reason != NULL ? reason : "no rule";
}

/* 221 is one too, where it does not answer QUIT. */
static bool
wire_refuse(struct wire_session *s, json_int_t code, const char *text,
    const char *command)
{
	if (code < 400 && (code != 221 || strcmp(command, "QUIT") == 0))
		return false;
	s->n[WIRE_FIGURE_REJECTS]++;
	s->n[WIRE_FIGURE_RELAY_DENIED] += ledger_like(
	    text, "[Rr]elay.* denied|relay not permitted|allowed rcpthosts");
	if (s->reasons != NULL)
		ledger_add(s->reasons, wire_reason(code, text), 1);
	return true;
}

static void
wire_transaction(struct wire_session *s, const json_t *txn)
{
	const json_t *mail = json_object_get(txn, "mail");
	json_int_t taken = 0, code;
	size_t i;
	json_t *r;

	wire_refuse(s, json_integer_value(json_array_get(mail, 0)),
	    json_string_value(json_array_get(mail, 1)), "MAIL");
	json_array_foreach (json_object_get(txn, "rcpts"), i, r) {
		code = json_integer_value(json_array_get(r, 1));
		if (!wire_refuse(s, code,
			json_string_value(json_array_get(r, 2)), "RCPT"))
			taken += code / 100 == 2;
	}
	if (!json_is_true(json_object_get(txn, "accepted"))) {
		wire_refuse(s, ledger_number(txn, "code"),
		    ledger_text(txn, "text"), "DATA");
		return;
	}
	s->n[WIRE_FIGURE_MESSAGES]++;
	s->n[WIRE_FIGURE_RECIPIENTS] += taken;
	s->n[WIRE_FIGURE_BYTES] += ledger_number(txn, "data_bytes");
}

/* True: STARTTLS was agreed on. */
static bool
wire_command(struct wire_session *s, const json_t *row)
{
	const char *command = json_string_value(json_array_get(row, 0));
	json_int_t code = json_integer_value(json_array_get(row, 1));
	const char *text = json_string_value(json_array_get(row, 2));

	if (strncasecmp(command, "VRFY", 4) == 0)
		s->n[WIRE_FIGURE_VRFY]++;
	else if (strncasecmp(command, "EXPN", 4) == 0)
		s->n[WIRE_FIGURE_EXPN]++;
	else if (code == 535) /* it tried, with a broken answer */
		s->n[WIRE_FIGURE_AUTH_FAILED]++;
	else
		wire_refuse(s, code, text != NULL ? text : "", command);
	s->unread += strncmp(command, "pipelined", 9) == 0;
	return strcmp(command, "STARTTLS") == 0 && code == 220;
}

/* Of Postfix's driver. */
static void
wire_session_by_kind(struct wire_session *s, const json_t *session)
{
	const json_t *greeting = json_object_get(session, "greeting");
	const json_t *cmds = json_object_get(session, "cmds");
	const json_t *txns = json_object_get(session, "txns");
	bool tls = json_is_string(json_object_get(session, "tls"));
	json_int_t code = json_integer_value(json_array_get(greeting, 0));
	size_t i;
	json_t *row;

	s->n[WIRE_FIGURE_SESSIONS] = 1;
	s->n[WIRE_FIGURE_TLS] = tls;
	if (ledger_number(session, "dport") == 465)
		return;
	wire_refuse(
	    s, code, json_string_value(json_array_get(greeting, 1)), "QUIT");
	/* It wrote a block and noted the last reply alone; or it spoke first,
	   and took a later reply for the greeting. */
	s->unread +=
	    code == 250 || (json_array_size(cmds) == 0 &&
			       json_array_size(txns) == 0 && code == 220);
	json_array_foreach (cmds, i, row)
		if (wire_command(s, row))
			return;
	json_array_foreach (json_object_get(session, "auth"), i, row)
		s->n[json_is_true(json_object_get(row, "ok"))
			 ? WIRE_FIGURE_AUTH_OK
			 : WIRE_FIGURE_AUTH_FAILED]++;
	json_array_foreach (txns, i, row)
		wire_transaction(s, row);
}

/* Of the others: a line of the dialogue; *taken counts recipients. */
static bool
wire_line(struct wire_session *s, const json_t *row, json_int_t *taken)
{
	const char *said = json_string_value(json_array_get(row, 0));
	const char *reply = json_string_value(json_array_get(row, 1));
	json_int_t code = reply != NULL ? strtol(reply, NULL, 10) : 0;

	if (code == 0)
		return false;
	if (strcmp(said, "STARTTLS") == 0 && code == 220)
		return true;
	if (strncmp(said, "VRFY", 4) == 0) {
		s->n[WIRE_FIGURE_VRFY]++;
	} else if (strncmp(said, "EXPN", 4) == 0) {
		s->n[WIRE_FIGURE_EXPN]++;
	} else if (ledger_like(said, "^(AUTH |<user>|<pass>|<cram>)")) {
		s->n[WIRE_FIGURE_AUTH_OK] += code == 235;
		s->n[WIRE_FIGURE_AUTH_FAILED] += code >= 400;
	} else if (!wire_refuse(s, code, reply, said)) {
		if (strncmp(said, "MAIL", 4) == 0)
			*taken = 0;
		*taken += strncmp(said, "RCPT", 4) == 0;
		if (sscanf(said, "<data %lld>", &code) == 1) {
			s->n[WIRE_FIGURE_MESSAGES]++;
			s->n[WIRE_FIGURE_RECIPIENTS] += *taken;
			s->n[WIRE_FIGURE_BYTES] += code;
		}
	}
	return false;
}

static void
wire_session_by_line(struct wire_session *s, const json_t *session)
{
	const json_t *dialog = json_object_get(session, "dialog");
	const json_t *last =
	    json_array_get(dialog, json_array_size(dialog) - 1);
	const char *final = ledger_text(session, "final");
	const char *noted = json_string_value(json_array_get(last, 1));
	json_int_t taken = 0;
	size_t i;
	json_t *row;

	s->n[WIRE_FIGURE_SESSIONS] =
	    !ledger_like(ledger_text(session, "close"), "^connect failed");
	s->n[WIRE_FIGURE_TLS] = json_is_true(json_object_get(session, "tls"));
	json_array_foreach (dialog, i, row)
		if (wire_line(s, row, &taken))
			return;
	/* Bytes that are no command, many lines at once, or it did not wait. */
	if (ledger_like(ledger_text(session, "close"), "^ended: Timeout") ||
	    noted == NULL || strcmp(noted, final) != 0 ||
	    ledger_like(ledger_text(session, "scenario"),
		"no_command_|greet_pause$|smtp_attack"))
		s->unread += 4;
}

/* Of what was sent: the sinks' own word. */
static void
wire_session_of_sink(struct wire_session *s, const json_t *session)
{
	size_t i;
	json_t *txn;

	s->n[WIRE_FIGURE_SESSIONS] = 1;
	s->n[WIRE_FIGURE_TLS] = json_is_true(json_object_get(session, "tls"));
	s->unread += 4; /* its refusals are not noted */
	if (s->n[WIRE_FIGURE_TLS] != 0)
		return;
	json_array_foreach (json_object_get(session, "txns"), i, txn) {
		if (strncmp(ledger_text(txn, "reply"), "250", 3) != 0)
			continue;
		s->n[WIRE_FIGURE_MESSAGES]++;
		s->n[WIRE_FIGURE_RECIPIENTS] +=
		    (json_int_t)json_array_size(json_object_get(txn, "rcpts"));
		s->n[WIRE_FIGURE_BYTES] += ledger_number(txn, "size");
	}
}

static void
wire_client(
    struct wire_ledger *l, const char *address, const struct wire_session *s)
{
	json_t *row = ledger_row_of(l->clients, address);

	ledger_add(row, "rejected", s->n[WIRE_FIGURE_REJECTS]);
	ledger_add(row, "relay_denied", s->n[WIRE_FIGURE_RELAY_DENIED]);
	ledger_add(row, "auth_failed", s->n[WIRE_FIGURE_AUTH_FAILED]);
	ledger_add(row, "received", s->n[WIRE_FIGURE_MESSAGES]);
	ledger_add(row, "unread", s->unread);
}

/* Missing: the capture has no SYN of it. */
static void
wire_add(struct wire_ledger *l, const struct wire_session *s, bool missing)
{
	for (int f = 0; f < WIRE_FIGURES; f++) {
		l->least[f] += missing ? 0 : s->n[f];
		l->most[f] += s->n[f];
	}
	l->most[WIRE_FIGURE_REJECTS] += s->unread;
	l->unread += s->unread;
}

#endif
