/* session.c - the lines an SMTP session writes, whatever it is about */
#include "tests/generate/generate.h"

#include <string.h>

#define AT_MOST (2 * MINUTE) /* no session here takes longer */

void
session_begin(struct session *s, const char *program, int64_t now)
{
	snprintf(s->program, sizeof(s->program), "%s", program);
	s->pid = smtpd_pid(program, now, now + AT_MOST);
	s->now = now;
	worth(say(s->now, program, s->pid, "connect from %s[%s]", s->peer.name,
		  s->peer.address),
	    TRUTH_CONNECTED, 1);
	s->now += between(0.05, 0.6);
}

/* Through postscreen: most are known there, the others wait for a while. */
void
session_screened(struct session *s, int64_t now)
{
	unsigned pid = daemon_pid("postscreen", now);
	bool known = happens(0.8);

	say(now, "postfix/postscreen", pid,
	    "CONNECT from [%s]:%u to [192.0.2.25]:25", s->peer.address,
	    s->peer.port);
	now += known ? between(0.001, 0.01) : between(6.0, 6.2);
	say(now, "postfix/postscreen", pid, "PASS %s [%s]:%u",
	    known ? "OLD" : "NEW", s->peer.address, s->peer.port);
	session_begin(s, "postfix/smtpd", now + between(0.001, 0.02));
}

void
session_tls(struct session *s)
{
	bool newest = happens(0.85);
	struct line *line;

	line = say(s->now, s->program, s->pid,
	    "Anonymous TLS connection established from %s[%s]: %s",
	    s->peer.name, s->peer.address,
	    newest ? "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 "
		     "bits) key-exchange X25519 server-signature RSA-PSS "
		     "(2048 bits) server-digest SHA256"
		   : "TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 "
		     "(256/256 bits)");
	worth(line, TRUTH_TLS, 1);
	worth(line, newest ? TRUTH_TLS_1_3 : TRUTH_TLS_1_2, 1);
	s->now += between(0.02, 0.2);
}

void
session_end(struct session *s, const char *commands)
{
	s->now += between(0.02, 0.4);
	say(s->now, s->program, s->pid, "disconnect from %s[%s] %s",
	    s->peer.name, s->peer.address, commands);
}

void
session_lost(struct session *s, const char *after, const char *commands)
{
	struct line *line;

	s->now += between(0.1, 5.0);
	worth(say(s->now, s->program, s->pid,
		  "lost connection after %s from %s[%s]", after, s->peer.name,
		  s->peer.address),
	    TRUTH_LOST, 1);
	line = say(s->now, s->program, s->pid, "disconnect from %s[%s] %s",
	    s->peer.name, s->peer.address,
	    commands != NULL ? commands : "commands=0/0");
	if (commands == NULL)
		worth(line, TRUTH_EMPTY, 1);
}

void
session_reject(struct session *s, enum reason reason, const char *id,
    const char *stage, const char *reply, const char *from, const char *to)
{
	char tail[512];
	struct line *line;
	int n = 0;

	if (from != NULL)
		n += snprintf(
		    tail + n, sizeof(tail) - (size_t)n, " from=<%s>", from);
	if (to != NULL)
		n += snprintf(
		    tail + n, sizeof(tail) - (size_t)n, " to=<%s>", to);
	n += snprintf(tail + n, sizeof(tail) - (size_t)n, " proto=%s",
	    s->peer.helo[0] == 'W' ? "SMTP" : "ESMTP");
	if (strcmp(stage, "CONNECT") != 0)
		snprintf(tail + n, sizeof(tail) - (size_t)n, " helo=<%s>",
		    s->peer.helo);
	line = say(s->now, s->program, s->pid,
	    "%s: reject: %s from %s[%s]: "
	    "%s;%s",
	    id != NULL ? id : "NOQUEUE", stage, s->peer.name, s->peer.address,
	    reply, tail);
	worth(line, TRUTH_REJECTS, 1);
	worth(line, reply[0] == '4' ? TRUTH_TEMPORARY : TRUTH_PERMANENT, 1);
	worth(line, TRUTH_REASONS + reason, 1);
	worth(line, mailer_cell(MAILER_SMTP, REFUSED), 1);
	if (reason == REASON_RELAY_DENIED)
		worth(line, TRUTH_RELAY_DENIED, 1);
	s->now += between(0.05, 1.0);
}

void
session_take(struct session *s, struct message *m, const char *sasl_user)
{
	struct line *line;
	char sasl[128] = "";

	queue_id(m->id, s->now);
	snprintf(m->origin, sizeof(m->origin), "%s[%s]", s->peer.name,
	    s->peer.address);
	snprintf(m->address, sizeof(m->address), "%s", s->peer.address);
	m->origin_kind = BY_SMTPD;
	m->authenticated = sasl_user != NULL;
	if (sasl_user != NULL)
		snprintf(sasl, sizeof(sasl),
		    ", sasl_method=PLAIN, sasl_username=%s", sasl_user);
	line = say(s->now, s->program, s->pid, "%s: client=%s%s", m->id,
	    m->origin, sasl);
	if (sasl_user != NULL)
		worth(line, TRUTH_AUTH_OK, 1);
	s->now += between(0.02, 0.3);
	say(s->now, "postfix/cleanup", daemon_pid("cleanup", s->now),
	    "%s: message-id=<%s>", m->id, m->message_id);
	s->now += between(0.01, 0.2);
}
