/* maillog.c - a log line's header, and on to its format */
#include "collectors/maillog.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/complaint.h"
#include "collectors/format.h"
#include "collectors/header.h"
#include "collectors/owners.h"
#include "collectors/shapes.h"
#include "collectors/shares.h"

#define EXPORT_BYTES 65536

struct maillog {
	struct tracker *tracker;
	struct pseudonyms *names; /* of people in what is kept; or NULL */
	struct line_counter counter;
	struct coverage coverage;
	struct owners *owners;
	struct shapes *shapes;
	struct shares *shares;
	struct share *share; /* of the line at hand */
	/* The host of the line before, as it was written. */
	char host_text[256];
	size_t host_length;
	struct slice host;
	uint32_t host_index;
	int64_t when;
	/* Counted but not yet handed on, of this host and minute. */
	int64_t minute;
	uint64_t counted[4]; /* lines, recognised, ignored, unrecognised */
	struct tracker_counts handed;
	char *export; /* texts of a JSON line */
	struct teller *teller;
};

struct maillog *
maillog_new(struct tracker *tracker, struct line_counter counter)
{
	struct maillog *maillog = mem_zero(1, sizeof(*maillog));

	maillog->tracker = tracker;
	maillog->counter = counter;
	maillog->shares = shares_new();
	maillog->owners = owners_new(maillog->shares);
	maillog->shapes = shapes_new();
	maillog->teller = teller_new();
	maillog->export = mem_zero(1, EXPORT_BYTES);
	return maillog;
}

void
maillog_free(struct maillog *maillog)
{
	if (maillog == NULL)
		return;
	owners_free(maillog->owners);
	shares_free(maillog->shares);
	shapes_free(maillog->shapes);
	teller_free(maillog->teller);
	free(maillog->export);
	free(maillog);
}

static void
hand_on(struct maillog *maillog, enum metric metric, uint64_t n)
{
	if (n != 0 && maillog->counter.count != NULL)
		maillog->counter.count(maillog->counter.arg, maillog->host,
		    maillog->minute * 60, metric, n);
}

void
maillog_flush(struct maillog *maillog)
{
	const struct tracker_counts *now = tracker_counts(maillog->tracker);

	/* Before the first line with a host and a time, nobody's. */
	if (maillog->host.n == 0 || maillog->minute == 0)
		return;
	hand_on(maillog, METRIC_AGENT_LINES, maillog->counted[0]);
	hand_on(maillog, METRIC_AGENT_LINES_RECOGNISED, maillog->counted[1]);
	hand_on(maillog, METRIC_AGENT_LINES_IGNORED, maillog->counted[2]);
	hand_on(maillog, METRIC_AGENT_LINES_UNRECOGNISED, maillog->counted[3]);
	hand_on(maillog, METRIC_AGENT_AMBIGUOUS,
	    now->ambiguous - maillog->handed.ambiguous);
	hand_on(
	    maillog, METRIC_AGENT_LINES_LOST, now->lost - maillog->handed.lost);
	hand_on(maillog, METRIC_AGENT_DROPPED,
	    now->dropped - maillog->handed.dropped);
	maillog->handed = *now;
	memset(maillog->counted, 0, sizeof(maillog->counted));
}

static void
set_host(struct maillog *maillog, struct slice host)
{
	if (host.n == maillog->host_length &&
	    memcmp(host.p, maillog->host_text, host.n) == 0)
		return;
	maillog_flush(maillog);
	maillog->host_length =
	    slice_copy(host, maillog->host_text, sizeof(maillog->host_text));
	maillog->host =
	    tracker_host(maillog->tracker, host, &maillog->host_index);
}

/* "message repeated 3 times: [ text]": rsyslog; the text, and how often */
static uint32_t
unfold(struct slice *text)
{
	struct slice rest = *text, number;
	uint64_t times;

	if (!slice_skips(&rest, "message repeated ") ||
	    !slice_cut(&rest, SLICE(" times: ["), &number) ||
	    !slice_number(number, &times) || times == 0 || times > UINT32_MAX ||
	    rest.n == 0 || rest.p[rest.n - 1] != ']')
		return 1;
	rest.n--;
	(void)slice_skips(&rest, " ");
	*text = rest;
	return (uint32_t)times;
}

/* Both may be any number that the log gives. */
static uint32_t
times(uint32_t count, uint32_t repeated)
{
	uint64_t n = (uint64_t)count * repeated;

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* "last message repeated 2 times": the older syslogds; no program */
static bool
repeats_last(struct slice text, uint32_t *times)
{
	struct slice number;
	uint64_t n;

	if (!slice_skips(&text, "last message repeated ") ||
	    !slice_cut(&text, SLICE(" time"), &number) ||
	    !slice_number(number, &n) || n == 0 || n > UINT32_MAX)
		return false;
	*times = (uint32_t)n;
	return true;
}

static void
complain(
    struct maillog *maillog, const struct log_line *line, enum meaning meaning)
{
	struct complaint complaint;
	bool fact = meaning == MEANS_FACT;

	if ((fact && !complaint_may_begin(line->text)) ||
	    !complaint_read(
		line->text, fact, &complaint.severity, &complaint.words))
		return;
	complaint.when = line->when;
	complaint.host = line->host;
	complaint.program = line->program;
	complaint.count = line->count;
	complaint.fact = fact;
	maillog->counter.complain(maillog->counter.arg, &complaint);
}

/* Logs that are parts of one tell as one. */
static struct teller_name
teller_of(const struct maillog_source *source)
{
	struct teller_name name = source->name;

	if (source->own.format != NULL && source->own.format->in_parts)
		name.origin = 1;
	return name;
}

/* Has another source told of it? */
static bool
is_retold(const struct maillog *maillog, struct maillog_source *source,
    const struct owner *owner, int64_t when)
{
	struct teller_name name = teller_of(source);

	if (owner->own == 0)
		return false;
	source->retold = teller_has_told(maillog->teller, &name,
	    maillog->host_index, owner->own - 1, when / 1000000);
	return source->retold;
}

/* `raw' is the line, or what there is of it. */
static enum meaning
parse(struct maillog *maillog, struct maillog_source *source,
    const struct header *header, struct slice raw, uint32_t count)
{
	struct log_line line;
	const struct owner *owner = owners_get(maillog->owners, header);
	struct teller_name name = teller_of(source);
	enum meaning meaning;

	maillog->share = owner->share;
	if (owner->format == NULL ||
	    is_retold(maillog, source, owner, header->when))
		return MEANS_NOTHING;
	line = (struct log_line){ header->when, maillog->host,
		maillog->host_index, header->program, header->pid, header->text,
		count, source->overlong != source->overlong_told };
	source->overlong_told = source->overlong;
	if (line.text.n > 0 && line.text.p[0] == 'm')
		line.count = times(line.count, unfold(&line.text));
	tracker_line(maillog->tracker, raw);
	meaning = owner->format->parse(maillog->tracker, &line, owner->kind);
	tracker_line(maillog->tracker, SLICE(""));
	if (owner->own != 0 && meaning == MEANS_FACT)
		teller_note(maillog->teller, &name, maillog->host_index,
		    owner->own - 1, header->when / 1000000);
	if (meaning == MEANS_UNKNOWN)
		shapes_add(maillog->shapes, line.program,
		    pseudonyms_text(maillog->names, line.text));
	if (maillog->counter.complain != NULL)
		complain(maillog, &line, meaning);
	return meaning;
}

static void
note_time(struct maillog *maillog, int64_t when)
{
	struct coverage *coverage = &maillog->coverage;
	struct log_line line = { .when = when,
		.host_index = maillog->host_index };

	if (coverage->first == 0 || when < coverage->first)
		coverage->first = when;
	if (when > coverage->last)
		coverage->last = when;
	maillog->when = when;
	if (when / 60000000 != maillog->minute) {
		maillog_flush(maillog);
		maillog->minute = when / 60000000;
	}
	tracker_time(maillog->tracker, &line);
}

/* A line of a log that is its format's own. */
static bool
read_front(
    struct maillog_source *source, struct slice line, struct header *header)
{
	header->facility = -1;
	header->pid = 0;
	header->host = source->here.n != 0 ? source->here : SLICE("localhost");
	return source->own.format->front(&source->clock, line, header);
}

static bool
read_header(struct maillog *maillog, struct maillog_source *source,
    struct slice line, struct header *header)
{
	if (!source->own.decided)
		ownlog_decide(&source->own, &source->clock, line);
	if (source->own.format != NULL)
		return read_front(source, line, header);
	if (line.n == 0 || line.p[0] != '{')
		return header_read(&source->clock, line, header);
	return export_read(line, header, maillog->export, EXPORT_BYTES);
}

/* The line before, said again at another time. */
static enum meaning
again(struct maillog *maillog, struct maillog_source *source, int64_t when,
    uint32_t times)
{
	struct slice last = { source->last, source->last_length };
	struct stamp_clock clock = source->clock;
	struct header header;

	if (last.n == 0 || !header_read(&clock, last, &header))
		return MEANS_NOTHING;
	header.when = when;
	return parse(maillog, source, &header, last, times);
}

/* Did another source tell of it before this one took its place? */
static bool
is_told(const struct maillog *maillog, const struct maillog_source *source,
    int64_t when)
{
	return source->told != NULL &&
	       when / 1000000 <= source->told[maillog->host_index];
}

static enum meaning
read_line(
    struct maillog *maillog, struct maillog_source *source, struct slice line)
{
	struct header header;
	uint32_t times;

	if (line.n == 0)
		return MEANS_NOTHING;
	if (!read_header(maillog, source, line, &header)) {
		shapes_add(maillog->shapes, SLICE("(no header)"),
		    pseudonyms_text(maillog->names, line));
		return MEANS_UNKNOWN;
	}
	set_host(maillog, header.host);
	if (is_told(maillog, source, header.when))
		return MEANS_NOTHING;
	note_time(maillog, header.when);
	if (header.program.n == 0)
		return repeats_last(header.text, &times)
			   ? again(maillog, source, header.when, times)
			   : MEANS_NOTHING;
	if (line.p[0] != '{' && source->own.format == NULL)
		source->last_length =
		    slice_copy(line, source->last, sizeof(source->last));
	return parse(maillog, source, &header, line, 1);
}

static enum meaning
count_line(struct maillog *maillog, enum meaning meaning)
{
	struct coverage *coverage = &maillog->coverage;

	coverage->lines++;
	coverage->recognised += meaning == MEANS_FACT;
	coverage->ignored += meaning == MEANS_NOTHING;
	coverage->unrecognised += meaning == MEANS_UNKNOWN;
	maillog->counted[0]++;
	maillog->counted[1 + meaning]++;
	maillog->share->lines[meaning]++;
	return meaning;
}

enum meaning
maillog_read(
    struct maillog *maillog, struct maillog_source *source, struct slice line)
{
	maillog->share = shares_others(maillog->shares);
	return count_line(maillog, read_line(maillog, source, line));
}

enum meaning
maillog_entry(struct maillog *maillog, struct maillog_source *source,
    const struct header *header)
{
	maillog->share = shares_others(maillog->shares);
	source->clock.last = header->when / 1000000;
	set_host(maillog, header->host);
	if (is_told(maillog, source, header->when))
		return count_line(maillog, MEANS_NOTHING);
	note_time(maillog, header->when);
	return count_line(
	    maillog, header->program.n == 0
			 ? MEANS_NOTHING
			 : parse(maillog, source, header, header->text, 1));
}

const struct coverage *
maillog_coverage(const struct maillog *maillog)
{
	return &maillog->coverage;
}

int64_t
maillog_time(const struct maillog *maillog)
{
	return maillog->when;
}

struct slice
maillog_host(const struct maillog *maillog, uint32_t *index)
{
	*index = maillog->host_index;
	return maillog->host;
}

const struct shapes *
maillog_shapes(const struct maillog *maillog)
{
	return maillog->shapes;
}

struct shares *
maillog_shares(struct maillog *maillog)
{
	return maillog->shares;
}

void
maillog_pseudonyms(struct maillog *maillog, struct pseudonyms *names)
{
	maillog->names = names;
}

bool
maillog_save(struct maillog *maillog, struct state_writer *w)
{
	return owners_save(maillog->owners, maillog->names, w);
}

bool
maillog_load(struct maillog *maillog, struct slice value)
{
	return owners_load(maillog->owners, value);
}

bool
maillog_save_tellers(struct maillog *maillog, struct state_writer *w)
{
	return teller_save(maillog->teller, maillog->tracker, w);
}

bool
maillog_load_tellers(struct maillog *maillog, struct slice value)
{
	return teller_load(maillog->teller, maillog->tracker, value);
}
