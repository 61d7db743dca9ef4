/* sendmail.c - Sendmail, 8.12 to 8.18: whose line, and on to its parser */
#include "collectors/sendmail/sendmail.h"

#include "base/array.h"

/* "STARTTLS=server, relay=..." */
static enum meaning
server(struct entry *entry)
{
	return slice_begins(entry->text, ", relay=") ? sendmail_starttls(entry)
						     : MEANS_NOTHING;
}

/* "SMTP+queueing@00:10:00": the daemon, not the submission program's */
static enum meaning
starting(struct entry *entry)
{
	return slice_find(entry->text, SLICE(": SMTP")) == -1
		   ? MEANS_NOTHING
		   : sendmail_starting(entry);
}

/* "SYSERR(root): collect: ...": the client left; others tell of ourselves */
static enum meaning
trouble(struct entry *entry)
{
	struct slice user;

	if (!slice_cut(&entry->text, SLICE("): "), &user) ||
	    !slice_skips(&entry->text, "collect: ") || entry->id.n == 0)
		return MEANS_NOTHING;
	return sendmail_collect(entry);
}

/* "rejecting connections on daemon MTA: load average: 12": to nobody yet */
static enum meaning
rejecting(struct entry *entry)
{
	if (slice_begins(entry->text, "connections on daemon"))
		return MEANS_NOTHING;
	return sendmail_pregreet(entry);
}

static const struct entry_row of_envelope[] = {
	ENTRY_ROW("to=", sendmail_to),
	ENTRY_ROW("from=", sendmail_from),
	ENTRY_ROW("Milter (", sendmail_milter_edit),
	ENTRY_ROW("ruleset=", sendmail_ruleset),
	ENTRY_ROW("<", sendmail_complaint),
	ENTRY_ROW("Milter: ", sendmail_milter),
	ENTRY_ROW("milter=", sendmail_milter_action),
	ENTRY_ROW("AUTH failure ", sendmail_auth_failure),
	ENTRY_ROW("Too many recipients", sendmail_too_many),
	ENTRY_ROW("discarded", sendmail_discarded),
	ENTRY_ROW("lost input channel from ", sendmail_lost),
	ENTRY_ROW("timeout waiting for input from ", sendmail_timeout),
	ENTRY_ROW("collect: ", sendmail_collect),
	ENTRY_ROW("SYSERR(", trouble),
	ENTRY_ROW("message size (", sendmail_too_large),
	ENTRY_ROW("headers too large", sendmail_too_large),
	ENTRY_ROW("rejecting ", rejecting),
	ENTRY_ROW("8-bit character in mailbox address", sendmail_eight_bit),
};

static const struct entry_row of_process[] = {
	ENTRY_ROW("STARTTLS=server", server),
	ENTRY_ROW("STARTTLS", entry_nothing),
	ENTRY_ROW("AUTH=server", sendmail_auth),
	ENTRY_ROW("AUTH", entry_nothing),
	ENTRY_ROW("ruleset=", sendmail_ruleset),
	ENTRY_ROW("connect from ", sendmail_connect),
	ENTRY_ROW("starting daemon", starting),
	ENTRY_ROW("rejecting connections on daemon", entry_nothing),
};

/* Understood, and they change no count. */
static const struct slice silent[] = {
#define T(text)                                                                \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}
	T("alias "),
	T("forward "),
	T("forward: "),
	T("dns "),
	T("done; "),
	T("SMTP "),
	T("Authentication-Warning"),
	T("Milter "),
	T("tls_clt_features="),
	T("tls_srv_features="),
	T("engine="),
	T("started as: "),
	T("stopping daemon"),
	T("restarting "),
	T("accepting connections again"),
	T("unable to "),
	T("daemon "),
	T("runqueue: "),
	T("grew WorkList"),
	T("error: safesasl"),
	T("alias database "),
	T("/"),
	T("My unqualified host name "),
	T("gethostby"),
	T("getrequests: "),
	T("locked"),
	T("timeout writing message to "),
	T("makeconnection "),
	T("Losing "),
	T("savemail"),
	T("return to sender: "),
	T("Truncated "),
	T("hash map "),
	T("WARNING: "),
	T("NOTICE: "),
	T("low on space"),
	T("TLS"),
	T("quarantine"),
	T("unquarantine"),
	T("SASL"),
	T("MCI@"),
#undef T
};

/*
 * "  3: fl=0x2, mode=140777: SOCK ...": what a process that could not write
 * had open (dumpfd() of util.c), a line each.
 */
static bool
is_descriptor(struct slice text)
{
	struct slice number;
	uint64_t fd;

	while (slice_skips(&text, " "))
		;
	return slice_cut(&text, SLICE(": "), &number) &&
	       slice_number(number, &fd) &&
	       (slice_begins(text, "fl=") || slice_begins(text, "mode=") ||
		   slice_begins(text, "CANNOT STAT "));
}

static bool
is_silent(struct slice text)
{
	for (size_t i = 0; i < NELEMS(silent); i++)
		if (slice_starts(text, silent[i]))
			return true;
	return is_descriptor(text);
}

static enum meaning
parse_envelope(struct entry *entry)
{
	enum meaning meaning;

	if (slice_begins(entry->text, "Milter") ||
	    slice_begins(entry->text, "milter="))
		envelopes_milter(entry->tracker, entry->line->host_index);
	if (entry_by_row(entry, of_envelope, NELEMS(of_envelope), &meaning) ||
	    sendmail_report(entry, &meaning))
		return meaning;
	if (is_silent(entry->text))
		return MEANS_NOTHING;
	return sendmail_peer(entry);
}

static enum meaning
parse_process(struct entry *entry)
{
	enum meaning meaning;

	if (slice_begins(entry->text, "SYSERR") ||
	    slice_begins(entry->text, "NOQUEUE: SYSERR"))
		return MEANS_NOTHING;
	(void)slice_skips(&entry->text, "NOQUEUE: ");
	if (entry_by_row(entry, of_process, NELEMS(of_process), &meaning))
		return meaning;
	return is_silent(entry->text) ? MEANS_NOTHING : MEANS_UNKNOWN;
}

enum kind { KIND_SENDMAIL, KIND_HELPER };

/* Any -L label: those in use begin alike; others are learnt. */
static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice helpers[] = { { "mail.local", 10 },
		{ "smrsh", 5 }, { "sensible-mda", 12 }, { "mailstats", 9 },
		{ "newaliases", 10 }, { "makemap", 7 }, { "vacation", 8 } };

	*kind = KIND_HELPER;
	if (format_has(program, helpers, NELEMS(helpers)))
		return true;
	*kind = KIND_SENDMAIL;
	return slice_begins(program, "sendmail") ||
	       slice_begins(program, "sm-");
}

/* "ID: from=..., size=1, class=0, nrcpts=1" is nobody else's. */
static bool
knows(struct slice text, unsigned *kind)
{
	size_t n = sendmail_id_length(text);
	struct slice rest = slice_from(text, n);

	*kind = KIND_SENDMAIL;
	if (n == 0 || !slice_skips(&rest, ": "))
		return false;
	if (slice_begins(rest, "from="))
		return slice_find(rest, SLICE(", class=")) != -1 &&
		       slice_find(rest, SLICE(", nrcpts=")) != -1;
	return slice_begins(rest, "to=") &&
	       slice_find(rest, SLICE(", mailer=")) != -1 &&
	       slice_find(rest, SLICE(", pri=")) != -1 &&
	       slice_find(rest, SLICE(", stat=")) != -1;
}

#define ID_TIME 8 /* letters of an id that tell its time */

/* An id ends with the number of its process. */
static bool
signs(struct slice text, uint64_t pid, unsigned *kind)
{
	size_t n = sendmail_id_length(text);
	uint64_t number;

	*kind = KIND_SENDMAIL;
	if (n <= ID_TIME || n + 2 > text.n || text.p[n] != ':' ||
	    text.p[n + 1] != ' ' ||
	    !slice_number(
		(struct slice){ text.p + ID_TIME, n - ID_TIME }, &number) ||
	    number != pid)
		return false;
	text = slice_from(text, n + 2);
	for (size_t i = 0; i < NELEMS(of_envelope); i++)
		if (slice_starts(text, of_envelope[i].start))
			return true;
	return slice_find(text, SLICE("] did not issue MAIL/EXPN/")) != -1;
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct entry entry = { tracker, line, { NULL, 0 }, line->text };
	size_t n = sendmail_id_length(line->text);

	if (kind == KIND_HELPER)
		return MEANS_NOTHING;
	if (n == 0 || n + 2 > line->text.n || line->text.p[n] != ':' ||
	    line->text.p[n + 1] != ' ')
		return parse_process(&entry);
	entry.id = (struct slice){ line->text.p, n };
	entry.text = slice_from(line->text, n + 2);
	return parse_envelope(&entry);
}

const struct log_format format_sendmail = {
	.name = "sendmail",
	.systems = "Sendmail 8.12 to 8.18",
	.reads = "any tag and -L label, log levels 9 to 14; messages, "
		 "deliveries, refusals by rulesets and milters, sessions, "
		 "authentication, mailstats' columns",
	.owns = owns,
	.parse = parse,
	.knows = knows,
	.signs = signs,
};
