/* sendmail_message.c - stories of mail that Sendmail takes, and delivers */
#include "tests/generate/sendmail.h"

#include <inttypes.h>
#include <string.h>

static const char sent_to[] = "%s: to=<%s>%s, delay=%s, xdelay=00:00:0%u, "
			      "mailer=%s, pri=%" PRIu64 ", %sdsn=2.0.0, "
			      "stat=Sent%s";

/* "00:14:59", "1+02:03:04" */
static const char *
delay_of(int64_t took)
{
	static char texts[4][32];
	static unsigned turn;
	char *text = texts[turn++ % 4];
	int64_t s = took / SECOND;
	int n = 0;

	if (s >= 86400)
		n = snprintf(text, 32, "%" PRId64 "+", s / 86400);
	s %= 86400;
	snprintf(text + n, 32 - (size_t)n,
	    "%02" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600, s / 60 % 60,
	    s % 60);
	return text;
}

/* By a mailbox, or an alias to a program or a file. */
static void
deliver_here(const struct sm_message *m, const struct recipient *to,
    int64_t begin, int64_t now, unsigned pid)
{
	static const char by_alias[] =
	    "%s: to=%s, ctladdr=<%s> (8/0), delay=%s, xdelay=00:00:00, "
	    "mailer=%s, pri=%" PRIu64 ", dsn=2.0.0, stat=Sent";
	uint64_t priority = m->size + 30000 * m->n;
	enum mailer mailer = MAILER_LOCAL;
	struct line *line;

	if (m->size % 13 == 0)
		mailer = MAILER_PROG;
	else if (m->size % 17 == 0)
		mailer = MAILER_FILE;
	if (mailer == MAILER_LOCAL)
		line = say(now, SM_DAEMON, pid, sent_to, m->id, to->address,
		    m->ctladdr, delay_of(now - begin), 0, "local", priority, "",
		    "");
	else
		line = say(now, SM_DAEMON, pid, by_alias, m->id,
		    mailer == MAILER_PROG ? "\"|/usr/local/bin/tickets\""
					  : "/home/archive/saved.mbox",
		    to->address, delay_of(now - begin),
		    mailer == MAILER_PROG ? "prog" : "*file*", priority);
	worth(worth(line, TRUTH_SENT, 1), mailer_cell(mailer, TO), 1);
}

static void
say_tls_client(const struct recipient *to, int64_t now, unsigned pid)
{
	say(now, SM_DAEMON, pid,
	    "STARTTLS=client, relay=mx.%s., version=TLSv1.3, verify=OK, "
	    "cipher=TLS_AES_256_GCM_SHA384, bits=256/256",
	    remote_domain(to->remote));
}

/* The sender, one of ours, is told; the postmaster as well. */
static void
report(const struct sm_message *m, int64_t now, unsigned pid, const char *why)
{
	static const char *const kinds[] = { "DSN", "postmaster notify" };

	for (unsigned i = 0; i < 2; i++) {
		struct line *line;
		char id[20];

		sm_queue_id(id, now, pid);
		worth(say(now, SM_DAEMON, pid, "%s: %s: %s: %s", m->id, id,
			  kinds[i], why),
		    TRUTH_GENERATED, 1);
		line = say(now + between(0.01, 0.2), SM_DAEMON, pid,
		    "%s: to=%s%s%s, delay=00:00:00, xdelay=00:00:00, "
		    "mailer=local, pri=%" PRIu64 ", dsn=2.0.0, stat=Sent",
		    id, i == 0 ? "<" : "", i == 0 ? m->sender : "root",
		    i == 0 ? ">" : "", i == 0 ? m->size + 31024 : 30000);
		worth(worth(line, TRUTH_SENT, 1), mailer_cell(MAILER_LOCAL, TO),
		    1);
		worth(line, mailer_cell(MAILER_LOCAL, FROM), 1);
	}
}

static void
refuse_there(const struct sm_message *m, const struct recipient *to,
    int64_t begin, int64_t now, unsigned pid)
{
	worth(say(now, SM_DAEMON, pid,
		  "%s: to=<%s>%s, delay=%s, xdelay=00:00:01, mailer=esmtp, "
		  "pri=%" PRIu64 ", relay=mx.%s. [203.0.113.%u], dsn=5.1.1, "
		  "reply=550 5.1.1 <%s>: Recipient address rejected: User "
		  "unknown, stat=User unknown",
		  m->id, to->address, m->ctladdr, delay_of(now - begin),
		  m->size + 30000 * m->n, remote_domain(to->remote),
		  to->remote + 10, to->address),
	    TRUTH_BOUNCED, 1);
	if (m->ours)
		report(m, now + between(0.01, 0.1), pid, "User unknown");
}

static void
put_off(const struct sm_message *m, const struct recipient *to, int64_t begin,
    int64_t now, unsigned pid)
{
	struct line *line;

	if (below(2) == 0)
		line = say(now, SM_DAEMON, pid,
		    "%s: to=<%s>%s, delay=%s, xdelay=00:00:30, mailer=esmtp, "
		    "pri=%" PRIu64 ", relay=mx.%s. [203.0.113.%u], dsn=4.4.1, "
		    "stat=Deferred: Connection timed out with mx.%s.",
		    m->id, to->address, m->ctladdr, delay_of(now - begin),
		    m->size + 30000 * m->n, remote_domain(to->remote),
		    to->remote + 10, remote_domain(to->remote));
	else
		line = say(now, SM_DAEMON, pid,
		    "%s: to=<%s>%s, delay=%s, xdelay=00:00:01, mailer=esmtp, "
		    "pri=%" PRIu64 ", relay=mx.%s. [203.0.113.%u], dsn=4.2.0, "
		    "reply=450 4.2.0 <%s>: Recipient address rejected: "
		    "Greylisted, stat=Deferred: 450 4.2.0 <%s>: Recipient "
		    "address rejected: Greylisted",
		    m->id, to->address, m->ctladdr, delay_of(now - begin),
		    m->size + 30000 * m->n, remote_domain(to->remote),
		    to->remote + 10, to->address, to->address);
	worth(line, TRUTH_DEFERRED, 1);
	worth(line, mailer_cell(MAILER_ESMTP, LATER), 1);
}

static void
send_there(const struct sm_message *m, const struct recipient *to,
    int64_t begin, int64_t now, unsigned pid)
{
	char relay[96], reply[64];
	struct line *line;

	snprintf(relay, sizeof(relay), "relay=mx.%s. [203.0.113.%u], ",
	    remote_domain(to->remote), to->remote + 10);
	snprintf(reply, sizeof(reply), " (ok %u qp %u)",
	    (unsigned)(now / SECOND), below(30000));
	say_tls_client(to, now - between(0.1, 0.5), pid);
	line = say(now, SM_DAEMON, pid, sent_to, m->id, to->address, m->ctladdr,
	    delay_of(now - begin), 1 + below(5), "esmtp",
	    m->size + 30000 * m->n, relay, reply);
	worth(worth(line, TRUTH_SENT, 1), mailer_cell(MAILER_ESMTP, TO), 1);
}

void
sm_deliver(const struct sm_message *m, int64_t now)
{
	unsigned pid = sm_pid();
	int64_t begin = now;

	for (unsigned i = 0; i < m->n; i++) {
		const struct recipient *to = &m->to[i];
		int64_t at = now + between(0.05, 2.0);

		if (to->mailer != MAILER_SMTP) {
			deliver_here(m, to, begin, at, pid);
			continue;
		}
		if (happens(m->bad)) {
			refuse_there(m, to, begin, at, pid);
			continue;
		}
		/* The queue is run every ten minutes. */
		for (unsigned tries = happens(0.06) ? 1 + below(4) : 0;
		     tries > 0; tries--) {
			put_off(m, to, begin, at, pid);
			at += 10 * MINUTE;
			pid = sm_pid();
		}
		send_there(m, to, begin, at, pid);
	}
}

static struct line *
take(struct sm_session *s, struct sm_message *m)
{
	struct line *line = sm_from(s, m, m->n);

	worth(line, TRUTH_RECEIVED, 1);
	worth(line, TRUTH_RECEIVED_BYTES, m->size);
	worth(line, TRUTH_RECEIVED_RECIPIENTS, m->n);
	return worth(
	    line, mailer_cell(m->ours ? MAILER_LOCAL : MAILER_ESMTP, FROM), 1);
}

static void
fill(struct sm_message *m, struct sm_session *s, const char *sender,
    const char *domain)
{
	snprintf(m->sender, sizeof(m->sender), "%s@%s", sender, domain);
	message_id(m->message_id, sizeof(m->message_id), s->now, domain);
	m->size = 1500 + (uint64_t)(around(9000.0) / SECOND) +
		  (happens(0.06) ? (uint64_t)(around(900000.0) / SECOND) : 0);
	sm_queue_id(m->id, s->now, s->pid);
	for (m->n = 1; m->n < 10 && happens(0.18);)
		m->n++;
}

void
story_sm_inbound(int64_t now)
{
	struct sm_session s = { .tls = happens(0.7) };
	struct sm_message m = { .ctladdr = "" };
	char sender[64];

	sender_server(&s.peer);
	sm_begin(&s, now);
	for (unsigned n = 1 + happens(0.15) * below(4); n > 0; n--) {
		snprintf(sender, sizeof(sender), "%s%u",
		    user_name(below(USERS)), below(400));
		fill(&m, &s, sender, remote_domain(below(REMOTES)));
		for (unsigned i = 0; i < m.n; i++)
			recipient_local(&m.to[i]);
		take(&s, &m);
		say(s.now + between(0.001, 0.01), SM_DAEMON, s.pid,
		    "%s: Milter (scanner) add: header: X-Scanned-By: scanner "
		    "1.0 on mx1",
		    m.id);
		s.now += between(0.05, 0.5);
		sm_deliver(&m, s.now);
	}
}

static void
send_out(struct sm_session *s, unsigned user)
{
	struct sm_message m = { .ours = true, .bad = 0.02 };
	char ctladdr[128];
	bool away = false;
	struct line *line;

	fill(&m, s, user_name(user), "example.org");
	snprintf(ctladdr, sizeof(ctladdr), ", ctladdr=<%s> (%u/%u)", m.sender,
	    1000 + user, 1000 + user);
	m.ctladdr = ctladdr;
	for (unsigned i = 0; i < m.n; i++) {
		if (happens(0.8))
			recipient_remote(&m.to[i]);
		else
			recipient_local(&m.to[i]);
		away = away || m.to[i].mailer == MAILER_SMTP;
	}
	line = take(s, &m);
	if (away && s->user != NULL)
		worth(line, TRUTH_RELAY_AUTHENTICATED, 1);
	else if (away)
		worth(line, TRUTH_RELAY_NETWORK, 1);
	sm_deliver(&m, s->now + between(0.05, 0.5));
}

void
story_sm_submission(int64_t now)
{
	struct sm_session s = { .tls = true };
	unsigned user = below(USERS);
	bool inside = happens(0.15);

	if (inside)
		workstation(&s.peer);
	else
		customer(&s.peer, user);
	sm_begin(&s, now);
	if (!inside)
		sm_auth(&s, user);
	send_out(&s, user);
}

/* By hand: the submission program's two lines, and the daemon's between. */
void
story_sm_pickup(int64_t now)
{
	struct sm_session s = { .peer = { .name = "localhost",
				    .address = "127.0.0.1" } };
	struct sm_message m = { .ours = true, .ctladdr = "" };
	unsigned user = below(USERS), pid = sm_pid();
	char id[20];
	struct line *line;

	sm_begin(&s, now + between(0.05, 0.2));
	snprintf(s.relay, sizeof(s.relay), "localhost [127.0.0.1]");
	fill(&m, &s, user_name(user), "example.org");
	m.n = 1;
	recipient_local(&m.to[0]);
	sm_queue_id(id, now, pid);
	line = say(now, "sendmail", pid,
	    "%s: from=%s, size=%" PRIu64 ", class=0, nrcpts=1, msgid=<%s>, "
	    "relay=%s@localhost",
	    id, user_name(user), m.size, m.message_id, user_name(user));
	worth(line, TRUTH_RECEIVED, 1);
	worth(line, TRUTH_RECEIVED_BYTES, m.size);
	worth(line, TRUTH_RECEIVED_RECIPIENTS, 1);
	worth(sm_from(&s, &m, 1), mailer_cell(MAILER_LOCAL, FROM), 1);
	say(s.now + between(0.01, 0.04), "sendmail", pid,
	    "%s: to=%s, ctladdr=%s (%u/%u), delay=00:00:00, xdelay=00:00:00, "
	    "mailer=relay, pri=%" PRIu64 ", relay=[127.0.0.1] [127.0.0.1], "
	    "dsn=2.0.0, stat=Sent (%s Message accepted for delivery)",
	    id, m.to[0].address, user_name(user), 1000 + user, 1000 + user,
	    m.size + 30000, m.id);
	sm_deliver(&m, s.now + between(0.05, 0.1));
}
