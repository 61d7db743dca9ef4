/*
 * message.c - the life of a message: attempts, retries, notices, its end
 *
 * What will become of each recipient is decided when the message is born, so
 * a life of five days is written in one go.
 */
#include "tests/generate/generate.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"

#define LIFETIME (5 * DAY)

enum fate {
	FATE_ARRIVES,
	FATE_REFUSED,   /* no such user there */
	FATE_HESITATES, /* greylisted there: arrives at the second attempt */
	FATE_TROUBLE,   /* the other side is down for hours, then arrives */
	FATE_NEVER,     /* nobody answers until we give up */
	FATE_DONE
};

const char *
daemon_of(enum mailer mailer)
{
	static const char *names[MAILERS] = { "postfix/smtp", "postfix/local",
		"postfix/lmtp", "postfix/virtual" };

	return names[mailer];
}

void
recipient_local(struct recipient *to)
{
	unsigned user = below(USERS);
	bool ours = user % 4 != 0;

	snprintf(to->address, sizeof(to->address), "%s@%s", user_name(user),
	    ours ? "example.org" : "example.net");
	to->mailer = !ours           ? MAILER_VIRTUAL
		     : user % 2 != 0 ? MAILER_LMTP
				     : MAILER_LOCAL;
}

void
recipient_remote(struct recipient *to)
{
	to->remote = below(REMOTES);
	snprintf(to->address, sizeof(to->address), "%s%u@%s",
	    user_name(below(USERS)), below(100), remote_domain(to->remote));
	to->mailer = MAILER_SMTP;
}

static void
recipient_of(struct recipient *to, const char *address)
{
	snprintf(to->address, sizeof(to->address), "%s", address);
	to->remote = below(REMOTES);
	to->mailer = strstr(address, "@example.org") != NULL   ? MAILER_LOCAL
		     : strstr(address, "@example.net") != NULL ? MAILER_VIRTUAL
							       : MAILER_SMTP;
}

static enum fate
fate_of(const struct message *m, const struct recipient *to)
{
	if (to->mailer != MAILER_SMTP)
		return FATE_ARRIVES;
	if (happens(m->bad))
		return FATE_REFUSED;
	if (happens(0.05))
		return happens(0.75) ? FATE_HESITATES : FATE_TROUBLE;
	return happens(0.003) ? FATE_NEVER : FATE_ARRIVES;
}

static void
say_active(const struct message *m, int64_t now, bool first)
{
	struct line *line;

	line = say(now, "postfix/qmgr", daemon_pid("qmgr", now),
	    "%s: from=<%s>, size=%" PRIu64 ", nrcpt=%u (queue active)", m->id,
	    m->sender, m->size, m->n);
	if (!first || m->origin_kind == BY_FILTER)
		return;
	if (m->origin_kind == BY_US) {
		worth(line, TRUTH_GENERATED, 1);
		return;
	}
	if (!m->held) {
		worth(line, TRUTH_RECEIVED, 1);
		worth(line,
		    mailer_cell(m->origin_kind == BY_PICKUP ? MAILER_LOCAL
							    : MAILER_SMTP,
			FROM),
		    1);
	}
	worth(line, TRUTH_RECEIVED_BYTES, m->size);
	worth(line, TRUTH_RECEIVED_RECIPIENTS, m->n);
	worth(line,
	    mailer_cell(
		m->origin_kind == BY_PICKUP ? MAILER_LOCAL : MAILER_SMTP,
		BYTES_FROM),
	    m->size);
}

/* "relay=..., delay=..., delays=..., dsn=..., status=... (...)" */
static struct line *
say_delivery(const struct message *m, const struct recipient *to, int64_t now,
    int64_t born, const char *dsn, const char *status, const char *words)
{
	char relay[128];
	double delay = (double)(now - born) / (double)SECOND;

	if (to->mailer == MAILER_SMTP)
		snprintf(relay, sizeof(relay), "mx.%s[203.0.113.%u]:25",
		    remote_domain(to->remote), 30 + to->remote);
	else if (to->mailer == MAILER_LMTP)
		snprintf(relay, sizeof(relay),
		    "mx1.example.org[private/dovecot-lmtp]");
	else
		snprintf(relay, sizeof(relay), "%s", daemon_of(to->mailer) + 8);
	return say(now, daemon_of(to->mailer),
	    daemon_pid(daemon_of(to->mailer), now),
	    "%s: to=<%s>, relay=%s, delay=%.2g, delays=%.2g/0.01/0.08/0.1, "
	    "dsn=%s, status=%s (%s)",
	    m->id, to->address, relay, delay, delay > 0.2 ? delay - 0.19 : 0.0,
	    dsn, status, words);
}

static void
say_sent(const struct message *m, const struct recipient *to, int64_t now,
    int64_t born, struct line **line)
{
	char words[256];

	if (to->mailer == MAILER_SMTP)
		snprintf(words, sizeof(words),
		    "250 2.0.0 OK %" PRId64 " queued as %08" PRIX32,
		    now / SECOND, (uint32_t)chance_bits());
	else if (to->mailer == MAILER_LMTP)
		snprintf(words, sizeof(words),
		    "250 2.0.0 <%s> "
		    "%012" PRIx64 " Saved",
		    to->address, chance_bits() >> 16);
	else
		snprintf(words, sizeof(words), "delivered to maildir");
	*line = say_delivery(m, to, now, born, "2.0.0", "sent", words);
	worth(*line, TRUTH_SENT, 1);
	worth(*line, TRUTH_SENT_BYTES, m->size);
	worth(*line, mailer_cell(to->mailer, TO), 1);
	worth(*line, mailer_cell(to->mailer, BYTES_TO), m->size);
}

static struct line *
say_deferred(const struct message *m, const struct recipient *to, int64_t now,
    int64_t born, enum fate fate)
{
	char words[512];
	struct line *line;

	if (fate == FATE_HESITATES)
		snprintf(words, sizeof(words),
		    "host mx.%s[203.0.113.%u] said: "
		    "450 4.2.0 <%s>: Recipient address rejected: Greylisted, "
		    "try again in 300 seconds (in reply to RCPT TO command)",
		    remote_domain(to->remote), 30 + to->remote, to->address);
	else
		snprintf(words, sizeof(words),
		    "connect to mx.%s[203.0.113.%u]"
		    ":25: Connection timed out",
		    remote_domain(to->remote), 30 + to->remote);
	line = say_delivery(m, to, now, born,
	    fate == FATE_HESITATES ? "4.2.0" : "4.4.1", "deferred", words);
	worth(line, TRUTH_DEFERRED, 1);
	worth(line, mailer_cell(to->mailer, LATER), 1);
	return line;
}

static struct line *
say_bounced(const struct message *m, const struct recipient *to, int64_t now,
    int64_t born)
{
	char words[512];
	struct line *line;

	snprintf(words, sizeof(words),
	    "host mx.%s[203.0.113.%u] said: "
	    "550-5.1.1 The account that you tried to reach does not exist. "
	    "550 5.1.1 Please check for typos (in reply to RCPT TO command)",
	    remote_domain(to->remote), 30 + to->remote);
	line = say_delivery(m, to, now, born, "5.1.1", "bounced", words);
	worth(line, TRUTH_BOUNCED, 1);
	worth(line, mailer_cell(to->mailer, LOST_FOR_GOOD), 1);
	return line;
}

/* The notice that tells the sender; nobody is told of a lost notice. */
static void
notify(const struct message *m, int64_t now)
{
	struct message notice = { .origin_kind = BY_US, .n = 1 };

	if (m->sender[0] == '\0')
		return;
	queue_id(notice.id, now);
	snprintf(notice.message_id, sizeof(notice.message_id),
	    "%s@mx1.example.org", notice.id);
	notice.size = m->size / 4 + 2300;
	recipient_of(&notice.to[0], m->sender);
	say(now, "postfix/cleanup", daemon_pid("cleanup", now),
	    "%s: message-id=<%s>", notice.id, notice.message_id);
	say(now + 1000, "postfix/bounce", daemon_pid("bounce", now),
	    "%s: sender non-delivery notification: %s", m->id, notice.id);
	message_live(&notice, now + 2000);
}

/* One attempt for all who still wait; true if somebody must wait on. */
static bool
attempt(const struct message *m, enum fate *fates, unsigned turn, int64_t born,
    int64_t *now)
{
	bool waiting = false, refused = false, told = false;
	struct line *line;

	for (unsigned i = 0; i < m->n; i++) {
		const struct recipient *to = &m->to[i];
		enum fate fate = fates[i];

		if (fate == FATE_DONE)
			continue;
		*now += to->mailer == MAILER_SMTP ? between(0.1, 1.5)
						  : between(0.005, 0.05);
		if (fate == FATE_REFUSED) {
			line = say_bounced(m, to, *now, born);
			refused = true;
		} else if (fate == FATE_ARRIVES ||
			   (fate == FATE_HESITATES && turn > 0) ||
			   (fate == FATE_TROUBLE && turn > 5))
			say_sent(m, to, *now, born, &line);
		else {
			line = say_deferred(m, to, *now, born, fate);
			waiting = true;
			fate = FATE_DONE; /* only to skip the next line */
		}
		if (fate != FATE_DONE)
			fates[i] = FATE_DONE;
		/* It leaves for elsewhere: known at its first attempt. */
		if (to->mailer == MAILER_SMTP && turn == 0 && !told &&
		    (m->authenticated || m->network)) {
			worth(line,
			    m->authenticated ? TRUTH_RELAY_AUTHENTICATED
					     : TRUTH_RELAY_NETWORK,
			    1);
			told = true;
		}
	}
	if (refused)
		notify(m, *now + between(0.01, 0.05));
	return waiting;
}

void
message_live(struct message *m, int64_t now)
{
	enum fate fates[RECIPIENTS];
	int64_t born = now, pause = 5 * MINUTE;

	if (m->filtered) {
		say_active(m, now, true);
		filter_pass(m, now);
		return;
	}
	for (unsigned i = 0; i < m->n; i++)
		fates[i] = fate_of(m, &m->to[i]);
	for (unsigned turn = 0;; turn++) {
		say_active(m, now, turn == 0);
		if (!attempt(m, fates, turn, born, &now))
			break;
		if (now - born > LIFETIME) {
			worth(say(now, "postfix/qmgr", daemon_pid("qmgr", now),
				  "%s: from=<%s>, status=expired, returned to "
				  "sender",
				  m->id, m->sender),
			    TRUTH_EXPIRED, 1);
			notify(m, now + between(0.01, 0.05));
			break;
		}
		now += pause + between(0.0, 30.0);
		pause = pause * 2 > 4000 * SECOND ? 4000 * SECOND : pause * 2;
	}
	now += between(0.05, 0.1);
	say(now, "postfix/qmgr", daemon_pid("qmgr", now), "%s: removed", m->id);
}
