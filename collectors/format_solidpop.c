/*
 * format_solidpop.c - Solid POP3 0.13 to 0.15: logins
 *
 * (src/authenticate.c, main.c, cmds.c of solid-pop3d.)
 *
 * connect from mail.example.net (192.0.2.7)
 * user kim authenticated - mail.example.net (192.0.2.7)
 * authentication failed for user kim - 192.0.2.7
 * authentication failed: no such user: kim - 192.0.2.7
 *
 * Without --enable-logextend what follows the name is missing, and the client
 * is known by the line of its connection alone.  The name is the client's
 * choice, blanks and all, up to 40 bytes, and the last " - " the server's own.
 * A mailbox that cannot be opened is told by a line of the same process, and
 * the client that its login failed.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/logins.h"
#include "collectors/pop.h"

#define LOGGED_IN 1
#define FAILED    2

static const struct {
	struct slice beginning;
	unsigned outcome;
} lines[] = {
	{ { "user ", 5 }, LOGGED_IN },
	{ { "mapped user ", 12 }, LOGGED_IN },
	{ { "authentication failed for user ", 31 }, FAILED },
	{ { "authentication failed for mapped user ", 38 }, FAILED },
	{ { "authentication failed: no such user: ", 37 }, FAILED },
	{ { "authentication failed: can't map user name: ", 44 }, FAILED },
	{ { "APOP authentication failed for user ", 36 }, FAILED },
	{ { "can't find APOP secret for user ", 32 }, FAILED },
};

/*
 * Cut " - mail.example.net (192.0.2.7)" off, if it is there; a line that was
 * cut within it tells of nobody.
 */
static void
cut_client(struct slice *text, struct addr *client)
{
	ptrdiff_t at = slice_find_last(*text, SLICE(" - "));
	struct addr told;

	if (at == -1)
		return;
	if (pop_read_client(slice_from(*text, (size_t)at + 3), &told)) {
		*client = told;
		text->n = (size_t)at;
	} else {
		text->n = 0;
	}
}

/* "kim authenticated", "kim authenticated through APOP" */
static bool
cut_outcome(struct slice *name)
{
	static const struct slice endings[] = { { " authenticated", 14 },
		{ " authenticated through APOP", 27 } };

	for (size_t i = 0; i < NELEMS(endings); i++) {
		if (!slice_ends(*name, endings[i]))
			continue;
		name->n -= endings[i].n;
		return true;
	}
	return false;
}

static enum meaning
tell(struct tracker *tracker, const struct log_line *line, unsigned outcome,
    struct slice text)
{
	struct mail_event event = pop_event(tracker, line, EVENT_LOGIN_FAILED);

	cut_client(&text, &event.client);
	if (outcome == LOGGED_IN) {
		if (!cut_outcome(&text))
			return MEANS_NOTHING; /* of a user's own files */
		logins_hold(tracker, line, &event.client, text);
		return MEANS_FACT;
	}
	event.account = text;
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* The mailbox was not to be had. */
static bool
refuses(struct slice text)
{
	static const struct slice beginnings[] = { { "mailbox: ", 9 },
		{ "maildir: ", 9 }, { "opendir failed: ", 16 },
		{ "can't lock ", 11 } };

	for (size_t i = 0; i < NELEMS(beginnings); i++)
		if (slice_starts(text, beginnings[i]))
			return true;
	return false;
}

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { { "solid-pop3d", 11 },
		{ "spop3d", 6 } };

	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text;

	(void)kind;
	if (slice_skips(&text, "connect from "))
		return pop_connected(tracker, line, text);
	for (size_t i = 0; i < NELEMS(lines); i++)
		if (slice_skip(&text, lines[i].beginning))
			return tell(tracker, line, lines[i].outcome, text);
	if (refuses(text) && logins_refuse(tracker, line))
		return MEANS_FACT;
	return slice_begins(text, "session ended") ? pop_gone(tracker, line)
						   : MEANS_NOTHING;
}

const struct log_format format_solidpop = {
	.name = "solidpop",
	.systems = "Solid POP3 (solid-pop3d) 0.13 to 0.15",
	.reads = "logins and failed logins of POP3; a mailbox that cannot be "
		 "opened is a login that failed",
	.owns = owns,
	.parse = parse,
};
