/*
 * test_corpus_qmail.c - the account of qmail against its ledger
 *
 * The run in tests/corpus/qmail has two phases: one with the usual log, by
 * splogger and by multilog at once, and one with recordio, whose logs were cut
 * behind the first 30,000 lines.  qmail says little: no refusal but those of
 * tcpserver and rblsmtpd, and not who brought a message.  What the ledger
 * cannot know, as local deliveries, a count of the log's lines does.
 */
#include "tests/dialogue.h"

#include "base/array.h"
#include "base/reason.h"

#define CORPUS "tests/corpus/qmail"

/* With recordio every answer is there. */
static const struct dialogue_rule answers[] = {
	{ NULL, "^(listed, see|Mail from this host)", NULL,
	    "rblsmtpd's own line tells, once a session" },
	{ NULL, "^timeout", NULL, "a time limit, no refusal" },
	{ "^RCPT", "allowed rcpthosts", "relay_denied", NULL },
	{ "^RCPT", "badmailfrom", "access_denied", NULL },
	{ "^<data", "databytes limit", "too_large", NULL },
	{ NULL, "^(unimplemented|MAIL first|RCPT first|syntax error)",
	    "protocol", NULL },
};

static const struct dialogue_rule silence[] = {
	{ NULL, ".*", NULL, "without recordio answers leave no line" },
};

static json_t *
account_of(const char *logs)
{
	char command[PATH_MAX * 2];

	snprintf(command, sizeof(command),
	    "cd %s && %s replay --json --top 0 --year 2026 --zone UTC %s",
	    CORPUS, program(), logs);
	return json_of(command);
}

static json_int_t
lines_like(const char *log, const char *pattern)
{
	char command[512];

	snprintf(command, sizeof(command), "xz -dc %s/%s | grep -acE '%s'",
	    CORPUS, log, pattern);
	return number_of(command);
}

/* tcpserver and rblsmtpd refuse a client as such; NULL: they did not. */
static const char *
refused_at_once(const json_t *session)
{
	size_t i;
	json_t *p;

	if (strcmp(ledger_text(session, "close"), "server closed") == 0)
		return "access_denied";
	json_array_foreach (json_object_get(session, "dialog"), i, p) {
		const char *reply = json_string_value(json_array_get(p, 1));

		if (reply != NULL && strstr(reply, "listed, see") != NULL)
			return "dnsbl";
		if (reply != NULL && strstr(reply, "Mail from this host"))
			return "access_denied";
	}
	return NULL;
}

static void
add_session(struct dialogue *d, const json_t *session)
{
	const char *reason = refused_at_once(session);

	dialogue_session(d, session);
	if (reason == NULL)
		return;
	ledger_add(d->refused, reason, 1);
	d->permanent++;
	ledger_add(ledger_row_of(d->clients, ledger_text(session, "src")),
	    "rejected", 1);
}

static json_int_t
dropped(const json_t *truth, const char *phase)
{
	json_int_t n = 0;
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		n += strcmp(ledger_text(s, "phase"), phase) == 0 &&
		     strncmp(ledger_text(s, "close"), "client dropped",
			 strlen("client dropped")) == 0;
	return n;
}

/* Made on the host itself in that phase. */
static json_int_t
submitted(const json_t *truth, bool second)
{
	const json_t *meta = json_object_get(truth, "meta");
	const json_t *last = json_array_get(json_object_get(meta, "phases"), 1);
	double at = json_number_value(json_object_get(last, "t"));
	json_int_t n = 0;
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(meta, "local_submissions"), i, s)
		n += (json_number_value(json_object_get(s, "t")) >= at) ==
		     second;
	return n;
}

/* What qmail-send's lines are, whatever they mean. */
static void
expect_deliveries(struct dialogue *d, const char *log)
{
	json_int_t failed = lines_like(log, "delivery [0-9]+: failure: ");
	json_int_t old = lines_like(log, "failure: .*been_in_the_queue_too_");

	dialogue_exact(
	    d, "messages.sent", lines_like(log, "delivery [0-9]+: success: "));
	dialogue_exact(d, "messages.deferred",
	    lines_like(log, "delivery [0-9]+: (deferral: |report mangled)"));
	dialogue_exact(d, "messages.expired", old);
	dialogue_exact(d, "messages.bounced", failed - old);
	/* A local delivery's report names the message that it forwarded. */
	dialogue_exact(d, "messages.generated",
	    lines_like(log, "bounce msg [0-9]+ qp ") +
		lines_like(log, "success: did_[0-9+]*/qp_[0-9]+/"));
}

static void
expect_messages(struct dialogue *d, json_int_t local)
{
	dialogue_exact(d, "messages.received", d->accepted + local);
	/* A submission may have several recipients. */
	ledger_set(d->ranges, "messages.received_recipients",
	    d->recipients + local, d->recipients + local * 4);
	/* Line ends lose a byte each, our Received: adds some hundred. */
	ledger_set(d->ranges, "messages.received_bytes", d->bytes * 9 / 10,
	    d->bytes + (d->accepted + local) * 1000);
}

static void
expect_refusals(struct dialogue *d)
{
	char key[64];

	for (unsigned i = 0; i < REASONS; i++) {
		const char *name = reason_name((enum reason)i);

		snprintf(key, sizeof(key), "rejects.%s", name);
		dialogue_exact(d, key, ledger_number(d->refused, name));
	}
	dialogue_exact(d, "rejects.temporary", d->temporary);
	dialogue_exact(d, "rejects.permanent", d->permanent);
	dialogue_exact(d, "rejects.total", d->temporary + d->permanent);
}

/* Two logs of multilog, and one that splogger handed to syslog. */
static void
compare_logs(const json_t *plain, const char *logs)
{
	static const char *const parts[] = { "messages", "rejects", "relay",
		"auth", "probes", "sessions", "mailers" };
	json_t *other = account_of(logs);

	assert_non_null(other);
	compare_coverage(other, logs);
	for (size_t i = 0; i < NELEMS(parts); i++)
		compare_json(json_object_get(plain, parts[i]),
		    json_object_get(other, parts[i]), logs, parts[i]);
	json_decref(other);
}

static void
the_usual_log_has_the_ledgers_account(void **state)
{
	json_t *truth = json_of("xz -dc " CORPUS "/truth.json.xz");
	json_t *account = account_of("plain.log.xz"), *s;
	struct dialogue d = { 0 };
	size_t i;

	(void)state;
	complaints = 0;
	assert_non_null(account);
	compare_coverage(account, "plain");
	dialogue_init(&d, truth, silence, NELEMS(silence));
	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		if (strcmp(ledger_text(s, "phase"), "plain") == 0)
			add_session(&d, s);
	expect_messages(&d, submitted(truth, false));
	expect_deliveries(&d, "plain.log.xz");
	expect_refusals(&d);
	dialogue_exact(&d, "sessions.connected", d.sessions);
	dialogue_exact(&d, "sessions.lost", dropped(truth, "plain"));
	dialogue_exact(&d, "mailers.queue.msgs_from",
	    d.accepted + submitted(truth, false));
	compare_figures(d.ranges, account, "plain");
	compare_logs(account, "plain.rfc3339.log.xz");
	compare_logs(account, "plain.send.log.xz plain.smtpd.log.xz");
	compare_logs(account, "plain.smtpd.log.xz plain.send.log.xz");
	dialogue_fini(&d);
	json_decref(account);
	json_decref(truth);
	assert_int_equal(complaints, 0);
}

/* qmail-send's log of the second phase is whole, and the sinks' count is of
   both phases. */
static void
what_left_is_what_the_sinks_have(void **state)
{
	json_t *truth = json_of("xz -dc " CORPUS "/truth.json.xz");
	json_t *first = account_of("plain.send.log.xz");
	json_t *second = account_of("rec.send.log.xz"), *s;
	struct dialogue d = { 0 };
	size_t i;

	(void)state;
	complaints = 0;
	assert_non_null(first);
	assert_non_null(second);
	dialogue_init(&d, truth, silence, NELEMS(silence));
	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		if (strcmp(ledger_text(s, "phase"), "rec") == 0)
			add_session(&d, s);
	expect_messages(&d, submitted(truth, true));
	expect_deliveries(&d, "rec.send.log.xz");
	compare_figures(d.ranges, second, "rec.send");
	assert_int_equal(figure(first, "mailers.remote.msgs_to") +
			     figure(second, "mailers.remote.msgs_to"),
	    figure(json_object_get(truth, "summary"),
		"remote_sink.recipients_accepted"));
	dialogue_fini(&d);
	json_decref(first);
	json_decref(second);
	json_decref(truth);
	assert_int_equal(complaints, 0);
}

/* "203.0.113.7:40003" -> was its end logged?  Of sessions that began. */
static json_t *
sessions_of(const char *log)
{
	char command[512], peer[64];
	json_t *began = json_object();
	FILE *pipe;
	int ended;

	snprintf(command, sizeof(command),
	    "xz -dc %s/%s | awk '$7 == \"tcpserver:\" { "
	    "if ($8 == \"ok\" || $8 == \"deny\") { "
	    "n = split($11, a, \":\"); p[$9] = a[2] \":\" a[n] } "
	    "if ($8 == \"end\") { print p[$9], 1; delete p[$9] } } "
	    "END { for (i in p) print p[i], 0 }'",
	    CORPUS, log);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while (fscanf(pipe, "%63s %d", peer, &ended) == 2)
		json_object_set_new(began, peer, json_boolean(ended));
	pclose(pipe);
	return began;
}

static const json_t *
is_logged(const json_t *began, const json_t *session)
{
	char peer[80];

	snprintf(peer, sizeof(peer), "%s:%lld", ledger_text(session, "src"),
	    (long long)ledger_number(session, "sport"));
	return json_object_get(began, peer);
}

#define BLOCK_LINES 8

/* The client wrote lines without waiting: HTTP, for one. */
static bool
is_block(const json_t *session)
{
	const json_t *dialog = json_object_get(session, "dialog");
	const json_t *last =
	    json_array_get(dialog, json_array_size(dialog) - 1);
	const char *reply = json_string_value(json_array_get(last, 1));

	return reply == NULL ||
	       strcmp(reply, ledger_text(session, "final")) != 0;
}

/* Of sessions whose end was cut off, the log may have a part. */
static void
expect_between(struct dialogue *all, struct dialogue *whole, json_int_t unread)
{
	char key[64];

	for (unsigned i = 0; i < REASONS; i++) {
		const char *name = reason_name((enum reason)i);

		snprintf(key, sizeof(key), "rejects.%s", name);
		ledger_set(all->ranges, key,
		    ledger_number(whole->refused, name),
		    ledger_number(all->refused, name));
	}
	/* Clients that wrote a block of lines read one answer of several. */
	ledger_set(all->ranges, "rejects.protocol",
	    ledger_number(whole->refused, "protocol"),
	    ledger_number(all->refused, "protocol") + unread);
	ledger_set(all->ranges, "rejects.total",
	    whole->temporary + whole->permanent,
	    all->temporary + all->permanent + unread);
	/* Where a message ended and its number came again before the answer
	   was logged, who brought it is not told any more. */
	ledger_set(all->ranges, "mailers.smtp.msgs_from",
	    whole->accepted * 19 / 20, all->accepted);
	ledger_set(all->ranges, "probes.vrfy", whole->vrfy, all->vrfy);
	ledger_set(all->ranges, "probes.expn", whole->expn, all->expn);
	dialogue_exact(all, "sessions.connected", all->sessions);
}

static void
recordio_has_every_answer(void **state)
{
	json_t *truth = json_of("xz -dc " CORPUS "/truth.json.xz");
	json_t *account = account_of("rec.log.xz"), *s;
	json_t *began = sessions_of("rec.log.xz");
	struct dialogue all = { 0 }, whole = { 0 };
	const json_t *ended;
	json_int_t unread = 0;
	size_t i;

	(void)state;
	complaints = 0;
	assert_non_null(account);
	compare_coverage(account, "rec");
	dialogue_init(&all, truth, answers, NELEMS(answers));
	dialogue_init(&whole, truth, answers, NELEMS(answers));
	json_array_foreach (json_object_get(truth, "sessions"), i, s) {
		ended = is_logged(began, s);
		if (strcmp(ledger_text(s, "phase"), "rec") != 0 ||
		    ended == NULL)
			continue;
		add_session(&all, s);
		unread += is_block(s) ? BLOCK_LINES : 0;
		if (json_is_true(ended))
			add_session(&whole, s);
	}
	assert_true(whole.sessions > 0);
	assert_false(all.unknown);
	expect_between(&all, &whole, unread);
	compare_figures(all.ranges, account, "rec");
	dialogue_fini(&all);
	dialogue_fini(&whole);
	json_decref(began);
	json_decref(account);
	json_decref(truth);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_log_has_the_ledgers_account),
		cmocka_unit_test(what_left_is_what_the_sinks_have),
		cmocka_unit_test(recordio_has_every_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
