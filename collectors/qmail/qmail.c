/* qmail.c - qmail and its kin: by syslog or multilog, and on to the parsers */
#include "collectors/qmail/qmail.h"

#include "base/array.h"
#include "collectors/format.h"

enum { QMAIL, SPAMDYKE, SILENT };

static const struct slice names[] = { { "qmail", 5 }, { "qmail-send", 10 },
	{ "qmail-smtpd", 11 }, { "qmail-smtpsd", 12 }, { "qmail-smtpsub", 13 },
	{ "qmail-submission", 16 }, { "qmail-smtp", 10 },
	{ "qmail-smtpd-ssl", 15 }, { "tcpserver", 9 }, { "sslserver", 9 },
	{ "rblsmtpd", 8 }, { "recordio", 8 }, { "splogger", 8 },
	{ "simscan", 7 } };
static const struct slice silent[] = { { "qmail-pop3d", 11 },
	{ "qmail-popup", 11 }, { "qmail-pop3d-ssl", 15 }, { "vchkpw", 6 },
	{ "qmail-qmtpd", 11 }, { "qmail-qmqpd", 11 } };

static const struct entry_row rows[] = {
	ENTRY_ROW("status: ", entry_nothing),
	ENTRY_ROW("delivery ", qmail_result),
	ENTRY_ROW("starting delivery ", qmail_begin),
	ENTRY_ROW("new msg ", qmail_new),
	ENTRY_ROW("info msg ", qmail_info),
	ENTRY_ROW("end msg ", qmail_end),
	ENTRY_ROW("bounce msg ", qmail_bounce),
	ENTRY_ROW("triple bounce: ", entry_nothing),
	ENTRY_ROW("double bounce: ", entry_nothing),
	ENTRY_ROW("tcpserver: ", qmail_server),
	ENTRY_ROW("sslserver: ", qmail_server),
	ENTRY_ROW("rblsmtpd: ", qmail_rblsmtpd),
	ENTRY_ROW("qmail-smtpd: ", qmail_smtpd),
	ENTRY_ROW("mail recv: ", qmail_received),
	ENTRY_ROW("simscan:", qmail_simscan),
	ENTRY_ROW("spamdyke[", qmail_spamdyke_pid),
	ENTRY_ROW("warning: ", entry_nothing),
	ENTRY_ROW("alert: ", entry_nothing),
	ENTRY_ROW("cannot start: ", entry_nothing),
	ENTRY_ROW("running", entry_nothing),
	ENTRY_ROW("multilog: ", entry_nothing),
	ENTRY_ROW("policy_check: ", entry_nothing),
	ENTRY_ROW("CHKUSER ", entry_nothing),
	ENTRY_ROW("recordio: ", entry_nothing),
	ENTRY_ROW("softlimit: ", entry_nothing),
	ENTRY_ROW("envuidgid: ", entry_nothing),
	ENTRY_ROW("setuidgid: ", entry_nothing),
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* splogger.c: "1795310701.660353 ", six digits behind the point */
bool
qmail_cut_stamp(struct slice *text, bool *more)
{
	size_t n = 0;

	while (n < text->n && is_digit(text->p[n]))
		n++;
	if (n < 9 || n > 11 || text->n < n + 8 || text->p[n] != '.')
		return false;
	for (size_t i = n + 1; i < n + 7; i++)
		if (!is_digit(text->p[i]))
			return false;
	*more = text->p[n + 7] == '+';
	if (!*more && text->p[n + 7] != ' ')
		return false;
	*text = slice_from(*text, n + 8);
	return true;
}

/* "30 > 250 ok", "30 < QUIT": recordio */
static bool
cut_process(struct slice *text, uint64_t *pid)
{
	size_t n = 0;

	while (n < text->n && n < 10 && is_digit(text->p[n]))
		n++;
	if (n == 0 || text->n < n + 3 || text->p[n] != ' ' ||
	    (text->p[n + 1] != '>' && text->p[n + 1] != '<') ||
	    text->p[n + 2] != ' ' ||
	    !slice_number((struct slice){ text->p, n }, pid))
		return false;
	*text = slice_from(*text, n + 1);
	return true;
}

enum meaning
qmail_parse(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct entry entry = { tracker, line, { NULL, 0 }, text };
	enum meaning meaning = MEANS_UNKNOWN;
	uint64_t pid;

	if (cut_process(&entry.text, &pid))
		return qmail_dialog(&entry, pid);
	(void)entry_by_row(&entry, rows, NELEMS(rows), &meaning);
	return meaning;
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = QMAIL;
	if (format_has(program, names, NELEMS(names)))
		return true;
	*kind = slice_is(program, "spamdyke") ? SPAMDYKE : SILENT;
	return *kind == SPAMDYKE || format_has(program, silent, NELEMS(silent));
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct entry entry = { tracker, line, { NULL, 0 }, line->text };
	struct slice text = line->text;
	bool more = false;

	if (kind == SILENT)
		return MEANS_NOTHING;
	if (kind == SPAMDYKE)
		return qmail_spamdyke(&entry);
	(void)qmail_cut_stamp(&text, &more);
	return more ? MEANS_NOTHING : qmail_parse(tracker, line, text);
}

/* Any tag that splogger was given, if the words are qmail's. */
static bool
knows(struct slice text, unsigned *kind)
{
	static const struct slice marks[] = { { "tcpserver: ", 11 },
		{ "sslserver: ", 11 }, { "rblsmtpd: ", 10 },
		{ "status: local ", 14 }, { "starting delivery ", 18 },
		{ "new msg ", 8 }, { "info msg ", 9 }, { "end msg ", 8 } };
	bool more;

	*kind = QMAIL;
	if (!qmail_cut_stamp(&text, &more) || more)
		return false;
	for (size_t i = 0; i < NELEMS(marks); i++)
		if (slice_starts(text, marks[i]))
			return true;
	return false;
}

/* multilog's: each line behind a stamp, or as tai64nlocal made it. */
static bool
front(struct stamp_clock *clock, struct slice line, struct header *header)
{
	if (!stamp_read_tai64n(clock, &line, &header->when) &&
	    !stamp_read_wall(clock, &line, &header->when))
		return false;
	header->program = SLICE("qmail");
	header->text = line;
	return true;
}

static bool
claims(const struct header *header)
{
	static const struct slice marks[] = { { "tcpserver: ", 11 },
		{ "sslserver: ", 11 }, { "rblsmtpd: ", 10 },
		{ "qmail-smtpd: ", 13 }, { "status: local ", 14 },
		{ "status: exiting", 15 }, { "starting delivery ", 18 },
		{ "delivery ", 9 }, { "new msg ", 8 }, { "info msg ", 9 },
		{ "end msg ", 8 }, { "bounce msg ", 11 } };
	struct slice text = header->text;
	uint64_t pid;

	for (size_t i = 0; i < NELEMS(marks); i++)
		if (slice_starts(text, marks[i]))
			return true;
	return cut_process(&text, &pid);
}

const struct log_format format_qmail = {
	.name = "qmail",
	.systems =
	    "qmail, netqmail, notqmail, s/qmail, by splogger or multilog; "
	    "ucspi-tcp, ucspi-ssl, simscan, spamdyke",
	.reads = "messages, deliveries joined by number, bounces and forwards, "
		 "sessions, what tcpserver, rblsmtpd, spamdyke and s/qmail "
		 "refuse; with recordio every answer and who brought what",
	.owns = owns,
	.parse = parse,
	.knows = knows,
	.front = front,
	.claims = claims,
	.in_parts = true,
};
