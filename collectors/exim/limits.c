/*
 * limits.c - what Exim itself refuses, no ACL asked: too large, too many
 *
 *  ID rejected from <kim@example.com> H=host [...]: message too big: read=9
 *      max=8
 *  rejected MAIL from host [192.0.2.1]: no HELO/EHLO given
 *  Connection from host [192.0.2.1] refused: too many connections
 *  too many recipients: excess temporarily rejected: sender=<...> H=...
 */
#include "collectors/exim/refusal.h"

/* "MAIL FROM:<...> H=host [...]: message too big: size=9 max=8" */
static enum meaning
too_big(struct entry *entry, struct slice text)
{
	struct exim_refusal refusal = {
		.reason = REASON_TOO_LARGE, .code = 552, .twice = SAID_PERHAPS
	};

	if (!exim_cut_angle(&text, &refusal.sender) ||
	    !exim_cut_who(&text, &refusal) || !slice_skips(&text, ": "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_begins(text, "Non-CRLF-terminated header")) {
		refusal.reason = REASON_PROTOCOL;
	} else if (!slice_begins(text, "message too big")) {
		refusal.reason = REASON_CONTENT;
		refusal.code = 550;
	}
	refusal.local = addr_is_none(&refusal.peer.addr);
	return exim_refuse(entry, &refusal);
}

/* Lines that begin with "rejected ". */
enum meaning
exim_rejected(struct entry *entry)
{
	struct exim_refusal refusal = { .twice = SAID_PERHAPS };
	struct slice text = entry->text, command;

	if (slice_skips(&text, "MAIL FROM:"))
		return too_big(entry, text);
	if (slice_skips(&text, "MAIL command ")) {
		if (!exim_cut_who(&text, &refusal) || !slice_skips(&text, ": "))
			return MEANS_UNKNOWN;
		refusal.words = text;
		refusal.reason = REASON_RATE_LIMITED;
		refusal.code = 421;
		refusal.temporary = true;
		return exim_refuse(entry, &refusal);
	}
	if (slice_skips(&text, "connection from "))
		return exim_refused_connection(&(struct entry){
		    entry->tracker, entry->line, entry->id, text });
	if (!slice_cut(&text, SLICE(" from "), &command) ||
	    !exim_cut_from(&text, &refusal) || !slice_skips(&text, ": "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_is(command, "EHLO") || slice_is(command, "HELO")) {
		refusal.reason = REASON_BAD_HELO;
		refusal.code = 501;
		return exim_refuse(entry, &refusal);
	}
	return exim_protocol_error(entry, &refusal, 503);
}

/* "ID rejected from <kim@example.com> H=...: message too big: read=9 max=8",
   "Too many "Received" headers" */
enum meaning
exim_rejected_from(struct entry *entry)
{
	return too_big(entry, entry->text);
}

/* "refused connection from host [...] (host_reject_connection)" */
enum meaning
exim_refused_connection(struct entry *entry)
{
	struct exim_refusal refusal = { .reason = REASON_ACCESS_DENIED,
		.code = 554,
		.twice = SAID_PERHAPS };
	struct slice text = entry->text;

	if (!exim_cut_from(&text, &refusal))
		return MEANS_UNKNOWN;
	(void)slice_skips(&text, " ");
	refusal.words = text;
	return exim_refuse(entry, &refusal);
}

/* "Connection from [...] refused: too many connections", "load average = 9" */
enum meaning
exim_refused(struct entry *entry)
{
	struct exim_refusal refusal = {
		.reason = REASON_RATE_LIMITED, .code = 421, .temporary = true
	};
	struct slice text = entry->text;

	if (!exim_cut_from(&text, &refusal) ||
	    !slice_skips(&text, " refused: "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_begins(text, "load average"))
		refusal.reason = REASON_UNAVAILABLE;
	return exim_refuse(entry, &refusal);
}

/* "temporarily refused connection from host [...]: not in smtp_reserve_hosts
   and connected=40", "not in reserve list and load average = 9", or
   " (tcp wrappers errno=11)" */
enum meaning
exim_reserved(struct entry *entry)
{
	struct exim_refusal refusal = { .reason = REASON_RATE_LIMITED,
		.code = 421,
		.temporary = true,
		.twice = SAID_PERHAPS };
	struct slice text = entry->text;

	if (!exim_cut_from(&text, &refusal) ||
	    (!slice_skips(&text, ": ") && !slice_skips(&text, " ")))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_find(text, SLICE("load average")) != -1 ||
	    slice_begins(text, "(tcp wrappers"))
		refusal.reason = REASON_UNAVAILABLE;
	return exim_refuse(entry, &refusal);
}

/* "too many recipients: excess temporarily rejected: sender=<...> H=..." */
enum meaning
exim_too_many(struct entry *entry)
{
	struct exim_refusal refusal = { .reason = REASON_TOO_MANY_RECIPIENTS,
		.words = entry->text,
		.twice = SAID_PERHAPS };
	struct slice text = entry->text;

	refusal.temporary = slice_skips(&text, "excess temporarily ");
	refusal.code = refusal.temporary ? 452 : 552;
	if (!refusal.temporary && !slice_skips(&text, "message "))
		return MEANS_UNKNOWN;
	if (!slice_skips(&text, "rejected: sender=") ||
	    !exim_cut_angle(&text, &refusal.sender) ||
	    !exim_cut_who(&text, &refusal))
		return MEANS_UNKNOWN;
	return exim_refuse(entry, &refusal);
}

/* "host [...] (more than 1048576 characters): message abandoned" */
enum meaning
exim_long_header(struct entry *entry)
{
	struct exim_refusal refusal = { .reason = REASON_TOO_LARGE,
		.code = 552 };
	struct slice text = entry->text;

	refusal.local = !exim_cut_from(&text, &refusal);
	if (slice_find(text, SLICE("(more than ")) == -1)
		return MEANS_UNKNOWN;
	refusal.words = text;
	(void)slice_skips(&refusal.words, " ");
	return exim_refuse(entry, &refusal);
}

/*
 * "PRDR ann@example.com why", "PRDR R=<ann@example.com> temporary refusal":
 * what was said of one recipient behind the data; of whom, the arrival says.
 */
enum meaning
exim_prdr(struct entry *entry)
{
	struct exim_refusal refusal = { .local = false };
	struct slice text = entry->text;

	if (slice_skips(&text, "R=")) {
		if (!exim_cut_angle(&text, &refusal.recipient) ||
		    (!slice_begins(text, " refusal") &&
			!slice_begins(text, " temporary refusal")))
			return MEANS_NOTHING; /* " acceptance" */
	} else {
		refusal.recipient = exim_cut_word(&text);
	}
	if (!slice_skips(&text, " ") || text.n == 0)
		return MEANS_UNKNOWN;
	refusal.words = text;
	refusal.temporary =
	    slice_begins(text, "temporary refusal") || slice_begins(text, "4");
	refusal.reason = exim_reason(STAGE_DATA, text);
	return exim_refuse(entry, &refusal);
}
