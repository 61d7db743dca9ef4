/*
 * test_corpus_rules_sendmail.c - what the rules find in Sendmail's logs
 *
 * As test_corpus_rules.c, for Sendmail alone, with a milter, with MIMEDefang,
 * and with that filter down.  Where ledger and log tell different things:
 *  - Some refusals are written without the client's name, unless the server
 *    logs at level 14; a filter that is down refuses likewise.
 *  - `User unknown' is written without an address, and counts for the client
 *    once the envelope's own line tells it.
 *  - A command that a client says is a probe also where it is disabled.
 *  - The sinks tell whom they took mail for, not whom they refused: who never
 *    got it, of those that an account asked for, was tried in vain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "tests/offences.h"
#include "tests/sendmail_ledger.h"

#define CORPUS   "tests/corpus/sendmail"
#define ATTEMPTS 20 /* of one delivery, at most: the queue is run each minute */
#define AT_ONCE  5  /* seconds: before the queue is run */

struct walk {
	struct facts facts;
	struct sendmail_ledger l; /* for its words */
	json_t *got;              /* recipient -> when a sink took its mail */
	double end;               /* of the run */
};

/* The account of the session, told once, and each guess before. */
static void
authentication(struct walk *w, const struct span *session, const json_t *auth)
{
	const char *account = NULL;
	struct span span = *session;
	size_t i;
	json_t *a;

	json_array_foreach (auth, i, a) {
		span.from = json_number_value(json_object_get(a, "t")) - SLACK;
		span.to = span.from + 2 * SLACK;
		if (json_is_true(json_object_get(a, "ok")))
			account = ledger_text(a, "user");
		else if (strncmp(ledger_text(a, "reply"), "535 ", 4) == 0)
			wrong_password(
			    &w->facts, &span, ledger_text(a, "user"), true);
	}
	if (account != NULL)
		signed_in(&w->facts, &span, account);
}

/* What was said, and how it was answered. */
static void
reply(struct walk *w, const struct span *span, const json_t *session,
    const char *said, const char *text)
{
	const struct sendmail_rule *rule;
	struct offence one = offence_of(span, 1, 1);

	if (text == NULL || (*text != '4' && *text != '5') ||
	    (w->l.filter_down && strstr(text, "Please try again") != NULL))
		return;
	rule = sendmail_rule(&w->l, text);
	if (rule == NULL || rule->reason == NULL ||
	    (rule->nameless && !sendmail_verbose(&w->l, session)))
		return;
	if (strstr(text, "not accepting messages") != NULL ||
	    strstr(text, "Rejecting open proxy") != NULL)
		offend(&w->facts, PROBING, span->client, &one);
	if (strcmp(rule->reason, "relay_denied") == 0)
		offend(&w->facts, RELAY, span->client, &one);
	one.part = one.part_most =
	    strcmp(rule->reason, "unknown_recipient") == 0 ? 1 : 0;
	if (one.part == 0 && (said == NULL || !ledger_like(said, "^RCPT")))
		return;
	one.whole = one.whole_most = 1;
	offend(&w->facts, HARVEST, span->client, &one);
}

static void
probe(struct walk *w, const struct span *span, const char *said)
{
	struct offence one = offence_of(span, 1, 1);

	if (said != NULL && (strncasecmp(said, "VRFY", 4) == 0 ||
				strncasecmp(said, "EXPN", 4) == 0))
		offend(&w->facts, PROBING, span->client, &one);
}

/*
 * Whom no sink ever took mail for, was tried in vain, at least once; whom one
 * took it for at once, never.  A recipient is reached only once: any further
 * attempt makes the share larger.
 */
static void
asked(struct walk *w, const struct span *span, const char *account,
    const char *to)
{
	bool here = !sendmail_elsewhere(&w->l, to);
	const json_t *got = json_object_get(w->got, to);
	bool good =
	    here || (got != NULL && json_real_value(got) < span->to + AT_ONCE);
	struct span soon = { "", span->from, span->to + 60 };
	struct offence once = offence_of(&soon, !here && got == NULL, !good);
	struct offence again = {
		.from = span->from, .to = w->end, .part_most = ATTEMPTS
	};

	once.whole = once.whole_most = 1;
	offend(&w->facts, BOUNCES, account, &once);
	if (!good)
		offend(&w->facts, BOUNCES, account, &again);
}

static void
taken(struct walk *w, const struct span *span, const json_t *txn,
    const char *account)
{
	bool elsewhere;
	json_int_t n = sendmail_recipients(&w->l, txn, &elsewhere);
	struct offence volume = offence_of(span, (double)n, (double)n);
	struct offence whole = offence_of(span, 0, 0);
	size_t i;
	json_t *r;

	whole.whole = whole.whole_most = volume.part;
	offend(&w->facts, HARVEST, span->client, &whole);
	if (account == NULL)
		return;
	offend(&w->facts, VOLUME, account, &volume);
	offend(&w->facts, VOLUME_DAY, account, &volume);
	json_array_foreach (json_object_get(txn, "rcpts"), i, r)
		if (ledger_number(r, "code") / 100 == 2)
			asked(w, span, account, ledger_text(r, "to"));
}

static void
transactions(
    struct walk *w, const struct span *session_span, const json_t *session)
{
	const char *account = sendmail_account(session);
	size_t i;
	json_t *t;

	json_array_foreach (json_object_get(session, "txns"), i, t) {
		struct span span = *session_span;
		struct offence bad;

		span.from = json_number_value(json_object_get(t, "t"));
		if (json_object_get(t, "t_done") != NULL)
			span.to =
			    json_number_value(json_object_get(t, "t_done")) +
			    SLACK;
		if (ledger_number(t, "data_code") == 250)
			taken(w, &span, t, account);
		bad = offence_of(&span, 0,
		    ledger_like(ledger_text(session, "scenario"),
			"^content_(gtube|spammy)"));
		offend(&w->facts, SPAM, span.client, &bad);
	}
}

static void
sessions(struct walk *w)
{
	size_t i, k;
	json_t *s, *p;

	json_array_foreach (json_object_get(w->l.truth, "sessions"), i, s) {
		const json_t *dialog = json_object_get(s, "dialog");
		const char *final = ledger_text(s, "final"), *last = NULL;
		struct span span = { ledger_text(s, "src"),
			json_number_value(json_object_get(s, "t_start")),
			json_number_value(json_object_get(s, "t_end")) +
			    SLACK };

		if (json_array_size(dialog) == 0)
			continue; /* the kernel refused */
		json_array_foreach (dialog, k, p) {
			const char *said =
			    json_string_value(json_array_get(p, 0));

			last = json_string_value(json_array_get(p, 1));
			reply(w, &span, s, said, last);
			probe(w, &span, said);
		}
		if (last == NULL || strcmp(final, last) != 0)
			reply(w, &span, s, NULL, final);
		authentication(w, &span, json_object_get(s, "auth"));
		transactions(w, &span, s);
		if (span.to > w->end)
			w->end = span.to;
	}
}

static void
sinks(struct walk *w)
{
	size_t i, k, m;
	json_t *s, *t, *r;

	json_array_foreach (
	    json_object_get(w->l.truth, "remote_sink_sessions"), i, s)
		json_array_foreach (json_object_get(s, "txns"), k, t)
			json_array_foreach (json_object_get(t, "rcpts"), m, r)
				if (strncmp(
					ledger_text(t, "reply"), "250", 3) == 0)
					json_object_set_new(w->got,
					    json_string_value(r),
					    json_copy(json_object_get(t, "t")));
}

/* A message through a filter is scanned: only those runs have verdicts. */
static void
judge(const char *run, const char *form)
{
	json_t *truth = truth_of(CORPUS, run);
	struct walk w = { .facts = { .authenticated = json_object(),
			      .untold = "account-bounces" },
		.got = json_object() };
	char log[256], name[64];

	w.l = (struct sendmail_ledger){ .truth = truth,
		.filter_down = strcmp(run, "filter-down") == 0 };
	sinks(&w);
	sessions(&w);
	snprintf(name, sizeof(name), "%s.%s", run, form);
	snprintf(log, sizeof(log), CORPUS "/%s.xz", name);
	compare_logs_2026(&w.facts, truth, log, name);
	json_decref(w.got);
	facts_free(&w.facts);
	json_decref(truth);
}

static void
the_rules_find_what_the_ledger_has_and_nothing_else(void **state)
{
	static const char *const runs[] = { "small", "large", "mimedefang",
		"filter-down" };

	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(runs); i++) {
		judge(runs[i], "log");
		judge(runs[i], "rfc3339.log");
	}
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_rules_find_what_the_ledger_has_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
