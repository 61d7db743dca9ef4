/* exim.c - Exim 4: whose line, and on to its parser */
#include "collectors/exim/exim.h"

#include "base/array.h"

/* Who writes a log of its own: its lines name no program. */
#define OWN_LOG "exim-mainlog"

/* Behind a message's id. */
static const struct entry_row of_message[] = {
	ENTRY_ROW("=> ", exim_sent),
	ENTRY_ROW("<= ", exim_arrival),
	ENTRY_ROW("Completed", exim_completed),
	ENTRY_ROW("== ", exim_deferred),
	ENTRY_ROW("-> ", exim_sent),
	ENTRY_ROW("** ", exim_failed),
	ENTRY_ROW(">> ", exim_sent),
	ENTRY_ROW("(= ", exim_arrival),
	ENTRY_ROW("*> ", entry_nothing),
	ENTRY_ROW("frozen by ", exim_frozen_by),
	ENTRY_ROW("Frozen by ", exim_frozen_by),
	ENTRY_ROW("rejected from ", exim_rejected_from),
	ENTRY_ROW("PRDR ", exim_prdr),
};

static const struct entry_row of_process[] = {
	ENTRY_ROW("SMTP connection from ", exim_connection),
	ENTRY_ROW("SMTP connection identification ", entry_nothing),
	ENTRY_ROW("SMTP connection outbound ", entry_nothing),
	ENTRY_ROW("SMTP call from ", exim_dropped),
	ENTRY_ROW("SMTP command timeout on ", exim_timeout),
	ENTRY_ROW("SMTP data timeout ", exim_data_timeout),
	ENTRY_ROW("SMTP protocol synchronization error ", exim_sync),
	ENTRY_ROW("SMTP syntax error ", exim_syntax),
	ENTRY_ROW("SMTP protocol error ", entry_nothing),
	ENTRY_ROW("unexpected disconnection while reading SMTP command from ",
	    exim_unexpected),
	ENTRY_ROW(
	    "unexpected EOF while reading SMTP command from ", exim_unexpected),
	ENTRY_ROW("no MAIL in SMTP connection from ", exim_no_mail),
	ENTRY_ROW("no MAIL in TLS SMTP connection from ", exim_no_mail),
	ENTRY_ROW("no MAIL in TFO SMTP connection from ", exim_no_mail),
	ENTRY_ROW("no MAIL in TFO* SMTP connection from ", exim_no_mail),
	ENTRY_ROW("rejected \"", exim_rejected_greeting),
	ENTRY_ROW("temporarily rejected \"", exim_deferred_greeting),
	ENTRY_ROW("rejected ", exim_rejected),
	ENTRY_ROW("VRFY failed for ", exim_vrfy_failed),
	ENTRY_ROW("ridiculously long message header received from ",
	    exim_long_header),
	ENTRY_ROW(
	    "overlong message header line received from ", exim_long_header),
	ENTRY_ROW("Connection from ", exim_refused),
	ENTRY_ROW("refused connection from ", exim_refused_connection),
	ENTRY_ROW("connection from ", exim_refused_connection),
	ENTRY_ROW("temporarily refused connection from ", exim_reserved),
	ENTRY_ROW("too many recipients: ", exim_too_many),
	ENTRY_ROW("unqualified ", exim_unqualified),
	ENTRY_ROW("exim ", exim_started),
};

/* "PLAIN authenticator failed for host [...]": the name is the site's */
static bool
is_authenticator(struct entry *entry)
{
	struct slice rest = entry->text, name;

	if (!slice_cut(&rest, SLICE(" authenticator failed for "), &name) ||
	    slice_find_char(name, ' ') != -1)
		return false;
	entry->text = rest;
	return true;
}

/* Fields of who it was come first: "H=", "U=", "F=", "A=". */
static bool
begins_with_host(struct slice text)
{
	return (text.n > 2 && text.p[1] == '=' &&
		   (text.p[0] == 'H' || text.p[0] == 'U' || text.p[0] == 'F' ||
		       text.p[0] == 'A')) ||
	       slice_begins(text, "DS H=");
}

/* Exim's own id; some words have it twice. */
static void
take_id(struct entry *entry)
{
	size_t n = exim_id_length(entry->text);
	struct slice rest;

	entry->id = (struct slice){ entry->text.p, n };
	entry->text = slice_from(entry->text, n);
	(void)slice_skips(&entry->text, " ");
	rest = entry->text;
	if (slice_skip(&rest, entry->id) && slice_skips(&rest, " "))
		entry->text = rest;
}

enum meaning
exim_parse(struct entry *entry)
{
	enum meaning meaning;

	if (exim_id_length(entry->text) != 0)
		take_id(entry);
	if (begins_with_host(entry->text))
		return exim_host(entry);
	if (entry->id.n != 0 &&
	    entry_by_row(entry, of_message, NELEMS(of_message), &meaning))
		return meaning;
	if (entry_by_row(entry, of_process, NELEMS(of_process), &meaning))
		return meaning;
	if (is_authenticator(entry))
		return exim_authenticator(entry);
	return exim_is_remark(entry) ? MEANS_NOTHING : MEANS_UNKNOWN;
}

/* Its name can be set (syslog_processname): others are learnt. */
static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { { "exim", 4 }, { "exim4", 5 } };

	*kind = EXIM_SYSLOG;
	if (format_has(program, names, NELEMS(names)))
		return true;
	*kind = EXIM_OWN;
	return slice_is(program, OWN_LOG);
}

/* "1xUwbp-00000M-15 <= ... P=esmtp S=2002" is nobody else's. */
static bool
is_message(struct slice text)
{
	size_t n = exim_id_length(text);
	struct slice rest = slice_from(text, n);

	return n != 0 &&
	       (slice_begins(rest, " <= ") || slice_begins(rest, " => ") ||
		   slice_begins(rest, " == ") || slice_begins(rest, " ** ") ||
		   slice_is(rest, " Completed"));
}

static bool
knows(struct slice text, unsigned *kind)
{
	*kind = EXIM_SYSLOG;
	exim_skip_stamp(&text);
	return is_message(text);
}

/* "2026-11-22 09:00:01.123 +0100 [123] text" */
static bool
front(struct stamp_clock *clock, struct slice line, struct header *header)
{
	struct slice rest = line, number;

	if (stamp_read_wall(clock, &rest, &header->when)) {
		header->program = SLICE(OWN_LOG);
		header->text = rest;
		if (slice_skips(&rest, "[") &&
		    slice_cut(&rest, SLICE("] "), &number) &&
		    slice_number(number, &header->pid))
			header->text = rest;
		return true;
	}
	/* Headers in the reject log, and entries of several lines. */
	if (clock->last == 0)
		return false;
	header->when = clock->last * 1000000;
	header->program = SLICE("");
	header->text = line;
	return true;
}

/* "H=host [192.0.2.1] ..." */
static bool
is_refusal(struct slice text)
{
	struct exim_peer peer;

	return slice_skips(&text, "H=") && exim_cut_peer(&text, &peer);
}

/* A message's id, or words that nobody else writes behind such a stamp. */
static bool
claims(const struct header *header)
{
	static const struct slice marks[] = {
#define T(text) { text, sizeof(text) - 1 }
		T("no host name found for IP address "),
		T("no IP address found for host "),
		T("SMTP connection from "),
		T("SMTP call from "),
		T("SMTP command timeout on "),
		T("SMTP data timeout "),
		T("SMTP protocol "),
		T("SMTP syntax error in "),
		T("TLS error on connection from "),
		T("unexpected disconnection while reading SMTP command "),
		T("no MAIL in SMTP connection from "),
		T("rejected EHLO from "),
		T("rejected HELO from "),
		T("rejected MAIL "),
		T("refused connection from "),
		T("temporarily refused connection from "),
		T("Connection from ["),
		T("too many recipients: "),
		T("unqualified "),
		T("Start queue run: pid="),
		T("End queue run: pid="),
		T("cwd="),
		T("Warning: purging the environment."),
		T("list matching forced to fail: "),
#undef T
	};
	struct entry entry = { .text = header->text };

	if (exim_id_length(header->text) != 0 || is_authenticator(&entry))
		return true;
	for (size_t i = 0; i < NELEMS(marks); i++)
		if (slice_starts(header->text, marks[i]))
			return true;
	entry.text = header->text;
	return is_refusal(header->text) ||
	       (slice_skips(&entry.text, "exim ") &&
		   slice_find(entry.text, SLICE(" daemon started: pid=")) !=
		       -1);
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct entry entry = { tracker, line, { NULL, 0 }, line->text };

	return kind == EXIM_SYSLOG ? exim_syslog(&entry) : exim_parse(&entry);
}

const struct log_format format_exim = {
	.name = "exim",
	.systems = "Exim 4.80 to 4.98",
	.reads = "mainlog, rejectlog, paniclog, syslog; any log_selector; "
		 "messages, deliveries by transport, refusals, "
		 "authentication, sessions",
	.owns = owns,
	.parse = parse,
	.knows = knows,
	.front = front,
	.claims = claims,
};
