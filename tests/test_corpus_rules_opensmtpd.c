/*
 * test_corpus_rules_opensmtpd.c - what the rules find in OpenSMTPD's logs
 *
 * As test_corpus_rules.c, for the run in tests/corpus/opensmtpd, whose server
 * offers no authentication and no TLS.  Hence, and where ledger and log tell
 * different things:
 *  - Each AUTH is refused before anybody is named: a failure of no account.
 *    Nobody signs in, so there are no accounts to alert and no clients to
 *    spare; the burst's client asks to relay, is refused and is blocked.
 *  - A relay denied and an unknown mailbox are both `550 Invalid recipient':
 *    the domain decides, and what was asked of a domain that is ours is told
 *    as a mailbox, whatever the mailbox is (`victim%other@our.example').
 *  - RCPT with an address that cannot be read may name nobody.
 *  - smtpd also calls itself: it refuses its own HELO, which no rule judges.
 */
#include "tests/opensmtpd_replies.h"

#include <time.h>

#include "tests/offences_dialogue.h"

#define CORPUS "tests/corpus/opensmtpd"

struct walk {
	struct facts facts;
	struct dialogue d; /* for its words */
};

static void
refusal(struct walk *w, const struct span *span, const char *said,
    const char *reason)
{
	struct offence one = offence_of(span, 1, 1);

	if (strcmp(reason, "relay_denied") == 0)
		offend(&w->facts, RELAY, span->client, &one);
	if (!ledger_like(said, "^RCPT"))
		return;
	one.part = one.part_most = strcmp(reason, "unknown_recipient") == 0;
	one.whole = strcmp(reason, "protocol") != 0;
	one.whole_most = 1;
	offend(&w->facts, HARVEST, span->client, &one);
}

static void
answer(void *arg, const struct span *span, const json_t *session,
    const char *said, const char *text)
{
	struct walk *w = arg;
	struct offence one = offence_of(span, 1, 1);
	const char *reason;

	(void)session;
	said = said != NULL ? said : "<final>";
	reason = dialogue_reason(&w->d, said, text);
	if (reason != NULL)
		refusal(w, span, said, reason);
	if (dialogue_is_failure(said, text))
		wrong_password(&w->facts, span, NULL, true);
	if (ledger_like(said, "^(VRFY|EXPN)") ||
	    opensmtpd_is_alien(said, text != NULL ? text : ""))
		offend(&w->facts, PROBING, span->client, &one);
}

static void
taken(struct walk *w, const struct span *session, const json_t *txn)
{
	struct span span = txn_span(session, txn);
	struct offence whole = offence_of(&span, 0, 0);
	size_t i;
	json_t *r;

	if (ledger_number(txn, "data_code") != 250)
		return;
	json_array_foreach (json_object_get(txn, "rcpts"), i, r)
		whole.whole += ledger_number(r, "code") == 250;
	whole.whole_most = whole.whole;
	offend(&w->facts, HARVEST, span.client, &whole);
}

static void
walk_sessions(struct walk *w)
{
	size_t i, k;
	json_t *s, *t;

	json_array_foreach (json_object_get(w->d.truth, "sessions"), i, s) {
		struct span span = session_span(s);

		session_answers(s, &span, answer, w);
		json_array_foreach (json_object_get(s, "txns"), k, t)
			taken(w, &span, t);
	}
}

static void
judge(const json_t *truth, const char *form)
{
	struct walk w = { .facts.authenticated = json_object(),
		.d.judge = opensmtpd_recipient };
	char command[PATH_MAX * 2];
	json_t *account;

	print_message("  %s\n", form);
	slack = slack_of(form);
	dialogue_init(&w.d, truth, opensmtpd_rules, NELEMS(opensmtpd_rules));
	walk_sessions(&w);
	assert_false(w.d.unknown);
	snprintf(command, sizeof(command),
	    "%s replay --rules --json --top 1 --year 2026 --zone UTC " CORPUS
	    "/%s.xz",
	    program(), form);
	account = json_of(command);
	assert_non_null(account);
	compare_rules(&w.facts, account, form);
	print_message("    %zu incidents, %zu blocks; %u not to be told\n",
	    json_array_size(json_object_get(account, "incidents")),
	    json_array_size(json_object_get(account, "blocks")),
	    w.facts.unsure);
	json_decref(account);
	dialogue_fini(&w.d);
	facts_free(&w.facts);
}

static void
the_rules_find_what_the_ledger_has_and_nothing_else(void **state)
{
	json_t *truth = truth_of(CORPUS, "a");

	(void)state;
	complaints = 0;
	judge(truth, "a.log");
	judge(truth, "a.rfc3339.log");
	json_decref(truth);
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
