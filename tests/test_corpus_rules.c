/*
 * test_corpus_rules.c - what the rules find in real logs, against the ledgers
 *
 * For each Postfix run in tests/corpus: from the ledger's sessions, replies and
 * the remote sinks alone it follows which clients and accounts cross which
 * threshold and when; `replay --rules' must block and alert exactly those.
 *
 * Where the ledger and the log tell different things, and why:
 *  - Dovecot writes its failures once a connection, when it is over, and names
 *    the account of the last one.
 *  - An authentication that the server could not check is no guess: the client
 *    was told "Temporary authentication failure".  Where the client left
 *    before the answer, a line may have been written or not.
 *  - EXPN has no line of its own; VRFY is in the line of the disconnect.
 *  - Aliases make more recipients than were asked for; data refused at its end
 *    makes none, though RCPT was granted.
 *  - What was tried where no sink listened is known to the log alone, but not
 *    more often than what a sink saw.
 *  - Scanners' words are the log's; only what was sent to make them speak is
 *    known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "tests/ledger.h"
#include "tests/offences.h"

#define CORPUS "tests/corpus"

struct walk {
	struct facts facts;
	struct ledger l; /* for its words */
	double offset;   /* of the log's clock */
	double end;      /* of the run */
	json_t *asked;   /* recipient -> {account: time} */
	double most_attempts;
	bool dovecot, lossless;
};

/* With the realm that the server adds. */
static const char *
full_name(struct walk *w, const char *user)
{
	static char name[256];
	const json_t *server = json_object_get(w->l.truth, "server");

	snprintf(name, sizeof(name), "%s%s%s", user,
	    strchr(user, '@') != NULL ? "" : "@",
	    strchr(user, '@') != NULL ? ""
				      : ledger_text(server, "local_domain"));
	return name;
}

/* A reply to a client; `is_rcpt': to RCPT. */
static void
reply(struct walk *w, const struct span *span, const json_t *row, size_t code,
    bool is_rcpt)
{
	json_int_t n = json_integer_value(json_array_get(row, code));
	const char *words = json_string_value(json_array_get(row, code + 1)),
		   *reason;
	struct offence one = offence_of(span, 1, 1);

	if (n < 400 || words == NULL)
		return;
	words = ledger_words(words);
	reason = ledger_reason(&w->l, n, words);
	if (reason == NULL)
		return;
	if (strcmp(reason, "relay_denied") == 0)
		offend(&w->facts, RELAY, span->client, &one);
	if (!is_rcpt && strcmp(reason, "unknown_recipient") != 0)
		return;
	one.part = one.part_most =
	    strcmp(reason, "unknown_recipient") == 0 ? 1 : 0;
	one.whole = one.whole_most = 1;
	offend(&w->facts, HARVEST, span->client, &one);
}

/* "535 5.7.8 Error: authentication failed", by whatever command. */
static bool
is_failure(const json_t *code, const char *text)
{
	return json_integer_value(code) == 535 && text != NULL &&
	       ledger_like(ledger_words(text), "^Error: authentication fail");
}

static const char *
authentication(struct walk *w, const struct span *span, const json_t *session)
{
	const char *account = NULL;
	size_t i;
	json_t *a;

	json_array_foreach (json_object_get(session, "auth"), i, a) {
		const char *user = ledger_text(a, "user");

		if (json_is_true(json_object_get(a, "ok")))
			account = user;
		else if (is_failure(json_object_get(a, "code"),
			     ledger_text(a, "text")))
			wrong_password(
			    &w->facts, span, full_name(w, user), true);
		else if (json_is_null(json_object_get(a, "code")))
			wrong_password(
			    &w->facts, span, full_name(w, user), false);
	}
	if (account != NULL)
		signed_in(&w->facts, span, full_name(w, account));
	return account;
}

/* Remember who asked for it, and count what is sure of the message. */
static void
taken(struct walk *w, const struct span *span, const json_t *txn,
    const char *account)
{
	struct offence volume = offence_of(span, 0, 0), whole = volume;
	struct span later = { span->client, span->from, span->to + 60 };
	size_t i;
	json_t *r;

	json_array_foreach (json_object_get(txn, "rcpts"), i, r) {
		const char *to = json_string_value(json_array_get(r, 0));

		if (json_integer_value(json_array_get(r, 1)) != 250)
			continue;
		volume.part++;
		if (account != NULL)
			json_object_set_new(ledger_row_of(w->asked, to),
			    full_name(w, account), json_real(span->from));
	}
	/* An alias may be for everyone. */
	volume.part_most = volume.part * 1.1 + (account == NULL ? 30 : 0);
	whole.whole = 0;
	whole.whole_most = volume.part_most;
	whole.to = volume.to = later.to;
	offend(&w->facts, HARVEST, span->client, &whole);
	if (account == NULL)
		return;
	offend(&w->facts, VOLUME, full_name(w, account), &volume);
	offend(&w->facts, VOLUME_DAY, full_name(w, account), &volume);
}

static void
transactions(struct walk *w, const struct span *session_span,
    const json_t *session, const char *account)
{
	const json_t *txns = json_object_get(session, "txns");
	const char *scenario = ledger_text(session, "scenario");
	size_t i, k;
	json_t *t, *r;

	json_array_foreach (txns, i, t) {
		const json_t *next = json_array_get(txns, i + 1);
		struct span span = *session_span;
		struct offence bad;

		span.from =
		    json_number_value(json_object_get(t, "t")) + w->offset;
		if (next != NULL)
			span.to =
			    json_number_value(json_object_get(next, "t")) +
			    w->offset + slack;
		reply(w, &span, json_object_get(t, "mail"), 0, false);
		json_array_foreach (json_object_get(t, "rcpts"), k, r)
			reply(w, &span, r, 1, true);
		if (json_is_true(json_object_get(t, "accepted")))
			taken(w, &span, t, account);
		/* What makes a scanner speak; of the rest it may be silent. */
		bad = offence_of(&span, 0,
		    ledger_like(scenario, "gtube") ||
			ledger_like(ledger_text(t, "text"),
			    "[Gg]tube|[Ss]pam|[Vv]irus|worm"));
		bad.whole = json_is_true(json_object_get(t, "accepted")) &&
			    bad.part_most == 0;
		bad.to += 60;
		offend(&w->facts, SPAM, span.client, &bad);
	}
}

/* Early talkers, and commands of other protocols. */
static void
probes(struct walk *w, const struct span *span, const json_t *session)
{
	const char *scenario = ledger_text(session, "scenario");
	struct offence surely = offence_of(span, 1, 1);
	struct offence perhaps = offence_of(span, 0, 1);
	size_t i;
	json_t *c;

	json_array_foreach (json_object_get(session, "cmds"), i, c) {
		const char *said = json_string_value(json_array_get(c, 0));

		if (said != NULL && strncmp(said, "VRFY", 4) == 0)
			offend(&w->facts, PROBING, span->client, &surely);
	}
	if (ledger_like(scenario, "pregreet|non_smtp|pipelining"))
		offend(&w->facts, PROBING, span->client, &perhaps);
}

/* "AUTH CRAM-MD5" is answered with a name, a blank and a digest, in base64. */
static const char *
cram_name(const json_t *cmds, size_t i)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				     "nopqrstuvwxyz0123456789+/";
	static char name[64];
	const char *before = i == 0 ? NULL
				    : json_string_value(json_array_get(
					  json_array_get(cmds, i - 1), 0));
	const char *said =
	    json_string_value(json_array_get(json_array_get(cmds, i), 0));
	size_t n = 0, bits = 0;
	unsigned value = 0;

	if (before == NULL || said == NULL ||
	    strcmp(before, "AUTH CRAM-MD5") != 0)
		return NULL;
	for (; *said != '\0' && strchr(digits, *said) != NULL; said++) {
		value = value << 6 | (unsigned)(strchr(digits, *said) - digits);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		name[n++] = (char)(value >> bits & 0xff);
		if (name[n - 1] == ' ' || n == sizeof(name))
			break;
	}
	name[n > 0 ? n - 1 : 0] = '\0';
	return name;
}

static void
cram_failure(
    struct walk *w, const struct span *span, const json_t *cmds, size_t i)
{
	const char *name = cram_name(cmds, i);

	wrong_password(&w->facts, span,
	    name != NULL && *name != '\0' ? full_name(w, name) : NULL, true);
}

static void
smtp(struct walk *w, const json_t *session, const struct span *span)
{
	size_t i;
	json_t *c;
	const char *account;

	reply(w, span, json_object_get(session, "greeting"), 0, false);
	account = authentication(w, span, session);
	json_array_foreach (json_object_get(session, "cmds"), i, c) {
		reply(w, span, c, 1, false);
		if (is_failure(json_array_get(c, 1),
			json_string_value(json_array_get(c, 2))))
			cram_failure(
			    w, span, json_object_get(session, "cmds"), i);
	}
	transactions(w, span, session, account);
	probes(w, span, session);
}

/* POP and IMAP: at the end of the connection, which Dovecot may delay. */
static void
mailbox(struct walk *w, const json_t *session, const struct span *span)
{
	const json_t *auth = json_object_get(session, "auth");
	struct span over = { span->client, span->to - slack, span->to + 20 };
	size_t i, n = json_array_size(auth);
	json_t *a;

	if (!w->dovecot)
		return;
	json_array_foreach (auth, i, a) {
		const char *user = ledger_text(a, "user");

		if (json_is_true(json_object_get(a, "ok")))
			signed_in(&w->facts, span, full_name(w, user));
		else
			wrong_password(&w->facts, &over,
			    i + 1 == n ? full_name(w, user) : NULL, true);
	}
}

static void
sessions(struct walk *w)
{
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(w->l.truth, "sessions"), i, s) {
		struct span span = { ledger_text(s, "src"),
			json_number_value(json_object_get(s, "t")) + w->offset,
			json_number_value(json_object_get(s, "t_end")) +
			    w->offset + slack };

		if (strcmp(ledger_text(s, "proto"), "smtp") == 0)
			smtp(w, s, &span);
		else
			mailbox(w, s, &span);
	}
}

/* One attempt that a sink saw, for the accounts that asked for it. */
static void
attempt(struct walk *w, const char *to, double when, bool good)
{
	const json_t *askers = json_object_get(w->asked, to);
	bool sure = json_object_size(askers) == 1;
	struct span span = { "", when - slack, when + slack };
	struct offence one = offence_of(&span, !good && sure, !good);
	const char *account;
	json_t *asked;

	one.whole = sure;
	one.whole_most = 1;
	json_object_foreach ((json_t *)askers, account, asked) {
		offend(&w->facts, BOUNCES, account, &one);
		(void)asked;
	}
}

static void
count_attempt(json_t *seen, const char *to, double *most)
{
	ledger_add(seen, to, 1);
	if ((double)ledger_number(seen, to) > *most)
		*most = (double)ledger_number(seen, to);
}

/* No sink saw it: it was delivered here, or was tried elsewhere and at most as
   often as what a sink saw. */
static void
unseen(struct walk *w, const char *to, json_t *askers)
{
	bool elsewhere = ledger_elsewhere(&w->l, to);
	const char *account;
	json_t *asked;

	json_object_foreach (askers, account, asked) {
		struct offence any = { .from = json_real_value(asked),
			.to = w->end,
			.part_most = elsewhere ? w->most_attempts : 0,
			.whole_most = elsewhere ? w->most_attempts : 2 };

		offend(&w->facts, BOUNCES, account, &any);
	}
}

static void
sinks(struct walk *w)
{
	json_t *seen = json_object(), *e, *r, *askers;
	const char *to;
	size_t i, k;

	json_array_foreach (
	    json_object_get(w->l.truth, "remote_sink_events"), i, e) {
		double when =
		    json_number_value(json_object_get(e, "t")) + w->offset;
		bool good = strcmp(ledger_text(e, "event"), "accepted") == 0;

		if (json_object_get(e, "rcpt") != NULL) {
			to = ledger_text(e, "rcpt");
			attempt(w, to, when, good);
			count_attempt(seen, to, &w->most_attempts);
		}
		json_array_foreach (json_object_get(e, "rcpts"), k, r) {
			to = json_string_value(r);
			attempt(w, to, when, good);
			count_attempt(seen, to, &w->most_attempts);
		}
	}
	json_object_foreach (w->asked, to, askers)
		if (json_object_get(seen, to) == NULL)
			unseen(w, to, askers);
	json_decref(seen);
}

static json_t *
account_of(const json_t *truth, const char *log)
{
	const char *zone =
	    ledger_text(json_object_get(truth, "server"), "timezone");
	char command[PATH_MAX * 2];
	struct tm tm;
	time_t begin;

	begin = (time_t)(json_number_value(json_object_get(truth, "t_begin")) +
			 json_number_value(
			     json_object_get(truth, "rsyslog_clock_offset_s")));
	gmtime_r(&begin, &tm);
	snprintf(command, sizeof(command),
	    "%s replay --rules --json --top 1 --year %d --zone %s %s",
	    program(), tm.tm_year + 1900, *zone != '\0' ? zone : "UTC", log);
	return json_of(command);
}

static void
judge(const char *run, const char *form)
{
	json_t *truth = truth_of(CORPUS, run), *account;
	struct walk w = { .facts.authenticated = json_object(),
		.asked = json_object(),
		.most_attempts = 1 };
	const json_t *summary = json_object_get(truth, "summary");
	char log[256];

	print_message("  %s.%s\n", run, form);
	slack = slack_of(form);
	ledger_init(&w.l, truth);
	w.offset =
	    json_number_value(json_object_get(truth, "rsyslog_clock_offset_s"));
	w.end =
	    json_number_value(json_object_get(truth, "t_end")) + w.offset + 600;
	w.dovecot =
	    ledger_sum(json_object_get(json_object_get(summary, "from_maillog"),
			   "lines_by_program"),
		"^dovecot$") > 0;
	sessions(&w);
	sinks(&w);
	snprintf(log, sizeof(log), CORPUS "/%s.%s.xz", run, form);
	account = account_of(truth, log);
	assert_non_null(account);
	compare_rules(&w.facts, account, run);
	compare_burst(truth, account, run);
	print_message("    %zu incidents, %zu blocks; %u not to be told\n",
	    json_array_size(json_object_get(account, "incidents")),
	    json_array_size(json_object_get(account, "blocks")),
	    w.facts.unsure);
	json_decref(account);
	json_decref(w.asked);
	facts_free(&w.facts);
	ledger_fini(&w.l);
	json_decref(truth);
}

static void
the_rules_find_what_the_ledger_has_and_nothing_else(void **state)
{
	static const char *const runs[] = { "a-big", "a-small", "a-month",
		"a-rollover", "a-busybox", "a-postlogd", "a-variants" };

	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(runs); i++)
		judge(runs[i], "log");
	assert_int_equal(complaints, 0);
}

/* To the microsecond, and out of the journal. */
static void
other_forms_of_a_log_cross_at_the_same_events(void **state)
{
	(void)state;
	complaints = 0;
	judge("a-big", "rfc3339.log");
	judge("a-big", "rfc5424.log");
	judge("a-small", "rfc3339.log");
	judge("a-small", "journal.json");
	/* Its lines were lost on the way to the syslog file alone. */
	judge("a-small0", "journal.json");
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_rules_find_what_the_ledger_has_and_nothing_else),
		cmocka_unit_test(other_forms_of_a_log_cross_at_the_same_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
