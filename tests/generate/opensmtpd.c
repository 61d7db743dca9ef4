/*
 * opensmtpd.c - stories of OpenSMTPD's traffic
 *
 * The forms of lines are those of 6.6 to 7.  A session has one id until it
 * ends; an envelope's is its message's and eight digits more.
 */
#include "tests/generate/generate.h"

#include <inttypes.h>
#include <string.h>

#define SMTPD "smtpd", 16

struct dialog {
	char id[20];
	struct peer peer;
	int64_t now;
};

static void
new_id(char id[20])
{
	snprintf(id, 20, "%016" PRIx64, chance_bits());
}

static void
dialog_begin(struct dialog *dialog, int64_t now)
{
	const struct peer *peer = &dialog->peer;
	bool v6 = strchr(peer->address, ':') != NULL;
	bool unknown = strcmp(peer->name, "unknown") == 0;

	new_id(dialog->id);
	dialog->now = now;
	worth(say(now, SMTPD, "%s smtp connected address=%s%s%s host=%s",
		  dialog->id, v6 ? "[" : "", peer->address, v6 ? "]" : "",
		  unknown ? "<unknown>" : peer->name),
	    TRUTH_CONNECTED, 1);
}

static void
dialog_tls(struct dialog *dialog)
{
	struct line *line;

	dialog->now += between(0.01, 0.1);
	line = say(dialog->now, SMTPD,
	    "%s smtp tls ciphers=TLSv1.3:TLS_AES_256_GCM_SHA384:256",
	    dialog->id);
	worth(worth(line, TRUTH_TLS, 1), TRUTH_TLS_1_3, 1);
}

static void
dialog_end(struct dialog *dialog)
{
	dialog->now += between(0.01, 0.2);
	say(dialog->now, SMTPD, "%s smtp disconnected reason=quit", dialog->id);
}

static void
tell_message(struct dialog *dialog, const struct message *message)
{
	struct line *line;

	dialog->now += between(0.05, 0.4);
	line = say(dialog->now, SMTPD,
	    "%s smtp message msgid=%s size=%" PRIu64 " nrcpt=%u proto=ESMTP",
	    dialog->id, message->id, message->size, message->n);
	worth(worth(line, TRUTH_RECEIVED, 1), TRUTH_RECEIVED_BYTES,
	    message->size);
	for (unsigned i = 0; i < message->n; i++)
		say(dialog->now, SMTPD,
		    "%s smtp envelope evpid=%s%08x from=<%s> to=<%s>",
		    dialog->id, message->id, i + 1, message->sender,
		    message->to[i].address);
}

static void
begin_message(struct message *message, const char *sender, uint64_t size)
{
	*message = (struct message){ .size = size, .n = 1 };
	snprintf(message->id, sizeof(message->id), "%08x",
	    (unsigned)(chance_bits() >> 32));
	snprintf(message->sender, sizeof(message->sender), "%s", sender);
}

static void
deliver_local(const struct message *message, unsigned i, int64_t now)
{
	const char *to = message->to[i].address;
	char id[20];
	struct line *line;

	new_id(id);
	line = say(now, SMTPD,
	    "%s mda delivery evpid=%s%08x from=<%s> to=<%s> rcpt=<%s> "
	    "user=%.*s delay=0s result=Ok stat=Delivered",
	    id, message->id, i + 1, message->sender, to, to,
	    (int)strcspn(to, "@"), to);
	worth(worth(line, TRUTH_SENT, 1), TRUTH_SENT_BYTES, message->size);
}

/* The sender is told, through the enqueuer. */
static void
give_back(const struct message *about, int64_t now)
{
	struct message bounce;
	char id[20];

	begin_message(&bounce, "", about->size + 900);
	snprintf(bounce.to[0].address, sizeof(bounce.to[0].address), "%s",
	    about->sender);
	new_id(id);
	say(now, SMTPD, "%s smtp connected address=local host=mx1.example.org",
	    id);
	worth(say(now, SMTPD,
		  "%s smtp message msgid=%s size=%" PRIu64 " nrcpt=1 "
		  "proto=ESMTP",
		  id, bounce.id, bounce.size),
	    TRUTH_GENERATED, 1);
	say(now, SMTPD, "%s smtp envelope evpid=%s00000001 from=<> to=<%s>", id,
	    bounce.id, about->sender);
	say(now, SMTPD, "%s smtp disconnected reason=quit", id);
	deliver_local(&bounce, 0, now + between(0.01, 0.1));
}

static void
deliver_remote(const struct message *message, unsigned i, int64_t now)
{
	const struct recipient *to = &message->to[i];
	int64_t begun = now;
	char start[640], id[20];
	struct line *line;

	new_id(id);
	say(now, SMTPD,
	    "%s mta connecting address=smtp://203.0.113.%u:25 host=mx.%s", id,
	    to->remote + 10, remote_domain(to->remote));
	say(now += between(0.01, 0.2), SMTPD, "%s mta connected", id);
	snprintf(start, sizeof(start),
	    "evpid=%s%08x from=<%s> to=<%s> rcpt=<-> source=\"192.0.2.25\" "
	    "relay=\"203.0.113.%u (mx.%s)\"",
	    message->id, i + 1, message->sender, to->address, to->remote + 10,
	    remote_domain(to->remote));
	while (happens(0.12)) {
		worth(say(now, SMTPD,
			  "%s mta delivery %s delay=%us result=\"TempFail\" "
			  "stat=\"451 4.7.1 Greylisting in action\"",
			  id, start, (unsigned)((now - begun) / SECOND)),
		    TRUTH_DEFERRED, 1);
		say(now, SMTPD, "%s mta disconnected reason=quit messages=0",
		    id);
		now += 7 * MINUTE + between(0, 60);
	}
	if (happens(0.05)) {
		worth(say(now, SMTPD,
			  "%s mta delivery %s delay=1s result=\"PermFail\" "
			  "stat=\"550 5.1.1 <%s>: User unknown\"",
			  id, start, to->address),
		    TRUTH_BOUNCED, 1);
		give_back(message, now + between(0.01, 0.1));
		return;
	}
	line = say(now, SMTPD,
	    "%s mta delivery %s delay=1s result=\"Ok\" "
	    "stat=\"250 2.0.0 Ok: queued as %06X%05X\"",
	    id, start, below(1u << 24), below(1u << 20));
	worth(worth(line, TRUTH_SENT, 1), TRUTH_SENT_BYTES, message->size);
	say(now, SMTPD, "%s mta disconnected reason=quit messages=1", id);
}

void
story_os_inbound(int64_t now)
{
	struct dialog dialog;
	struct message message;
	char sender[96];

	snprintf(sender, sizeof(sender), "%s@%s", user_name(below(USERS)),
	    remote_domain(below(REMOTES)));
	sender_server(&dialog.peer);
	dialog_begin(&dialog, now);
	if (happens(0.8))
		dialog_tls(&dialog);
	begin_message(&message, sender, 1500 + below(60000));
	message.n += below(8) == 0;
	for (unsigned i = 0; i < message.n; i++)
		recipient_local(&message.to[i]);
	tell_message(&dialog, &message);
	dialog_end(&dialog);
	for (unsigned i = 0; i < message.n; i++)
		deliver_local(&message, i, dialog.now + between(0.01, 0.3));
}

void
story_os_submission(int64_t now)
{
	struct dialog dialog;
	struct message message;
	unsigned user = below(USERS);
	char sender[96];

	snprintf(sender, sizeof(sender), "%s@example.org", user_name(user));
	customer(&dialog.peer, user);
	dialog_begin(&dialog, now);
	dialog_tls(&dialog);
	worth(say(dialog.now, SMTPD, "%s smtp authentication user=%s result=ok",
		  dialog.id, user_name(user)),
	    TRUTH_AUTH_OK, 1);
	begin_message(&message, sender, 1500 + below(200000));
	message.n += below(3);
	for (unsigned i = 0; i < message.n; i++)
		recipient_remote(&message.to[i]);
	tell_message(&dialog, &message);
	dialog_end(&dialog);
	for (unsigned i = 0; i < message.n; i++)
		deliver_remote(&message, i, dialog.now + between(0.1, 2));
}

void
story_os_refused(int64_t now)
{
	bool relayed = happens(0.3);
	struct recipient to;
	struct dialog dialog;
	struct line *line;

	stranger(&dialog.peer);
	dialog_begin(&dialog, now);
	for (unsigned n = 1 + below(2); n > 0; n--) {
		if (relayed)
			recipient_remote(&to);
		else
			recipient_local(&to);
		dialog.now += between(0.1, 1);
		line = say(dialog.now, SMTPD,
		    "%s smtp failed-command command=\"RCPT TO:<%s>\" "
		    "result=\"550 Invalid recipient: <%s>\"",
		    dialog.id, to.address, to.address);
		worth(worth(line, TRUTH_REJECTS, 1), TRUTH_PERMANENT, 1);
		worth(line,
		    TRUTH_REASONS + (relayed ? REASON_RELAY_DENIED
					     : REASON_UNKNOWN_RECIPIENT),
		    1);
		if (relayed)
			worth(line, TRUTH_RELAY_DENIED, 1);
	}
	dialog_end(&dialog);
}

void
story_os_guesser(int64_t now)
{
	const char *user = user_name(below(USERS));
	struct dialog dialog;

	stranger(&dialog.peer);
	dialog_begin(&dialog, now);
	for (unsigned n = 1 + below(3); n > 0; n--) {
		dialog.now += between(1, 8);
		worth(say(dialog.now, SMTPD,
			  "%s smtp authentication user=%s result=permfail",
			  dialog.id, user),
		    TRUTH_AUTH_FAILED, 1);
		say(dialog.now, SMTPD,
		    "%s smtp failed-command command=\"AUTH LOGIN (password)\" "
		    "result=\"535 Authentication failed\"",
		    dialog.id);
	}
	dialog_end(&dialog);
}

void
story_os_probe(int64_t now)
{
	struct dialog dialog;

	stranger(&dialog.peer);
	dialog_begin(&dialog, now);
	worth(say(now + between(0.1, 5), SMTPD,
		  "%s smtp disconnected reason=disconnect", dialog.id),
	    TRUTH_LOST, 1);
}
