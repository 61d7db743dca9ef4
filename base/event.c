/*
 * event.c - one thing that happened to one piece of mail, as a line
 *
 * The printed form is a contract of replay --events and of the golden files:
 * the time, the kind, then name=value for what the event has.  Text from
 * outside is escaped, and quoted where it has a blank.
 */
#include "base/event.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"

static const char *const kinds[EVENT_KINDS] = {
	[EVENT_RECEIVED] = "received",
	[EVENT_SIZED] = "sized",
	[EVENT_RELAYED] = "relayed",
	[EVENT_SENT] = "sent",
	[EVENT_DEFERRED] = "deferred",
	[EVENT_BOUNCED] = "bounced",
	[EVENT_EXPIRED] = "expired",
	[EVENT_DISCARDED] = "discarded",
	[EVENT_QUARANTINED] = "quarantined",
	[EVENT_REJECTED] = "rejected",
	[EVENT_CONNECTED] = "connected",
	[EVENT_DISCONNECTED] = "disconnected",
	[EVENT_AUTH_OK] = "auth_ok",
	[EVENT_AUTH_FAILED] = "auth_failed",
	[EVENT_LOGIN_OK] = "login_ok",
	[EVENT_LOGIN_FAILED] = "login_failed",
	[EVENT_PROBE] = "probe",
	[EVENT_TLS] = "tls",
	[EVENT_VERDICT] = "verdict",
	[EVENT_CLEARTEXT] = "cleartext",
	[EVENT_COUNTED] = "counted",
	[EVENT_LIFECYCLE] = "lifecycle",
	[EVENT_MISSING] = "missing",
	[EVENT_ROGUE] = "rogue",
	[EVENT_HANDED] = "handed",
	[EVENT_RETURNED] = "returned",
};

static const char *const probes[] = { "vrfy", "expn", "pregreet", "non_smtp",
	"empty" };
static const char *const ends[] = { "ended", "lost", "timeout" };
static const char *const tls_versions[] = { "other", "1.0", "1.1", "1.2",
	"1.3" };
static const char *const relays[] = { "authenticated", "network", "open",
	"unsure" };
static const char *const protocols[] = { "smtp", "pop3", "imap" };
static const char *const encryptions[] = { "", "pgp", "smime" };
static const char *const outcomes[] = { "taken", "wrong", "forbidden" };
static const char *const verdicts[] = { "clean", "spam", "virus", "banned" };

const char *
event_kind_name(enum event_kind kind)
{
	return kinds[kind];
}

const char *
event_relay_name(enum relay_kind relay)
{
	return relays[relay];
}

const char *
event_verdict_name(enum verdict_kind verdict)
{
	return verdicts[verdict];
}

static void
print_text(FILE *out, const char *name, struct slice value)
{
	char text[1024];

	if (value.n == 0)
		return;
	slice_escape(value, text, sizeof(text));
	if (slice_find_char(value, ' ') == -1)
		fprintf(out, " %s=%s", name, text);
	else
		fprintf(out, " %s=\"%s\"", name, text);
}

static void
print_address(FILE *out, const char *name, const struct addr *addr)
{
	char text[ADDR_TEXT];

	addr_print(addr, text);
	if (text[0] != '\0')
		fprintf(out, " %s=%s", name, text);
}

static void
print_message(FILE *out, const struct mail_event *event)
{
	print_text(out, "from", event->message.sender);
	if (event->message.recipients != 0)
		fprintf(out, " recipients=%" PRIu32, event->message.recipients);
	if (event->message.bytes != 0)
		fprintf(out, " bytes=%" PRIu64, event->message.bytes);
	if (event->message.generated)
		fputs(" generated", out);
	print_text(out, "subject", event->message.subject);
	if (event->message.attachments != 0)
		fprintf(
		    out, " attachments=%" PRIu32, event->message.attachments);
	if (event->message.listed != 0)
		fprintf(out, " listed=%" PRIu32, event->message.listed);
	print_text(out, "extension", event->message.extension);
	print_text(
	    out, "encrypted", slice_of(encryptions[event->message.encryption]));
}

static void
print_delivery(FILE *out, const struct mail_event *event)
{
	print_text(out, "from", event->delivery.sender);
	print_text(out, "to", event->delivery.recipient);
	print_text(out, "addressed", event->delivery.addressed);
	print_text(out, "relay", event->delivery.relay);
	print_address(out, "peer", &event->delivery.peer);
	print_text(out, "dsn", event->delivery.dsn);
	if (event->delivery.bytes != 0)
		fprintf(out, " bytes=%" PRIu64, event->delivery.bytes);
	if (event->delivery.again)
		fputs(" again", out);
	print_text(out, "reply", event->delivery.reply);
}

static void
print_reject(FILE *out, const struct mail_event *event)
{
	fprintf(out, " reason=%s %s", reason_name(event->reject.reason),
	    event->reject.temporary ? "temporary" : "permanent");
	if (event->reject.code != 0)
		fprintf(out, " code=%u", event->reject.code);
	print_text(out, "dsn", event->reject.dsn);
	print_text(out, "helo", event->reject.helo);
	print_text(out, "from", event->reject.sender);
	print_text(out, "to", event->reject.recipient);
	print_text(out, "text", event->reject.text);
}

/* What is not said is SMTP. */
static void
print_protocol(FILE *out, enum mail_protocol protocol)
{
	if (protocol != PROTOCOL_SMTP)
		fprintf(out, " protocol=%s", protocols[protocol]);
}

static void
print_particulars(FILE *out, const struct mail_event *event)
{
	switch (event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		print_message(out, event);
		break;
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
	case EVENT_EXPIRED:
	case EVENT_DISCARDED:
	case EVENT_QUARANTINED:
	case EVENT_HANDED:
		print_delivery(out, event);
		break;
	case EVENT_RETURNED:
		print_text(out, "original", event->original);
		break;
	case EVENT_REJECTED:
		print_reject(out, event);
		break;
	case EVENT_RELAYED:
		fprintf(out, " %s", relays[event->relay]);
		break;
	case EVENT_COUNTED:
		fprintf(out, " %s", mailer_metric_name(event->column.metric));
		fprintf(out, " n=%" PRIu64, event->column.n);
		if (event->column.bytes != 0)
			fprintf(out, " bytes=%" PRIu64, event->column.bytes);
		break;
	case EVENT_PROBE:
		fprintf(out, " %s", probes[event->probe]);
		break;
	case EVENT_DISCONNECTED:
		fprintf(out, " %s", ends[event->end]);
		break;
	case EVENT_TLS:
		fprintf(out, " %s", tls_versions[event->tls.version]);
		print_text(out, "name", event->tls.name);
		print_protocol(out, event->tls.protocol);
		break;
	case EVENT_CLEARTEXT:
		fprintf(out, " %s", outcomes[event->cleartext.outcome]);
		print_protocol(out, event->cleartext.protocol);
		print_address(out, "server", &event->cleartext.server);
		if (event->cleartext.tls_offered)
			fputs(" tls_offered", out);
		break;
	case EVENT_VERDICT:
		fprintf(out, " %s", verdicts[event->verdict]);
		print_text(out, "from", event->author);
		break;
	case EVENT_MISSING:
		fprintf(out, " %s",
		    event->missing.unlogged ? "unlogged" : "unseen");
		break;
	case EVENT_ROGUE:
		print_address(out, "peer", &event->rogue.peer);
		fprintf(out, " port=%u", event->rogue.port);
		break;
	case EVENT_AUTH_FAILED:
	case EVENT_LOGIN_FAILED:
		if (event->auth.unavailable)
			fputs(" unavailable", out);
		break;
	default:
		break;
	}
}

void
event_print(FILE *out, const struct mail_event *event)
{
	fprintf(out, "%" PRId64 ".%06d", event->when / 1000000,
	    (int)(event->when % 1000000));
	print_text(out, "host", event->host);
	fprintf(out, " %s", kinds[event->kind]);
	if (event->source == SOURCE_WIRE)
		fputs(" wire", out);
	if (event->count != 1)
		fprintf(out, " count=%" PRIu32, event->count);
	print_text(out, "mailer", event->mailer);
	print_text(out, "id", event->queue_id);
	print_text(out, "msgid", event->message_id);
	print_text(out, "account", event->account);
	print_address(out, "client", &event->client);
	print_particulars(out, event);
	putc('\n', out);
}

/* Behind what is there, after ": " or what else is given. */
static void
add_words(char *text, size_t size, const char *between, struct slice words)
{
	size_t n = strlen(text);

	if (words.n == 0)
		return;
	n += (size_t)snprintf(text + n, size - n, "%s", n == 0 ? "" : between);
	if (n < size)
		(void)slice_copy(words, text + n, size - n);
}

static void
message_words(const struct mail_event *event, char *text, size_t size)
{
	if (event->message.generated)
		snprintf(text, size, "made by the mail system itself");
	else if (event->message.bytes != 0)
		snprintf(text, size,
		    "%" PRIu64 " bytes, %" PRIu32 " recipient%s",
		    event->message.bytes, event->message.recipients,
		    event->message.recipients == 1 ? "" : "s");
}

void
event_words(const struct mail_event *event, char *text, size_t size)
{
	text[0] = '\0';
	switch (event->kind) {
	case EVENT_RECEIVED:
		message_words(event, text, size);
		break;
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
	case EVENT_EXPIRED:
	case EVENT_DISCARDED:
	case EVENT_QUARANTINED:
		add_words(text, size, "", event->delivery.relay);
		add_words(text, size, " ", event->delivery.dsn);
		add_words(text, size, ": ", event->delivery.reply);
		break;
	case EVENT_REJECTED:
		snprintf(text, size, "%s", reason_name(event->reject.reason));
		add_words(text, size, ": ", event->reject.text);
		break;
	case EVENT_PROBE:
		snprintf(text, size, "%s", probes[event->probe]);
		break;
	case EVENT_DISCONNECTED:
		snprintf(text, size, "%s", ends[event->end]);
		break;
	case EVENT_TLS:
		snprintf(
		    text, size, "TLS %s", tls_versions[event->tls.version]);
		break;
	case EVENT_VERDICT:
		snprintf(text, size, "%s", verdicts[event->verdict]);
		break;
	default:
		break;
	}
}
