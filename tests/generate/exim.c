/*
 * exim.c - stories of Exim's traffic, as its main log has them
 *
 * The forms of lines are those of 4.96 with the default log_selector.  A
 * message's id ends with its process, and a message is delivered by another.
 */
#include "tests/generate/generate.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"

#define CIPHER "TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256"

static void
put_base62(char *to, size_t n, uint64_t number)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";

	while (n-- > 0) {
		to[n] = digits[number % 62];
		number /= 62;
	}
}

static void
exim_id(char id[20], int64_t now)
{
	static uint64_t pid = 2000;

	pid += 1 + below(4);
	memcpy(id, "xxxxxx-xxxxxx-xx", 17);
	put_base62(id, 6, (uint64_t)(now / SECOND));
	put_base62(id + 7, 6, pid);
	put_base62(id + 14, 2, (uint64_t)(now % SECOND) / 500);
}

/* "host (helo) [192.0.2.1]", as Exim names who connected. */
static void
name_peer(char *to, size_t size, const struct peer *peer)
{
	if (strcmp(peer->name, "unknown") == 0)
		snprintf(to, size, "(%s) [%s]", peer->helo, peer->address);
	else
		snprintf(to, size, "%s (%s) [%s]", peer->name, peer->helo,
		    peer->address);
}

static struct line *
tell(int64_t now, const char *id, const char *text)
{
	return say(now, "exim", 0, "%s %s", id, text);
}

static void
deliver_local(const char *id, const char *to, uint64_t size, int64_t now)
{
	char text[256];
	int n = (int)strcspn(to, "@");

	snprintf(text, sizeof(text),
	    "=> %.*s <%s> R=localuser T=local_delivery", n, to, to);
	worth(
	    worth(tell(now, id, text), TRUTH_SENT, 1), TRUTH_SENT_BYTES, size);
}

/* The sender is told, by a message of its own. */
static void
give_back(const char *about, const char *sender, int64_t now)
{
	uint64_t size = 2000 + below(4000);
	char id[20];

	exim_id(id, now);
	worth(say(now, "exim", 0,
		  "%s <= <> R=%s U=Debian-exim P=local S=%" PRIu64, id, about,
		  size),
	    TRUTH_GENERATED, 1);
	now += between(0.01, 0.1);
	deliver_local(id, sender, size, now);
	tell(now, id, "Completed");
}

/* A remote recipient, until it is done; the time then. */
static int64_t
deliver_remote(const char *id, const struct recipient *to, const char *sender,
    uint64_t size, int64_t now)
{
	static const char at[] = "R=dnslookup T=remote_smtp H=mx.%s "
				 "[203.0.113.%u]";
	char host[160], text[640];

	snprintf(
	    host, sizeof(host), at, remote_domain(to->remote), to->remote + 10);
	while (happens(0.12)) {
		snprintf(text, sizeof(text),
		    "== %s R=dnslookup T=remote_smtp defer (-44) H=mx.%s "
		    "[203.0.113.%u]: SMTP error from remote mail server after "
		    "RCPT TO:<%s>: 451 4.7.1 Greylisting in action",
		    to->address, remote_domain(to->remote), to->remote + 10,
		    to->address);
		worth(tell(now, id, text), TRUTH_DEFERRED, 1);
		snprintf(text, sizeof(text),
		    "== %s R=dnslookup T=remote_smtp defer (-54): retry time "
		    "not reached for any host for '%s'",
		    to->address, remote_domain(to->remote));
		tell(now + 5 * MINUTE, id, text);
		now += 15 * MINUTE + between(0, 60);
	}
	if (happens(0.05)) {
		snprintf(text, sizeof(text),
		    "** %s %s X=" CIPHER " CV=yes: SMTP error from remote mail "
		    "server after RCPT TO:<%s>: 550 5.1.1 <%s>: Recipient "
		    "address rejected: User unknown",
		    to->address, host, to->address, to->address);
		worth(tell(now, id, text), TRUTH_BOUNCED, 1);
		give_back(id, sender, now + between(0.01, 0.1));
		return now;
	}
	snprintf(text, sizeof(text),
	    "=> %s %s X=" CIPHER " CV=yes C=\"250 2.0.0 Ok: queued as "
	    "%06X%05X\"",
	    to->address, host, below(1u << 24), below(1u << 20));
	worth(
	    worth(tell(now, id, text), TRUTH_SENT, 1), TRUTH_SENT_BYTES, size);
	return now;
}

static struct line *
count_received(struct line *line, uint64_t size, bool tls)
{
	worth(worth(line, TRUTH_RECEIVED, 1), TRUTH_RECEIVED_BYTES, size);
	if (tls)
		worth(worth(line, TRUTH_TLS, 1), TRUTH_TLS_1_3, 1);
	return line;
}

void
story_ex_inbound(int64_t now)
{
	uint64_t size = 1500 + below(60000);
	bool tls = happens(0.8);
	char id[20], who[200], message[128];
	struct recipient to;
	struct peer peer;
	unsigned from = below(REMOTES);

	sender_server(&peer);
	name_peer(who, sizeof(who), &peer);
	exim_id(id, now);
	message_id(message, sizeof(message), now, remote_domain(from));
	count_received(say(now, "exim", 0,
			   "%s <= %s@%s H=%s P=esmtp%s S=%" PRIu64 " id=%s", id,
			   user_name(below(USERS)), remote_domain(from), who,
			   tls ? "s X=" CIPHER " CV=no" : "", size, message),
	    size, tls);
	for (unsigned n = 1 + (below(8) == 0); n > 0; n--) {
		recipient_local(&to);
		now += between(0.01, 0.3);
		deliver_local(id, to.address, size, now);
	}
	tell(now, id, "Completed");
}

void
story_ex_submission(int64_t now)
{
	uint64_t size = 1500 + below(200000);
	unsigned user = below(USERS), n = 1 + below(3);
	char id[20], who[200], message[128], sender[96];
	struct recipient to;
	struct peer peer;
	struct line *line;
	int64_t done, last = now;

	customer(&peer, user);
	name_peer(who, sizeof(who), &peer);
	exim_id(id, now);
	snprintf(sender, sizeof(sender), "%s@example.org", user_name(user));
	message_id(message, sizeof(message), now, "example.org");
	line = say(now, "exim", 0,
	    "%s <= %s H=%s P=esmtpsa X=" CIPHER " CV=no A=PLAIN:%s S=%" PRIu64
	    " id=%s",
	    id, sender, who, user_name(user), size, message);
	count_received(line, size, true);
	worth(line, TRUTH_AUTH_OK, 1);
	for (; n > 0; n--) {
		recipient_remote(&to);
		done = deliver_remote(
		    id, &to, sender, size, now + between(0.1, 2));
		last = done > last ? done : last;
	}
	tell(last, id, "Completed");
}

static const struct {
	unsigned weight;
	enum reason reason;
	const char *words;
	bool temporary;
} refusals[] = {
	{ 380, REASON_UNKNOWN_RECIPIENT, "Unrouteable address", false },
	{ 240, REASON_RELAY_DENIED, "relay not permitted", false },
	{ 260, REASON_DNSBL,
	    "rejected because $c is in a black list at zen.rbl.example",
	    false },
	{ 60, REASON_UNKNOWN_SENDER, "Sender verify failed", false },
	{ 60, REASON_GREYLISTED, "greylisted", true },
};

void
story_ex_refused(int64_t now)
{
	char who[200], words[128];
	unsigned at = below(1000), i = 0;
	struct recipient to;
	struct peer peer;
	struct line *line;

	while (at >= refusals[i].weight)
		at -= refusals[i++].weight;
	stranger(&peer);
	name_peer(who, sizeof(who), &peer);
	recipient_local(&to);
	if (refusals[i].reason == REASON_DNSBL)
		snprintf(words, sizeof(words),
		    "rejected because %s is in a black list at zen.rbl.example",
		    peer.address);
	else
		snprintf(words, sizeof(words), "%s", refusals[i].words);
	if (strcmp(peer.name, "unknown") == 0)
		say(now, "exim", 0, "no host name found for IP address %s",
		    peer.address);
	line = say(now, "exim", 0, "H=%s F=<%s@%s> %srejected RCPT <%s>: %s",
	    who, user_name(below(USERS)), remote_domain(below(REMOTES)),
	    refusals[i].temporary ? "temporarily " : "", to.address, words);
	worth(worth(line, TRUTH_REJECTS, 1),
	    refusals[i].temporary ? TRUTH_TEMPORARY : TRUTH_PERMANENT, 1);
	worth(line, TRUTH_REASONS + refusals[i].reason, 1);
	if (refusals[i].reason == REASON_RELAY_DENIED)
		worth(line, TRUTH_RELAY_DENIED, 1);
}

void
story_ex_guesser(int64_t now)
{
	struct peer peer;
	char who[200];

	stranger(&peer);
	name_peer(who, sizeof(who), &peer);
	for (unsigned n = 1 + below(4); n > 0; n--) {
		worth(say(now, "exim", 0,
			  "LOGIN authenticator failed for %s: 535 Incorrect "
			  "authentication data (set_id=%s)",
			  who, user_name(below(USERS))),
		    TRUTH_AUTH_FAILED, 1);
		now += between(1, 8);
	}
}

void
story_ex_probe(int64_t now)
{
	struct peer peer;
	char who[200];

	stranger(&peer);
	name_peer(who, sizeof(who), &peer);
	if (happens(0.5))
		worth(say(now, "exim", 0,
			  "unexpected disconnection while reading SMTP command "
			  "from %s D=%us",
			  who, below(60)),
		    TRUTH_LOST, 1);
	else
		say(now, "exim", 0,
		    "TLS error on connection from %s (gnutls_handshake): The "
		    "TLS connection was non-properly terminated.",
		    who);
}

void
story_ex_queue(int64_t now)
{
	unsigned pid = 2000 + below(30000);

	say(now, "exim", 0, "Start queue run: pid=%u", pid);
	say(now + between(0.1, 2), "exim", 0, "End queue run: pid=%u", pid);
}
