/* filter.c - through a content filter on ports 10024 and 10025, and back */
#include "tests/generate/generate.h"

#include <inttypes.h>
#include <string.h>

struct pass {
	const struct message *m;
	int64_t now;
	unsigned pid, child;
	char recipients[4096];
};

/* The message comes back as a new one; it ends with its own deliveries. */
static void
comes_back(struct pass *pass, char back_id[20])
{
	const struct message *m = pass->m;
	struct message back = *m;
	unsigned pid;

	pid = smtpd_pid("postfix/smtpd", pass->now, pass->now + MINUTE);
	say(pass->now, "postfix/smtpd", pid,
	    "connect from localhost[127.0.0.1]");
	pass->now += between(0.002, 0.01);
	queue_id(back.id, pass->now);
	memcpy(back_id, back.id, sizeof(back.id));
	say(pass->now, "postfix/smtpd", pid,
	    "%s: client=localhost[127.0.0.1], "
	    "orig_queue_id=%s, orig_client=%s",
	    back.id, m->id, m->origin);
	pass->now += between(0.002, 0.01);
	say(pass->now, "postfix/cleanup", daemon_pid("cleanup", pass->now),
	    "%s: message-id=<%s>", back.id, back.message_id);
	back.origin_kind = BY_FILTER;
	back.filtered = false;
	back.size += 654;
	message_live(&back, pass->now + 3000);
	pass->now += between(0.002, 0.01);
	say(pass->now, "postfix/smtpd", pid,
	    "disconnect from "
	    "localhost[127.0.0.1] ehlo=1 xforward=1 mail=1 rcpt=%u data=1 "
	    "quit=1 commands=%u",
	    m->n, m->n + 5);
}

static void
say_verdict(const struct pass *pass, const char *words, const char *queued,
    enum truth verdict)
{
	const struct message *m = pass->m;

	worth(
	    say(pass->now, "amavis", pass->pid,
		"(%05u-%02u) %s, [%s]:%u "
		"[%s] <%s> -> %s, Queue-ID: %s, Message-ID: <%s>, mail_id: "
		"%012" PRIx64 ", Hits: %s, size: %" PRIu64 "%s%s, %u ms",
		pass->pid, pass->child, words, m->address, 32768 + below(9999),
		m->address, m->sender, pass->recipients, m->id, m->message_id,
		chance_bits() >> 16, verdict == TRUTH_SPAM ? "14.731" : "0.81",
		m->size, queued != NULL ? ", queued_as: " : "",
		queued != NULL ? queued : "", 150 + below(600)),
	    verdict, 1);
}

void
filter_pass(const struct message *m, int64_t now)
{
	struct pass pass = { .m = m, .now = now + between(0.2, 0.9) };
	unsigned smtp = daemon_pid("postfix/smtp", now);
	char back_id[20], reply[160];
	const char *dsn = "2.7.0";
	size_t n = 0;

	pass.pid = daemon_pid(happens(0.5) ? "amavis1" : "amavis2", now);
	pass.child = 1 + below(20);
	for (unsigned i = 0; i < m->n; i++)
		n += (size_t)snprintf(pass.recipients + n,
		    sizeof(pass.recipients) - n, "%s<%s>", i > 0 ? "," : "",
		    m->to[i].address);

	if (m->verdict == VERDICT_PASS) {
		comes_back(&pass, back_id);
		say_verdict(&pass, "Passed CLEAN {RelayedInbound}", back_id,
		    TRUTH_CLEAN);
		snprintf(reply, sizeof(reply),
		    "250 2.0.0 from MTA(smtp:"
		    "[127.0.0.1]:10025): 250 2.0.0 Ok: queued as %s",
		    back_id);
		dsn = "2.0.0";
	} else if (m->verdict == VERDICT_JUNK) {
		say_verdict(
		    &pass, "Blocked SPAM {DiscardedInbound}", NULL, TRUTH_SPAM);
		snprintf(reply, sizeof(reply),
		    "250 2.7.0 Ok, discarded, "
		    "id=%05u-%02u - spam",
		    pass.pid, pass.child);
	} else {
		say_verdict(&pass,
		    "Blocked INFECTED (Eicar-Test-Signature) "
		    "{DiscardedInbound,Quarantined}",
		    NULL, TRUTH_VIRUS);
		snprintf(reply, sizeof(reply),
		    "250 2.7.0 Ok, discarded, "
		    "id=%05u-%02u - INFECTED: Eicar-Test-Signature",
		    pass.pid, pass.child);
	}
	pass.now += between(0.002, 0.02);
	for (unsigned i = 0; i < m->n; i++) {
		struct line *line;

		line = say(pass.now, "postfix/smtp", smtp,
		    "%s: to=<%s>, "
		    "relay=127.0.0.1[127.0.0.1]:10024, delay=0.62, "
		    "delays=0.1/0.01/0.01/0.5, dsn=%s, status=sent (%s)",
		    m->id, m->to[i].address, dsn, reply);
		if (i == 0 && m->verdict != VERDICT_PASS)
			worth(line, TRUTH_DISCARDED, 1);
	}
	say(pass.now + 2000, "postfix/qmgr", daemon_pid("qmgr", now),
	    "%s: removed", m->id);
}
