/*
 * qmail.c - stories of qmail's traffic, as splogger has it
 *
 * The forms of lines are those of netqmail 1.06 behind tcpserver and rblsmtpd.
 * A message's number is its file's, used again when it is gone; deliveries
 * have numbers of their own.
 */
#include "tests/generate/generate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define QMAILD 1003 /* the users that queue */
#define QMAILS 1006

/* Each line has splogger's stamp. */
static struct line *__attribute__((format(printf, 3, 4)))
log_line(int64_t now, const char *tag, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return say(now, tag, 0, "%" PRId64 ".%06d %s", now / SECOND,
	    (int)(now % SECOND), text);
}

static unsigned
next_process(void)
{
	static unsigned pid = 300;

	pid = pid >= 4000000 ? 300 : pid + 1;
	return pid;
}

struct queued {
	unsigned number;
	unsigned process;
	uint64_t size;
	const char *sender;
};

static void
queue(struct queued *queued, int64_t now, const char *sender, uint64_t size)
{
	static unsigned number;
	unsigned uid = *sender != '\0' ? QMAILD : QMAILS;
	struct line *line;

	number = number >= 4000000 ? 1 : number + 1;
	if (*sender != '\0')
		queued->process = next_process();
	queued->number = number;
	queued->sender = sender;
	queued->size = size;
	log_line(now, "qmail", "new msg %u", number);
	line = log_line(now, "qmail",
	    "info msg %u: bytes %" PRIu64 " from <%s> qp %u uid %u", number,
	    size, sender, queued->process, uid);
	if (*sender == '\0')
		worth(line, TRUTH_GENERATED, 1);
	else
		worth(
		    worth(line, TRUTH_RECEIVED, 1), TRUTH_RECEIVED_BYTES, size);
}

static unsigned
start(
    const struct queued *queued, const char *where, const char *to, int64_t now)
{
	static unsigned delivery;

	log_line(now, "qmail", "starting delivery %u: msg %u to %s %s",
	    ++delivery, queued->number, where, to);
	log_line(now, "qmail", "status: local %d/10 remote %d/20",
	    *where == 'l', *where == 'r');
	return delivery;
}

static void
count_sent(struct line *line, const struct queued *queued)
{
	worth(worth(line, TRUTH_SENT, 1), TRUTH_SENT_BYTES, queued->size);
}

static int64_t
deliver_local(const struct queued *queued, const char *to, int64_t now)
{
	unsigned delivery = start(queued, "local", to, now);

	now += between(0.01, 0.2);
	count_sent(log_line(now, "qmail", "delivery %u: success: did_1+0+0/",
		       delivery),
	    queued);
	return now;
}

static void
end(const struct queued *queued, int64_t now)
{
	log_line(now, "qmail", "status: local 0/10 remote 0/20");
	log_line(now, "qmail", "end msg %u", queued->number);
}

/* Until it is done; the time then.  Whether it came back is told. */
static int64_t
deliver_remote(const struct queued *queued, const struct recipient *to,
    int64_t now, bool *back)
{
	unsigned delivery = start(queued, "remote", to->address, now);

	now += between(0.1, 2);
	while (happens(0.12)) {
		worth(log_line(now, "qmail",
			  "delivery %u: deferral: 203.0.113.%u_does_not_like_"
			  "recipient./Remote_host_said:_451_4.7.1_Greylisting/"
			  "Giving_up_on_203.0.113.%u./",
			  delivery, to->remote + 10, to->remote + 10),
		    TRUTH_DEFERRED, 1);
		now += 7 * MINUTE + between(0, 60);
		delivery = start(queued, "remote", to->address, now);
		now += between(0.1, 2);
	}
	if (happens(0.05)) {
		worth(log_line(now, "qmail",
			  "delivery %u: failure: 203.0.113.%u_does_not_like_"
			  "recipient./Remote_host_said:_550_5.1.1_User_unknown/"
			  "Giving_up_on_203.0.113.%u./",
			  delivery, to->remote + 10, to->remote + 10),
		    TRUTH_BOUNCED, 1);
		*back = true;
		return now;
	}
	count_sent(
	    log_line(now, "qmail",
		"delivery %u: success: 203.0.113.%u_accepted_message./"
		"Remote_host_said:_250_2.0.0_Ok:_queued_as_%06X%05X/",
		delivery, to->remote + 10, below(1u << 24), below(1u << 20)),
	    queued);
	return now;
}

static void
give_back(const struct queued *about, int64_t now)
{
	struct queued bounce = { .process = next_process() };

	log_line(
	    now, "qmail", "bounce msg %u qp %u", about->number, bounce.process);
	queue(&bounce, now, "", about->size + 900);
	end(&bounce, deliver_local(&bounce, about->sender, now));
}

/* tcpserver's lines of who comes; its process */
static unsigned
come(const struct peer *peer, int64_t now)
{
	unsigned pid = next_process();
	bool unknown = strcmp(peer->name, "unknown") == 0;

	log_line(now, "smtpd", "tcpserver: status: 1/40");
	log_line(now, "smtpd", "tcpserver: pid %u from %s", pid, peer->address);
	worth(log_line(now, "smtpd",
		  "tcpserver: ok %u mx1.example.org:192.0.2.25:25 %s:%s::%u",
		  pid, unknown ? "" : peer->name, peer->address, peer->port),
	    TRUTH_CONNECTED, 1);
	return pid;
}

static void
go(unsigned pid, int64_t now)
{
	log_line(now, "smtpd", "tcpserver: end %u status 0", pid);
	log_line(now, "smtpd", "tcpserver: status: 0/40");
}

void
story_qm_inbound(int64_t now)
{
	struct queued queued;
	struct recipient to;
	struct peer peer;
	char sender[96];
	unsigned pid;
	int64_t done, last;

	sender_server(&peer);
	snprintf(sender, sizeof(sender), "%s@%s", user_name(below(USERS)),
	    remote_domain(below(REMOTES)));
	pid = come(&peer, now);
	last = now += between(0.1, 1);
	queue(&queued, now, sender, 1500 + below(60000));
	go(pid, now + between(0.01, 0.2));
	for (unsigned n = 1 + (below(8) == 0); n > 0; n--) {
		recipient_local(&to);
		done = deliver_local(&queued, to.address, now);
		last = done > last ? done : last;
	}
	end(&queued, last);
}

void
story_qm_submission(int64_t now)
{
	unsigned user = below(USERS), pid;
	struct queued queued;
	struct recipient to;
	struct peer peer;
	char sender[96];
	int64_t done, last;
	bool back = false;

	customer(&peer, user);
	snprintf(sender, sizeof(sender), "%s@example.org", user_name(user));
	pid = come(&peer, now);
	last = now += between(0.1, 1);
	queue(&queued, now, sender, 1500 + below(200000));
	go(pid, now + between(0.01, 0.2));
	for (unsigned n = 1 + below(3); n > 0; n--) {
		recipient_remote(&to);
		done = deliver_remote(&queued, &to, now, &back);
		last = done > last ? done : last;
	}
	if (back)
		give_back(&queued, last);
	end(&queued, last);
}

void
story_qm_refused(int64_t now)
{
	struct peer peer;
	struct line *line;
	unsigned pid;

	stranger(&peer);
	pid = come(&peer, now);
	line = log_line(now + between(0.01, 0.2), "smtpd",
	    "rblsmtpd: %s pid %u: 451 http://www.dnsbl.example/query/ip/%s",
	    peer.address, pid, peer.address);
	worth(worth(line, TRUTH_REJECTS, 1), TRUTH_TEMPORARY, 1);
	worth(line, TRUTH_REASONS + REASON_DNSBL, 1);
	go(pid, now + between(1, 60));
}

void
story_qm_probe(int64_t now)
{
	struct peer peer;
	unsigned pid;

	stranger(&peer);
	pid = come(&peer, now);
	now += between(0.1, 30);
	worth(log_line(now, "smtpd", "tcpserver: end %u status 256", pid),
	    TRUTH_LOST, 1);
	log_line(now, "smtpd", "tcpserver: status: 0/40");
}
