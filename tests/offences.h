/*
 * offences.h - what a ledger says the rules must find, and what they may
 *
 * A ledger knows of each offence by whom, and between which two times; what
 * happened on two connections at once has no order.  So each level of a rule
 * has two answers, counted here the slow way over every window: it must be
 * crossed, if only offences are counted that surely lie in one window, and it
 * may be, if all are that could.  What may not be, must not be there; what
 * must be crossed is so at a time between the earliest and the latest possible.
 * A few levels may and need not: they are told, and their number is bounded.
 *
 * The thresholds stand here a second time: as DESIGN gives them, not as the
 * program's own table has them.
 */
#ifndef TESTS_OFFENCES_H
#define TESTS_OFFENCES_H

#include <math.h>

#include "base/array.h"
#include "tests/judge.h"

enum {
	RELAY,
	HARVEST,
	PASSWORDS,
	PASSWORD_ACCOUNTS,
	ATTACK,
	VOLUME,
	VOLUME_DAY,
	SPREAD,
	BOUNCES,
	PROBING,
	SPAM,
	CONDITIONS
};

struct threshold {
	double count, within, share; /* count 0: there is no such level */
};

static const struct {
	const char *rule;
	bool is_client, blocks, distinct;
	struct threshold warn, act;
} conditions[CONDITIONS] = {
	[RELAY] = { "relay-abuse", true, true, false, { 2, 600, 0 },
	    { 3, 600, 0 } },
	[HARVEST] = { "harvest", true, true, false, { 10, 600, 60 },
	    { 25, 600, 60 } },
	[PASSWORDS] = { "password-guessing", true, true, false, { 5, 600, 0 },
	    { 10, 600, 0 } },
	[PASSWORD_ACCOUNTS] = { "password-guessing", true, true, true,
	    { 0, 0, 0 }, { 3, 7200, 0 } },
	[ATTACK] = { "account-under-attack", false, false, true,
	    { 10, 3600, 0 }, { 30, 3600, 0 } },
	[VOLUME] = { "account-volume", false, false, false, { 200, 3600, 0 },
	    { 300, 3600, 0 } },
	[VOLUME_DAY] = { "account-volume", false, false, false,
	    { 500, 86400, 0 }, { 1000, 86400, 0 } },
	[SPREAD] = { "account-spread", false, false, true, { 3, 300, 0 },
	    { 5, 3600, 0 } },
	[BOUNCES] = { "account-bounces", false, false, false, { 20, 3600, 25 },
	    { 20, 3600, 50 } },
	[PROBING] = { "probing", true, true, false, { 3, 600, 0 },
	    { 6, 600, 0 } },
	[SPAM] = { "spam-source", true, false, false, { 5, 3600, 80 },
	    { 10, 3600, 80 } },
};

/* Seconds: stamps may be cut to them, and a line is written a moment later. */
#define SLACK_CUT   1.5
#define SLACK_EXACT 0.1
static double slack = SLACK_CUT;

/* By the name of a log: is it a form whose stamps have fractions? */
static inline double
slack_of(const char *form)
{
	return ledger_like(form, "rfc3339|rfc5424|journal") ? SLACK_EXACT
							    : SLACK_CUT;
}

struct offence {
	double from, to;          /* it was logged between them */
	double part, part_most;   /* surely, at most */
	double whole, whole_most; /* what it is a part of */
	char member[256];
};

struct offender {
	char key[256];
	struct offence *offences;
	size_t n;
};

struct offenders {
	struct offender *list;
	size_t n;
};

struct facts {
	struct offenders of[CONDITIONS];
	json_t *authenticated; /* address -> the earliest time */
	const char *untold;    /* the rule of which it does not tell all */
	unsigned unsure;
};

static inline struct offender *
offender_of(struct offenders *offenders, const char *key)
{
	struct offender *one;

	for (size_t i = 0; i < offenders->n; i++)
		if (strcmp(offenders->list[i].key, key) == 0)
			return &offenders->list[i];
	if ((offenders->n & (offenders->n - 1)) == 0)
		offenders->list = reallocarray(offenders->list,
		    2 * offenders->n + 1, sizeof(*offenders->list));
	one = &offenders->list[offenders->n++];
	*one = (struct offender){ .offences = NULL };
	snprintf(one->key, sizeof(one->key), "%s", key);
	return one;
}

/* Addresses as RFC 5952 prints them. */
static inline const char *
printed(const char *address)
{
	static char text[INET6_ADDRSTRLEN];
	unsigned char b[16];

	if (inet_pton(AF_INET6, address, b) != 1)
		return address;
	return inet_ntop(AF_INET6, b, text, sizeof(text));
}

/* The /24, or the /64. */
static inline void
network_of(const char *address, char *text, size_t size)
{
	unsigned char b[16];

	if (inet_pton(AF_INET6, address, b) == 1) {
		memset(b + 8, 0, 8);
		inet_ntop(AF_INET6, b, text, (socklen_t)size);
	} else {
		snprintf(text, size, "%.*s",
		    (int)(strrchr(address, '.') - address), address);
	}
}

static inline void
offend(struct facts *facts, int condition, const char *key,
    const struct offence *offence)
{
	struct offender *one = offender_of(&facts->of[condition],
	    conditions[condition].is_client ? printed(key) : key);

	if ((one->n & (one->n - 1)) == 0)
		one->offences = reallocarray(
		    one->offences, 2 * one->n + 1, sizeof(*one->offences));
	one->offences[one->n++] = *offence;
}

/* Who, and between which times. */
struct span {
	const char *client;
	double from, to;
};

static inline struct offence
offence_of(const struct span *span, double part, double part_most)
{
	return (struct offence){ .from = span->from,
		.to = span->to,
		.part = part,
		.part_most = part_most };
}

static inline void
offend_member(struct facts *facts, int condition, const char *key,
    const struct span *span, const char *member)
{
	struct offence offence = offence_of(span, 1, 1);

	snprintf(offence.member, sizeof(offence.member), "%s", member);
	offend(facts, condition, key, &offence);
}

/* A wrong password; `user' NULL: nobody was named. */
static inline void
wrong_password(
    struct facts *facts, const struct span *span, const char *user, bool surely)
{
	struct offence offence = offence_of(span, surely, 1);
	char network[64];

	offend(facts, PASSWORDS, span->client, &offence);
	if (user == NULL || *user == '\0')
		return;
	offend_member(facts, PASSWORD_ACCOUNTS, span->client, span, user);
	network_of(span->client, network, sizeof(network));
	offend_member(facts, ATTACK, user, span, network);
}

static inline void
signed_in(struct facts *facts, const struct span *span, const char *user)
{
	const char *client = printed(span->client);
	json_t *known = json_object_get(facts->authenticated, client);
	char network[64];

	network_of(span->client, network, sizeof(network));
	offend_member(facts, SPREAD, user, span, network);
	if (known == NULL || json_real_value(known) > span->from)
		json_object_set_new(
		    facts->authenticated, client, json_real(span->from));
}

static inline void
facts_free(struct facts *facts)
{
	for (size_t c = 0; c < CONDITIONS; c++) {
		for (size_t i = 0; i < facts->of[c].n; i++)
			free(facts->of[c].list[i].offences);
		free(facts->of[c].list);
	}
	json_decref(facts->authenticated);
}

/* Is one of the same member before it: of those that lie in the window as a
   whole, or of those that could? */
static inline bool
is_known(const struct offender *one, size_t at, double begin, double end,
    bool surely)
{
	for (size_t i = 0; i < at; i++) {
		const struct offence *o = &one->offences[i];
		bool in = surely ? o->from >= begin && o->to <= end
				 : o->to >= begin && o->from <= end;

		if (in && strcmp(o->member, one->offences[at].member) == 0)
			return true;
	}
	return false;
}

/* Only what is surely in a window: the latest time of the crossing; < 0: none. */
static inline double
must_cross(
    const struct offender *one, const struct threshold *level, bool distinct)
{
	double when = -1;

	for (size_t i = 0; i < one->n; i++) {
		double end = one->offences[i].to, n = 0, whole = 0;
		double begin = end - level->within + slack;

		for (size_t k = 0; k < one->n; k++) {
			const struct offence *o = &one->offences[k];

			if (o->from <= end && o->to >= begin)
				whole += o->whole_most;
			if (o->from < begin || o->to > end ||
			    (distinct && is_known(one, k, begin, end, true)))
				continue;
			n += distinct ? o->part > 0 : o->part;
		}
		if (n >= level->count && n * 100 >= whole * level->share &&
		    (when < 0 || end < when))
			when = end;
	}
	return when;
}

/* All that could be in a window: the earliest time; < 0: it never is. */
static inline double
may_cross(
    const struct offender *one, const struct threshold *level, bool distinct)
{
	double when = -1;

	for (size_t i = 0; i < one->n; i++) {
		double end = one->offences[i].from, n = 0, whole = 0;
		double begin = end - level->within - slack;

		for (size_t k = 0; k < one->n; k++) {
			const struct offence *o = &one->offences[k];

			if (o->from >= begin && o->to <= end)
				whole += o->whole;
			if (o->to < begin || o->from > end ||
			    (distinct && is_known(one, k, begin, end, false)))
				continue;
			n += distinct ? o->part_most > 0 : o->part_most;
		}
		if (whole < n)
			whole = n;
		if (n >= level->count && n * 100 >= whole * level->share &&
		    (when < 0 || end < when))
			when = end;
	}
	return when;
}

struct crossing {
	double least, most; /* when; < 0: never */
	bool must;
};

/* Of a rule by any of its conditions. */
static inline struct crossing
crossing_of(struct facts *facts, const char *rule, const char *key, bool act)
{
	struct crossing crossing = { -1, -1, false };

	for (int c = 0; c < CONDITIONS; c++) {
		const struct threshold *level =
		    act ? &conditions[c].act : &conditions[c].warn;
		struct offender *one;
		double must, may;

		if (strcmp(conditions[c].rule, rule) != 0 || level->count == 0)
			continue;
		one = offender_of(&facts->of[c], key);
		must = must_cross(one, level, conditions[c].distinct);
		may = may_cross(one, level, conditions[c].distinct);
		if (may >= 0 && (crossing.least < 0 || may < crossing.least))
			crossing.least = may;
		if (must >= 0 && (crossing.most < 0 || must < crossing.most))
			crossing.most = must;
		crossing.must |= must >= 0;
	}
	return crossing;
}

static inline json_t *
truth_of(const char *directory, const char *run)
{
	char command[256];
	json_t *truth;

	snprintf(command, sizeof(command), "xz -dc %s/%s.truth.json.xz",
	    directory, run);
	truth = json_of(command);
	assert_non_null(truth);
	return truth;
}

static inline double
seconds_of(const char *text)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (rest == NULL || rest[strlen(rest) - 1] != 'Z')
		return -1;
	return (double)timegm(&tm) + (*rest == '.' ? strtod(rest, NULL) : 0);
}

/* The incident of that key that reached most; NULL: there is none. */
static inline const json_t *
incident_of(const json_t *account, const char *rule, const char *key)
{
	const json_t *best = NULL;
	size_t i;
	json_t *row;

	json_array_foreach (json_object_get(account, "incidents"), i, row)
		if (strcmp(ledger_text(row, "rule"), rule) == 0 &&
		    strcmp(ledger_text(row, "key"), key) == 0 &&
		    (best == NULL ||
			(strcmp(ledger_text(best, "level"), "warn") == 0 &&
			    strcmp(ledger_text(row, "level"), "act") == 0)))
			best = row;
	return best;
}

static inline const json_t *
block_of(const json_t *account, const char *rule, const char *key)
{
	size_t i;
	json_t *row;

	json_array_foreach (json_object_get(account, "blocks"), i, row)
		if (strcmp(ledger_text(row, "rule"), rule) == 0 &&
		    strcmp(ledger_text(row, "address"), key) == 0)
			return row;
	return NULL;
}

static inline void
compare_time(const char *run, const char *rule, const char *key,
    const char *what, const char *text, const struct crossing *crossing)
{
	double when = seconds_of(text);

	if (when >= crossing->least - slack &&
	    (crossing->most < 0 || when <= crossing->most + slack))
		return;
	complain("%s: %s %s: %s at %s, which is %.1f s before or %.1f s behind "
		 "what the ledger has",
	    run, rule, key, what, text, crossing->least - when,
	    when - crossing->most);
}

/* Crossed: blocked, or spared because it authenticated before. */
static inline void
compare_action(struct facts *facts, const json_t *account, const char *run,
    const char *rule, const char *key, const json_t *incident, bool blocks,
    const struct crossing *crossing)
{
	const char *action = ledger_text(incident, "action");
	const json_t *block = block_of(account, rule, key);
	const json_t *first = json_object_get(facts->authenticated, key);
	double since = json_number_value(first);
	bool knew = first != NULL && since <= crossing->most + slack;
	bool may_block = blocks && (!knew || since >= crossing->least - slack);
	bool must_block = blocks && !knew;

	if (block == NULL ? must_block : !may_block)
		complain("%s: %s %s: %s blocked", run, rule, key,
		    block == NULL ? "is not" : "is");
	if (strcmp(action, block != NULL ? "block" : "alert") != 0)
		complain("%s: %s %s: the action is %s", run, rule, key, action);
	if (block != NULL)
		compare_time(run, rule, key, "blocked",
		    ledger_text(block, "at"), crossing);
}

/* One rule and key, by the ledger and by the program. */
static inline void
compare_key(struct facts *facts, const json_t *account, const char *run,
    int condition, const char *key)
{
	const char *rule = conditions[condition].rule;
	const json_t *incident = incident_of(account, rule, key);
	const char *level = ledger_text(incident, "level");
	bool acted = strcmp(level, "act") == 0;
	struct crossing act = crossing_of(facts, rule, key, true);
	struct crossing warn = crossing_of(facts, rule, key, false);

	if ((act.least >= 0 && !act.must) ||
	    (warn.least >= 0 && !warn.must && !act.must)) {
		facts->unsure++;
		print_message("    not to be told: %s %s\n", rule, key);
		if (facts->untold == NULL || strcmp(facts->untold, rule) != 0)
			complain("%s: %s %s: the ledger should tell", run, rule,
			    key);
	}
	if (acted ? act.least < 0 : act.must)
		complain("%s: %s %s: %s, the ledger has %s", run, rule, key,
		    *level != '\0' ? level : "nothing",
		    act.must ? "act" : "less");
	else if (!acted && (*level != '\0' ? warn.least < 0 : warn.must))
		complain("%s: %s %s: %s, the ledger has %s", run, rule, key,
		    *level != '\0' ? level : "nothing",
		    warn.must ? "warn" : "nothing");
	else if (*level != '\0')
		compare_time(run, rule, key, level,
		    ledger_text(incident, "crossed"), acted ? &act : &warn);
	if (acted)
		compare_action(facts, account, run, rule, key, incident,
		    conditions[condition].blocks, &act);
}

/* Everything that the program found has to be in the ledger. */
static inline void
compare_found(struct facts *facts, const json_t *account, const char *run)
{
	size_t i;
	json_t *row;

	json_array_foreach (json_object_get(account, "incidents"), i, row) {
		const char *rule = ledger_text(row, "rule");
		bool known = false;

		for (int c = 0; c < CONDITIONS; c++)
			known |=
			    strcmp(conditions[c].rule, rule) == 0 &&
			    offender_of(&facts->of[c], ledger_text(row, "key"))
				    ->n > 0;
		if (!known)
			complain("%s: %s %s: the ledger has nothing of it", run,
			    rule, ledger_text(row, "key"));
	}
	json_array_foreach (json_object_get(account, "blocks"), i, row) {
		const json_t *incident = incident_of(account,
		    ledger_text(row, "rule"), ledger_text(row, "address"));

		if (strcmp(ledger_text(incident, "action"), "block") != 0)
			complain("%s: %s: a block without its incident", run,
			    ledger_text(row, "address"));
		if (ledger_number(row, "seconds") != 3600)
			complain("%s: %s: blocked for %lld s", run,
			    ledger_text(row, "address"),
			    (long long)ledger_number(row, "seconds"));
	}
}

/* The accounts of the bursts are alerted, and their clients, which
   authenticated, are not blocked. */
static inline void
compare_burst(const json_t *truth, const json_t *account, const char *run)
{
	size_t i, k;
	json_t *s, *row;

	json_array_foreach (json_object_get(truth, "sessions"), i, s) {
		const char *client = printed(ledger_text(s, "src"));
		const char *user = ledger_text(
		    json_array_get(json_object_get(s, "auth"), 0), "user");

		if (!ledger_like(
			ledger_text(s, "scenario"), "^compromised_account"))
			continue;
		if (incident_of(account, "account-volume", user) == NULL)
			complain("%s: account %s: is not alerted", run, user);
		json_array_foreach (json_object_get(account, "blocks"), k, row)
			if (strcmp(ledger_text(row, "address"), client) == 0)
				complain("%s: %s: is blocked, with the "
					 "account %s",
				    run, client, user);
	}
}

static inline void
compare_rules(struct facts *facts, const json_t *account, const char *run)
{
	for (int c = 0; c < CONDITIONS; c++)
		for (size_t i = 0; i < facts->of[c].n; i++) {
			bool before = false;

			/* The other condition of the rule had it. */
			for (int b = 0; b < c; b++)
				before |= strcmp(conditions[b].rule,
					      conditions[c].rule) == 0 &&
					  offender_of(&facts->of[b],
					      facts->of[c].list[i].key)
						  ->n > 0;
			if (!before && facts->of[c].list[i].n > 0)
				compare_key(facts, account, run, c,
				    facts->of[c].list[i].key);
		}
	compare_found(facts, account, run);
}

/* What is found in logs of that year, in UTC; the accounts of a burst's
   sessions, if there are any, are alerted. */
static inline void
compare_logs_2026(
    struct facts *facts, const json_t *truth, const char *logs, const char *run)
{
	char command[PATH_MAX * 2];
	json_t *account;

	print_message("  %s\n", run);
	snprintf(command, sizeof(command),
	    "%s replay --rules --json --top 1 --year 2026 --zone UTC %s",
	    program(), logs);
	account = json_of(command);
	assert_non_null(account);
	compare_rules(facts, account, run);
	compare_burst(truth, account, run);
	print_message("    %zu incidents, %zu blocks; %u not to be told\n",
	    json_array_size(json_object_get(account, "incidents")),
	    json_array_size(json_object_get(account, "blocks")), facts->unsure);
	json_decref(account);
}

#endif
