/*
 * format_popd.c - Teapop, tpop3d and Cucipop: POP3 logins, a line each
 *
 * (Teapop 0.3's pop_auth.c; tpop3d 1.5's main.c, connection.c and pop3.c; the
 * patterns that pop-before-smtp has for Cucipop.)
 *
 * Successful login for kim@example.org [192.0.2.1] from a.example [192.0.2.7]
 * Failed login for kim [192.0.2.1] from a.example [192.0.2.7]
 * fork_child: [4]kim(192.0.2.7): began session for `kim' with pam; child ...
 * connection_do: client `[4]192.0.2.7/x': username `kim': 2 authentication
 *     failures
 * kim 192.0.2.7 0, 0 (0), 3 (4711)
 *
 * Cucipop's line comes at the end of a session; what it says of failures is not
 * known.  A name that failed is the client's choice and what follows it is not.
 */
#include "base/array.h"
#include "collectors/format.h"

enum { TEAPOP, TPOP3D, CUCIPOP };

/* "kim [192.0.2.1] from a.example [192.0.2.7]" */
static enum meaning
teapop(struct tracker *tracker, const struct log_line *line,
    enum event_kind kind, struct slice text)
{
	struct mail_event event = event_from(line, kind);
	struct slice remote, from, local;

	if (!slice_ends(text, SLICE("]")) ||
	    !slice_cut_last(&text, SLICE(" ["), &remote) ||
	    !slice_cut_last(&text, SLICE("] from "), &from) ||
	    !slice_cut_last(&text, SLICE(" ["), &local))
		return MEANS_UNKNOWN;
	remote.n--;
	(void)addr_parse(remote, &event.client);
	event.account = text;
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "[4]kim(192.0.2.7): began session for `kim' with pam; child PID is 7" */
static enum meaning
began(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);
	struct slice address, behind;

	if (!slice_cut_last(&text, SLICE("): began session for `"), &behind) ||
	    !slice_cut_last(&text, SLICE("("), &address) ||
	    !slice_cut(&behind, SLICE("' with "), &event.account))
		return MEANS_NOTHING;
	(void)addr_parse(address, &event.client);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "[4]192.0.2.7/example.com': username `kim': 2 authentication failures" */
static enum meaning
failed(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_FAILED);
	struct slice client, address, behind;

	if (!slice_cut(&text, SLICE("': username `"), &client) ||
	    !slice_cut_last(&text, SLICE("': "), &behind) ||
	    (!slice_ends(behind, SLICE(" authentication failures")) &&
		!slice_begins(behind, "failed to log in after ")))
		return MEANS_NOTHING;
	if (slice_cut(&client, SLICE("]"), &address)) {
		if (!slice_cut(&client, SLICE("/"), &address))
			address = client;
		(void)addr_parse(address, &event.client);
	}
	event.account = text;
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "kim 192.0.2.7 0, 0 (0), 3 (4711)" */
static enum meaning
cucipop(struct tracker *tracker, const struct log_line *line)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);
	struct slice text = line->text, address, number;
	uint64_t seconds;

	if (!slice_cut(&text, SLICE(" "), &event.account) ||
	    !slice_cut(&text, SLICE(" "), &address) ||
	    !addr_parse(address, &event.client) ||
	    !slice_cut(&text, SLICE(", "), &number) ||
	    !slice_number(number, &seconds))
		return MEANS_NOTHING;
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { [TEAPOP] = { "teapop", 6 },
		[TPOP3D] = { "tpop3d", 6 },
		[CUCIPOP] = { "cucipop", 7 } };

	for (*kind = 0; *kind < NELEMS(names); (*kind)++)
		if (slice_eq(program, names[*kind]))
			return true;
	return false;
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text;

	if (kind == CUCIPOP)
		return cucipop(tracker, line);
	if (kind == TPOP3D && slice_skips(&text, "fork_child: "))
		return began(tracker, line, text);
	if (kind == TPOP3D && slice_skips(&text, "connection_do: client `"))
		return failed(tracker, line, text);
	if (kind == TEAPOP && slice_skips(&text, "Successful login for "))
		return teapop(tracker, line, EVENT_LOGIN_OK, text);
	if (kind == TEAPOP && slice_skips(&text, "Failed login for "))
		return teapop(tracker, line, EVENT_LOGIN_FAILED, text);
	return MEANS_NOTHING;
}

const struct log_format format_popd = {
	.name = "popd",
	.systems = "Teapop 0.3, tpop3d 1.5, Cucipop 1.31",
	.reads = "logins of POP3, and of Teapop and tpop3d failed ones",
	.owns = owns,
	.parse = parse,
};
