/*
 * protocol.c - clients that do not speak SMTP properly, and what they are told
 *
 *  SMTP syntax error in "MAIL FROM:<kim@>" H=host [192.0.2.1] why
 *  SMTP call from host [192.0.2.1] dropped: too many nonmail commands
 *
 * The words of a client stand in quotes without being escaped there.
 */
#include "collectors/exim/refusal.h"

/* "unqualified recipient rejected: <ann> H=..."; "verify" is of VRFY */
enum meaning
exim_unqualified(struct entry *entry)
{
	struct exim_refusal refusal = { .words = SLICE("unqualified address"),
		.twice = SAID_PERHAPS };
	struct slice text = entry->text, tag, address;

	if (!slice_cut(&text, SLICE(" rejected: "), &tag) ||
	    !exim_cut_angle(&text, &address) || !exim_cut_who(&text, &refusal))
		return MEANS_UNKNOWN;
	if (slice_is(tag, "sender"))
		refusal.sender = address;
	else if (slice_is(tag, "recipient"))
		refusal.recipient = address;
	else if (slice_is(tag, "verify"))
		exim_probe(entry, &refusal.peer.addr, PROBE_VRFY);
	else
		return MEANS_UNKNOWN;
	return exim_protocol_error(entry, &refusal, 501);
}

/* "host [...] dropped: too many nonmail commands (last was "NOOP")" */
enum meaning
exim_dropped(struct entry *entry)
{
	struct exim_refusal refusal = { .reason = REASON_RATE_LIMITED,
		.twice = SAID_TWICE };
	struct slice text = entry->text;

	if (!exim_cut_from(&text, &refusal) ||
	    !slice_skips(&text, " dropped: "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_begins(text, "too many nonmail"))
		refusal.code = 554;
	else if (slice_begins(text, "too many unrecognized"))
		refusal.code = 500;
	return exim_refuse(entry, &refusal);
}

/*
 * ""what the client said" H=...": both that and the words behind may hold the
 * like.  True if the line names one client, wherever it is read.
 */
static bool
cut_said(struct entry *entry, struct slice *text, struct exim_refusal *refusal)
{
	static const struct slice mark = { "\" H=", 4 };
	ptrdiff_t first = slice_find(*text, mark);
	ptrdiff_t last = slice_find_last(*text, mark);
	struct exim_refusal other = { .local = false };
	struct slice rest;

	if (first == -1)
		return false;
	rest = slice_from(*text, (size_t)last + 1);
	if (last != first && exim_cut_who(&rest, &other)) {
		rest = slice_from(*text, (size_t)first + 1);
		if (!exim_cut_who(&rest, refusal) ||
		    !addr_eq(&refusal->peer.addr, &other.peer.addr)) {
			tracker_counts(entry->tracker)->ambiguous++;
			return false;
		}
	}
	*text = slice_from(*text, (size_t)first + 1);
	return exim_cut_who(text, refusal);
}

/* "(input sent without waiting for greeting): rejected connection from H=..." */
enum meaning
exim_sync(struct entry *entry)
{
	struct exim_refusal refusal = { .words = entry->text,
		.twice = SAID_TWICE };
	struct slice text = entry->text, why;
	bool whole;

	if (!slice_cut(&text, SLICE("): rejected "), &why))
		return MEANS_UNKNOWN;
	whole = slice_skips(&text, "connection from ")
		    ? exim_cut_who(&text, &refusal)
		    : cut_said(entry, &text, &refusal);
	if (!whole)
		return MEANS_UNKNOWN;
	if (slice_begins(why, "input sent without waiting"))
		exim_probe(entry, &refusal.peer.addr, PROBE_PREGREET);
	return exim_protocol_error(entry, &refusal, 554);
}

static bool
is_command(struct slice text, struct slice command)
{
	return text.n >= command.n &&
	       slice_same_word((struct slice){ text.p, command.n }, command);
}

/*
 * "in "MAIL FROM:<kim@>" H=...: domain missing or malformed".  Words that are
 * no command of mail are refused too, but ask for nothing; HTTP's tell that
 * the client speaks something else.
 */
enum meaning
exim_syntax(struct entry *entry)
{
	struct exim_refusal refusal = { .local = false };
	struct slice text = entry->text, said;
	struct session *session;

	if (!slice_skips(&text, "in \""))
		return MEANS_UNKNOWN;
	said = text;
	if (!cut_said(entry, &text, &refusal))
		return MEANS_UNKNOWN;
	refusal.words = text;
	(void)slice_skips(&refusal.words, " ");
	if (is_command(said, SLICE("MAIL FROM")) ||
	    is_command(said, SLICE("RCPT TO")))
		return exim_protocol_error(entry, &refusal, 501);
	if (entry->line->pid == 0)
		return MEANS_NOTHING;
	session = session_find(entry->tracker, entry->line);
	if (session == NULL)
		session = session_start(
		    entry->tracker, entry->line, &refusal.peer.addr);
	session->last = entry->line->when;
	if (!session->spoke && (is_command(said, SLICE("GET ")) ||
				   is_command(said, SLICE("POST ")) ||
				   is_command(said, SLICE("CONNECT "))))
		exim_probe(entry, &refusal.peer.addr, PROBE_NON_SMTP);
	session->spoke = true;
	return MEANS_FACT;
}
