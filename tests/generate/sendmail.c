/* sendmail.c - sessions of Sendmail's daemon, and names of its messages */
#include "tests/generate/sendmail.h"

#include <arpa/inet.h>

#include <inttypes.h>
#include <string.h>
#include <time.h>

unsigned
sm_pid(void)
{
	static unsigned pid = 2000;

	pid = pid > 4000000 ? 2000 : pid + 1 + below(4);
	return pid;
}

/* The time by base 60, two digits that go round, the process. */
void
sm_queue_id(char id[20], int64_t now, unsigned pid)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwx";
	static unsigned turn;
	time_t seconds = (time_t)(now / SECOND);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	turn++;
	snprintf(id, 20, "%c%c%c%c%c%c%c%c%06u", digits[tm.tm_year % 60],
	    digits[tm.tm_mon], digits[tm.tm_mday], digits[tm.tm_hour],
	    digits[tm.tm_min], digits[tm.tm_sec % 60], digits[turn / 60 % 60],
	    digits[turn % 60], pid % 1000000);
}

/* IPv6 in full, as Sendmail writes it. */
static void
put_address(char *to, size_t size, const char *address)
{
	unsigned char bytes[16];
	size_t n;

	if (inet_pton(AF_INET6, address, bytes) != 1) {
		snprintf(to, size, "[%s]", address);
		return;
	}
	n = (size_t)snprintf(to, size, "[IPv6");
	for (unsigned i = 0; i < 16; i += 2)
		n += (size_t)snprintf(to + n, size - n, ":%x",
		    (unsigned)bytes[i] << 8 | bytes[i + 1]);
	snprintf(to + n, size - n, "]");
}

void
sm_begin(struct sm_session *s, int64_t now)
{
	char address[64];

	put_address(address, sizeof(address), s->peer.address);
	if (strcmp(s->peer.name, "unknown") == 0)
		snprintf(s->relay, sizeof(s->relay), "%s", address);
	else
		snprintf(s->relay, sizeof(s->relay), "%s %s%s", s->peer.name,
		    address, happens(0.04) ? " (may be forged)" : "");
	s->pid = sm_pid();
	s->now = now;
	s->user = NULL;
	if (!s->tls)
		return;
	worth(worth(say(s->now, SM_DAEMON, s->pid,
			"STARTTLS=server, relay=%s, version=TLSv1.3, "
			"verify=NO, cipher=TLS_AES_256_GCM_SHA384, "
			"bits=256/256",
			s->relay),
		  TRUTH_TLS, 1),
	    TRUTH_TLS_1_3, 1);
	s->now += between(0.05, 0.3);
}

void
sm_auth(struct sm_session *s, unsigned user)
{
	static const char *const mechanisms[] = { "PLAIN", "LOGIN",
		"CRAM-MD5" };

	s->user = user_name(user);
	worth(say(s->now, SM_DAEMON, s->pid,
		  "AUTH=server, relay=%s, authid=%s, mech=%s, bits=0", s->relay,
		  s->user, PICK(mechanisms)),
	    TRUTH_AUTH_OK, 1);
	s->now += between(0.05, 0.3);
}

struct line *
sm_from(struct sm_session *s, const struct sm_message *m, unsigned nrcpts)
{
	return say(s->now, SM_DAEMON, s->pid,
	    "%s: from=<%s>, size=%" PRIu64 ", class=0, nrcpts=%u, "
	    "msgid=<%s>, %sproto=ESMTP%s%s, daemon=%s, relay=%s",
	    m->id, m->sender, m->size, nrcpts, m->message_id,
	    m->size % 9 == 0 ? "bodytype=8BITMIME, " : "", s->tls ? "S" : "",
	    s->user != NULL ? "A" : "", s->user != NULL ? "MSP-v4" : "MTA-v4",
	    s->relay);
}

/* Nobody was accepted, or the client left before the data. */
void
sm_from_nobody(struct sm_session *s, const char *id, const char *sender)
{
	say(s->now, SM_DAEMON, s->pid,
	    "%s: from=<%s>, size=0, class=0, nrcpts=0, proto=ESMTP%s, "
	    "daemon=MTA-v4, relay=%s",
	    id, sender, s->tls ? "S" : "", s->relay);
}
