/* words.c - an incident in words, for subjects and sentences */
#include "alerts/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"

void
words_span(uint64_t seconds, char text[WORDS_TEXT])
{
	static const struct {
		uint64_t seconds;
		const char *name, *smaller;
		uint64_t small;
	} units[] = {
		{ 86400, "d", "h", 3600 },
		{ 3600, "h", "min", 60 },
		{ 60, "min", "s", 1 },
		{ 1, "s", "", 1 },
	};
	size_t i = 0, n;

	/* "90 min" reads as easily as "1 h 30 min", "36 h" as "1 d 12 h". */
	while (i + 1 < NELEMS(units) && seconds < units[i].seconds)
		i++;
	n = (size_t)snprintf(text, WORDS_TEXT, "%llu %s",
	    (unsigned long long)(seconds / units[i].seconds), units[i].name);
	seconds = seconds % units[i].seconds / units[i].small;
	if (seconds != 0)
		snprintf(text + n, WORDS_TEXT - n, " %llu %s",
		    (unsigned long long)seconds, units[i].smaller);
}

static struct tm
local_time(int64_t when, int64_t offset)
{
	time_t local = (time_t)(when + offset);
	struct tm tm = { 0 };

	gmtime_r(&local, &tm);
	return tm;
}

void
words_time(int64_t when, int64_t offset, char text[WORDS_TEXT])
{
	struct tm tm = local_time(when, offset);
	unsigned minutes = (unsigned)llabs(offset) / 60;
	size_t n = strftime(text, WORDS_TEXT, "%a %Y-%m-%d %H:%M:%S", &tm);

	snprintf(text + n, WORDS_TEXT - n, " %c%02u%02u",
	    offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

void
words_clock(int64_t when, int64_t offset, char text[WORDS_TEXT])
{
	struct tm tm = local_time(when, offset);

	strftime(text, WORDS_TEXT, "%H:%M", &tm);
}

void
words_measure(const struct incident *incident, char text[WORDS_TEXT])
{
	const char *unit = incident->unit != NULL ? incident->unit : "";
	double value = incident->value < 0 ? 0 : incident->value;
	char within[WORDS_TEXT];
	int n;

	if (strcmp(unit, "s") == 0) {
		words_span((uint64_t)value, text);
		return; /* it is a time by itself */
	}
	if (strcmp(unit, "x") == 0)
		n = snprintf(text, WORDS_TEXT, "%.*f times the usual",
		    value < 10, value);
	else if (strcmp(unit, "times") == 0 && value == 1)
		n = snprintf(text, WORDS_TEXT, "once");
	else
		n = snprintf(text, WORDS_TEXT, "%.0f%s%.30s", value,
		    unit[0] != '\0' ? " " : "", unit);
	if (incident->within == 0)
		return;
	words_span(incident->within, within);
	snprintf(text + n, WORDS_TEXT - (size_t)n, " in %.60s", within);
}

/*
 * @k: the key; @v: the value, @u: the usual one, @t: the value as times, @m:
 * with its unit, @s: as a time; @w: the window.  The advice is for where nothing was blocked.
 */
static const struct phrase phrases[] = {
	{ "relay-abuse", "@k refused @t in @w", "rejects.relay_denied", NULL },
	{ "open-relay", "mail of strangers relayed, @t in @w", "relay.open",
	    "Close the relay: mynetworks, relay_domains (Postfix), "
	    "relay-domains and access (Sendmail), dc_relay_nets (Exim)." },
	{ "harvest", "@k asked for unknown recipients, @v % in @w",
	    "rejects.unknown_recipient", NULL },
	{ "password-guessing", "@k gave wrong passwords, @m in @w",
	    "auth.failed", NULL },
	{ "account-under-attack", "@k attacked from @v networks in @w",
	    "auth.failed",
	    "Nothing is wrong as long as the password is strong." },
	{ "account-volume", "@k sent to @v recipients in @w",
	    "relay.authenticated",
	    "If that is not the user: lock the account, change its password, "
	    "and look through the queue." },
	{ "account-spread", "@k signed in from @v networks in @w", "auth.ok",
	    "If that is not the user: lock the account and change its "
	    "password." },
	{ "account-bounces", "@v % of what @k sent in @w was not delivered",
	    "messages.bounced",
	    "If that is not the user: lock the account, change its password, "
	    "and look through the queue." },
	{ "probing", "@k probed @t in @w", "sessions.connected", NULL },
	{ "spam-source", "@v % of the mail of @k is spam, in @w",
	    "verdicts.spam", NULL },
	{ "outbreak", "@k from @v clients in @w", "wire.messages",
	    "If it is no mailing: refuse the subject, or what is attached, "
	    "until a scanner knows it." },
	{ "cleartext-credentials", "@k sent its password unencrypted",
	    "wire.cleartext",
	    "Have the client use TLS, and the server refuse passwords "
	    "without: disable_plaintext_auth (Dovecot), "
	    "smtpd_tls_auth_only (Postfix)." },
	{ "reject-surge", "@v rejects in @w, usually @u", "rejects.total",
	    "See which client, recipient or rule it is, below." },
	{ "bounce-surge", "@v % of deliveries bounced in @w, usually @u %",
	    "messages.bounced", "See which remote host says so, below." },
	{ "defer-surge", "@v % of deliveries deferred in @w, usually @u %",
	    "messages.deferred", "See which remote host says so, below." },
	{ "silence", "no message for @s", "messages.received",
	    "Does the mail system run, and is its log still written?" },
	{ "queue-age", "the oldest message waits for @s",
	    "queue.oldest_seconds", "See what it waits for: mailq." },
	{ "blind", "not all of the mail is seen", "agent.lag_seconds",
	    "See Coverage on the dashboard." },
	{ "wire-log",
	    "@v % of the messages were on the wire or in the log "
	    "alone, in @w",
	    "wire.unlogged",
	    "Not in the log: is it still written, whole, and by every mail "
	    "server here? Not on the wire: is every interface captured?" },
	{ "rogue-sender", "@k sent mail past the mail system, @t in @w",
	    "wire.rogue",
	    "Find the program by its user (ps -u) or address, and stop it; if "
	    "it may send, name it in senders, of the capture." },
};

const struct phrase *
words_phrase(const char *rule)
{
	static const struct phrase other = { "", NULL, NULL, NULL };

	for (size_t i = 0; i < NELEMS(phrases); i++)
		if (strcmp(phrases[i].rule, rule) == 0)
			return &phrases[i];
	return &other;
}

static void
put_mark(FILE *out, const struct incident *incident, char mark)
{
	double value = incident->value < 0 ? 0 : incident->value;
	const char *unit = incident->unit != NULL ? incident->unit : "times";
	char text[WORDS_TEXT];

	switch (mark) {
	case 'k':
		fputs(incident->key, out);
		break;
	case 'm':
		fprintf(out, "%.0f %s", value, unit);
		break;
	case 's':
		words_span((uint64_t)value, text);
		fputs(text, out);
		break;
	case 't':
		fprintf(out, value == 1 ? "once" : "%.0f times", value);
		break;
	case 'u':
		fprintf(out, "%.0f", incident->usual < 0 ? 0 : incident->usual);
		break;
	case 'v':
		fprintf(out, "%.0f", value);
		break;
	case 'w':
		words_span(incident->within, text);
		fputs(text, out);
		break;
	default:
		break;
	}
}

static void
put_phrase(FILE *out, const struct incident *incident, const char *phrase)
{
	for (; *phrase != '\0'; phrase++)
		if (*phrase == '@' && phrase[1] != '\0')
			put_mark(out, incident, *++phrase);
		else
			putc(*phrase, out);
}

void
incident_sentence(const struct incident *incident, char text[WORDS_TEXT])
{
	const char *phrase = words_phrase(incident->rule)->sentence;
	FILE *out = fmemopen(text, WORDS_TEXT, "w");
	char measure[WORDS_TEXT];

	if (incident->kind == KEY_AGENT) {
		fprintf(out, "%s: %s", incident->key, incident->words);
	} else if (phrase != NULL) {
		put_phrase(out, incident, phrase);
	} else {
		words_measure(incident, measure);
		fprintf(out, "%s %s %s",
		    incident->kind == KEY_HOST ? "" : incident->key,
		    incident->what != NULL ? incident->what : "", measure);
	}
	putc('\0', out);
	fclose(out);
	text[WORDS_TEXT - 1] = '\0';
}

void
words_action(const struct incident *incident, char text[WORDS_TEXT])
{
	char span[WORDS_TEXT];

	words_span(incident->block_seconds, span);
	text[0] = '\0';
	if (incident->action == ACTION_SPARED)
		snprintf(text, WORDS_TEXT, "spared");
	else if (incident->action == ACTION_BLOCK)
		snprintf(text, WORDS_TEXT, "blocked %.60s", span);
	else if (incident->action == ACTION_OBSERVED)
		snprintf(text, WORDS_TEXT, "would be blocked%s%.60s",
		    incident->block_seconds != 0 ? " " : "",
		    incident->block_seconds != 0 ? span : "");
}
