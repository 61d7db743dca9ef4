/* welcome.c - stories of mail that is wanted, in both directions */
#include "tests/generate/generate.h"

#include <string.h>

static uint64_t
any_size(void)
{
	int64_t bytes = 1500 + around(9000.0) / SECOND;

	if (happens(0.06))
		bytes += around(900000.0) / SECOND;
	return (uint64_t)bytes;
}

static unsigned
any_number(void)
{
	unsigned n = 1;

	while (n < 12 && happens(0.22))
		n++;
	return n;
}

static void
say_commands(struct session *s, const char *before, unsigned rcpt, unsigned n)
{
	char commands[128];

	snprintf(commands, sizeof(commands),
	    "%smail=1 rcpt=%u data=1 quit=1 "
	    "commands=%u",
	    before, rcpt, n + rcpt + 3);
	session_end(s, commands);
}

/* A stranger's mail for our users, mostly through postscreen and TLS. */
static void
bring_in(int64_t now, struct session *s, struct message *m)
{
	bool tls = happens(0.8);

	sender_server(&s->peer);
	if (happens(0.8))
		session_screened(s, now);
	else
		session_begin(s, "postfix/smtpd", now);
	if (tls)
		session_tls(s);
	snprintf(m->sender, sizeof(m->sender), "%s%u@%s",
	    user_name(below(USERS)), below(400), remote_domain(below(REMOTES)));
	message_id(m->message_id, sizeof(m->message_id), now,
	    strchr(m->sender, '@') + 1);
	m->size = any_size();
	m->n = any_number();
	for (unsigned i = 0; i < m->n; i++)
		recipient_local(&m->to[i]);
	session_take(s, m, NULL);
	if (m->held)
		return;
	message_live(m, s->now);
	say_commands(
	    s, tls ? "ehlo=2 starttls=1 " : "ehlo=1 ", m->n, tls ? 3 : 1);
}

/* Put on hold by a header check, looked at and let go some hours later. */
static void
held_story(int64_t now)
{
	struct session s;
	struct message m = { .held = true };
	struct line *line;
	int64_t later;

	bring_in(now, &s, &m);
	line = say(s.now, "postfix/cleanup", daemon_pid("cleanup", s.now),
	    "%s: hold: header Subject: invoice to be checked from %s; "
	    "from=<%s> to=<%s> proto=ESMTP helo=<%s>",
	    m.id, m.origin, m.sender, m.to[0].address, s.peer.helo);
	worth(line, TRUTH_QUARANTINED, 1);
	worth(line, TRUTH_RECEIVED, 1);
	worth(line, mailer_cell(MAILER_SMTP, FROM), 1);
	session_end(&s, "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5");
	later = s.now + around(4 * 3600.0) + MINUTE;
	say(later, "postfix/postsuper", daemon_pid("postsuper", later),
	    "%s: released from hold", m.id);
	say(later, "postfix/postsuper", daemon_pid("postsuper", later),
	    "Released from hold: 1 message");
	message_live(&m, later + SECOND);
}

void
story_inbound(int64_t now)
{
	struct session s;
	struct message m = { 0 };

	if (happens(0.003)) {
		held_story(now);
		return;
	}
	m.filtered = happens(0.35);
	bring_in(now, &s, &m);
}

void
story_spam(int64_t now)
{
	struct session s;
	struct message m = { .filtered = true };

	m.verdict = happens(0.9) ? VERDICT_JUNK : VERDICT_INFECTED;
	bring_in(now, &s, &m);
}

void
story_submission(int64_t now)
{
	bool implicit = happens(0.3);
	unsigned user = below(USERS);
	struct session s;
	struct message m = { .bad = 0.02 };
	char account[96];

	customer(&s.peer, user);
	session_begin(&s,
	    implicit ? "postfix/smtps/smtpd" : "postfix/submission/smtpd", now);
	session_tls(&s);
	snprintf(account, sizeof(account), "%s@example.org", user_name(user));
	snprintf(m.sender, sizeof(m.sender), "%s", account);
	message_id(m.message_id, sizeof(m.message_id), now, "example.org");
	m.size = any_size();
	m.n = any_number();
	for (unsigned i = 0; i < m.n; i++) {
		if (happens(0.85))
			recipient_remote(&m.to[i]);
		else
			recipient_local(&m.to[i]);
	}
	session_take(&s, &m, account);
	say(s.now, "opendkim", daemon_pid("opendkim", s.now),
	    "%s: DKIM-Signature field added (s=s2026, d=example.org)", m.id);
	message_live(&m, s.now);
	say_commands(&s,
	    implicit ? "ehlo=1 auth=1 "
		     : "ehlo=2 starttls=1 "
		       "auth=1 ",
	    m.n, implicit ? 2 : 4);
}

/* Printers, scanners and scripts in the house: no password, our network. */
void
story_network(int64_t now)
{
	struct session s;
	struct message m = { .network = true, .bad = 0.01, .n = 1 };

	workstation(&s.peer);
	session_begin(&s, "postfix/smtpd", now);
	snprintf(m.sender, sizeof(m.sender), "scanner@example.org");
	message_id(m.message_id, sizeof(m.message_id), now, s.peer.name);
	m.size = any_size();
	if (happens(0.5))
		recipient_remote(&m.to[0]);
	else
		recipient_local(&m.to[0]);
	session_take(&s, &m, NULL);
	message_live(&m, s.now);
	say_commands(&s, "ehlo=1 ", 1, 1);
}

void
story_pickup(int64_t now)
{
	struct message m = { .origin_kind = BY_PICKUP, .n = 1 };

	queue_id(m.id, now);
	snprintf(m.sender, sizeof(m.sender), "root@example.org");
	message_id(m.message_id, sizeof(m.message_id), now, "mx1.example.org");
	m.size = 700 + below(3000);
	recipient_local(&m.to[0]);
	say(now, "postfix/pickup", daemon_pid("pickup", now),
	    "%s: uid=0 from=<root>", m.id);
	now += between(0.005, 0.05);
	say(now, "postfix/cleanup", daemon_pid("cleanup", now),
	    "%s: message-id=<%s>", m.id, m.message_id);
	message_live(&m, now + between(0.005, 0.05));
}

void
story_login(int64_t now)
{
	unsigned user = below(USERS);
	struct peer peer;
	bool imap = happens(0.85);

	customer(&peer, user);
	worth(say(now, "dovecot", 0,
		  "%s-login: Login: user=<%s@example.org>, "
		  "method=PLAIN, rip=%s, lip=192.0.2.25, mpid=%u, TLS, "
		  "session=<%08x%08x>",
		  imap ? "imap" : "pop3", user_name(user), peer.address,
		  2000 + below(30000), (unsigned)chance_bits(),
		  (unsigned)chance_bits()),
	    TRUTH_LOGINS_OK, 1);
}
