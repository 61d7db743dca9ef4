/*
 * ledger.h - what a run's ledger says the account must be
 *
 * A ledger (tests/corpus/NAME.truth.json) holds what the clients were told,
 * what the remote sinks took and which files the mailboxes held.  Here that
 * becomes a range for each key of `replay --json': a single number where the
 * ledger decides it, wider where only the log can, with the reason beside it.
 *
 * The rules are of categories and of reply texts, never of one run's numbers.
 * Here the sessions are read; expect.h makes the ranges.
 */
#ifndef TESTS_LEDGER_H
#define TESTS_LEDGER_H

#include <arpa/inet.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "tests/figures.h"
#include "tests/replies.h"

/* What is being made. */
struct ledger {
	const json_t *truth;
	json_t *ranges;   /* key -> [least, most] */
	json_t *clients;  /* address -> {rejected, unread, denied, taken} */
	json_t *accounts; /* name -> messages taken */
	json_t *refused;  /* reason -> replies */
	json_int_t accepted, recipients, bytes; /* messages taken */
	json_int_t sessions, tls, timeouts, vrfy, unread;
	json_int_t auth_ok, auth_failed, unanswered;
	json_int_t logins_ok, logins_failed;
	json_int_t temporary, permanent;
	json_int_t proxy_drops, proxy_bounces, filter_drops, filter_bounces;
	json_int_t piped; /* recipients given to the pipe filter */
	json_int_t relayed_auth, relayed; /* taken for elsewhere */
	bool unknown; /* a refusal that no rule knows was printed */
};

static void
ledger_range(
    struct ledger *l, const char *key, json_int_t least, json_int_t most)
{
	ledger_set(l->ranges, key, least, most);
}

static inline void
ledger_exact(struct ledger *l, const char *key, json_int_t n)
{
	ledger_range(l, key, n, n);
}

static json_t *
ledger_client(struct ledger *l, const char *address)
{
	return ledger_row_of(l->clients, address);
}

/* The reply behind its enhanced code and `<what the client said>: '. */
static const char *
ledger_words(const char *reply)
{
	const char *end;

	if (ledger_like(reply, "^[245]\\.[0-9]+\\.[0-9]+ "))
		reply = strchr(reply, ' ') + 1;
	if (*reply == '<' && (end = strstr(reply, ">: ")) != NULL)
		reply = end + 3;
	return reply;
}

static const char *
ledger_reason(struct ledger *l, json_int_t code, const char *words)
{
	for (size_t i = 0; i < NELEMS(reply_rules); i++) {
		const char *reason = reply_rules[i].reason;

		if (!ledger_like(words, reply_rules[i].words))
			continue;
		if (reason != NULL && *reason == '\0')
			return code < 500 ? "greylisted" : "access_denied";
		return reason;
	}
	fprintf(stderr, "no rule for the reply: %d %s\n", (int)code, words);
	l->unknown = true;
	return NULL;
}

/* One reply to a client. */
static void
ledger_reply(
    struct ledger *l, json_t *client, const json_t *code, const char *reply)
{
	json_int_t n = json_integer_value(code);
	const char *words, *reason;

	if (n < 400 || reply == NULL)
		return;
	words = ledger_words(reply);
	if (ledger_like(words, "^(Error: |Temporary )authentication fail"))
		l->auth_failed++;
	reason = ledger_reason(l, n, words);
	if (reason == NULL)
		return;
	ledger_add(l->refused, reason, 1);
	ledger_add(client, "rejected", 1);
	if (strcmp(reason, "relay_denied") == 0)
		ledger_add(client, "denied", 1);
	if (n < 500)
		l->temporary++;
	else
		l->permanent++;
}

/* [what, code, text, ...], or without the `what'. */
static void
ledger_row(struct ledger *l, json_t *client, const json_t *row, size_t code)
{
	ledger_reply(l, client, json_array_get(row, code),
	    json_string_value(json_array_get(row, code + 1)));
}

/* Is it the listener with that number?  The ledger lists their addresses. */
static bool
ledger_listener(struct ledger *l, const json_t *session, size_t n)
{
	const json_t *server = json_object_get(l->truth, "server");
	const char *to = ledger_text(session, "dst"), *a;

	if (ledger_number(session, "dport") != 25)
		return false;
	a = json_string_value(
	    json_array_get(json_object_get(server, "ipv4"), n));
	if (a != NULL && strcmp(a, to) == 0)
		return true;
	a = json_string_value(
	    json_array_get(json_object_get(server, "ipv6"), n));
	return a != NULL && strcmp(a, to) == 0;
}

#define LISTENER_AFTER_QUEUE 2 /* content_filter = amavis */
#define LISTENER_PIPE        7 /* content_filter = spamc */

/* Is the address, as given, in none of the server's domains? */
static bool
ledger_elsewhere(struct ledger *l, const char *address)
{
	static const char *const ours[] = { "fqdn", "local_domain",
		"virtual_domain", "lmtp_domain", "relay_domain" };
	const json_t *server = json_object_get(l->truth, "server");
	const char *domain = strrchr(address, '@');

	if (domain == NULL)
		return false;
	for (size_t i = 0; i < NELEMS(ours); i++)
		if (strcasecmp(domain + 1, ledger_text(server, ours[i])) == 0)
			return false;
	return true;
}

static void
ledger_taken(struct ledger *l, json_t *client, const json_t *session,
    const json_t *txn, const char *account)
{
	const char *scenario = ledger_text(session, "scenario");
	const char *text = ledger_text(txn, "text");
	json_int_t recipients = 0;
	bool elsewhere = false;
	size_t i;
	json_t *r;

	json_array_foreach (json_object_get(txn, "rcpts"), i, r) {
		if (json_integer_value(json_array_get(r, 1)) != 250)
			continue;
		recipients++;
		elsewhere |= ledger_elsewhere(
		    l, json_string_value(json_array_get(r, 0)));
	}
	if (elsewhere && account != NULL)
		l->relayed_auth++;
	else if (elsewhere)
		l->relayed++;
	l->accepted++;
	l->recipients += recipients;
	l->bytes += ledger_number(txn, "data_bytes");
	ledger_add(client, "taken", 1);
	if (account != NULL)
		ledger_add(l->accounts, account, 1);
	if (ledger_like(text, "Ok, discarded"))
		l->proxy_drops++;
	else if (ledger_like(text, ", BOUNCE$"))
		l->proxy_bounces++;
	else if (ledger_listener(l, session, LISTENER_PIPE))
		l->piped += recipients;
	else if (ledger_listener(l, session, LISTENER_AFTER_QUEUE)) {
		/* amavis' own policy: spam is dropped, a banned file bounced */
		if (ledger_like(scenario, "gtube"))
			l->filter_drops++;
		if (ledger_like(scenario, "banned"))
			l->filter_bounces += recipients;
	}
}

/* Who authenticated, with the realm that the server adds; or "". */
static void
ledger_auth(struct ledger *l, json_t *client, const json_t *session,
    char *account, size_t size)
{
	const json_t *server = json_object_get(l->truth, "server");
	size_t i;
	json_t *a;

	*account = '\0';
	json_array_foreach (json_object_get(session, "auth"), i, a) {
		const char *user = ledger_text(a, "user");

		if (json_is_null(json_object_get(a, "code")))
			l->unanswered++;
		ledger_reply(l, client, json_object_get(a, "code"),
		    ledger_text(a, "text"));
		if (!json_is_true(json_object_get(a, "ok")))
			continue;
		snprintf(account, size, "%s%s%s", user,
		    strchr(user, '@') != NULL ? "" : "@",
		    strchr(user, '@') != NULL
			? ""
			: ledger_text(server, "local_domain"));
	}
	if (*account != '\0')
		l->auth_ok++;
}

static void
ledger_smtp(struct ledger *l, const json_t *session)
{
	json_t *client = ledger_client(l, ledger_text(session, "src"));
	json_t *cmds = json_object_get(session, "cmds");
	json_t *txns = json_object_get(session, "txns");
	json_t *greeting = json_object_get(session, "greeting");
	const char *scenario = ledger_text(session, "scenario");
	char account[256];
	size_t i, k;
	json_t *c, *t, *r;

	l->sessions++;
	l->tls += json_is_string(json_object_get(session, "tls"));
	/* A handshake that times out is an SSL_accept error, then lost. */
	if (ledger_like(scenario, "timeout|time_limit") &&
	    !ledger_like(scenario, "starttls"))
		l->timeouts++;
	/* The driver wrote a block and noted the last reply alone. */
	if (json_array_size(cmds) == 0 && json_array_size(txns) == 0 &&
	    json_integer_value(json_array_get(greeting, 0)) == 220 &&
	    ledger_number(session, "last_code") > 220) {
		l->unread++;
		ledger_add(client, "unread", 1);
	}
	ledger_row(l, client, greeting, 0);
	ledger_auth(l, client, session, account, sizeof(account));
	json_array_foreach (cmds, i, c) {
		const char *said = json_string_value(json_array_get(c, 0));

		ledger_row(l, client, c, 1);
		l->vrfy += said != NULL && strncmp(said, "VRFY", 4) == 0;
	}
	json_array_foreach (txns, i, t) {
		ledger_row(l, client, json_object_get(t, "mail"), 0);
		json_array_foreach (json_object_get(t, "rcpts"), k, r)
			ledger_row(l, client, r, 1);
		ledger_reply(l, client, json_object_get(t, "code"),
		    ledger_text(t, "text"));
		if (json_is_true(json_object_get(t, "accepted")))
			ledger_taken(l, client, session, t,
			    *account != '\0' ? account : NULL);
	}
}

static void
ledger_sessions(struct ledger *l)
{
	size_t i, k;
	json_t *s, *a;

	json_array_foreach (json_object_get(l->truth, "sessions"), i, s) {
		if (strcmp(ledger_text(s, "proto"), "smtp") == 0) {
			ledger_smtp(l, s);
			continue;
		}
		json_array_foreach (json_object_get(s, "auth"), k, a) {
			if (json_is_true(json_object_get(a, "ok")))
				l->logins_ok++;
			else
				l->logins_failed++;
		}
	}
}

static void
ledger_init(struct ledger *l, const json_t *truth)
{
	*l = (struct ledger){
		.truth = truth,
		.ranges = json_object(),
		.clients = json_object(),
		.accounts = json_object(),
		.refused = json_object(),
	};
	ledger_sessions(l);
}

static void
ledger_fini(struct ledger *l)
{
	json_decref(l->ranges);
	json_decref(l->clients);
	json_decref(l->accounts);
	json_decref(l->refused);
}

#endif
