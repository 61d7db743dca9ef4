/*
 * nullmailer.c - stories of nullmailer's traffic, as logger(1) sends it
 *
 * The forms of lines are those of 2.2.  One delivery goes on at a time; what
 * could not be sent is tried again in the next run.
 */
#include "tests/generate/generate.h"

#include <inttypes.h>

#define NULLMAILER "nullmailer", 0
#define WAITING    8

struct waiting {
	char file[40];
	char sender[96];
	char to[2][96];
	unsigned recipients;
	uint64_t serial;
};

static struct waiting queue[WAITING];
static unsigned queued;
static int64_t busy_until;

static struct waiting *
enqueue(int64_t now, const char *sender, unsigned recipients)
{
	static uint64_t serial;
	struct waiting *message = &queue[queued++];

	serial++;
	*message = (struct waiting){ .recipients = recipients };
	snprintf(message->file, sizeof(message->file), "%" PRId64 ".%" PRIu64,
	    now / SECOND, 100 + serial % 4000000);
	snprintf(message->sender, sizeof(message->sender), "%s", sender);
	message->serial = serial;
	return message;
}

/* Its first attempt is the first that is known of it. */
static void
begin(struct waiting *message, int64_t now)
{
	static uint64_t last_tried;
	struct line *line;

	line = say(now, NULLMAILER,
	    "Starting delivery: host: smarthost.example.org protocol: smtp "
	    "file: %s",
	    message->file);
	if (message->serial > last_tried) {
		last_tried = message->serial;
		worth(line,
		    message->sender[0] != '\0' ? TRUTH_RECEIVED
					       : TRUTH_GENERATED,
		    1);
	}
	say(now, NULLMAILER, "From: <%s> to: <%s>%s%s%s", message->sender,
	    message->to[0], message->recipients > 1 ? ", <" : "",
	    message->recipients > 1 ? message->to[1] : "",
	    message->recipients > 1 ? ">" : "");
	say(now, NULLMAILER, "Message-Id: <%s@mx1.example.org>", message->file);
}

/* Whether it is done. */
static bool
attempt(struct waiting *message, int64_t *now)
{
	begin(message, *now);
	*now += between(0.05, 0.3);
	if (happens(0.1)) {
		say(*now, NULLMAILER,
		    "smtp: Failed: 451 4.7.1 Greylisting in action");
		worth(say(*now, NULLMAILER,
			  "Sending failed: Temporary error in sending the "
			  "message"),
		    TRUTH_DEFERRED, message->recipients);
		return false;
	}
	if (message->sender[0] != '\0' && happens(0.05)) {
		say(*now, NULLMAILER, "smtp: Failed: 550 5.1.1 no such user");
		worth(say(*now, NULLMAILER,
			  "Sending failed: Permanent error in sending the "
			  "message"),
		    TRUTH_BOUNCED, message->recipients);
		say(*now, NULLMAILER, "Moving message %s into failed",
		    message->file);
		say(*now, NULLMAILER, "Generating bounce for %s",
		    message->file);
		return true;
	}
	say(*now, NULLMAILER,
	    "smtp: Succeeded: 250 2.0.0 Ok: queued as %06X%05X",
	    below(1u << 24), below(1u << 20));
	worth(say(*now, NULLMAILER, "Sent file."), TRUTH_SENT,
	    message->recipients);
	return true;
}

static void
run_queue(int64_t now)
{
	unsigned left = 0;

	now = now > busy_until ? now : busy_until;
	say(now, NULLMAILER, "Trigger pulled.");
	say(now, NULLMAILER, "Rescanning queue.");
	say(now, NULLMAILER, "Starting delivery, %u message(s) in queue.",
	    queued);
	for (unsigned i = 0; i < queued; i++)
		if (!attempt(&queue[i], &now))
			queue[left++] = queue[i];
	queued = left;
	say(now, NULLMAILER, "Delivery complete, %u message(s) remain.", left);
	busy_until = now + SECOND / 10;
}

void
story_nm_submission(int64_t now)
{
	struct waiting *message;
	struct recipient to;
	char sender[96];

	if (queued < WAITING) {
		snprintf(sender, sizeof(sender), "%s@example.org",
		    user_name(below(USERS)));
		message = enqueue(now, sender, 1 + (below(6) == 0));
		for (unsigned i = 0; i < message->recipients; i++) {
			recipient_remote(&to);
			snprintf(message->to[i], sizeof(message->to[i]), "%s",
			    to.address);
		}
	}
	run_queue(now);
}
