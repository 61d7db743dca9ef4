/*
 * format_mimedefang.c - MIMEDefang: what its filter found
 *
 * "MDLOG,ID,EVENT,VALUE1,VALUE2,SENDER,RECIPIENT,SUBJECT", from 3.0 on with
 * "ID: " before it, is md_graphdefang_log() of mimedefang-filter(5): one line an
 * event, or one for each recipient.  The names of events are the filter's own;
 * those of the filter that MIMEDefang brings are known here.  Commas, percent
 * signs, control bytes and what is no ASCII are written %XX, so a field ends at
 * its comma.  Whatever stands behind the event a stranger may have chosen.
 *
 * The message itself is counted where the mail system speaks of it.  It has
 * one verdict, the first: the filter stops at a virus, then looks at the parts,
 * then asks for spam.  "mail_in" and its kin end a filter that has looked at
 * all; a message of which nothing else was said is clean, unless the filter was
 * seen to find things after it said so.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/sessions.h"
#include "collectors/verdict.h"

#define ID_MOST  (QUEUE_ID_TEXT - 1)
#define LATE_KEY (1ull << 61) /* beside all pids: of the filter as such */
#define BY_ID    (1ull << 62) /* beside all pids: a worker without one */

enum { FILTER, SILENT };

static const struct {
	struct slice name;
	bool ends; /* the filter is done */
	enum verdict_kind verdict;
} events[] = {
	{ { "mail_in", 7 }, true, VERDICT_CLEAN },
	{ { "mail_out", 8 }, true, VERDICT_CLEAN },
	{ { "mail", 4 }, true, VERDICT_CLEAN },
	{ { "spam", 4 }, false, VERDICT_SPAM },
	{ { "virus", 5 }, false, VERDICT_VIRUS },
	{ { "bad_filename", 12 }, false, VERDICT_BANNED },
	{ { "message/partial", 15 }, false, VERDICT_BANNED },
	{ { "suspicious_chars", 16 }, false, VERDICT_BANNED },
};

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = slice_is(program, "mimedefang.pl") ||
			slice_is(program, "mimedefang-filter")
		    ? FILTER
		    : SILENT;
	return *kind == FILTER || slice_is(program, "mimedefang") ||
	       slice_is(program, "mimedefang-multiplexor");
}

static bool
is_id(struct slice id)
{
	if (id.n < 6 || id.n > ID_MOST || slice_is(id, "NOQUEUE"))
		return false;
	for (size_t i = 0; i < id.n; i++)
		if ((id.p[i] < '0' || id.p[i] > '9') &&
		    (id.p[i] < 'A' || id.p[i] > 'Z') &&
		    (id.p[i] < 'a' || id.p[i] > 'z'))
			return false;
	return true;
}

/* Behind "ID: ", where it is: from 3.0 on the filter writes it before all. */
static bool
is_told(struct slice *text, struct slice *before)
{
	struct slice rest = *text;

	*before = SLICE("");
	if (slice_skips(text, "MDLOG,"))
		return true;
	if (!slice_cut(&rest, SLICE(": "), before) ||
	    !slice_skips(&rest, "MDLOG,"))
		return false;
	*text = rest;
	return true;
}

/*
 * A worker of the filter has one message at a time.  What is remembered of it
 * is a session of no client: `message' is what something was said of last,
 * `spoke' that the filter was done with it, `hold' that something was found.
 */
static struct session *
worker_of(struct tracker *tracker, const struct log_line *line, struct slice id)
{
	static const struct addr nobody;
	uint64_t key = line->pid != 0 ? line->pid : BY_ID | slice_hash(id) >> 3;
	struct session *worker = session_find_port(tracker, line, &nobody, key);

	if (worker == NULL)
		worker = session_start_port(tracker, line, &nobody, key);
	if (slice_eq(
		(struct slice){ worker->message, worker->message_length }, id))
		return worker;
	worker->spoke = worker->hold = false;
	worker->message_length = 0;
	return worker;
}

/* Is this host's filter one that finds things after it said it was done? */
static bool
finds_later(struct tracker *tracker, const struct log_line *line)
{
	static const struct addr nobody;

	return session_find_port(tracker, line, &nobody, LATE_KEY) != NULL;
}

static enum meaning
give(struct tracker *tracker, const struct log_line *line, struct slice id,
    enum verdict_kind verdict)
{
	struct verdict_of of = { .queue_id = id };
	struct log_line once = *line;

	once.count = 1; /* however often it was said */
	return verdict_give(tracker, &once, verdict, &of);
}

static enum meaning
done(struct tracker *tracker, const struct log_line *line, struct slice id,
    struct session *worker, bool first)
{
	worker->spoke = true;
	return first && !finds_later(tracker, line)
		   ? give(tracker, line, id, VERDICT_CLEAN)
		   : MEANS_NOTHING;
}

static enum meaning
found(struct tracker *tracker, const struct log_line *line, struct slice id,
    struct session *worker, enum verdict_kind verdict)
{
	static const struct addr nobody;

	if (worker->hold)
		return MEANS_NOTHING;
	worker->hold = true;
	if (worker->spoke && !finds_later(tracker, line))
		(void)session_start_port(tracker, line, &nobody, LATE_KEY);
	return give(tracker, line, id, verdict);
}

static enum meaning
judge(struct tracker *tracker, const struct log_line *line, struct slice id,
    struct slice name)
{
	struct session *worker = worker_of(tracker, line, id);
	bool first = worker->message_length == 0;

	worker->message_length =
	    (uint8_t)slice_copy(id, worker->message, sizeof(worker->message));
	for (size_t i = 0; i < NELEMS(events); i++) {
		if (slice_eq(name, events[i].name))
			return events[i].ends
				   ? done(tracker, line, id, worker, first)
				   : found(tracker, line, id, worker,
					 events[i].verdict);
	}
	return MEANS_NOTHING; /* an event of the site's own */
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text, before, id, name;

	if (kind != FILTER || !is_told(&text, &before))
		return MEANS_NOTHING;
	if (!slice_cut(&text, SLICE(","), &id) ||
	    !slice_cut(&text, SLICE(","), &name))
		return MEANS_UNKNOWN;
	/* Without a queue id there is no message to join it to. */
	if (!is_id(id) || (before.n != 0 && !slice_eq(before, id)))
		return MEANS_NOTHING;
	return judge(tracker, line, id, name);
}

const struct log_format format_mimedefang = {
	.name = "mimedefang",
	.systems = "MIMEDefang 2 and 3",
	.reads = "verdicts: clean, spam, virus, banned",
	.owns = owns,
	.parse = parse,
};
