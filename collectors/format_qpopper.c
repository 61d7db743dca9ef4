/*
 * format_qpopper.c - Qpopper 2 to 4, and the Berkeley popper it comes from
 *
 * (popper/pop_pass.c, pop_apop.c, pop_msg.c, pop_log.c, pop_updt.c of Qpopper
 * 4; appl/popper of Kerberos' own.)
 *
 * (v4.0.9) POP login by user "kim" at (mail.example.net) 192.0.2.7
 * kim at mail.example.net (192.0.2.7): -ERR [AUTH] Password supplied for ...
 * [AUTH] Failed attempted login to kim from host (mail.example.net) 192.0.2.7
 * Stats: kim 0 0 3 4711 mail.example.net 192.0.2.7
 * (kim,192.0.2.7) Authenticated.
 *
 * Since 4 the place in its source follows, " [pop_log.c:244]".  What a client
 * is told of a failure is logged by pop_msg.c, always; "Failed attempted" then
 * says it again.  The Berkeley popper's answer names no client, and there the
 * latter is what tells.  Logins are logged where that was compiled in, and
 * what became of the mailbox ("Stats:") where that is asked for; where they
 * are, Stats is no login.  The last form is a widespread patch's of the Berkeley
 * popper.
 *
 * A user's name has no blank: USER with two words is refused.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/logins.h"

/* Its own place in the source, at the end of a line. */
static struct slice
without_place(struct slice text)
{
	ptrdiff_t at = slice_find_last(text, SLICE(" ["));

	if (at != -1 && slice_ends(text, SLICE("]")) &&
	    slice_find(slice_from(text, (size_t)at), SLICE(".c:")) != -1)
		text.n = (size_t)at;
	return text;
}

/* v4.0.9) POP login by user "kim" at (mail.example.net) 192.0.2.7 */
static enum meaning
logged_in(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);
	struct slice before;

	if (!slice_cut(&text, SLICE(") POP login by user \""), &before))
		return MEANS_NOTHING;
	if (!slice_cut(&text, SLICE("\" at ("), &event.account) ||
	    !slice_cut(&text, SLICE(") "), &before))
		return MEANS_UNKNOWN;
	(void)addr_parse(without_place(text), &event.client);
	logins_tell(tracker, line);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "kim 0 0 3 4711 mail.example.net 192.0.2.7"; older ones end at the numbers */
static enum meaning
left(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);
	struct slice word;
	uint64_t number;

	text = without_place(text);
	if (!slice_cut(&text, SLICE(" "), &event.account))
		return MEANS_UNKNOWN;
	for (size_t i = 0; i < 3; i++)
		if (!slice_cut(&text, SLICE(" "), &word) ||
		    !slice_number(word, &number))
			return MEANS_UNKNOWN;
	if (slice_cut(&text, SLICE(" "), &word) &&
	    slice_cut(&text, SLICE(" "), &word))
		(void)addr_parse(text, &event.client);
	if (logins_are_told(tracker, line))
		return MEANS_NOTHING;
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* Is it a login that failed; was it for its password? */
static bool
is_failure(struct slice answer, bool *unavailable)
{
	*unavailable = slice_begins(answer, "[IN-USE] ") ||
		       slice_begins(answer, "[LOGIN-DELAY] ");
	return *unavailable || slice_begins(answer, "[AUTH] ") ||
	       slice_begins(answer, "Password supplied for ");
}

/* "kim at mail.example.net (192.0.2.7): -ERR [AUTH] ..." */
static enum meaning
answered(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_FAILED);
	struct slice address;

	if (!slice_cut(&text, SLICE(" "), &event.account) ||
	    !slice_skips(&text, "at ") ||
	    !slice_cut(&text, SLICE(" ("), &address) ||
	    !slice_cut(&text, SLICE("): -ERR "), &address) ||
	    !is_failure(text, &event.auth.unavailable))
		return MEANS_NOTHING;
	(void)addr_parse(address, &event.client);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "kim from host mail.example.net": the older ones' line for it */
static enum meaning
failed(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_FAILED);

	if (!slice_cut(&text, SLICE(" from host "), &event.account) ||
	    slice_begins(text, "("))
		return MEANS_NOTHING; /* it was told before */
	(void)addr_parse(text, &event.client);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "kim,192.0.2.7) Authenticated." */
static enum meaning
authenticated(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);
	struct slice address;

	if (!slice_cut(&text, SLICE(","), &event.account) ||
	    !slice_cut(&text, SLICE(") "), &address) ||
	    !slice_is(text, "Authenticated."))
		return MEANS_NOTHING;
	(void)addr_parse(address, &event.client);
	logins_tell(tracker, line);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { { "qpopper", 7 },
		{ "in.qpopper", 10 }, { "popper", 6 }, { "in.popper", 9 } };

	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text;

	(void)kind;
	/* First, for a name may be as another line begins. */
	if (answered(tracker, line, text) == MEANS_FACT)
		return MEANS_FACT;
	if (slice_skips(&text, "(v"))
		return logged_in(tracker, line, text);
	if (slice_skips(&text, "Stats: "))
		return left(tracker, line, text);
	if (slice_skips(&text, "Failed attempted login to "))
		return failed(tracker, line, text);
	return slice_skips(&text, "(") ? authenticated(tracker, line, text)
				       : MEANS_NOTHING;
}

const struct log_format format_qpopper = {
	.name = "qpopper",
	.systems = "Qpopper 2 to 4, Berkeley popper",
	.reads =
	    "logins and failed logins; a mailbox that is in use is a login "
	    "that failed",
	.owns = owns,
	.parse = parse,
};
