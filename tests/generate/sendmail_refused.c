/* sendmail_refused.c - stories of mail that Sendmail does not want */
#include "tests/generate/sendmail.h"

#include <string.h>

#include "base/array.h"

/*
 * $t is the recipient, $f the sender, $c the client's address in brackets; the text stands behind the queue identifier, if it has one.
 */
static const struct refusal {
	unsigned weight;
	enum reason reason;
	const char *rule; /* NULL: the line is "<$t>... User unknown" */
	const char *reply;
	bool permanent, at_connect;
} refusals[] = {
	{ 380, REASON_UNKNOWN_RECIPIENT, NULL, "", true, false },
	{ 200, REASON_RELAY_DENIED, "check_rcpt",
	    "550 5.7.1 <$t>... Relaying denied. Proper authentication "
	    "required.",
	    true, false },
	{ 60, REASON_RELAY_DENIED, "check_rcpt",
	    "550 5.7.1 <$t>... Relaying denied. IP name lookup failed $c", true,
	    false },
	{ 260, REASON_DNSBL, "check_relay",
	    "550 5.7.1 Rejected: $c listed at zen.rbl.example", true, true },
	{ 80, REASON_ACCESS_DENIED, "check_relay", "550 5.7.1 Access denied",
	    true, true },
	{ 60, REASON_UNKNOWN_SENDER, "check_mail",
	    "553 5.1.8 <$f>... Domain of sender address $f does not exist",
	    true, false },
	{ 30, REASON_UNKNOWN_SENDER, "check_mail",
	    "451 4.1.8 Domain of sender address $f does not resolve", false,
	    false },
};

static const struct refusal *
any_refusal(void)
{
	unsigned sum = 0, at, i;

	for (i = 0; i < NELEMS(refusals); i++)
		sum += refusals[i].weight;
	at = below(sum);
	for (i = 0; at >= refusals[i].weight; i++)
		at -= refusals[i].weight;
	return &refusals[i];
}

struct words {
	char from[96], to[96], client[64];
};

static void
fill_in(char *to, size_t size, const char *text, const struct words *words)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++) {
		if (*text != '$') {
			to[n++] = *text;
			continue;
		}
		text++;
		n += (size_t)snprintf(to + n, size - n, "%s",
		    *text == 't'   ? words->to
		    : *text == 'f' ? words->from
				   : words->client);
	}
	to[n < size ? n : size - 1] = '\0';
}

static void
count_refusal(struct line *line, const struct refusal *refusal)
{
	worth(line, TRUTH_REJECTS, 1);
	worth(line, refusal->permanent ? TRUTH_PERMANENT : TRUTH_TEMPORARY, 1);
	worth(line, TRUTH_REASONS + refusal->reason, 1);
	if (refusal->reason == REASON_RELAY_DENIED)
		worth(line, TRUTH_RELAY_DENIED, 1);
	if (refusal->rule != NULL && !refusal->at_connect)
		worth(line, mailer_cell(MAILER_ESMTP, REFUSED), 1);
}

static void
refuse(struct sm_session *s, const struct refusal *refusal, const char *id,
    const struct words *words)
{
	char reply[512];
	struct line *line;

	fill_in(reply, sizeof(reply), refusal->reply, words);
	if (refusal->at_connect)
		line = say(s->now, SM_DAEMON, s->pid,
		    "ruleset=check_relay, arg1=%s, arg2=%s, relay=%s, "
		    "reject=%s",
		    words->client, s->peer.address, s->relay, reply);
	else if (refusal->rule == NULL)
		line = say(s->now, SM_DAEMON, s->pid,
		    "%s: <%s>... User unknown", id, words->to);
	else
		line = say(s->now, SM_DAEMON, s->pid,
		    "%s: ruleset=%s, arg1=<%s>, relay=%s, reject=%s", id,
		    refusal->rule,
		    strcmp(refusal->rule, "check_mail") == 0 ? words->from
							     : words->to,
		    s->relay, reply);
	count_refusal(line, refusal);
	s->now += between(0.05, 0.4);
}

/* A header that is not wanted: the message is known, and refused. */
static void
refuse_content(int64_t now)
{
	static const struct refusal content = { 0, REASON_CONTENT,
		"Check_Subject", "", true, false };
	struct sm_session s = { .tls = happens(0.5) };
	struct sm_message m = { .n = 1, .size = 2000 + below(9000) };

	sender_server(&s.peer);
	sm_begin(&s, now);
	sm_queue_id(m.id, s.now, s.pid);
	snprintf(m.sender, sizeof(m.sender), "promo%u@bulk.example", below(99));
	message_id(m.message_id, sizeof(m.message_id), now, "bulk.example");
	recipient_local(&m.to[0]);
	count_refusal(say(s.now, SM_DAEMON, s.pid,
			  "%s: ruleset=Check_Subject, arg1= cheap watches now, "
			  "relay=%s, reject=553 5.7.1 Virus suspected: subject",
			  m.id, s.relay),
	    &content);
	s.now += between(0.01, 0.1);
	worth(sm_from(&s, &m, 1), mailer_cell(MAILER_ESMTP, FROM), 1);
	say(s.now + 1, SM_DAEMON, s.pid,
	    "%s: to=<%s>, delay=00:00:00, pri=%llu, stat=Virus suspected: "
	    "subject",
	    m.id, m.to[0].address, (unsigned long long)m.size + 30000);
}

void
story_sm_refused(int64_t now)
{
	const struct refusal *refusal = any_refusal();
	struct sm_session s = { .tls = happens(0.2) };
	struct words words;
	unsigned tries = 1;
	char id[20];

	if (happens(0.03)) {
		refuse_content(now);
		return;
	}
	stranger(&s.peer);
	if (refusal->at_connect)
		s.tls = false;
	sm_begin(&s, now);
	sm_queue_id(id, s.now, s.pid);
	snprintf(words.client, sizeof(words.client), "[%s]", s.peer.address);
	snprintf(words.from, sizeof(words.from), "offer%u@bulk%u.example",
	    below(1000), below(40));
	if (refusal->rule == NULL && happens(0.1))
		tries = 2 + below(12);
	while (tries-- > 0) {
		if (refusal->reason == REASON_RELAY_DENIED)
			snprintf(words.to, sizeof(words.to), "target%u@%s",
			    below(5000), remote_domain(below(REMOTES)));
		else
			snprintf(words.to, sizeof(words.to), "%s%u@example.org",
			    user_name(below(USERS)), below(90));
		refuse(&s, refusal, id, &words);
	}
	if (!refusal->at_connect)
		sm_from_nobody(&s, id, words.from);
}

void
story_sm_guesser(int64_t now)
{
	struct sm_session s = { .tls = happens(0.3) };
	char id[20];

	stranger(&s.peer);
	sm_begin(&s, now);
	sm_queue_id(id, s.now, s.pid);
	for (unsigned n = 1 + below(4), i = 1; i <= n; i++) {
		if (i == 3)
			say(s.now, SM_DAEMON, s.pid,
			    "%s: %s: possible SMTP attack: command=AUTH, "
			    "count=%u",
			    id, s.relay, i);
		worth(say(s.now, SM_DAEMON, s.pid,
			  "%s: AUTH failure (LOGIN): user not found (-20) "
			  "SASL(-13): user not found: checkpass failed, "
			  "user=%s, relay=%s",
			  id, user_name(below(USERS)), s.relay),
		    TRUTH_AUTH_FAILED, 1);
		s.now += between(0.5, 4.0);
	}
	say(s.now, SM_DAEMON, s.pid,
	    "%s: %s did not issue MAIL/EXPN/VRFY/ETRN during connection to "
	    "MTA-v4",
	    id, s.relay);
}

void
story_sm_probe(int64_t now)
{
	struct sm_session s = { .tls = happens(0.1) };
	unsigned kind = below(10);
	char id[20];

	stranger(&s.peer);
	sm_begin(&s, now);
	sm_queue_id(id, s.now, s.pid);
	if (kind == 0)
		say(s.now, SM_DAEMON, s.pid, "%s: %s: VRFY root", id, s.relay);
	else if (kind == 1)
		say(s.now, SM_DAEMON, s.pid,
		    "%s: lost input channel from %s to MTA-v4 after mail", id,
		    s.relay);
	else
		say(s.now, SM_DAEMON, s.pid,
		    "%s: %s did not issue MAIL/EXPN/VRFY/ETRN during "
		    "connection to MTA-v4",
		    id, s.relay);
	if (kind == 1)
		sm_from_nobody(&s, id, "x@bulk.example");
}
