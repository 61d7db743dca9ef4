/*
 * sendmail_expect.h - what the account must be, made of a ledger
 *
 * Single numbers where the ledger decides, with the statistics file for what
 * no client saw; ranges where only the log can, with the reason beside them.
 */
#ifndef TESTS_SENDMAIL_EXPECT_H
#define TESTS_SENDMAIL_EXPECT_H

#include <sysexits.h>

#include "tests/sendmail_ledger.h"

/* What was submitted by the program sendmail on the host itself. */
struct submitted {
	json_int_t messages, recipients, bytes;
	json_int_t unknown_user, unknown_sender; /* refused by the daemon */
	json_int_t piped; /* -bs: its pipelined commands are refused */
};

/* Recipients on a command line; -t reads them, the note says how many. */
static inline json_int_t
submitted_recipients(const json_t *submission)
{
	const char *note = ledger_text(submission, "note");
	const char *at = ledger_text(submission, "command");
	json_int_t n = 0;
	size_t width;

	if (ledger_like(at, " -t$"))
		return strtoll(note + strcspn(note, "0123456789"), NULL, 10);
	at += strcspn(at, " ");
	for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
		width = strcspn(at, " ");
		if (strncmp(at, "-f ", 3) == 0) /* the sender follows */
			width += 1 + strcspn(at + width + 1, " ");
		else if (*at != '-')
			n++;
		at += width;
	}
	return n;
}

static inline struct submitted
submitted(const struct sendmail_ledger *l)
{
	const json_t *meta = json_object_get(l->truth, "meta");
	struct submitted sum = { 0 };
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(meta, "local_submissions"), i, s) {
		const char *command = ledger_text(s, "command");

		sum.piped += ledger_like(command, " -bs$");
		if (ledger_like(command, " -b[sv]( |$)"))
			continue;
		sum.messages++;
		sum.recipients += submitted_recipients(s);
		sum.bytes += ledger_number(s, "bytes");
		sum.unknown_user += ledger_number(s, "rc") == EX_NOUSER;
		sum.unknown_sender += ledger_number(s, "rc") == EX_DATAERR;
	}
	return sum;
}

static inline void
sendmail_exact(struct sendmail_ledger *l, const char *key, json_int_t n)
{
	ledger_set(l->ranges, key, n, n);
}

static inline void
expect_sendmail_messages(struct sendmail_ledger *l, const json_t *stats)
{
	struct submitted s = submitted(l);
	json_int_t given = l->accepted + l->discarded + l->refused_data;

	sendmail_exact(l, "messages.received", l->accepted + s.messages);
	sendmail_exact(
	    l, "messages.received_recipients", l->recipients + s.recipients);
	/* size= counts line ends as one byte, and no header of our own. */
	ledger_set(l->ranges, "messages.received_bytes",
	    l->bytes * 9 / 10 + s.bytes, l->bytes + s.bytes);
	sendmail_exact(l, "messages.discarded", l->discarded);
	sendmail_exact(l, "messages.quarantined", l->quarantined);
	/* mailstats' messages from are what clients and the host gave and what
	   Sendmail made; what the daemon refused of the host is not in it, and
	   a notice of that by the submission program comes instead. */
	sendmail_exact(l, "messages.generated",
	    figure(stats, "total.msgs_from") - given - s.messages +
		s.unknown_user + s.unknown_sender);
	sendmail_exact(l, "relay.authenticated", l->relayed);
	/* Our networks are not in the log; these are told only when set. */
	sendmail_exact(l, "relay.network", 0);
}

/* What the sinks took: a transaction is a line, whoever its recipients. */
static inline void
expect_sendmail_deliveries(
    struct sendmail_ledger *l, const json_t *account, const json_t *stats)
{
	static const char *const here[] = { "local", "prog", "*file*" };
	const json_t *meta = json_object_get(l->truth, "meta"), *mailers;
	const char *name;
	json_int_t lines = 0, away = 0, there = 0, boxes = 0;
	size_t i, k;
	json_t *s, *t, *box;

	json_array_foreach (
	    json_object_get(l->truth, "remote_sink_sessions"), i, s)
		json_array_foreach (json_object_get(s, "txns"), k, t) {
			if (*ledger_text(t, "reply") != '2')
				continue;
			lines++;
			there += (json_int_t)json_array_size(
			    json_object_get(t, "rcpts"));
		}
	mailers = json_object_get(account, "mailers");
	json_object_foreach ((json_t *)mailers, name, t)
		away += ledger_number(t, "msgs_to");
	for (i = 0; i < NELEMS(here); i++) {
		json_int_t n =
		    ledger_number(json_object_get(mailers, here[i]), "msgs_to");

		away -= n;
		there += n; /* a delivery here has one recipient */
	}
	json_object_set_new(
	    l->ranges, "messages.sent", json_pack("[I, I]", there, there));
	if (away != lines) {
		fprintf(stderr,
		    "%lld deliveries elsewhere, the sinks took "
		    "%lld\n",
		    (long long)away, (long long)lines);
		l->unknown = true;
	}
	json_object_foreach (
	    json_object_get(meta, "final_mailboxes"), name, box)
		if (strstr(name, ".mbox") == NULL) /* by *file* */
			boxes += ledger_number(box, "messages");
	/* A server that was killed between phases delivered what it did not
	   log; mailstats has no more either. */
	lines = figure(stats, "mailers.local.msgs_to");
	ledger_set(l->ranges, "mailers.local.msgs_to", lines,
	    json_object_get(meta, "phases") != NULL && boxes > 0 ? boxes
								 : lines);
	if (json_object_get(meta, "phases") == NULL && boxes > 0)
		sendmail_exact(l, "mailers.local.msgs_to", boxes);
}

/* Refusals, by reason and by kind. */
static inline void
expect_sendmail_rejects(struct sendmail_ledger *l, json_int_t hidden)
{
	struct submitted s = submitted(l);
	const char *name;
	json_t *row;
	json_int_t n;

	for (json_int_t i = 0; i < s.unknown_user; i++)
		sendmail_refuse(l, NULL, "unknown_recipient", false);
	for (json_int_t i = 0; i < s.unknown_sender; i++)
		sendmail_refuse(l, NULL, "unknown_sender", false);
	for (json_int_t i = 0; i < s.piped; i++)
		sendmail_refuse(l, NULL, "protocol", false);
	if (s.unknown_user + s.unknown_sender > 0)
		ledger_add(ledger_row_of(l->clients, "127.0.0.1"), "rejected",
		    s.unknown_user + s.unknown_sender);
	/* The daemon refuses some before it has a process that could log. */
	ledger_add(l->refused, "rate_limited", -hidden);
	l->temporary -= hidden;
	json_object_foreach (l->clients, name, row)
		if (ledger_number(row, "crowded") > 0)
			ledger_add(row, "rejected", -hidden);

	for (enum reason r = 0; r < REASONS; r++) {
		char key[64];

		n = ledger_number(l->refused, reason_name(r));
		snprintf(key, sizeof(key), "rejects.%s", reason_name(r));
		sendmail_exact(l, key, n);
	}
	sendmail_exact(l, "rejects.total", l->temporary + l->permanent);
	sendmail_exact(l, "rejects.temporary", l->temporary);
	sendmail_exact(l, "rejects.permanent", l->permanent);
	sendmail_exact(
	    l, "relay.denied", ledger_number(l->refused, "relay_denied"));
}

/* MIMEDefang's own log: what each message was found to be. */
static inline void
expect_mimedefang(struct sendmail_ledger *l, const json_t *account)
{
	json_int_t banned = 0, spam = 0, doubtful = 0, scanned = l->accepted;
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(l->truth, "sessions"), i, s) {
		const char *scenario = ledger_text(s, "scenario");

		/* The stock filter's names, and MIME type message/partial. */
		banned += ledger_like(scenario, "attach_(exe|scr|pif|vbs)$");
		banned += ledger_like(scenario, "message_partial$");
		/* Bounced, but scanned; the others of those were refused by
		   their headers. */
		scanned += ledger_like(scenario, "message_partial$");
		spam += ledger_like(scenario, "gtube$");
		doubtful += ledger_like(scenario, "spammy$"); /* its score */
	}
	sendmail_exact(l, "verdicts.virus", 0);
	sendmail_exact(l, "verdicts.banned", banned);
	ledger_set(l->ranges, "verdicts.spam", spam, spam + doubtful);
	sendmail_exact(l, "verdicts.clean",
	    scanned - banned - figure(account, "verdicts.spam"));
}

static inline void
expect_sendmail_sessions(struct sendmail_ledger *l, const json_t *stats)
{
	struct submitted s = submitted(l);
	/* Each ETRN that was granted makes a child that counts its parent's
	   connection again; what then lacks the daemon refused by itself. */
	json_int_t taken = figure(stats, "connections.from") - l->etrn;
	json_int_t hidden = l->sessions + s.messages - taken;

	if (hidden < 0 || hidden > l->crowded) {
		fprintf(stderr, "%lld connections, mailstats has %lld\n",
		    (long long)(l->sessions + s.messages), (long long)taken);
		l->unknown = true;
	}
	sendmail_exact(l, "sessions.connected", taken - l->silent - s.messages);
	sendmail_exact(l, "sessions.local", s.messages);
	sendmail_exact(l, "sessions.tls", l->tls + s.messages);
	sendmail_exact(l, "sessions.tls_1_3", l->tls + s.messages);
	sendmail_exact(l, "sessions.lost", l->lost);
	sendmail_exact(l, "sessions.timeout", l->timeouts);
	sendmail_exact(
	    l, "sessions.rejected", figure(stats, "connections.rejected"));
	sendmail_exact(l, "probes.vrfy", l->vrfy);
	sendmail_exact(l, "probes.expn", l->expn);
	sendmail_exact(l, "probes.pregreet", l->pregreet);
	sendmail_exact(l, "probes.non_smtp", l->non_smtp);
	sendmail_exact(l, "probes.empty", l->idle);
	sendmail_exact(l, "auth.ok", l->auth_ok);
	sendmail_exact(l, "auth.failed", l->auth_failed);
	expect_sendmail_rejects(l, hidden);
}

#endif
