/* abuse.c - stories of guessers, scanners and a stolen password */
#include "tests/generate/generate.h"

#include <string.h>
#include <time.h>

#include "base/array.h"

static const char *guessed[] = { "admin", "info", "test", "sales", "office",
	"webmaster", "scanner", "backup", "support", "mail" };

static void
guess(struct session *s)
{
	worth(say(s->now, s->program, s->pid,
		  "warning: %s[%s]: SASL LOGIN "
		  "authentication failed: %s, sasl_username=%s@example.org",
		  s->peer.name, s->peer.address,
		  happens(0.7) ? "(reason unavailable)" : "UGFzc3dvcmQ6",
		  happens(0.6) ? PICK(guessed) : user_name(below(USERS))),
	    TRUTH_AUTH_FAILED, 1);
	s->now += between(1.0, 4.0);
}

void
story_guesser(int64_t now)
{
	struct session s;

	stranger(&s.peer);
	session_begin(&s,
	    happens(0.7) ? "postfix/submission/smtpd" : "postfix/smtpd", now);
	guess(&s);
	if (happens(0.7))
		session_lost(&s, "AUTH", "ehlo=1 auth=0/1 commands=1/2");
	else
		session_end(&s, "ehlo=1 auth=0/1 quit=1 commands=2/3");
}

/* The same host for a while, several guesses a session. */
void
burst_guesser(int64_t now, unsigned attacker, unsigned times)
{
	struct session s;
	char commands[64];

	stranger_at(&s.peer, attacker);
	session_begin(&s, "postfix/submission/smtpd", now);
	for (unsigned i = 0; i < times; i++)
		guess(&s);
	snprintf(commands, sizeof(commands),
	    "ehlo=2 starttls=1 auth=0/%u commands=3/%u", times, 3 + times);
	session_lost(&s, "AUTH", commands);
}

/* postscreen ends these by itself; smtpd never sees them. */
static void
screened_out(int64_t now)
{
	unsigned pid = daemon_pid("postscreen", now);
	struct peer peer;

	stranger(&peer);
	say(now, "postfix/postscreen", pid,
	    "CONNECT from [%s]:%u to [192.0.2.25]:25", peer.address, peer.port);
	now += between(0.05, 3.0);
	if (happens(0.35))
		worth(say(now, "postfix/postscreen", pid,
			  "PREGREET 14 after "
			  "%.2f from [%s]:%u: EHLO ylmf-pc\\r\\n",
			  0.11, peer.address, peer.port),
		    TRUTH_PREGREET, 1);
	else {
		struct line *line;

		line = say(now, "postfix/postscreen", pid,
		    "HANGUP after %.2f "
		    "from [%s]:%u in tests before SMTP handshake",
		    0.71, peer.address, peer.port);
		worth(line, TRUTH_LOST, 1);
		worth(line, TRUTH_EMPTY, 1);
	}
	worth(say(now + 1000, "postfix/postscreen", pid, "DISCONNECT [%s]:%u",
		  peer.address, peer.port),
	    TRUTH_CONNECTED, 1);
}

/* Listed where postscreen asks: refused by it, at RCPT. */
static void
listed(int64_t now)
{
	unsigned pid = daemon_pid("postscreen", now);
	struct recipient to;
	struct line *line;
	struct peer peer;

	stranger(&peer);
	recipient_local(&to);
	say(now, "postfix/postscreen", pid,
	    "CONNECT from [%s]:%u to [192.0.2.25]:25", peer.address, peer.port);
	say(now + 80000, "postfix/dnsblog", daemon_pid("dnsblog", now),
	    "addr %s listed by domain dnsbl.example as 127.0.0.3",
	    peer.address);
	now += 6 * SECOND;
	say(now, "postfix/postscreen", pid, "DNSBL rank 3 for [%s]:%u",
	    peer.address, peer.port);
	now += between(0.2, 1.5);
	line = say(now, "postfix/postscreen", pid,
	    "NOQUEUE: reject: RCPT from "
	    "[%s]:%u: 550 5.7.1 Service unavailable; client [%s] blocked using "
	    "dnsbl.example; from=<offer%u@bulk.example>, to=<%s>, proto=ESMTP, "
	    "helo=<%s>",
	    peer.address, peer.port, peer.address, below(999), to.address,
	    peer.helo);
	worth(line, TRUTH_REJECTS, 1);
	worth(line, TRUTH_PERMANENT, 1);
	worth(line, TRUTH_REASONS + REASON_DNSBL, 1);
	worth(line, mailer_cell(MAILER_SMTP, REFUSED), 1);
	worth(say(now + 30000, "postfix/postscreen", pid, "DISCONNECT [%s]:%u",
		  peer.address, peer.port),
	    TRUTH_CONNECTED, 1);
}

static void
session_vrfy(struct session *s, unsigned n)
{
	s->now += between(0.5, 3.0);
	worth(say(s->now, s->program, s->pid,
		  "disconnect from %s[%s] ehlo=1 vrfy=%u quit=1 commands=%u",
		  s->peer.name, s->peer.address, n, n + 2),
	    TRUTH_VRFY, n);
}

static void
session_empty(struct session *s)
{
	worth(say(s->now, s->program, s->pid,
		  "disconnect from %s[%s] quit=1 commands=1", s->peer.name,
		  s->peer.address),
	    TRUTH_EMPTY, 1);
}

void
story_probe(int64_t now)
{
	struct session s;

	if (happens(0.4)) {
		screened_out(now);
		return;
	}
	if (happens(0.4)) {
		listed(now);
		return;
	}
	stranger(&s.peer);
	if (happens(0.3))
		say(now, "postfix/smtpd", smtpd_pid("postfix/smtpd", now, now),
		    "warning: hostname host%u.example does not resolve to "
		    "address %s: Name or service not known",
		    below(9999), s.peer.address);
	session_begin(&s, "postfix/smtpd", now);
	switch (below(8)) {
	case 0:
	case 1:
		session_lost(&s, "CONNECT", NULL);
		break;
	case 2:
		session_lost(&s, "EHLO", "ehlo=1 commands=1");
		break;
	case 3:
		session_lost(&s, "STARTTLS", "ehlo=1 starttls=1 commands=2");
		break;
	case 4:
		session_lost(&s, "UNKNOWN", "unknown=0/3 commands=0/3");
		break;
	case 5:
		session_vrfy(&s, 1 + below(3));
		break;
	case 6:
		session_empty(&s);
		break;
	default:
		s.now += 5 * MINUTE;
		worth(say(s.now, s.program, s.pid,
			  "timeout after EHLO from "
			  "%s[%s]",
			  s.peer.name, s.peer.address),
		    TRUTH_TIMEOUT, 1);
		session_end(&s, "ehlo=1 commands=1");
		break;
	}
}

void
story_login_guess(int64_t now)
{
	unsigned attempts = happens(0.8) ? 1 : 2 + below(4);
	struct peer peer;

	stranger(&peer);
	worth(
	    say(now, "dovecot", 0,
		"imap-login: Disconnected: Connection "
		"closed (auth failed, %u attempts in %u secs): "
		"user=<%s@example.org>, method=PLAIN, rip=%s, lip=192.0.2.25, "
		"TLS, session=<%08x%08x>",
		attempts, attempts * 3, PICK(guessed), peer.address,
		(unsigned)chance_bits(), (unsigned)chance_bits()),
	    TRUTH_LOGINS_FAILED, attempts);
}

/* One message of many: the account is real, its owner is not the sender. */
void
burst_stolen(int64_t now, unsigned user)
{
	struct session s;
	struct message m = { .bad = 0.3 };
	char account[96], commands[128];

	stranger_at(&s.peer, 100000 + below(40));
	session_begin(&s, "postfix/submission/smtpd", now);
	session_tls(&s);
	snprintf(account, sizeof(account), "%s@example.org", user_name(user));
	snprintf(m.sender, sizeof(m.sender), "%s", account);
	message_id(m.message_id, sizeof(m.message_id), now, "example.org");
	m.size = 3100 + below(200);
	m.n = 5 + below(20);
	for (unsigned i = 0; i < m.n; i++)
		recipient_remote(&m.to[i]);
	session_take(&s, &m, account);
	message_live(&m, s.now);
	snprintf(commands, sizeof(commands),
	    "ehlo=2 starttls=1 auth=1 mail=1 "
	    "rcpt=%u data=1 quit=1 commands=%u",
	    m.n, m.n + 7);
	session_end(&s, commands);
}

void
story_anvil(int64_t now)
{
	unsigned pid = daemon_pid("anvil", now);
	struct peer peer;
	char at[32];
	time_t seconds = (time_t)(now / SECOND) - 60;
	struct tm tm;

	sender_server(&peer);
	localtime_r(&seconds, &tm);
	strftime(at, sizeof(at), "%b %e %H:%M:%S", &tm);
	say(now, "postfix/anvil", pid,
	    "statistics: max connection rate %u/60s "
	    "for (smtp:%s) at %s",
	    1 + below(5), peer.address, at);
	say(now, "postfix/anvil", pid,
	    "statistics: max connection count %u "
	    "for (smtp:%s) at %s",
	    1 + below(2), peer.address, at);
	say(now, "postfix/anvil", pid, "statistics: max cache size %u at %s",
	    1 + below(40), at);
}
