/*
 * expect.h - what the account must be, made of a ledger
 *
 * A single number where the ledger decides it; a range where only the log can,
 * with the reason beside it.
 */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

#include "base/reason.h"
#include "tests/ledger.h"

/* Deliveries: the server's own words, and where sinks and mailboxes know. */
static void
expect_deliveries(struct ledger *l)
{
	const json_t *summary = json_object_get(l->truth, "summary");
	const json_t *log = json_object_get(summary, "from_maillog");
	const json_t *status =
	    json_object_get(log, "deliveries_by_program_and_status");
	const json_t *notes = json_object_get(log, "other");
	static const char *const local[] = { "local", "virtual", "lmtp" };
	json_int_t here = 0, there = 0, piped, notices, files;
	char key[64], pattern[64];
	size_t i;
	json_t *e;

	for (i = 0; i < NELEMS(local); i++) {
		snprintf(pattern, sizeof(pattern), "/%s sent$", local[i]);
		snprintf(key, sizeof(key), "mailers.%s.msgs_to", local[i]);
		ledger_exact(l, key, ledger_sum(status, pattern));
		here += ledger_sum(status, pattern);
	}
	/* What was sent elsewhere the sinks have; a sink that refused MAIL
	   and took pipelined DATA notes no sender. */
	json_array_foreach (
	    json_object_get(l->truth, "remote_sink_events"), i, e)
		if (strcmp(ledger_text(e, "event"), "accepted") == 0 &&
		    json_is_string(json_object_get(e, "frm")))
			there += (json_int_t)json_array_size(
			    json_object_get(e, "rcpts"));
	ledger_exact(l, "mailers.smtp.msgs_to", there);
	/* Every recipient that came to the pipe filter's listener left it. */
	piped = ledger_sum(status, "/pipe sent$") - l->piped;
	ledger_exact(l, "mailers.pipe.msgs_to", piped);
	ledger_exact(l, "messages.sent", here + there + piped);
	ledger_exact(l, "messages.deferred", ledger_sum(status, " deferred$"));
	ledger_exact(l, "mailers.error.deferred",
	    ledger_sum(status, "/error deferred$"));
	ledger_exact(l, "messages.expired", ledger_sum(status, " expired$"));
	/* A before-queue filter's BOUNCE names one recipient. */
	ledger_exact(l, "messages.bounced",
	    ledger_sum(status, " bounced$") + l->filter_bounces +
		l->proxy_bounces);
	/* Notices, and messages that local(8) forwarded: deliveries here
	   without a file, where aliases to commands are the rest. */
	notices = ledger_sum(notes, "^sender .* notification$") +
		  l->filter_bounces + l->proxy_bounces;
	files = figure(summary, "maildirs.total") +
		ledger_number(summary, "pop3_deleted");
	ledger_range(l, "messages.generated", notices, notices + here - files);
}

/* Messages in. */
static void
expect_messages(struct ledger *l)
{
	const json_t *summary = json_object_get(l->truth, "summary");
	const json_t *log = json_object_get(summary, "from_maillog");
	const json_t *lines = json_object_get(log, "access_lines");
	const json_t *status =
	    json_object_get(log, "deliveries_by_program_and_status");
	json_int_t drops, maybe, n, sunk;
	json_int_t submitted = figure(summary, "local_submissions.count");

	/* DISCARD or HOLD at RCPT means nothing if that RCPT, or all, are
	   refused for another reason: then no `client=' line comes. */
	sunk = ledger_sum(status, "/discard sent$");
	drops = ledger_sum(lines, " discard (header|body)| milter-discard ") +
		l->proxy_drops;
	maybe = ledger_sum(lines, "smtpd discard ");
	ledger_range(l, "messages.discarded", drops + l->filter_drops + sunk,
	    drops + maybe + l->filter_drops + sunk);
	ledger_exact(l, "mailers.discard.msgs_discarded", sunk);
	n = l->accepted + submitted - drops - l->proxy_bounces;
	ledger_range(l, "messages.received", n - maybe, n);
	ledger_exact(l, "mailers.local.msgs_from", submitted);
	n = ledger_sum(lines, " (milter-hold|hold header|hold body)");
	ledger_range(
	    l, "messages.quarantined", n, n + ledger_sum(lines, "smtpd hold "));
	/* Aliases and BCC add recipients, doubles go; held mail has none. */
	ledger_range(l, "messages.received_recipients", l->recipients * 9 / 10,
	    l->recipients * 5 / 4 + submitted * 4);
	ledger_exact(l, "relay.authenticated", l->relayed_auth);
	/* Our networks are not in the log; these are told only when set. */
	ledger_range(l, "relay.network", 0, l->relayed);
	ledger_range(l, "relay.open", 0, l->relayed);
	/* Line ends lose a byte each, our headers add some hundred. */
	ledger_range(l, "messages.received_bytes", l->bytes * 9 / 10,
	    l->bytes + l->accepted * 1000 + submitted * 20000);
}

/* Sessions, refusals, logins. */
static void
expect_sessions(struct ledger *l)
{
	const json_t *summary = json_object_get(l->truth, "summary");
	const json_t *log = json_object_get(summary, "from_maillog");
	const json_t *notes = json_object_get(log, "other");
	bool dovecot = ledger_sum(json_object_get(log, "lines_by_program"),
			   "^dovecot$") > 0;
	json_int_t protocol = ledger_number(l->refused, "protocol"), n;

	ledger_exact(l, "sessions.connected", l->sessions);
	ledger_exact(l, "sessions.tls", l->tls);
	ledger_exact(l, "sessions.tls_1_3", l->tls);
	ledger_exact(l, "sessions.lost",
	    ledger_sum(notes, "^(lost connection|HANGUP)$"));
	ledger_exact(l, "sessions.timeout", l->timeouts);
	ledger_exact(l, "probes.vrfy", l->vrfy);
	ledger_exact(l, "probes.pregreet", ledger_number(notes, "PREGREET"));
	ledger_exact(l, "auth.ok", l->auth_ok);
	ledger_range(
	    l, "auth.failed", l->auth_failed, l->auth_failed + l->unanswered);
	/* A log without Dovecot's lines tells of no login. */
	ledger_exact(l, "logins.ok", dovecot ? l->logins_ok : 0);
	ledger_exact(l, "logins.failed", dovecot ? l->logins_failed : 0);

	for (enum reason r = 0; r < REASONS; r++) {
		char key[64];

		n = ledger_number(l->refused, reason_name(r));
		snprintf(key, sizeof(key), "rejects.%s", reason_name(r));
		ledger_exact(l, key, n);
	}
	/* Replies that the driver did not note one by one. */
	ledger_range(l, "rejects.protocol", protocol, protocol + l->unread);
	n = l->temporary + l->permanent;
	ledger_range(l, "rejects.total", n, n + l->unread);
	ledger_range(l, "mailers.smtp.msgs_rejected", n, n + l->unread);
	ledger_exact(l, "rejects.temporary", l->temporary);
	ledger_range(
	    l, "rejects.permanent", l->permanent, l->permanent + l->unread);
	ledger_exact(
	    l, "relay.denied", figure(summary, "relay_denied.replies"));
}

#endif
