/*
 * dialogue.h - ledgers that have each client's whole dialogue
 *
 * As ledger.h, for the servers whose log tells less than Postfix' or
 * Sendmail's.  Which answers of the server the log tells of, and why it has
 * them for a refusal, each test says by its own rules, never by numbers.
 */
#ifndef TESTS_DIALOGUE_H
#define TESTS_DIALOGUE_H

#include "tests/judge.h"

/*
 * An answer, by the command's beginning and the words behind the codes; the
 * first that matches decides.  Without a reason it is not counted as a
 * refusal, and `why' says what is written instead.
 */
struct dialogue_rule {
	const char *command; /* POSIX extended regular expression, or NULL */
	const char *words;
	const char *reason;
	const char *why;
};

struct dialogue {
	const json_t *truth;
	const struct dialogue_rule *rules;
	size_t rule_count;
	/* Other than by rule, or NULL: the reason of this answer to RCPT. */
	const char *(*judge)(
	    const struct dialogue *, const char *recipient, const char *words);
	/* Other than each refused AUTH, or NULL: a failed authentication. */
	bool (*is_failure)(const char *said, const char *reply);
	json_t *ranges, *clients; /* address -> {rejected, denied, taken} */
	json_t *refused;          /* reason -> answers */
	json_int_t sessions, accepted, recipients, bytes, auth_failed;
	json_int_t temporary, permanent, vrfy, expn;
	bool unknown; /* a refusal that no rule knows was printed */
};

static inline const char *
dialogue_words(const char *reply)
{
	reply += strcspn(reply, " ");
	reply += *reply == ' ';
	if (ledger_like(reply, "^[245]\\.[0-9]+\\.[0-9]+ "))
		reply = strchr(reply, ' ') + 1;
	return reply;
}

static inline const struct dialogue_rule *
dialogue_rule(struct dialogue *d, const char *said, const char *words)
{
	for (size_t i = 0; i < d->rule_count; i++)
		if ((d->rules[i].command == NULL ||
			ledger_like(said, d->rules[i].command)) &&
		    ledger_like(words, d->rules[i].words))
			return &d->rules[i];
	fprintf(stderr, "no rule for the reply to %s: %s\n", said, words);
	d->unknown = true;
	return NULL;
}

/* Is the address, as given, in none of the domains of the host's name? */
static inline bool
dialogue_elsewhere(const struct dialogue *d, const char *address)
{
	const char *host =
	    ledger_text(json_object_get(d->truth, "meta"), "hostname");
	const char *domain = strrchr(address, '@'), *parent;
	size_t n;

	if (domain++ == NULL)
		return false;
	n = strcspn(domain, ">");
	parent = strchr(host, '.');
	return (strlen(host) != n || strncasecmp(domain, host, n) != 0) &&
	       (parent == NULL || strlen(parent + 1) != n ||
		   strncasecmp(domain, parent + 1, n) != 0);
}

/* NULL: it is no refusal, or is not counted as one. */
static inline const char *
dialogue_reason(struct dialogue *d, const char *said, const char *reply)
{
	const struct dialogue_rule *rule;
	const char *words;

	if (reply == NULL || (*reply != '4' && *reply != '5'))
		return NULL;
	words = dialogue_words(reply);
	rule = dialogue_rule(d, said, words);
	if (rule == NULL || rule->reason == NULL)
		return NULL;
	return *rule->reason != '\0' ? rule->reason : d->judge(d, said, words);
}

/* Of an AUTH that was refused, in whatever words. */
static inline bool
dialogue_is_failure(const char *said, const char *reply)
{
	return reply != NULL && (*reply == '4' || *reply == '5') &&
	       strncasecmp(said, "AUTH", 4) == 0;
}

static inline void
dialogue_reply(
    struct dialogue *d, json_t *client, const char *said, const char *reply)
{
	const char *reason = dialogue_reason(d, said, reply);

	if (d->is_failure != NULL ? d->is_failure(said, reply)
				  : dialogue_is_failure(said, reply)) {
		d->auth_failed++;
		ledger_add(client, "failed", 1);
	}
	if (reason == NULL)
		return;
	ledger_add(d->refused, reason, 1);
	ledger_add(client, "rejected", 1);
	if (strcmp(reason, "relay_denied") == 0)
		ledger_add(client, "denied", 1);
	*(*reply == '4' ? &d->temporary : &d->permanent) += 1;
}

static inline void
dialogue_taken(struct dialogue *d, json_t *client, const json_t *txn)
{
	size_t i;
	json_t *r;

	if (ledger_number(txn, "data_code") != 250)
		return;
	json_array_foreach (json_object_get(txn, "rcpts"), i, r)
		d->recipients += ledger_number(r, "code") == 250;
	d->accepted++;
	d->bytes += ledger_number(txn, "size");
	ledger_add(client, "taken", 1);
}

static inline void
dialogue_session(struct dialogue *d, const json_t *session)
{
	json_t *client = ledger_row_of(d->clients, ledger_text(session, "src"));
	const char *final = ledger_text(session, "final"), *reply = NULL;
	size_t i;
	json_t *p;

	d->sessions++;
	json_array_foreach (json_object_get(session, "dialog"), i, p) {
		const char *said = json_string_value(json_array_get(p, 0));

		reply = json_string_value(json_array_get(p, 1));
		if (said == NULL)
			continue;
		dialogue_reply(d, client, said, reply);
		d->vrfy += strncasecmp(said, "VRFY", 4) == 0;
		d->expn += strncasecmp(said, "EXPN", 4) == 0;
	}
	if (reply == NULL || strcmp(final, reply) != 0)
		dialogue_reply(d, client, "<final>", final);
	json_array_foreach (json_object_get(session, "txns"), i, p)
		dialogue_taken(d, client, p);
}

static inline void
dialogue_init(struct dialogue *d, const json_t *truth,
    const struct dialogue_rule *rules, size_t n)
{
	d->truth = truth;
	d->rules = rules;
	d->rule_count = n;
	d->ranges = json_object();
	d->clients = json_object();
	d->refused = json_object();
}

static inline void
dialogue_fini(struct dialogue *d)
{
	json_decref(d->ranges);
	json_decref(d->clients);
	json_decref(d->refused);
}

static inline void
dialogue_exact(struct dialogue *d, const char *key, json_int_t n)
{
	ledger_set(d->ranges, key, n, n);
}

/* Each client's row, the server itself left out. */
static inline void
dialogue_clients(struct dialogue *d, const json_t *account, const char *run)
{
	static const char *const pairs[][2] = { { "rejected", "rejected" },
		{ "denied", "relay_denied" }, { "failed", "auth_failed" },
		{ "taken", "received" } };
	const json_t *rows = json_object_get(account, "clients"), *row;
	const char *name;
	json_t *want;

	json_object_foreach (d->clients, name, want) {
		row = row_of(rows, "address", name);
		for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
			if (ledger_number(want, pairs[i][0]) !=
			    ledger_number(row, pairs[i][1]))
				complain("%s: %s: %s is %lld, the ledger has "
					 "%lld",
				    run, name, pairs[i][1],
				    (long long)ledger_number(row, pairs[i][1]),
				    (long long)ledger_number(
					want, pairs[i][0]));
	}
}

/* What the command prints is one number. */
static inline json_int_t
number_of(const char *command)
{
	FILE *pipe = popen(command, "r");
	long long n = -1;

	assert_non_null(pipe);
	if (fscanf(pipe, "%lld", &n) != 1)
		complain("%s: no number", command);
	while (fgetc(pipe) != EOF)
		;
	pclose(pipe);
	return n;
}

#endif
