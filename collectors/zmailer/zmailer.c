/*
 * zmailer.c - ZMailer 2.99: smtpserver, router, scheduler, transports
 *
 * (smtpserver/smtpdata.c, router's rtsyslog.c, transports/libta/tasyslog.c and
 * diagnostic.c, scheduler/msgerror.c; the manual's appendix on its formats.)
 *
 * S1a2b3c4711: (4711c) accepted from mail.example.net/1234
 * S1a2b3c4711: from=<a@b>, rrelay=..., size=4711, nrcpts=2, msgid=<...>,
 *     delay=00:00:01, xdelay=00:00:00
 * S1a2b3c4711: to=<a@b>, delay=00:00:02, xdelay=00:00:01, mailer=smtp,
 *     relay=mx.example.org ([192.0.2.25]), stat=ok 250 2.0.0 Ok
 * S1a2b3c4711: complete (total 2 recipients, 0 failed)
 *
 * Tabs stand for the commas where SYSLOGFLG asks for them.  The programs' names
 * are those of many, so a line is ZMailer's only if it begins with a spool id.
 * A client without a name is "[192.0.2.7]"; of one with a name the address is
 * not told.  What smtpserver refuses stands in a log of its own (dialog.c).
 */
#include "collectors/zmailer/zmailer.h"

#include "base/array.h"
#include "collectors/address.h"
#include "collectors/format.h"
#include "collectors/life.h"

enum { SERVER, ROUTER, SCHEDULER, EXPIRER, TRANSPORT, SILENT };

/* The texts that ZMailer bounds by 200 bytes end with their next field. */
static const struct slice after_address[] = { { ", rrelay=", 9 },
	{ "\trrelay=", 8 }, { ", delay=", 8 }, { "\tdelay=", 7 } };

/* 'S', an inode's number and a time stamp in letters: "S4711AfqKWJAAA" */
static bool
cut_spool_id(struct slice *text, struct slice *id)
{
	size_t n = 0;

	while (n < text->n && text->p[n] > ' ' && text->p[n] != ':')
		n++;
	*id = (struct slice){ text->p, n };
	if (n < 8 || n >= QUEUE_ID_TEXT || id->p[0] != 'S' ||
	    n + 1 >= text->n || text->p[n] != ':' ||
	    (text->p[n + 1] != ' ' && text->p[n + 1] != '\t'))
		return false;
	*text = slice_from(*text, n + 2);
	return true;
}

/* The value of the field that comes next: "delay=00:00:02, " */
static bool
cut_field(struct slice *text, struct slice name, struct slice *value)
{
	struct slice rest = *text;

	if (!slice_skip(&rest, name))
		return false;
	*value = rest;
	if (!slice_cut(&rest, SLICE(", "), value) &&
	    !slice_cut(&rest, SLICE("\t"), value))
		return false;
	*text = rest;
	return true;
}

/* "00:01:30"; hours have as many digits as they need */
static uint32_t
read_delay(struct slice text)
{
	struct slice hours, minutes;
	uint64_t h, m, s;

	if (!slice_cut(&text, SLICE(":"), &hours) ||
	    !slice_cut(&text, SLICE(":"), &minutes) ||
	    !slice_number(hours, &h) || !slice_number(minutes, &m) ||
	    !slice_number(text, &s) || h > 1000 || m > 59 || s > 59)
		return 0;
	return (uint32_t)(((h * 60 + m) * 60 + s) * 1000);
}

/* "mail.example.net/1234", "[192.0.2.7]/1234" */
static struct addr
read_client(struct slice text)
{
	struct addr client = { 0 };
	struct slice address;

	if (slice_skips(&text, "[") && slice_cut(&text, SLICE("]"), &address))
		(void)addr_parse(address, &client);
	return client;
}

/* "accepted  S1a2b3c4711 (4711c) from host/1234 into freeze[2]" */
static enum meaning
frozen(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct slice id, size;
	struct addr client;
	struct message *message;

	while (slice_skips(&text, " "))
		continue;
	if (!slice_cut(&text, SLICE(" ("), &id) || id.n >= QUEUE_ID_TEXT ||
	    !slice_cut(&text, SLICE(") from "), &size) ||
	    slice_find(text, SLICE(" into freeze[")) == -1)
		return MEANS_UNKNOWN;
	client = read_client(text);
	message = life_from_client(tracker, line, id, &client, SLICE(""));
	if (slice_ends(size, SLICE("c")))
		size.n--;
	(void)slice_number(size, &message->bytes);
	life_held(tracker, line, message, SLICE("smtp"), SLICE("freeze"));
	return MEANS_FACT;
}

/* "(4711c) accepted from host/1234" */
static enum meaning
accepted(struct tracker *tracker, const struct log_line *line, struct slice id,
    struct slice text)
{
	struct slice size;
	struct addr client;

	if (!slice_skips(&text, "(") ||
	    !slice_cut(&text, SLICE("c) accepted from "), &size))
		return MEANS_NOTHING;
	client = read_client(text);
	(void)life_from_client(tracker, line, id, &client, SLICE(""));
	return MEANS_FACT;
}

/*
 * What stands in rrelay= has no blank, unlike the Message-ID behind the size;
 * so the first size is the router's own.
 */
static enum meaning
routed(struct tracker *tracker, const struct log_line *line, struct slice id,
    struct slice text)
{
	struct slice sender, relay, size, count, message_id;
	uint64_t bytes, recipients;
	bool ambiguous;

	if (!slice_skips(&text, "from=<"))
		return MEANS_NOTHING;
	if (!cut_address(&text, after_address, NELEMS(after_address), &sender,
		&ambiguous))
		return MEANS_UNKNOWN;
	/* An open quote in a line that was cut: the address goes on. */
	if (ambiguous && slice_find(text, SLICE("xdelay=")) == -1)
		return MEANS_UNKNOWN;
	tracker_counts(tracker)->ambiguous += ambiguous;
	text = slice_from(text, text.p[0] == ',' ? 2 : 1);
	if (!cut_field(&text, SLICE("rrelay="), &relay) ||
	    !cut_field(&text, SLICE("size="), &size) ||
	    !cut_field(&text, SLICE("nrcpts="), &count) ||
	    !slice_number(size, &bytes) || !slice_number(count, &recipients) ||
	    recipients > UINT32_MAX)
		return MEANS_UNKNOWN;
	if (!cut_field(&text, SLICE("msgid="), &message_id))
		message_id = SLICE("");
	if (slice_skips(&message_id, "<") && slice_ends(message_id, SLICE(">")))
		message_id.n--;
	if (inflight_find(tracker, line->host_index, id) == NULL &&
	    sender.n != 0)
		(void)life_from_local(tracker, line, id);
	life_queued(tracker, line, id, message_id);
	life_active(tracker, line, id, sender, bytes, (uint32_t)recipients);
	if (sender.n == 0 &&
	    inflight_get(tracker, line, id)->origin == ORIGIN_UNKNOWN)
		life_generated(tracker, line, id);
	return MEANS_FACT;
}

/* What became of it: "ok3", "retryat +300", "deferred", "error2" */
static bool
read_status(struct slice text, struct attempt *attempt)
{
	static const struct {
		struct slice word;
		enum event_kind kind;
	} words[] = {
		{ { "ok", 2 }, EVENT_SENT },
		{ { "retryat +", 9 }, EVENT_DEFERRED },
		{ { "deferred", 8 }, EVENT_DEFERRED },
		{ { "delayed", 7 }, EVENT_DEFERRED },
		{ { "error", 5 }, EVENT_BOUNCED },
		{ { "failed", 6 }, EVENT_BOUNCED },
	};
	struct slice rest;

	for (size_t i = 0; i < NELEMS(words); i++) {
		if (!slice_starts(text, words[i].word))
			continue;
		attempt->kind = words[i].kind;
		/* Up to its end the word may have digits, and more of them. */
		text = slice_from(text, words[i].word.n);
		if (slice_cut(&text, SLICE(" "), &rest) ||
		    slice_cut(&text, SLICE("\t"), &rest))
			attempt->reply = text;
		return true;
	}
	return false;
}

/* "mx.example.org ([192.0.2.25])": without the rest where it is local */
static void
read_relay(struct slice relay, struct attempt *attempt)
{
	struct slice address;

	if (!slice_cut(&relay, SLICE(" (["), &attempt->relay)) {
		attempt->relay = relay;
		return;
	}
	if (slice_cut(&relay, SLICE("])"), &address))
		(void)addr_parse(address, &attempt->peer);
}

static enum meaning
delivered(struct tracker *tracker, const struct log_line *line, struct slice id,
    struct slice text, unsigned kind)
{
	struct attempt attempt = { .kind = EVENT_SENT };
	struct slice delay, xdelay, relay;
	bool ambiguous;

	if (!slice_skips(&text, "to=<"))
		return MEANS_NOTHING;
	if (!cut_address(&text, after_address, NELEMS(after_address),
		&attempt.recipient, &ambiguous))
		return MEANS_UNKNOWN;
	tracker_counts(tracker)->ambiguous += ambiguous;
	text = slice_from(text, text.p[0] == ',' ? 2 : 1);
	if (!cut_field(&text, SLICE("delay="), &delay) ||
	    !cut_field(&text, SLICE("xdelay="), &xdelay) ||
	    !cut_field(&text, SLICE("mailer="), &attempt.mailer))
		return MEANS_UNKNOWN;
	if (cut_field(&text, SLICE("relay="), &relay))
		read_relay(relay, &attempt);
	if (!slice_skips(&text, "stat=") || !read_status(text, &attempt))
		return MEANS_UNKNOWN;
	if (slice_is(attempt.mailer, "hold"))
		return MEANS_NOTHING; /* it waits for its turn */
	if (kind == EXPIRER) {
		life_expired(tracker, line, id, SLICE(""));
		return MEANS_FACT;
	}
	/* What the router could not route goes to its sender. */
	if (slice_is(attempt.mailer, "error") && attempt.kind == EVENT_SENT)
		attempt.kind = EVENT_BOUNCED;
	attempt.delay_ms = read_delay(delay);
	attempt.is_outbound = slice_begins(attempt.mailer, "smtp");
	life_attempt(tracker, line, id, &attempt);
	return MEANS_FACT;
}

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct {
		struct slice name;
		unsigned kind;
	} programs[] = {
		{ { "smtpserver", 10 }, SERVER },
		{ { "router", 6 }, ROUTER },
		{ { "scheduler", 9 }, SCHEDULER },
		{ { "expirer", 7 }, EXPIRER },
		{ { "smtp", 4 }, TRANSPORT },
		{ { "mailbox", 7 }, TRANSPORT },
		{ { "sm", 2 }, TRANSPORT },
		{ { "hold", 4 }, TRANSPORT },
		{ { "errormail", 9 }, TRANSPORT },
		{ { "reroute", 7 }, SILENT },
		{ { "zmailer", 7 }, SILENT },
	};

	for (size_t i = 0; i < NELEMS(programs); i++) {
		if (!slice_eq(program, programs[i].name))
			continue;
		*kind = programs[i].kind;
		return true;
	}
	return false;
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text, id;
	struct zmailer_tag tag;

	if (kind == SERVER && zmailer_cut_tag(&text, &tag))
		return zmailer_dialog(tracker, line, &tag, text);
	if (kind == SERVER && slice_skips(&text, "accepted "))
		return frozen(tracker, line, text);
	if (!cut_spool_id(&text, &id))
		return MEANS_NOTHING;
	switch (kind) {
	case SERVER:
		return accepted(tracker, line, id, text);
	case ROUTER:
		return routed(tracker, line, id, text);
	case SCHEDULER:
		if (!slice_begins(text, "complete (total "))
			return MEANS_NOTHING;
		life_removed(tracker, line, id);
		return MEANS_FACT;
	case EXPIRER:
	case TRANSPORT:
		return delivered(tracker, line, id, text, kind);
	default:
		return MEANS_NOTHING;
	}
}

const struct log_format format_zmailer = {
	.name = "zmailer",
	.systems = "ZMailer 2.99",
	.reads =
	    "messages, deliveries, what expired or was frozen; connections, "
	    "refusals and authentication from smtpserver's own log",
	.owns = owns,
	.parse = parse,
	.front = zmailer_front,
	.claims = zmailer_claims,
	.apart = true,
};
