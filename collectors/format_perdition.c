/*
 * format_perdition.c - Perdition 1 and 2, a proxy of POP and IMAP: logins
 *
 * (perdition/perdition.c and log.c of Perdition; in a form each of 1.x and 2.x)
 *
 * Auth: 192.0.2.7->192.0.2.1 user="kim" server="pop.example.com" port="110"
 *     status="ok"
 * Auth: 192.0.2.7:1234->192.0.2.1:110 client-secure=plaintext
 *     authorisation_id=NONE authentication_id="kim" server="192.0.2.2:110"
 *     protocol=POP3 server-secure=plaintext status="failed: Re-Authentication
 *     Failure"
 *
 * The name is the client's choice, quotes and all, and what follows it is not:
 * so the last of each field counts, and a line without its last quote was cut.
 */
#include "base/array.h"
#include "collectors/format.h"

/* "192.0.2.7:1234->192.0.2.1:110", "[2001:db8::7]:1234->...": the first */
static bool
read_client(struct slice text, struct addr *client)
{
	struct slice address;
	ptrdiff_t colon;

	if (!slice_cut(&text, SLICE("->"), &address))
		return false;
	if (slice_skips(&address, "["))
		return slice_cut(&address, SLICE("]"), &text) &&
		       addr_parse(text, client);
	if (addr_parse(address, client))
		return true;
	colon = slice_find_last(address, SLICE(":"));
	if (colon == -1)
		return false;
	address.n = (size_t)colon;
	return addr_parse(address, client);
}

static bool
is_wrong_password(struct slice status)
{
	static const struct slice failures[] = { { "Re-Authentication Failure",
						     25 },
		{ "local authentication failure", 28 } };

	return slice_skips(&status, "failed: ") &&
	       format_has(status, failures, NELEMS(failures));
}

/* "192.0.2.7:1234->192.0.2.1:110 ... status=\"ok\"" */
static enum meaning
tell(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);
	struct slice client, status, server, name;

	while (slice_skips(&text, " "))
		continue;
	if (!slice_ends(text, SLICE("\"")))
		return MEANS_UNKNOWN;
	text.n--;
	if (!slice_cut_last(&text, SLICE(" status=\""), &status) ||
	    !slice_cut_last(&text, SLICE("\" server=\""), &server) ||
	    !slice_cut(&text, SLICE(" "), &client) ||
	    (!slice_cut(&text, SLICE("authentication_id=\""), &name) &&
		!slice_cut(&text, SLICE("user=\""), &name)))
		return MEANS_UNKNOWN;
	(void)read_client(client, &event.client);
	event.account = text;
	if (!slice_is(status, "ok")) {
		event.kind = EVENT_LOGIN_FAILED;
		event.auth.unavailable = !is_wrong_password(status);
	}
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "perdition", "perdition.imap4s" */
static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "perdition") ||
	       slice_begins(program, "perdition.");
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text;

	(void)kind;
	return slice_skips(&text, "Auth:") ? tell(tracker, line, text)
					   : MEANS_NOTHING;
}

const struct log_format format_perdition = {
	.name = "perdition",
	.systems = "Perdition 1 and 2",
	.reads = "logins and failed logins of POP3, IMAP and ManageSieve; a "
		 "server that cannot be reached is a login that failed",
	.owns = owns,
	.parse = parse,
};
