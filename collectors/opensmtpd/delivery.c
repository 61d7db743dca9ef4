/*
 * delivery.c - one line per envelope and attempt: mta's, mda's, expiry
 *
 * Read from the front: relay= has the name that the other host gave itself in
 * the DNS, and stat= its answer or a program's last words.
 */
#include "base/array.h"
#include "collectors/life.h"
#include "collectors/opensmtpd/opensmtpd.h"

/* "0s", "2m11s", "1d2h3m4s" */
static uint32_t
read_delay(struct slice text)
{
	uint64_t seconds = 0, n = 0;

	for (size_t i = 0; i < text.n && seconds < UINT32_MAX; i++) {
		uint64_t unit = text.p[i] == 'd'   ? 86400
				: text.p[i] == 'h' ? 3600
				: text.p[i] == 'm' ? 60
						   : text.p[i] == 's';

		if (unit != 0) {
			seconds += n * unit;
			n = 0;
			continue;
		}
		if (text.p[i] < '0' || text.p[i] > '9' || n > 99999999)
			return 0;
		n = n * 10 + (uint64_t)(text.p[i] - '0');
	}
	return seconds < UINT32_MAX / 1000 ? (uint32_t)seconds * 1000
					   : UINT32_MAX;
}

static bool
read_result(struct slice word, enum event_kind *kind)
{
	if (slice_is(word, "Ok"))
		*kind = EVENT_SENT;
	else if (slice_is(word, "TempFail"))
		*kind = EVENT_DEFERRED;
	else if (slice_is(word, "PermFail") || slice_is(word, "Loop"))
		*kind = EVENT_BOUNCED;
	else
		return false;
	return true;
}

/* "192.0.2.200 (mx.example.org)", "[2001:db8::1] (...)", "example.org" */
static void
read_relay(struct slice text, struct attempt *attempt)
{
	struct slice address;

	attempt->relay = text;
	if (!read_host(text, &attempt->peer) ||
	    !slice_cut(&text, SLICE(" ("), &address))
		return;
	if (slice_ends(text, SLICE(")")))
		text.n--;
	attempt->relay = text;
}

/* "250 2.0.0 Ok": the second word, where it is a code */
static void
read_dsn(struct attempt *attempt)
{
	struct slice rest = attempt->reply, code;

	if (!slice_cut(&rest, SLICE(" "), &code) || code.n != 3 ||
	    !slice_cut(&rest, SLICE(" "), &code) || code.n < 5 ||
	    code.p[1] != '.' || code.p[0] < '2' || code.p[0] > '5')
		return;
	if (code.p[code.n - 1] == ':')
		code.n--;
	attempt->dsn = code;
}

/* Mail for that domain stays on this host. */
static void
learn(struct entry *entry, struct slice address)
{
	ptrdiff_t at = slice_find_last(address, SLICE("@"));

	if (at != -1)
		opensmtpd_local_domain(
		    entry, slice_from(address, (size_t)at + 1));
}

static enum meaning
attempted(
    struct entry *entry, struct slice envelope, const struct attempt *attempt)
{
	struct slice id = { envelope.p, 8 };

	if (!is_hex(envelope, 16))
		return MEANS_UNKNOWN;
	if (slice_is(attempt->mailer, "mda")) {
		learn(entry, attempt->recipient);
		learn(entry, attempt->addressed);
	}
	life_attempt(entry->tracker, entry->line, id, attempt);
	if (attempt->kind != EVENT_DEFERRED)
		inflight_done(entry->tracker, entry->line->host_index, id);
	return MEANS_FACT;
}

/* "evpid=f3f275e3a0dc7c71 from=<a@b> to=<c@d> rcpt=<e@f> ", and on; rcpt= is
   the address before aliases, "-" if it is the same */
static bool
cut_addresses(
    struct slice *text, struct slice *envelope, struct attempt *attempt)
{
	struct slice sender;

	if (!slice_skips(text, "evpid=") ||
	    !slice_cut(text, SLICE(" "), envelope) ||
	    !slice_skips(text, "from=<") ||
	    !slice_cut(text, SLICE("> to=<"), &sender) ||
	    !slice_cut(text, SLICE("> "), &attempt->recipient))
		return false;
	if (slice_skips(text, "rcpt=<") &&
	    !slice_cut(text, SLICE("> "), &attempt->addressed))
		return false;
	if (slice_is(attempt->addressed, "-"))
		attempt->addressed = SLICE("");
	return true;
}

/* "... source="192.0.2.25" relay="..." delay=1s result="Ok" stat="250 ..."" */
enum meaning
opensmtpd_mta(struct entry *entry)
{
	struct attempt attempt = { .mailer = SLICE("mta"),
		.is_outbound = true };
	struct slice text = entry->text, envelope, value;

	if (!cut_addresses(&text, &envelope, &attempt) ||
	    !slice_cut(&text, SLICE("relay=\""), &value) ||
	    !slice_cut(&text, SLICE("\" delay="), &value))
		return MEANS_UNKNOWN;
	read_relay(value, &attempt);
	if (!slice_cut(&text, SLICE(" result=\""), &value))
		return MEANS_UNKNOWN;
	attempt.delay_ms = read_delay(value);
	if (!slice_cut(&text, SLICE("\" stat=\""), &value) ||
	    !read_result(value, &attempt.kind))
		return MEANS_UNKNOWN;
	attempt.is_cut = !slice_ends(text, SLICE("\""));
	if (!attempt.is_cut)
		text.n--;
	attempt.reply = text;
	read_dsn(&attempt);
	return attempted(entry, envelope, &attempt);
}

/* "... user=kim delay=0s result=Ok stat=Delivered" */
enum meaning
opensmtpd_mda(struct entry *entry)
{
	struct attempt attempt = { .mailer = SLICE("mda") };
	struct slice text = entry->text, envelope, value;

	if (!cut_addresses(&text, &envelope, &attempt) ||
	    !slice_cut(&text, SLICE(" delay="), &value) ||
	    !slice_cut(&text, SLICE(" result="), &value))
		return MEANS_UNKNOWN;
	attempt.delay_ms = read_delay(value);
	if (!slice_cut(&text, SLICE(" stat="), &value) ||
	    !read_result(value, &attempt.kind))
		return MEANS_UNKNOWN;
	attempt.reply = text;
	return attempted(entry, envelope, &attempt);
}

/* "from=<a@b>, to=<c@d>, [rcpt=<e@f>, ]", as versions up to 5.7 have it, and
   all for what expires; a null sender is "@" */
static bool
cut_listed(struct slice *text, struct slice *sender, struct attempt *attempt)
{
	struct slice before;

	if (!slice_cut(text, SLICE("from=<"), &before) ||
	    !slice_cut(text, SLICE(">, to=<"), sender) ||
	    !slice_cut(text, SLICE(">, "), &attempt->recipient))
		return false;
	if (slice_is(*sender, "@"))
		*sender = SLICE("");
	if (slice_skips(text, "rcpt=<") &&
	    !slice_cut(text, SLICE(">, "), &attempt->addressed))
		return false;
	if (slice_is(attempt->addressed, "-"))
		attempt->addressed = SLICE("");
	return true;
}

static enum meaning
expired(struct entry *entry, struct slice id, struct slice sender)
{
	life_expired(entry->tracker, entry->line, id, sender);
	inflight_done(entry->tracker, entry->line->host_index, id);
	return MEANS_FACT;
}

/* "Ok for f3f275e3a0dc7c71: session=..., from=<a@b>, to=<c@d>, ..., stat=..." */
static enum meaning
listed(struct entry *entry, struct attempt attempt)
{
	struct slice text = entry->text, word, envelope, sender, value, rest;

	if (!slice_cut(&text, SLICE(" for "), &word) ||
	    !slice_cut(&text, SLICE(": "), &envelope) ||
	    !is_hex(envelope, 16) || !cut_listed(&text, &sender, &attempt))
		return MEANS_UNKNOWN;
	if (slice_is(word, "Remove") || slice_is(word, "Hold"))
		return MEANS_NOTHING;
	if (slice_is(word, "Expire"))
		return expired(entry, (struct slice){ envelope.p, 8 }, sender);
	rest = text;
	if (slice_cut(&rest, SLICE("relay="), &value) &&
	    slice_cut(&rest, SLICE(", delay="), &value))
		read_relay(value, &attempt);
	if (!slice_cut(&text, SLICE("delay="), &value) ||
	    !slice_cut(&text, SLICE(", stat="), &value) ||
	    !read_result(word, &attempt.kind))
		return MEANS_UNKNOWN;
	attempt.delay_ms = read_delay(value);
	attempt.reply = text;
	read_dsn(&attempt);
	return attempted(entry, envelope, &attempt);
}

enum meaning
opensmtpd_old_relay(struct entry *entry)
{
	return listed(entry,
	    (struct attempt){ .mailer = SLICE("mta"), .is_outbound = true });
}

enum meaning
opensmtpd_old_delivery(struct entry *entry)
{
	return listed(entry, (struct attempt){ .mailer = SLICE("mda") });
}
