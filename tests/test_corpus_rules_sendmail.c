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

#include "tests/offences_dialogue.h"
#include "tests/sendmail_ledger.h"

#define CORPUS    "tests/corpus/sendmail"
#define QUEUE_RUN 60 /* seconds */

struct walk {
	struct facts facts;
	struct sendmail_ledger l; /* for its words */
	json_t *got;              /* recipient -> when a sink took its mail */
	double end;               /* of the run */
};

/* What was said, and how it was answered. */
static void
refusal(struct walk *w, const struct span *span, const json_t *session,
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

static void
answer(void *arg, const struct span *span, const json_t *session,
    const char *said, const char *text)
{
	refusal(arg, span, session, said, text);
	probe(arg, span, said);
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
	json_array_foreach (json_object_get(txn, "rcpts"), i, r) {
		const char *to = ledger_text(r, "to");
		const json_t *got = json_object_get(w->got, to);
		struct asked asked = { .here = !sendmail_elsewhere(&w->l, to),
			.tried = got == NULL,
			.when = got,
			.end = w->end,
			.interval = QUEUE_RUN };

		if (ledger_number(r, "code") / 100 == 2)
			asked_for(&w->facts, span, account, &asked);
	}
}

static void
transactions(struct walk *w, const struct span *whole, const json_t *session)
{
	const char *account = sendmail_account(session);
	size_t i;
	json_t *t;

	json_array_foreach (json_object_get(session, "txns"), i, t) {
		struct span span = txn_span(whole, t);
		struct offence bad;

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
	const char *account;
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(w->l.truth, "sessions"), i, s) {
		struct span span = session_span(s);

		if (json_array_size(json_object_get(s, "dialog")) == 0)
			continue; /* the kernel refused */
		session_answers(s, &span, answer, w);
		account = session_guesses(
		    &w->facts, &span, json_object_get(s, "auth"), "535 ");
		if (account != NULL)
			signed_in(&w->facts, &span, account);
		transactions(w, &span, s);
	}
}

/* A message through a filter is scanned: only those runs have verdicts. */
static void
judge(const char *run, const char *form)
{
	json_t *truth = truth_of(CORPUS, run);
	struct walk w = { .facts = { .authenticated = json_object(),
			      .untold = "account-bounces" },
		.got = sinks_took(truth),
		.end = sessions_end(truth) };
	char log[256], name[64];

	slack = slack_of(form);
	w.l = (struct sendmail_ledger){ .truth = truth,
		.filter_down = strcmp(run, "filter-down") == 0 };
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
