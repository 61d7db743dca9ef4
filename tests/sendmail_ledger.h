/*
 * sendmail_ledger.h - what a Sendmail run's ledger says the account must be
 *
 * As ledger.h, for the ledgers of tests/corpus/sendmail: sessions with their
 * whole dialogue, the transactions with each reply, the sinks' sessions.  What
 * the statistics file alone knows is given by the caller.
 */
#ifndef TESTS_SENDMAIL_LEDGER_H
#define TESTS_SENDMAIL_LEDGER_H

#include "base/array.h"
#include "base/reason.h"
#include "tests/sendmail_replies.h"

struct sendmail_ledger {
	const json_t *truth;
	bool filter_down;
	json_int_t here;  /* sessions that the program for submission made */
	json_t *ranges;   /* key -> [least, most] */
	json_t *clients;  /* address -> {rejected, denied, failed, taken} */
	json_t *accounts; /* name -> messages taken */
	json_t *refused;  /* reason -> replies */
	json_int_t accepted, recipients, bytes; /* received of them */
	json_int_t discarded, quarantined, refused_data;
	json_int_t sessions, silent, tls, lost, idle, timeouts;
	json_int_t vrfy, expn, etrn, pregreet, non_smtp;
	json_int_t auth_ok, auth_failed;
	json_int_t temporary, permanent, crowded;
	json_int_t relayed;
	bool unknown; /* a refusal that no rule knows was printed */
};

/* Was the server writing LogLevel 14 then? */
static inline bool
sendmail_verbose(const struct sendmail_ledger *l, const json_t *session)
{
	const json_t *meta = json_object_get(l->truth, "meta");
	double at = json_number_value(json_object_get(session, "t_start"));
	bool verbose = false;
	size_t i;
	json_t *phase;

	json_array_foreach (json_object_get(meta, "phases"), i, phase)
		if (json_number_value(json_object_get(phase, "t")) <= at)
			verbose = strcmp(ledger_text(phase, "variant"),
				      "strict") == 0;
	return verbose;
}

/* The reply behind its codes and `<what the client said>... '. */
static inline const char *
sendmail_words(const char *reply)
{
	const char *end;

	reply += strcspn(reply, " ");
	reply += *reply == ' ';
	if (ledger_like(reply, "^[245]\\.[0-9]+\\.[0-9]+ "))
		reply = strchr(reply, ' ') + 1;
	if (*reply == '<' && (end = strstr(reply, ">... ")) != NULL)
		reply = end + 5;
	return reply;
}

static inline const struct sendmail_rule *
sendmail_rule(struct sendmail_ledger *l, const char *reply)
{
	const char *words = sendmail_words(reply);

	for (size_t i = 0; i < NELEMS(sendmail_rules); i++)
		if (ledger_like(words, sendmail_rules[i].words))
			return &sendmail_rules[i];
	fprintf(stderr, "no rule for the reply: %s\n", reply);
	l->unknown = true;
	return NULL;
}

static inline void
sendmail_refuse(struct sendmail_ledger *l, json_t *client, const char *reason,
    bool temporary)
{
	ledger_add(l->refused, reason, 1);
	if (client != NULL)
		ledger_add(client, "rejected", 1);
	if (client != NULL && strcmp(reason, "relay_denied") == 0)
		ledger_add(client, "denied", 1);
	if (temporary)
		l->temporary++;
	else
		l->permanent++;
}

/* One reply to a client; true if the log tells of it. */
static inline bool
sendmail_reply(struct sendmail_ledger *l, json_t *client, const json_t *session,
    const char *reply)
{
	const struct sendmail_rule *rule;

	if (reply == NULL || (*reply != '4' && *reply != '5'))
		return false;
	l->auth_failed += strncmp(reply, "535 ", 4) == 0;
	if (strncmp(reply, "535 ", 4) == 0)
		ledger_add(client, "failed", 1);
	if (l->filter_down && strstr(reply, "Please try again") != NULL)
		return false; /* see ledger_filter_down() */
	rule = sendmail_rule(l, reply);
	if (rule == NULL || rule->reason == NULL)
		return strncmp(reply, "535 ", 4) == 0;
	if (rule->nameless && !sendmail_verbose(l, session))
		client = NULL;
	if (strstr(reply, "Too many open connections") != NULL) {
		l->crowded++;
		ledger_add(client, "crowded", 1);
	}
	l->pregreet += strstr(reply, "not accepting messages") != NULL;
	l->non_smtp += strstr(reply, "Rejecting open proxy") != NULL;
	sendmail_refuse(l, client, rule->reason, *reply == '4');
	return true;
}

/* Is the domain none of the server's? */
static inline bool
sendmail_elsewhere(struct sendmail_ledger *l, const char *address)
{
	const char *host =
	    ledger_text(json_object_get(l->truth, "meta"), "hostname");
	const char *domain = strrchr(address, '@'), *parent;

	parent = strchr(host, '.');
	return domain != NULL && strcasecmp(domain + 1, host) != 0 &&
	       (parent == NULL || strcasecmp(domain + 1, parent + 1) != 0);
}

/* Accepted recipients, each once: RCPT for one already named adds none. */
static inline json_int_t
sendmail_recipients(
    struct sendmail_ledger *l, const json_t *txn, bool *elsewhere)
{
	json_t *once = json_object(), *r;
	json_int_t n;
	size_t i;

	*elsewhere = false;
	json_array_foreach (json_object_get(txn, "rcpts"), i, r) {
		const char *to = ledger_text(r, "to");

		if (ledger_number(r, "code") / 100 != 2)
			continue;
		json_object_set_new(once, to, json_true());
		*elsewhere |= sendmail_elsewhere(l, to);
	}
	n = (json_int_t)json_object_size(once);
	json_decref(once);
	return n;
}

/* A transaction with its data: what became of the message. */
static inline void
sendmail_taken(struct sendmail_ledger *l, json_t *client, const json_t *session,
    const json_t *txn, const char *account)
{
	const char *expect = ledger_text(session, "expect");
	bool elsewhere;
	json_int_t n = sendmail_recipients(l, txn, &elsewhere);

	if (ledger_number(txn, "data_code") != 250) {
		l->refused_data += ledger_number(txn, "data_code") >= 400;
		return;
	}
	/* Taken, and thrown away by the rule that the scenario is made for. */
	if (strcmp(expect, "discard") == 0) {
		l->discarded++;
		return;
	}
	l->quarantined += strcmp(expect, "quarantine") == 0;
	l->accepted++;
	l->recipients += n;
	l->bytes += ledger_number(txn, "size");
	ledger_add(client, "taken", 1);
	if (account == NULL)
		return;
	ledger_add(l->accounts, account, 1);
	l->relayed += elsewhere;
}

/* Who authenticated; NULL if nobody. */
static inline const char *
sendmail_account(const json_t *session)
{
	const char *account = NULL;
	size_t i;
	json_t *a;

	json_array_foreach (json_object_get(session, "auth"), i, a)
		if (json_is_true(json_object_get(a, "ok")))
			account = ledger_text(a, "user");
	return account;
}

static inline void
sendmail_probes(struct sendmail_ledger *l, const json_t *session)
{
	size_t i;
	json_t *p;

	json_array_foreach (json_object_get(session, "dialog"), i, p) {
		const char *said = json_string_value(json_array_get(p, 0));
		const char *reply = json_string_value(json_array_get(p, 1));

		if (said == NULL)
			continue;
		l->vrfy += strncasecmp(said, "VRFY", 4) == 0;
		l->expn += strncasecmp(said, "EXPN", 4) == 0;
		l->etrn += strncasecmp(said, "ETRN", 4) == 0 && reply != NULL &&
			   *reply == '2';
	}
}

/* Did the client say a command that Sendmail takes for use of the session, or
   so many others that it logged them as an attack? */
static inline bool
sendmail_busy(const json_t *session)
{
	const json_t *dialog = json_object_get(session, "dialog");
	size_t i, helos = 0, noops = 0;
	json_t *p;

	json_array_foreach (dialog, i, p) {
		const char *said = json_string_value(json_array_get(p, 0));

		if (said == NULL)
			continue;
		if (ledger_like(said, "^(MAIL|VRFY|EXPN|ETRN|AUTH) "))
			return true;
		helos += ledger_like(said, "^(HELO|EHLO)");
		noops += ledger_like(said, "^NOOP");
	}
	return helos > 3 || noops > 20;
}

/* A filter that is down refuses all: `Milter: initialization failed' is
   written once a connection, without the client's name; that stands in `did
   not issue MAIL' where the client did not. */
static inline void
ledger_filter_down(
    struct sendmail_ledger *l, json_t *client, const json_t *session)
{
	bool mail = json_array_size(json_object_get(session, "txns")) > 0;

	sendmail_refuse(l, mail ? NULL : client, "unavailable", true);
}

static inline void
sendmail_session(struct sendmail_ledger *l, const json_t *session)
{
	json_t *client = ledger_row_of(l->clients, ledger_text(session, "src"));
	const json_t *dialog = json_object_get(session, "dialog");
	const char *final = ledger_text(session, "final"), *reply = NULL;
	const char *account = sendmail_account(session);
	bool told = false, open = false, numeric = false;
	size_t i;
	json_t *p;

	if (json_array_size(dialog) == 0)
		return; /* the kernel refused: the load was too high */
	l->sessions++;
	l->tls += json_is_true(json_object_get(session, "tls"));
	l->auth_ok += account != NULL;
	sendmail_probes(l, session);
	json_array_foreach (dialog, i, p) {
		reply = json_string_value(json_array_get(p, 1));
		told |= sendmail_reply(l, client, session, reply);
		numeric |=
		    reply != NULL && strstr(reply, "Invalid host name") != NULL;
	}
	if (reply == NULL || strcmp(final, reply) != 0)
		told |= sendmail_reply(l, client, session, final);
	json_array_foreach (json_object_get(session, "txns"), i, p) {
		open |= json_object_get(p, "data_code") == NULL &&
			ledger_like(ledger_text(p, "mail_reply"), "^250");
		sendmail_taken(l, client, session, p, account);
	}
	if (l->filter_down && !told)
		ledger_filter_down(l, client, session);
	l->lost += open && ledger_like(ledger_text(session, "close"), "drop");
	l->timeouts += ledger_like(ledger_text(session, "scenario"), "_idle$");
	l->idle += !l->filter_down && !told && !sendmail_busy(session);
	/* A numeric host leaves no line at all. */
	l->silent += numeric && !sendmail_verbose(l, session);
}

static inline void
sendmail_ledger_init(
    struct sendmail_ledger *l, const json_t *truth, const char *run)
{
	size_t i;
	json_t *s;

	*l = (struct sendmail_ledger){
		.truth = truth,
		.filter_down = strcmp(run, "filter-down") == 0,
		.ranges = json_object(),
		.clients = json_object(),
		.accounts = json_object(),
		.refused = json_object(),
	};
	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		sendmail_session(l, s);
}

static inline void
sendmail_ledger_fini(struct sendmail_ledger *l)
{
	json_decref(l->ranges);
	json_decref(l->clients);
	json_decref(l->accounts);
	json_decref(l->refused);
}

#endif
