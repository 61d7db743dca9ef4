/*
 * old.c - the words of OpenSMTPD 5.3 to 5.7, behind "smtp-in: "
 *
 * The session's id stands behind " session "; a user's name may hold that too,
 * so it is the last where free text comes before it.
 */
#include "base/array.h"
#include "collectors/opensmtpd/opensmtpd.h"

/* "be66676625502bb8" and what `behind' steps over; "" where nothing follows. */
static bool
cut_id(struct entry *entry, struct slice behind)
{
	struct slice id = { entry->text.p, 16 };

	if (entry->text.n < 16 || !is_hex(id, 16))
		return false;
	entry->id = id;
	entry->text = slice_from(entry->text, 16);
	return slice_skip(&entry->text, behind);
}

/* "... from host mx.example.org [203.0.113.7]" */
static enum meaning
opened(struct entry *entry)
{
	ptrdiff_t at;
	struct slice address;

	if (!cut_id(entry, SLICE(" from host ")) ||
	    !slice_ends(entry->text, SLICE("]")))
		return MEANS_UNKNOWN;
	at = slice_find_last(entry->text, SLICE(" ["));
	if (at == -1)
		return MEANS_UNKNOWN;
	address = slice_from(entry->text, (size_t)at + 2);
	address.n--;
	return opensmtpd_began(entry, address);
}

static enum meaning
closed(struct entry *entry)
{
	return cut_id(entry, SLICE("")) ? opensmtpd_ended(entry, SESSION_ENDED)
					: MEANS_UNKNOWN;
}

static enum meaning
left(struct entry *entry)
{
	return cut_id(entry, SLICE("")) ? opensmtpd_ended(entry, SESSION_LOST)
					: MEANS_UNKNOWN;
}

static enum meaning
thrown_out(struct entry *entry)
{
	static const struct slice decisions[] = {
		{ "session not moving forward", 26 },
		{ "CA failure", 10 },
		{ "client did not present certificate", 34 },
		{ "rejected by filter", 18 },
	};

	if (!cut_id(entry, SLICE(": ")))
		return MEANS_UNKNOWN;
	if (slice_begins(entry->text, "IO error: "))
		return opensmtpd_ended(entry, SESSION_LOST);
	if (slice_is(entry->text, "session timeout"))
		return opensmtpd_ended(entry, SESSION_TIMEOUT);
	if (format_has(entry->text, decisions, NELEMS(decisions)))
		return opensmtpd_ended(entry, SESSION_ENDED);
	return MEANS_UNKNOWN;
}

static enum meaning
secured(struct entry *entry)
{
	struct slice version;

	if (!cut_id(entry, SLICE(": version=")) ||
	    !slice_cut(&entry->text, SLICE(","), &version))
		return MEANS_UNKNOWN;
	return opensmtpd_secured(entry, version);
}

/* "kim on session be66676625502bb8" */
static enum meaning
authenticated(struct entry *entry, struct slice result)
{
	ptrdiff_t at = slice_find_last(entry->text, SLICE(" on session "));
	struct slice user;

	if (at == -1)
		return MEANS_UNKNOWN;
	user = (struct slice){ entry->text.p, (size_t)at };
	entry->text = slice_from(entry->text, (size_t)at + 12);
	return cut_id(entry, SLICE(""))
		   ? opensmtpd_auth_told(entry, user, result)
		   : MEANS_UNKNOWN;
}

static enum meaning
auth_ok(struct entry *entry)
{
	return authenticated(entry, SLICE("ok"));
}

static enum meaning
auth_failed(struct entry *entry)
{
	return authenticated(entry, SLICE("permfail"));
}

static enum meaning
auth_unavailable(struct entry *entry)
{
	return authenticated(entry, SLICE("tempfail"));
}

/* "...: "RCPT TO:<kim@example.org>" => 550 Invalid recipient" */
static enum meaning
failed(struct entry *entry)
{
	struct slice text, command;
	ptrdiff_t at;

	if (!cut_id(entry, SLICE(": \"")))
		return MEANS_UNKNOWN;
	text = entry->text;
	at = slice_find_last(text, SLICE("\" => "));
	if (at == -1)
		return MEANS_UNKNOWN;
	command = (struct slice){ text.p, (size_t)at };
	return opensmtpd_refused(
	    entry, command, slice_from(text, (size_t)at + 5), false);
}

static enum meaning
bad(struct entry *entry)
{
	return cut_id(entry, SLICE(": ")) ? opensmtpd_bad(entry, entry->text)
					  : MEANS_UNKNOWN;
}

/* "8a61c0de on session be66676625502bb8: from=<a@b>, to=<c@d>, size=3, ..." */
static enum meaning
accepted(struct entry *entry)
{
	struct slice id;

	if (!slice_cut(&entry->text, SLICE(" on session "), &id) ||
	    !cut_id(entry, SLICE(":")))
		return MEANS_UNKNOWN;
	return opensmtpd_taken(entry, id);
}

static const struct entry_row rows[] = {
	ENTRY_ROW("New session ", opened),
	ENTRY_ROW("Closing session ", closed),
	ENTRY_ROW("Received disconnect from session ", left),
	ENTRY_ROW("Disconnecting session ", thrown_out),
	ENTRY_ROW("Accepted message ", accepted),
	ENTRY_ROW("Failed command on session ", failed),
	ENTRY_ROW("Bad input on session ", bad),
	ENTRY_ROW("Accepted authentication for user ", auth_ok),
	ENTRY_ROW("Authentication failed for user ", auth_failed),
	ENTRY_ROW(
	    "Authentication temporarily failed for user ", auth_unavailable),
	ENTRY_ROW("Started TLS on session ", secured),
	ENTRY_ROW("Client certificate verification ", entry_nothing),
	ENTRY_ROW("Ending session ", entry_nothing),
	ENTRY_ROW("session ", entry_nothing),
};

enum meaning
opensmtpd_old(struct entry *entry)
{
	enum meaning meaning = MEANS_UNKNOWN;

	(void)entry_by_row(entry, rows, NELEMS(rows), &meaning);
	return meaning;
}
