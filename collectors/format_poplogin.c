/*
 * format_poplogin.c - daemons that let addresses relay after a POP login
 *
 * added 192.0.2.7 to DB
 * removed 192.0.2.7 from DB
 * opening relay for 192.0.2.7 --- not in mynetworks
 * closing relay for 192.0.2.7 (ts=Sat Nov 18 18:36:43 2000)
 * adding addr: 192.0.2.7
 *
 * The first two are pop-before-smtp's (1.26 to 1.42, $log_func), by syslog or
 * in a log of its own, "Nov 18 18:36:43 added ..."; the next two those of 1.25
 * with contrib/syslog.  A login that goes on with a grant is not told, only its
 * end.  The last one is dracinsert's.  rpc.dracd itself (rpc.dracd.c of DRAC
 * 1.12) tells of nobody but logs its own failures, under the name that rpcgen
 * gives it, "drac"; who calls it may tell: format_uw.c, format_dovecot.c.
 *
 * The addresses are those that the daemons read themselves: of a line that
 * does not end as theirs do nothing is read.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/grants.h"

enum effect {
	OPENS,  /* until it is said to be over */
	CLOSES, /* it is */
	ALLOWS  /* for the usual time */
};

static const struct {
	struct slice before, after;
	enum effect effect;
} forms[] = {
	{ { "added ", 6 }, { " to DB", 6 }, OPENS },
	{ { "removed ", 8 }, { " from DB", 8 }, CLOSES },
	{ { "opening relay for ", 18 }, { " --- not in mynetworks", 22 },
	    OPENS },
	{ { "closing relay for ", 18 }, { "", 0 }, CLOSES },
	{ { "adding addr: ", 13 }, { "", 0 }, ALLOWS },
};

/* What else they say: a start, failures, and what is for debugging. */
static const struct slice others[] = {
	{ "starting up (v", 14 },
	{ "starting...", 11 },
	{ "caught SIG", 10 },
	{ "exiting on signal ", 18 },
	{ "fatal error", 11 },
	{ "found ip=", 9 },
	{ "ignoring local-net ip=", 22 },
	{ "setting expiration time for ip=", 31 },
	{ "connection count for ip=", 24 },
	{ "initialized old ip=", 19 },
	{ "removed old ip=", 15 },
	{ "startup log-scan complete", 25 },
	{ "Using ", 6 },
	{ "Net::Netmask error parsing ", 27 },
	{ "------ reached end of log file", 30 },
	{ "$logtime_pat did not match", 26 },
	{ "wrote tcp rules to ", 19 },
	{ "read ts=", 8 },
	{ "accepted ", 9 },
	{ "invalid addr: ", 14 },
	{ "dracauth(", 9 },
	{ "failed - reason: ", 17 },
	{ "drac_run ", 9 },
	{ "dracproc_add_1 ", 15 },
	{ "expire ", 7 },
	{ "iniclist malloc failed", 22 },
};

/* A daemon's own sign that it is at work. */
static bool
is_start(struct slice text)
{
	return slice_begins(text, "starting up (v") ||
	       slice_is(text, "starting...");
}

static enum meaning
take(struct tracker *tracker, const struct log_line *line, enum effect effect,
    const struct addr *addr)
{
	if (effect == CLOSES)
		grants_end(tracker, line, addr);
	else
		grants_add(tracker, line, addr, SLICE(""),
		    effect == OPENS ? GRANT_BY_WORD : GRANT_BY_TIME);
	return MEANS_FACT;
}

/* The address of a line that is of one of the forms; false: of none. */
static bool
read_form(struct slice text, enum effect *effect, struct addr *addr)
{
	for (size_t i = 0; i < NELEMS(forms); i++) {
		struct slice rest = text, debug;

		if (!slice_skip(&rest, forms[i].before))
			continue;
		if (!slice_ends(rest, forms[i].after))
			return false;
		rest.n -= forms[i].after.n;
		/* "192.0.2.7 (ts=...)" */
		debug = rest;
		if (slice_is(forms[i].before, "closing relay for "))
			(void)slice_cut(&debug, SLICE(" (ts="), &rest);
		*effect = forms[i].effect;
		return addr_parse(rest, addr);
	}
	return false;
}

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { { "pop-before-smtp", 15 },
		{ "dracinsert", 10 }, { "drac", 4 }, { "dracd", 5 },
		{ "rpc.dracd", 9 } };

	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	enum effect effect;
	struct addr addr;

	(void)kind;
	if (read_form(line->text, &effect, &addr))
		return take(tracker, line, effect, &addr);
	for (size_t i = 0; i < NELEMS(others); i++) {
		if (!slice_starts(line->text, others[i]))
			continue;
		if (is_start(line->text))
			grants_seen(tracker, line);
		return MEANS_NOTHING;
	}
	return MEANS_UNKNOWN;
}

/* "Nov 18 18:36:43 added 192.0.2.7 to DB" */
static bool
front(struct stamp_clock *clock, struct slice line, struct header *header)
{
	if (!stamp_read(clock, &line, &header->when))
		return false;
	header->program = SLICE("pop-before-smtp");
	header->text = line;
	return true;
}

static bool
claims(const struct header *header)
{
	enum effect effect;
	struct addr addr;

	return (read_form(header->text, &effect, &addr) && effect != ALLOWS) ||
	       slice_begins(header->text, "starting up (v");
}

const struct log_format format_poplogin = {
	.name = "pop-before-smtp",
	.systems = "pop-before-smtp 1.25 to 1.42, DRAC 1.12",
	.reads = "which addresses may relay after a login, and until when",
	.owns = owns,
	.parse = parse,
	.front = front,
	.claims = claims,
	.like_syslog = true,
};
