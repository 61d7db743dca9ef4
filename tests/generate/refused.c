/* refused.c - stories of mail that is not wanted, and is told so */
#include "tests/generate/generate.h"

#include <string.h>

#include "base/array.h"

/*
 * What our mail server refuses, about as often as a small one on the internet
 * does.  In a reply $c is the client's address, $n its name, $h its HELO name,
 * $f the sender, $t the recipient.
 */
static const struct refusal {
	unsigned weight;
	enum reason reason;
	const char *stage, *reply;
	bool elsewhere, stranger;
} refusals[] = {
	{ 300, REASON_UNKNOWN_RECIPIENT, "RCPT",
	    "550 5.1.1 <$t>: Recipient address rejected: User unknown in local "
	    "recipient table",
	    false, false },
	{ 60, REASON_UNKNOWN_RECIPIENT, "RCPT",
	    "550 5.1.1 <$t>: Recipient address rejected: User unknown in "
	    "virtual mailbox table",
	    false, false },
	{ 260, REASON_DNSBL, "RCPT",
	    "554 5.7.1 Service unavailable; Client host [$c] blocked using "
	    "dnsbl.example; Listed for spam; see "
	    "https://dnsbl.example/lookup?ip=$c",
	    false, true },
	{ 120, REASON_GREYLISTED, "RCPT",
	    "450 4.2.0 <$t>: Recipient address rejected: Greylisted, see "
	    "http://postgrey.example/example.org",
	    false, false },
	{ 70, REASON_NO_REVERSE_DNS, "RCPT",
	    "450 4.7.25 Client host rejected: cannot find your hostname, [$c]",
	    false, true },
	{ 45, REASON_BAD_HELO, "RCPT",
	    "504 5.5.2 <$h>: Helo command rejected: need fully-qualified "
	    "hostname",
	    false, true },
	{ 25, REASON_UNKNOWN_SENDER, "RCPT",
	    "450 4.1.8 <$f>: Sender address rejected: Domain not found", false,
	    true },
	{ 60, REASON_RELAY_DENIED, "RCPT",
	    "554 5.7.1 <$t>: Relay access denied", true, true },
	{ 40, REASON_ACCESS_DENIED, "RCPT",
	    "554 5.7.1 <$n[$c]>: Client host rejected: Access denied", false,
	    true },
	{ 6, REASON_TOO_LARGE, "MAIL",
	    "552 5.3.4 Message size exceeds fixed limit", false, false },
	{ 10, REASON_AUTH_REQUIRED, "RCPT",
	    "553 5.7.1 <$f>: Sender address rejected: not logged in", false,
	    true },
	{ 4, REASON_TOO_MANY_RECIPIENTS, "RCPT",
	    "452 4.5.3 Error: too many recipients", false, true },
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

static void
fill_in(char *to, size_t size, const char *text, const struct peer *peer,
    const char *sender, const char *recipient)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++) {
		const char *word = NULL;

		if (*text == '$') {
			switch (*++text) {
			case 'c':
				word = peer->address;
				break;
			case 'n':
				word = peer->name;
				break;
			case 'h':
				word = peer->helo;
				break;
			case 'f':
				word = sender;
				break;
			case 't':
				word = recipient;
				break;
			}
		}
		if (word == NULL)
			to[n++] = *text;
		else
			n += (size_t)snprintf(to + n, size - n, "%s", word);
	}
	to[n < size ? n : size - 1] = '\0';
}

static void
ask_and_be_refused(struct session *s, const struct refusal *refusal)
{
	char from[96], to[96], reply[512];
	bool to_is_known = strcmp(refusal->stage, "MAIL") != 0;

	if (refusal->reason == REASON_AUTH_REQUIRED)
		snprintf(from, sizeof(from), "%s@example.org",
		    user_name(below(USERS)));
	else
		snprintf(from, sizeof(from), "offer%u@bulk%u.example",
		    below(1000), below(40));
	if (refusal->elsewhere)
		snprintf(to, sizeof(to), "target%u@%s", below(5000),
		    remote_domain(below(REMOTES)));
	else
		snprintf(to, sizeof(to), "%s%u@example.%s",
		    user_name(below(USERS)), below(90),
		    strstr(refusal->reply, "virtual") ? "net" : "org");
	fill_in(reply, sizeof(reply), refusal->reply, &s->peer, from, to);
	session_reject(s, refusal->reason, NULL, refusal->stage, reply, from,
	    to_is_known ? to : NULL);
}

/* Connected too often: told so before anything was said. */
static void
too_often(int64_t now)
{
	struct session s;
	struct line *line;

	stranger(&s.peer);
	session_begin(&s, "postfix/smtpd", now);
	line = say(s.now, s.program, s.pid,
	    "warning: Connection rate limit "
	    "exceeded: %u from %s[%s] for service smtp",
	    31 + below(20), s.peer.name, s.peer.address);
	worth(line, TRUTH_REJECTS, 1);
	worth(line, TRUTH_TEMPORARY, 1);
	worth(line, TRUTH_REASONS + REASON_RATE_LIMITED, 1);
	worth(line, mailer_cell(MAILER_SMTP, REFUSED), 1);
	session_end(&s, "commands=0/0");
}

/* Refused at the end of the data for what is in it. */
static void
bad_content(int64_t now)
{
	bool file = happens(0.4);
	struct session s;
	struct message m = { .n = 1 };
	struct line *line;

	sender_server(&s.peer);
	session_screened(&s, now);
	snprintf(m.sender, sizeof(m.sender), "promo%u@bulk.example", below(99));
	message_id(m.message_id, sizeof(m.message_id), now, "bulk.example");
	recipient_local(&m.to[0]);
	session_take(&s, &m, NULL);
	line = say(s.now, "postfix/cleanup", daemon_pid("cleanup", s.now),
	    "%s: reject: header %s from %s; from=<%s> to=<%s> proto=ESMTP "
	    "helo=<%s>: 5.7.1 %s",
	    m.id,
	    file ? "Content-Type: application/octet-stream; "
		   "name=\"invoice.exe\""
		 : "Subject: cheap watches now",
	    m.origin, m.sender, m.to[0].address, s.peer.helo,
	    file ? "Attachment type not allowed" : "spam subject");
	worth(line, TRUTH_REJECTS, 1);
	worth(line, TRUTH_PERMANENT, 1);
	worth(line, TRUTH_REASONS + (file ? REASON_ATTACHMENT : REASON_CONTENT),
	    1);
	worth(line, mailer_cell(MAILER_SMTP, REFUSED), 1);
	session_end(&s, "ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5");
}

/* A run through names: after so many refusals the session is ended. */
static void
harvest(int64_t now)
{
	struct session s;
	struct line *line;

	stranger(&s.peer);
	session_begin(&s, "postfix/smtpd", now);
	for (unsigned i = 0; i < 10; i++)
		ask_and_be_refused(&s, &refusals[0]);
	line = say(s.now, s.program, s.pid,
	    "too many errors after RCPT from "
	    "%s[%s]",
	    s.peer.name, s.peer.address);
	worth(line, TRUTH_REJECTS, 1);
	worth(line, TRUTH_TEMPORARY, 1);
	worth(line, TRUTH_REASONS + REASON_RATE_LIMITED, 1);
	worth(line, mailer_cell(MAILER_SMTP, REFUSED), 1);
	session_end(&s, "ehlo=1 mail=1 rcpt=0/10 commands=2/12");
}

void
story_refused(int64_t now)
{
	const struct refusal *refusal;
	struct session s;

	if (happens(0.02)) {
		too_often(now);
		return;
	}
	if (happens(0.02)) {
		bad_content(now);
		return;
	}
	if (happens(0.01)) {
		harvest(now);
		return;
	}
	refusal = any_refusal();
	if (refusal->stranger || happens(0.5))
		stranger(&s.peer);
	else
		sender_server(&s.peer);
	session_begin(&s, "postfix/smtpd", now);
	ask_and_be_refused(&s, refusal);
	if (strcmp(refusal->stage, "MAIL") == 0)
		session_end(&s, "ehlo=1 mail=0/1 quit=1 commands=2/3");
	else if (happens(0.6))
		session_end(&s, "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4");
	else
		session_lost(&s, "RCPT", "ehlo=1 mail=1 rcpt=0/1 commands=2/3");
}

/* One client, one session, many recipients elsewhere. */
void
burst_relay(int64_t now, unsigned attacker)
{
	static const struct refusal relay = { 0, REASON_RELAY_DENIED, "RCPT",
		"554 5.7.1 <$t>: Relay access denied", true, true };
	unsigned tries = 1 + below(6);
	struct session s;
	char commands[64];

	stranger_at(&s.peer, attacker);
	session_begin(&s, "postfix/smtpd", now);
	for (unsigned i = 0; i < tries; i++)
		ask_and_be_refused(&s, &relay);
	snprintf(commands, sizeof(commands),
	    "ehlo=1 mail=1 rcpt=0/%u quit=1 "
	    "commands=3/%u",
	    tries, 3 + tries);
	session_end(&s, commands);
}
