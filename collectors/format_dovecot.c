/*
 * format_dovecot.c - Dovecot 2.2 to 2.4: who logged in, and who did not
 *
 * One line a session tells its outcome: "Login: user=<...>" or, when a client
 * leaves without success, "(auth failed, N attempts in M secs)", which stands
 * for N failures (src/login-common/client-common.c).  Deliveries over LMTP are
 * counted where the mail system says that it handed them over.
 */
#include "base/array.h"
#include "collectors/format.h"

/* "rip=192.0.2.1, " and the like, behind "user=<...>"; lip= follows. */
static bool
cut_field(struct slice text, struct slice name, struct slice *value)
{
	struct slice before;

	return slice_cut(&text, name, &before) &&
	       slice_cut(&text, SLICE(","), value);
}

/*
 * "user=<kim>, method=PLAIN, rip=192.0.2.1, ...": the name is the client's
 * choice, so the fields are read behind the last ">, " that rip= may follow.
 */
static void
read_client(struct slice text, struct mail_event *event)
{
	static const struct slice ends[] = { { ">, method=", 10 },
		{ ">, rip=", 7 } };
	struct slice address;
	ptrdiff_t end = -1;

	if (slice_begins(text, "user=<")) {
		for (size_t i = 0; i < NELEMS(ends) && end == -1; i++)
			end = slice_find_last(text, ends[i]);
		if (end != -1) {
			event->account =
			    (struct slice){ text.p + 6, (size_t)end - 6 };
			text = slice_from(text, (size_t)end);
		}
	}
	if (cut_field(text, SLICE(", rip="), &address))
		(void)addr_parse(address, &event->client);
}

static enum meaning
logged_in(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);

	read_client(text, &event);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "... (auth failed, 3 attempts in 17 secs): user=<...>, ..." */
static enum meaning
failed(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_FAILED);
	struct slice before, number;
	uint64_t attempts;

	if (!slice_cut(&text, SLICE("(auth failed, "), &before) ||
	    !slice_cut(&text, SLICE(" attempts"), &number) ||
	    !slice_number(number, &attempts) || attempts == 0)
		return MEANS_NOTHING;
	if (slice_cut(&text, SLICE("): "), &before))
		read_client(text, &event);
	event.count =
	    count_times(event.count, attempts < 1000 ? attempts : 1000);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "dovecot") ||
	       slice_begins(program, "dovecot/");
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	/* Services that log a client's sign-in; "-login" ends their names. */
	static const struct slice services[] = { { "imap-login: ", 12 },
		{ "pop3-login: ", 12 }, { "managesieve-login: ", 19 },
		{ "submission-login: ", 18 } };
	struct slice text = line->text;

	(void)kind;
	for (size_t i = 0; i < NELEMS(services); i++) {
		if (!slice_skip(&text, services[i]))
			continue;
		(void)(slice_skips(&text, "Info: ") ||
		       slice_skips(&text, "Error: "));
		if (slice_skips(&text, "Login: "))
			return logged_in(tracker, line, text);
		return failed(tracker, line, text);
	}
	/* imap(kim)<1><x>:, lmtp(...):, auth:, master: tell nothing that
	   counts. */
	return MEANS_NOTHING;
}

const struct log_format format_dovecot = {
	.name = "dovecot",
	.systems = "Dovecot 2.2 to 2.4",
	.reads = "logins and failed logins of IMAP, POP3, ManageSieve and "
		 "submission",
	.owns = owns,
	.parse = parse,
};
