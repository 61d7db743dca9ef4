/*
 * offences_dialogue.h - the offences of ledgers that have the whole dialogue
 *
 * As offences.h, for servers whose sinks tell whom they took mail for, not
 * whom they refused: who never got it, of those that an account asked for, was
 * tried in vain; who got it at once was tried once.
 */
#ifndef TESTS_OFFENCES_DIALOGUE_H
#define TESTS_OFFENCES_DIALOGUE_H

#include "tests/offences.h"

#define AT_ONCE 5 /* seconds: before the queue is run */

/* What was said, NULL: nothing, and how it was answered. */
typedef void (*answer_fn)(void *, const struct span *, const json_t *session,
    const char *said, const char *answer);

static inline struct span
session_span(const json_t *session)
{
	return (struct span){ ledger_text(session, "src"),
		json_number_value(json_object_get(session, "t_start")),
		json_number_value(json_object_get(session, "t_end")) + slack };
}

/* When the last of them was over. */
static inline double
sessions_end(const json_t *truth)
{
	double end = 0;
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		end = fmax(end, session_span(s).to);
	return end;
}

/* Each answer of a session, and the last, which may have come unasked. */
static inline void
session_answers(
    const json_t *session, const struct span *span, answer_fn take, void *arg)
{
	const char *final = ledger_text(session, "final"), *last = NULL;
	size_t i;
	json_t *p;

	json_array_foreach (json_object_get(session, "dialog"), i, p) {
		last = json_string_value(json_array_get(p, 1));
		take(arg, span, session,
		    json_string_value(json_array_get(p, 0)), last);
	}
	if (last == NULL || strcmp(final, last) != 0)
		take(arg, span, session, NULL, final);
}

/* Each guess of the session; its account, or NULL. */
static inline const char *
session_guesses(struct facts *facts, const struct span *session_span,
    const json_t *auth, const char *refusal)
{
	const char *account = NULL;
	struct span span = *session_span;
	size_t i;
	json_t *a;

	json_array_foreach (auth, i, a) {
		span.from = json_number_value(json_object_get(a, "t")) - slack;
		span.to = span.from + 2 * slack;
		if (json_is_true(json_object_get(a, "ok")))
			account = ledger_text(a, "user");
		else if (strncmp(ledger_text(a, "reply"), refusal,
			     strlen(refusal)) == 0)
			wrong_password(
			    facts, &span, ledger_text(a, "user"), true);
	}
	return account;
}

/* From its MAIL until its data were answered. */
static inline struct span
txn_span(const struct span *session, const json_t *txn)
{
	struct span span = *session;
	const json_t *done = json_object_get(txn, "t_done");

	span.from = json_number_value(json_object_get(txn, "t"));
	if (done != NULL)
		span.to = json_number_value(done) + slack;
	return span;
}

/* Recipient -> when a sink took its mail; the caller's. */
static inline json_t *
sinks_took(const json_t *truth)
{
	json_t *got = json_object(), *s, *t, *r;
	size_t i, k, m;

	json_array_foreach (
	    json_object_get(truth, "remote_sink_sessions"), i, s)
		json_array_foreach (json_object_get(s, "txns"), k, t)
			json_array_foreach (json_object_get(t, "rcpts"), m, r)
				if (strncmp(
					ledger_text(t, "reply"), "250", 3) == 0)
					json_object_set_new(got,
					    json_string_value(r),
					    json_copy(json_object_get(t, "t")));
	return got;
}

/* What became of a recipient that an account asked for. */
struct asked {
	bool here;            /* no sink had to take it */
	bool tried;           /* if in vain, then surely soon */
	const json_t *when;   /* a sink took it, NULL: never */
	double end, interval; /* seconds: of the run; between two attempts */
};

/* Each is reached only once: any further attempt makes the share larger. */
static inline void
asked_for(struct facts *facts, const struct span *span, const char *account,
    const struct asked *asked)
{
	double until =
	    asked->when != NULL ? json_real_value(asked->when) : asked->end;
	bool good = asked->here || until < span->to + AT_ONCE;
	struct span soon = { "", span->from, span->to + 60 };
	struct offence once = offence_of(&soon, !good && asked->tried, !good);
	struct offence again = { .from = span->from,
		.to = until + slack,
		.part_most = ceil((until - span->from) / asked->interval) };

	once.whole = good || asked->tried;
	once.whole_most = 1;
	offend(facts, BOUNCES, account, &once);
	if (!good)
		offend(facts, BOUNCES, account, &again);
}

#endif
