/*
 * test_corpus_rules_exim.c - what the rules find in Exim's logs
 *
 * As test_corpus_rules.c, for each phase in tests/corpus/exim in all the forms
 * that it was logged in, and for all phases read as one.  Where ledger and log
 * tell different things:
 *  - Who signed in is told with the message that was taken; where none was,
 *    only with +smtp_no_mail.
 *  - How many recipients a message has, is told with +received_recipients;
 *    else they count as they are done with: when a sink took their mail, at
 *    once where there is no such domain or its host knows no such user, and for
 *    all others when retries end, some minutes later.  Those delivered here are
 *    as many as an alias makes of them.
 *  - A refused VRFY or EXPN is a probe where the refusal is logged.
 *  - Recipients refused for their syntax have no name of their own in the log,
 *    too many recipients have one line.
 *  - The retry database forbids an attempt at a host that did not answer for
 *    others: only where one took mail before is it sure that it was made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "tests/exim_ledger.h"
#include "tests/offences_dialogue.h"

#define CORPUS "tests/corpus/exim"
/* Seconds: between two attempts, at least, and all of them: "begin retry". */
#define RETRY      8
#define RETRY_ENDS 270
#define ALIAS_MOST 30 /* recipients */

struct walk {
	struct facts facts;
	struct exim_ledger l; /* for its words */
	json_t *got;          /* recipient -> when a sink took its mail */
	json_t *up;           /* domain -> when a sink first took its mail */
	double end;           /* of the phase, and of its queue */
};

static json_t *truth;

static void
refusal(struct walk *w, const struct span *span, const char *said,
    const char *reason)
{
	struct offence one = offence_of(span, 1, 1);

	if (strcmp(reason, "relay_denied") == 0)
		offend(&w->facts, RELAY, span->client, &one);
	if (ledger_like(said, "^(VRFY|EXPN)"))
		offend(&w->facts, PROBING, span->client, &one);
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
	const struct exim_rule *rule;

	(void)session;
	said = said != NULL ? said : "<final>";
	rule = text != NULL ? exim_rule(&w->l, said, text) : NULL;
	if (rule != NULL)
		refusal(w, span, said, rule->reason);
}

/* A browser's first word, where it is logged as one. */
static void
probe(struct walk *w, const struct span *span, const json_t *session)
{
	struct offence one = offence_of(span, 1, 1);

	if (ledger_like(ledger_text(session, "scenario"), "_http$") &&
	    (w->l.has & HAS_SYNTAX) && (w->l.has & HAS_NO_MAIL))
		offend(&w->facts, PROBING, span->client, &one);
}

/* Had its domain's host taken mail before, or is there no such domain? */
static bool
is_surely_tried(struct walk *w, const struct span *span, const char *to)
{
	const json_t *up = json_object_get(w->up, strchr(to, '@') + 1);

	return ledger_like(to, "@no-such-domain") ||
	       (up != NULL && json_real_value(up) < span->to);
}

static void
asked(struct walk *w, const struct span *span, const char *account,
    const char *to)
{
	struct asked asked = { .here = !exim_elsewhere(to),
		.tried = is_surely_tried(w, span, to),
		.when = json_object_get(w->got, to),
		.end = w->end,
		.interval = RETRY };

	asked_for(&w->facts, span, account, &asked);
}

/* A recipient counts as it is done with. */
static void
done_with(struct walk *w, const struct span *span, const char *account,
    const char *to)
{
	const json_t *when = json_object_get(w->got, to);
	struct offence one = offence_of(span, 1, 1);

	if (!exim_elsewhere(to)) {
		one.part = 0;
		one.part_most = ALIAS_MOST;
		one.to = w->end;
	} else if (when != NULL) {
		one.to = json_real_value(when) + slack;
	} else if (ledger_like(to, "@no-such-domain") ||
		   (ledger_like(to, "^unknown") &&
		       is_surely_tried(w, span, to))) {
		one.to += 60;
	} else {
		one.part = 0;
		one.from += RETRY_ENDS;
		one.to = w->end;
		if (one.from > one.to)
			return;
	}
	offend(&w->facts, VOLUME, account, &one);
	offend(&w->facts, VOLUME_DAY, account, &one);
}

static void
taken(struct walk *w, const struct span *span, const json_t *session,
    const json_t *txn, const char *account)
{
	struct offence volume = offence_of(span, 0, 0), whole = volume;
	size_t i;
	json_t *r;

	if (ledger_number(txn, "data_code") != 250 ||
	    strcmp(ledger_text(session, "expect"), "discard") == 0)
		return;
	json_array_foreach (json_object_get(txn, "rcpts"), i, r) {
		const char *to = ledger_text(r, "to");

		if (ledger_number(r, "code") != 250)
			continue;
		volume.part++;
		if (account != NULL)
			asked(w, span, account, to);
		if (account != NULL && (w->l.has & HAS_RECIPIENTS) == 0)
			done_with(w, span, account, to);
	}
	volume.part_most = whole.whole = whole.whole_most = volume.part;
	if ((w->l.has & HAS_RECIPIENTS) == 0) {
		whole.whole = 0;
		whole.whole_most *= ALIAS_MOST;
		whole.to = w->end;
	}
	offend(&w->facts, HARVEST, span->client, &whole);
	if (account == NULL || (w->l.has & HAS_RECIPIENTS) == 0)
		return;
	offend(&w->facts, VOLUME, account, &volume);
	offend(&w->facts, VOLUME_DAY, account, &volume);
}

/* With its first message; without any MAIL, at its end. */
static void
success(struct walk *w, const struct span *session_span, const json_t *session,
    const char *account)
{
	const json_t *txns = json_object_get(session, "txns");
	struct span span;
	size_t i;
	json_t *t;

	if (account == NULL)
		return;
	json_array_foreach (txns, i, t) {
		if (ledger_number(t, "data_code") != 250)
			continue;
		span = txn_span(session_span, t);
		signed_in(&w->facts, &span, account);
		return;
	}
	if ((w->l.has & HAS_NO_MAIL) && json_array_size(txns) == 0)
		signed_in(&w->facts, session_span, account);
}

static void
walk_session(struct walk *w, const json_t *session)
{
	struct span span = session_span(session);
	const char *account;
	size_t i;
	json_t *t;

	session_answers(session, &span, answer, w);
	probe(w, &span, session);
	account = session_guesses(
	    &w->facts, &span, json_object_get(session, "auth"), "535 ");
	success(w, &span, session, account);
	json_array_foreach (json_object_get(session, "txns"), i, t) {
		struct span during = txn_span(&span, t);

		taken(w, &during, session, t, account);
	}
}

/* Of a phase, when its log ended. */
static double
end_of(const char *phase)
{
	double end = 0;
	size_t i;
	json_t *p;

	json_array_foreach (
	    json_object_get(json_object_get(truth, "meta"), "phases"), i, p)
		if (strcmp(ledger_text(p, "variant"), phase) == 0)
			end = json_number_value(json_object_get(p, "t_end"));
	return end;
}

static void
walk_phase(struct walk *w, const struct exim_form *form)
{
	const json_t *before = NULL;
	size_t i;
	json_t *s;

	w->end = end_of(form->phase);
	w->l.phase = form->phase;
	w->l.has = form->has;
	json_array_foreach (json_object_get(truth, "sessions"), i, s) {
		if (strcmp(ledger_text(s, "phase"), form->phase) == 0 &&
		    (before == NULL || !exim_is_repeated(before, s)))
			walk_session(w, s);
		before = s;
	}
}

static void
walk_init(struct walk *w)
{
	const char *to, *domain;
	json_t *when;

	*w = (struct walk){ .facts = { .authenticated = json_object(),
				.untold = "account-bounces" },
		.l = { .truth = truth },
		.got = sinks_took(truth),
		.up = json_object() };
	json_object_foreach (w->got, to, when) {
		const json_t *first;

		domain = strchr(to, '@') + 1;
		first = json_object_get(w->up, domain);
		if (first == NULL ||
		    json_real_value(first) > json_real_value(when))
			json_object_set(w->up, domain, when);
	}
}

static void
walk_fini(struct walk *w)
{
	json_decref(w->got);
	json_decref(w->up);
	facts_free(&w->facts);
}

/* Of one log, or of several read as one. */
static void
judge(const struct exim_form *const *forms, size_t n)
{
	struct walk w;
	char command[PATH_MAX * 2];
	json_t *account;
	int at;

	walk_init(&w);
	at = snprintf(command, sizeof(command),
	    "%s replay --rules --json --top 1 --year 2026 --zone UTC",
	    program());
	for (size_t i = 0; i < n; i++) {
		print_message("  %s\n", forms[i]->log);
		slack = forms[i]->has & HAS_FRACTIONS ? SLACK_EXACT : SLACK_CUT;
		walk_phase(&w, forms[i]);
		at += snprintf(command + at, sizeof(command) - (size_t)at,
		    " " CORPUS "/%s.log.xz", forms[i]->log);
	}
	assert_false(w.l.unknown);
	account = json_of(command);
	assert_non_null(account);
	compare_rules(&w.facts, account, forms[0]->log);
	if (strcmp(forms[0]->phase, "default") == 0)
		compare_burst(truth, account, forms[0]->log);
	print_message("    %zu incidents, %zu blocks; %u not to be told\n",
	    json_array_size(json_object_get(account, "incidents")),
	    json_array_size(json_object_get(account, "blocks")),
	    w.facts.unsure);
	json_decref(account);
	walk_fini(&w);
}

static void
the_rules_find_what_the_ledger_has_and_nothing_else(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(exim_forms); i++) {
		const struct exim_form *form = &exim_forms[i];

		judge(&form, 1);
	}
	assert_int_equal(complaints, 0);
}

/* Clients and accounts come again from phase to phase.  A log by syslog is read
   before Exim's own, which may repeat it. */
static void
phases_read_as_one_cross_where_the_last_offence_is(void **state)
{
	const struct exim_form *const f = exim_forms;
	const struct exim_form *const own[] = { &f[0], &f[1], &f[2], &f[3] };
	const struct exim_form *const syslog[] = { &f[4], &f[6] };
	const struct exim_form *const rfc3339[] = { &f[5], &f[7] };

	(void)state;
	complaints = 0;
	judge(own, NELEMS(own));
	judge(syslog, NELEMS(syslog));
	judge(rfc3339, NELEMS(rfc3339));
	assert_int_equal(complaints, 0);
}

static int
set_up(void **state)
{
	(void)state;
	truth = json_of("xz -dc " CORPUS "/truth.json.xz");
	return truth != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	json_decref(truth);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_rules_find_what_the_ledger_has_and_nothing_else),
		cmocka_unit_test(
		    phases_read_as_one_cross_where_the_last_offence_is),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
