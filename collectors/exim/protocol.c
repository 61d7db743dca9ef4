/*
 * protocol.c - clients that do not speak SMTP properly, and what they are told
 *
 *  SMTP syntax error in "MAIL FROM:<kim@>" H=host [192.0.2.1] why
 *  SMTP call from host [192.0.2.1] dropped: too many nonmail commands
 *  temporarily rejected "EHLO mx.example.net" from host [192.0.2.1]
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

/* What client last said that was refused; of a process, if its number is
   known. */
static void
note_said(struct entry *entry, const struct addr *client, struct slice command)
{
	struct exim_state *state = exim_state(entry->tracker);
	struct exim_said *said = &state->said;

	state->dirty = true;
	said->host_index = entry->line->host_index;
	said->pid = entry->line->pid;
	said->when = entry->line->when;
	said->client = *client;
	said->command = slice_hash(command);
}

/* "(last command was "RCPT TO:<ann", C=EHLO,MAIL,RCPT)": a line told of that
   refusal, and it had but one answer. */
static bool
was_told(struct entry *entry, const struct addr *client, struct slice text)
{
	const struct exim_said *said = &exim_state(entry->tracker)->said;
	struct slice before, command = SLICE("");
	ptrdiff_t end;

	if (slice_cut(&text, SLICE("(last command was \""), &before) &&
	    (end = slice_find_last(text, SLICE("\", "))) != -1)
		command = (struct slice){ text.p, (size_t)end };
	return command.n != 0 && said->command == slice_hash(command) &&
	       said->host_index == entry->line->host_index &&
	       said->pid == entry->line->pid &&
	       entry->line->when - said->when <= SAID_WAIT &&
	       addr_eq(&said->client, client);
}

/* "host [...]", or who it is at this host, up to " dropped: " */
static bool
cut_caller(struct slice *text, struct exim_refusal *refusal)
{
	static const struct slice dropped = { " dropped: ", 10 };
	struct slice who, rest = *text;

	if (exim_cut_from(text, refusal))
		return slice_skip(text, dropped);
	refusal->local =
	    slice_cut(&rest, dropped, &who) && slice_find_char(who, '[') == -1;
	*text = rest;
	return refusal->local;
}

/* "host [...] dropped: too many nonmail commands (last was "NOOP")" */
enum meaning
exim_dropped(struct entry *entry)
{
	struct exim_refusal refusal = { .reason = REASON_RATE_LIMITED,
		.twice = SAID_TWICE };
	struct slice text = entry->text;

	if (!cut_caller(&text, &refusal))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_begins(text, "too many nonmail"))
		refusal.code = 554;
	else if (slice_begins(text, "too many unrecognized"))
		refusal.code = 500;
	else if (slice_begins(text, "too many syntax"))
		refusal.code = 501;
	if (was_told(entry, &refusal.peer.addr, text)) {
		exim_state(entry->tracker)->twice = SAID_TWICE;
		return MEANS_FACT;
	}
	return exim_refuse(entry, &refusal);
}

/*
 * "what the client said" H=...: both that and the words behind may hold the
 * like.  True if the line names one client, wherever it is read; the text then
 * is what follows.
 */
static bool
cut_said(struct entry *entry, struct slice *text, struct slice mark,
    struct exim_refusal *refusal)
{
	ptrdiff_t first = slice_find(*text, mark);
	ptrdiff_t last = slice_find_last(*text, mark);
	struct exim_refusal other = { .local = false };
	struct slice rest;

	if (first == -1)
		return false;
	rest = slice_from(*text, (size_t)last + mark.n);
	*text = slice_from(*text, (size_t)first + mark.n);
	if (last != first && exim_cut_from(&rest, &other)) {
		rest = *text;
		if (!exim_cut_from(&rest, refusal) ||
		    !addr_eq(&refusal->peer.addr, &other.peer.addr)) {
			tracker_counts(entry->tracker)->ambiguous++;
			return false;
		}
	}
	return exim_cut_from(text, refusal);
}

/* Of a command: who is at this host ("U=") has no address. */
static bool
cut_command(
    struct entry *entry, struct slice *text, struct exim_refusal *refusal)
{
	ptrdiff_t at = slice_find_last(*text, SLICE("\" U="));

	if (at != -1 && slice_find(*text, SLICE("\" H=")) == -1) {
		refusal->local = true;
		*text = slice_from(*text, (size_t)at + 1);
		return exim_cut_who(text, refusal);
	}
	return cut_said(entry, text, SLICE("\" H="), refusal);
}

/* "rejected "EHLO mx.example.net" from host [...]" (helo_verify_hosts) */
static enum meaning
greeting(struct entry *entry, bool temporary)
{
	struct exim_refusal refusal = { .reason = REASON_BAD_HELO,
		.code = temporary ? 451 : 550,
		.temporary = temporary,
		.twice = SAID_TWICE };
	struct slice text = entry->text, rest = text;

	if (!cut_said(entry, &text, SLICE("\" from "), &refusal) ||
	    !slice_cut(&rest, SLICE("\" from "), &refusal.words))
		return MEANS_UNKNOWN;
	return exim_refuse(entry, &refusal);
}

enum meaning
exim_rejected_greeting(struct entry *entry)
{
	return greeting(entry, false);
}

enum meaning
exim_deferred_greeting(struct entry *entry)
{
	return greeting(entry, true);
}

/* "ann@example.net H=...": it was answered, that there is none. */
enum meaning
exim_vrfy_failed(struct entry *entry)
{
	struct exim_refusal refusal = { .local = false };
	struct slice text = entry->text;

	if (!cut_said(entry, &text, SLICE(" H="), &refusal))
		return MEANS_NOTHING;
	exim_probe(entry, &refusal.peer.addr, PROBE_VRFY);
	return MEANS_FACT;
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
		    : cut_said(entry, &text, SLICE("\" H="), &refusal);
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
	struct slice text = entry->text, said, rest;
	struct session *session;

	if (!slice_skips(&text, "in \""))
		return MEANS_UNKNOWN;
	said = rest = text;
	/* What it is has several words: one may be a field that was cut. */
	if (!cut_command(entry, &text, &refusal) || !slice_skips(&text, " ") ||
	    slice_find_char(text, ' ') == -1)
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (is_command(said, SLICE("MAIL FROM")) ||
	    is_command(said, SLICE("RCPT TO"))) {
		if (slice_cut(&rest, SLICE("\" H="), &said))
			note_said(entry, &refusal.peer.addr, said);
		return exim_protocol_error(entry, &refusal, 501);
	}
	if (entry->line->pid == 0 || refusal.local)
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
