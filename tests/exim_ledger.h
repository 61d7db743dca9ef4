/*
 * exim_ledger.h - what an Exim run's ledger says the account must be
 *
 * As sendmail_ledger.h, for tests/corpus/exim: one ledger of five phases, each
 * with other logs.  What a log can carry depends on its log_selector, and on
 * whether it has what the main log has or what goes to the reject log as well.
 */
#ifndef TESTS_EXIM_LEDGER_H
#define TESTS_EXIM_LEDGER_H

#include "base/array.h"
#include "base/reason.h"
#include "tests/figures.h"

/* What is in a log. */
enum {
	HAS_SYNTAX = 1,      /* +smtp_syntax_error */
	HAS_CONNECTIONS = 2, /* +smtp_connection */
	HAS_NO_MAIL = 4,     /* +smtp_no_mail */
	HAS_RECIPIENTS = 8,  /* +received_recipients */
	HAS_REJECTS = 16,    /* what only the reject log has otherwise */
	HAS_FRACTIONS = 32   /* of seconds: +millisec, or the logger's */
};

/*
 * Replies by the command and the words behind the code; the first that fits
 * decides.  Without a reason there is no line, or another fact's; `needs' are
 * what the log must have, any of them.
 */
static const struct exim_rule {
	const char *command, *words; /* POSIX extended regular expressions */
	const char *reason;
	unsigned needs; /* 0: it is always there */
	const char *why;
} exim_rules[] = {
	{ "", "^unrecognized command|^NUL characters", NULL, 0,
	    "an unknown command asks for nothing" },
	{ "",
	    "Too many (unrecognized|nonmail) commands|"
	    "Too many syntax or protocol errors",
	    "rate_limited", 0, NULL },
	{ "^STARTTLS", "", NULL, 0, "out of order" },
	{ "", "SMTP command timeout", NULL, 0,
	    "it is told of a silent client" },
	{ "", "^Incorrect authentication data", NULL, 0,
	    "logged as a failed authentication" },
	{ "^<banner>", "^Too many concurrent|^Connection rate limit",
	    "rate_limited", 0, NULL },
	{ "^<banner>", "", "access_denied", 0, NULL },
	{ "^(EHLO|HELO)", "", "bad_helo", 0, NULL },
	{ "^VRFY", "must contain a domain", "protocol",
	    HAS_SYNTAX | HAS_REJECTS, NULL },
	{ "^VRFY", "Cannot resolve", NULL, 0, "an answer, no refusal" },
	{ "^EXPN", "cannot be resolved", NULL, 0, "the same" },
	{ "^(VRFY|EXPN|ETRN)", "", "policy", 0, NULL },
	{ "^(MAIL|RCPT)", "must contain a domain", "protocol",
	    HAS_SYNTAX | HAS_REJECTS, NULL },
	{ "^(MAIL|RCPT)",
	    "domain missing or malformed|domain literals not|malformed address",
	    "protocol", HAS_SYNTAX, NULL },
	{ "^MAIL", "^HELO or EHLO required", "protocol", 0, NULL },
	{ "", "^Message size exceeds", "too_large", 0, NULL },
	{ "^MAIL", "^Greylisted", "greylisted", 0, NULL },
	{ "^MAIL", "", "access_denied", 0, NULL },
	{ "^RCPT", "^too many recipients", NULL, 0,
	    "one line for all of a message, see exim_session()" },
	{ "^RCPT", "black list", "dnsbl", 0, NULL },
	{ "^RCPT", "^relay not permitted", "relay_denied", 0, NULL },
	{ "^RCPT", "Sender verify failed", "unknown_sender", 0, NULL },
	{ "^RCPT", "^(Unknown user|Account closed|left the company)",
	    "unknown_recipient", 0, NULL },
	{ "^RCPT", "^Too many unknown users", "rate_limited", 0, NULL },
	{ "^RCPT", "^Mailbox (temporarily )?disabled", "access_denied", 0,
	    NULL },
	{ "^RCPT", "^Restricted characters", "protocol", 0, NULL },
	{ "^RCPT", "^Temporary local problem", "trouble", 0,
	    "the log says whose: unavailable or unknown_sender" },
	{ "^RCPT", "^come back later", "policy", 0, NULL },
	{ "^<data", "^Attachment type", "attachment", 0, NULL },
	{ "^<data", "^Invalid header syntax", "content", 0, NULL },
	{ "^<data", "^Spam score", "spam", 0, NULL },
	{ "^<data", "^Virus suspected", "virus", 0, NULL },
	{ "^<data", "^try later", "policy", 0, NULL },
};

/* Each log of tests/corpus/exim that has a whole phase. */
static const struct exim_form {
	const char *log, *phase;
	unsigned has;
} exim_forms[] = {
	{ "default.mainlog", "default", 0 },
	{ "all.mainlog", "all",
	    HAS_SYNTAX | HAS_CONNECTIONS | HAS_NO_MAIL | HAS_RECIPIENTS |
		HAS_FRACTIONS },
	{ "some.mainlog", "some",
	    HAS_CONNECTIONS | HAS_RECIPIENTS | HAS_FRACTIONS },
	{ "syslog.mainlog", "syslog", 0 },
	{ "syslog.trad", "syslog", HAS_REJECTS },
	{ "syslog.rfc3339", "syslog", HAS_REJECTS | HAS_FRACTIONS },
	{ "syslognots.trad", "syslognots",
	    HAS_SYNTAX | HAS_CONNECTIONS | HAS_NO_MAIL | HAS_RECIPIENTS |
		HAS_REJECTS },
	{ "syslognots.rfc3339", "syslognots",
	    HAS_SYNTAX | HAS_CONNECTIONS | HAS_NO_MAIL | HAS_RECIPIENTS |
		HAS_REJECTS | HAS_FRACTIONS },
};

struct exim_ledger {
	const json_t *truth;
	const char *phase;
	unsigned has;
	json_t *clients;  /* address -> {rejected, denied, failed, taken} */
	json_t *accounts; /* name -> messages */
	json_t *refused;  /* reason -> replies */
	json_int_t temporary, permanent;
	json_int_t received, recipients, bytes, discarded, quarantined;
	json_int_t relay_authenticated, relay_network;
	json_int_t sessions, tls, lost, timeouts;
	json_int_t auth_ok, auth_failed, vrfy, expn, empty, non_smtp;
	json_int_t delivered; /* recipients that the sinks took */
	bool unknown;         /* a refusal that no rule knows was printed */
};

static inline void
exim_refuse(
    struct exim_ledger *l, json_t *client, const char *reason, bool temporary)
{
	ledger_add(l->refused, reason, 1);
	ledger_add(client, "rejected", 1);
	if (strcmp(reason, "relay_denied") == 0)
		ledger_add(client, "denied", 1);
	l->temporary += temporary;
	l->permanent += !temporary;
}

/* NULL: it is no refusal, or the log does not tell of it. */
static inline const struct exim_rule *
exim_rule(struct exim_ledger *l, const char *command, const char *reply)
{
	const char *words;

	/* 252 is what Exim answers to a VRFY that its ACL denies. */
	if (*reply != '4' && *reply != '5' && strncmp(reply, "252 ", 4) != 0)
		return NULL;
	words = reply + strcspn(reply, " ");
	words += *words == ' ';
	if (ledger_like(words, "^5\\.[0-9]+\\.[0-9]+ "))
		words = strchr(words, ' ') + 1;
	for (size_t i = 0; i < NELEMS(exim_rules); i++) {
		const struct exim_rule *rule = &exim_rules[i];
		bool told = rule->needs == 0 || (rule->needs & l->has) != 0;

		if (ledger_like(command, rule->command) &&
		    ledger_like(words, rule->words))
			return rule->reason != NULL && told ? rule : NULL;
	}
	fprintf(stderr, "no rule for the reply to %.20s: %s\n", command, reply);
	l->unknown = true;
	return NULL;
}

static inline void
exim_reply(struct exim_ledger *l, json_t *client, const char *command,
    const char *reply)
{
	const struct exim_rule *rule = exim_rule(l, command, reply);

	if (strncmp(reply, "535 ", 4) == 0) {
		l->auth_failed++;
		ledger_add(client, "failed", 1);
	}
	if (rule == NULL)
		return;
	l->vrfy += strncmp(command, "VRFY", 4) == 0;
	l->expn += strncmp(command, "EXPN", 4) == 0;
	exim_refuse(l, client, rule->reason, *reply == '4');
}

/* Is the domain none of the server's, to deliver or to relay for? */
static inline bool
exim_elsewhere(const char *address)
{
	const char *domain = strrchr(address, '@');

	return domain != NULL &&
	       !ledger_like(domain,
		   "^@(mx1\\.)?corp-[a-z]+\\.example$|^@[a-z]+-sales\\.example$"
		   "|^@relay-[a-z]+\\.example$");
}

static inline void
exim_taken(struct exim_ledger *l, json_t *client, const json_t *session,
    const json_t *txn, const char *account)
{
	bool elsewhere = false;
	json_int_t n = 0;
	size_t i;
	json_t *r;

	if (ledger_number(txn, "data_code") != 250)
		return;
	if (strcmp(ledger_text(session, "expect"), "discard") == 0) {
		l->discarded++;
		return;
	}
	json_array_foreach (json_object_get(txn, "rcpts"), i, r) {
		if (ledger_number(r, "code") != 250)
			continue;
		elsewhere |= exim_elsewhere(ledger_text(r, "to"));
		n++;
	}
	l->quarantined +=
	    strcmp(ledger_text(session, "expect"), "quarantine") == 0;
	l->received++;
	l->recipients += n;
	l->bytes += ledger_number(txn, "size");
	ledger_add(client, "taken", 1);
	if (account != NULL)
		ledger_add(l->accounts, account, 1);
	if (elsewhere && account != NULL)
		l->relay_authenticated++;
	else if (elsewhere)
		l->relay_network++;
}

/* Of a session: did it say a command, take mail, leave a message begun? */
struct exim_session {
	const char *account;
	bool took, mail, begun, crowded;
	json_int_t words; /* commands but QUIT */
};

/* A session that was refused at once stands in the ledger twice. */
static inline bool
exim_is_repeated(const json_t *a, const json_t *b)
{
	return ledger_number(a, "sport") == ledger_number(b, "sport") &&
	       strcmp(ledger_text(a, "src"), ledger_text(b, "src")) == 0 &&
	       json_equal(json_object_get(a, "t_start"),
		   json_object_get(b, "t_start"));
}

static inline struct exim_session
exim_read_session(struct exim_ledger *l, json_t *client, const json_t *session)
{
	struct exim_session s = { 0 };
	const json_t *dialog = json_object_get(session, "dialog");
	const char *final = ledger_text(session, "final"), *reply = "";
	bool too_many = false;
	size_t i;
	json_t *p;

	json_array_foreach (json_object_get(session, "auth"), i, p)
		if (json_is_true(json_object_get(p, "ok")))
			s.account = ledger_text(p, "user");
	json_array_foreach (dialog, i, p) {
		const char *command = json_string_value(json_array_get(p, 0));

		reply = json_string_value(json_array_get(p, 1));
		reply = reply != NULL ? reply : "";
		s.words += *command != '<' && strcmp(command, "QUIT") != 0;
		s.crowded |= strstr(reply, "Too many concurrent") != NULL;
		too_many |= strstr(reply, "452 too many recipients") != NULL;
		exim_reply(l, client, command, reply);
	}
	if (strcmp(final, reply) != 0)
		exim_reply(l, client, "<final>", final);
	if (too_many)
		exim_refuse(l, client, "too_many_recipients", true);
	json_array_foreach (json_object_get(session, "txns"), i, p) {
		s.took |= ledger_number(p, "data_code") == 250;
		s.mail = true;
		s.begun |= json_object_get(p, "data_code") == NULL &&
			   ledger_like(ledger_text(p, "mail_reply"), "^250");
		exim_taken(l, client, session, p, s.account);
	}
	return s;
}

static inline void
exim_count_session(struct exim_ledger *l, const json_t *session)
{
	json_t *client = ledger_row_of(l->clients, ledger_text(session, "src"));
	struct exim_session s = exim_read_session(l, client, session);
	const char *scenario = ledger_text(session, "scenario");
	bool dropped = ledger_like(ledger_text(session, "close"), "drop");
	bool all = (l->has & HAS_NO_MAIL) != 0;

	/* A browser's lines are so many unknown commands, and it is gone before
	   it is told. */
	if (ledger_like(scenario, "_http$"))
		exim_refuse(l, client, "rate_limited", false);
	l->sessions += !s.crowded;
	l->auth_ok += s.account != NULL && (s.took || all);
	l->tls += json_is_true(json_object_get(session, "tls")) &&
		  (s.took || (all && !s.mail));
	l->timeouts += ledger_like(scenario, "_idle$");
	l->non_smtp += ledger_like(scenario, "_http$") && all &&
		       (l->has & HAS_SYNTAX) != 0;
	l->empty += all && s.words == 0 &&
		    ledger_like(scenario, "no_command_(quit|drop|rst)$");
	/* An idle client is gone when it is told; a dropped one is told of
	   where a message was begun, or connections are. */
	l->lost += dropped && !ledger_like(scenario, "_(idle|http)$") &&
		   (s.begun || (l->has & HAS_CONNECTIONS) != 0);
}

static inline bool
exim_in_phase(const struct exim_ledger *l, double at)
{
	const json_t *meta = json_object_get(l->truth, "meta");
	bool in = false;
	size_t i;
	json_t *phase;

	json_array_foreach (json_object_get(meta, "phases"), i, phase)
		if (json_number_value(json_object_get(phase, "t")) <= at)
			in = strcmp(ledger_text(phase, "variant"), l->phase) ==
			     0;
	return in;
}

/* Recipients of the messages that a sink took. */
static inline json_int_t
exim_sunk(const json_t *session)
{
	json_int_t n = 0;
	size_t i;
	json_t *txn;

	json_array_foreach (json_object_get(session, "txns"), i, txn)
		if (ledger_like(ledger_text(txn, "reply"), "^2"))
			n += (json_int_t)json_array_size(
			    json_object_get(txn, "rcpts"));
	return n;
}

static inline void
exim_ledger_init(
    struct exim_ledger *l, const json_t *truth, const char *phase, unsigned has)
{
	const json_t *before = NULL;
	size_t i;
	json_t *s;

	*l = (struct exim_ledger){ .truth = truth,
		.phase = phase,
		.has = has,
		.clients = json_object(),
		.accounts = json_object(),
		.refused = json_object() };
	json_array_foreach (json_object_get(truth, "sessions"), i, s) {
		if (strcmp(ledger_text(s, "phase"), phase) == 0 &&
		    (before == NULL || !exim_is_repeated(before, s)))
			exim_count_session(l, s);
		before = s;
	}
	json_array_foreach (
	    json_object_get(truth, "remote_sink_sessions"), i, s)
		if (exim_in_phase(
			l, json_number_value(json_object_get(s, "t"))))
			l->delivered += exim_sunk(s);
}

static inline void
exim_ledger_fini(struct exim_ledger *l)
{
	json_decref(l->clients);
	json_decref(l->accounts);
	json_decref(l->refused);
}

#endif
