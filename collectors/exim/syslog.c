/*
 * syslog.c - Exim's lines as syslog has them
 *
 * Exim splits an entry at its newlines and at 870 bytes (write_syslog() in
 * log.c): "[1/3] ", "[2\3] ", "[3/3] ".  '\' says that a newline was there, so
 * the pieces up to the first '\' or the last one are the line that the main
 * log has; what follows are headers for the reject log.  Pieces are joined by
 * the process and their numbers.
 *
 * What goes to the reject log is said to syslog twice, unless
 * syslog_duplication is off: first as the main log has it, then with its
 * headers.  The second follows as the process's next line.  Of two that are
 * alike one is counted, as long as such lines do come in pairs: where several
 * of late had no copy, two that are alike are two refusals.  A line that the
 * main log may be spared (log_selector) proves nothing by having none.
 *
 * The text has a time stamp of its own (syslog_timestamp) and may have the
 * process's number (log_selector = +pid); syslog's stamp is the event's time.
 */
#include "collectors/exim/exim.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/exim/under_way.h"

#define COPY_WAIT 2000000 /* microseconds */
#define PAIRS     4       /* so far it is remembered, each way */
#define NO_PAIRS  (-3)    /* so many without a copy: there are none */

/* "[2\16] " */
struct piece {
	uint64_t number, total;
	bool ends; /* the first line of the entry, if it is not whole yet */
};

static bool
cut_piece(struct slice *text, struct piece *piece)
{
	struct slice rest = *text, number, total;
	size_t n = 1;

	if (rest.n < 6 || rest.p[0] != '[')
		return false;
	while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9')
		n++;
	if (n == rest.n || (rest.p[n] != '\\' && rest.p[n] != '/'))
		return false;
	number = (struct slice){ rest.p + 1, n - 1 };
	piece->ends = rest.p[n] == '\\';
	rest = slice_from(rest, n + 1);
	if (!slice_cut(&rest, SLICE("] "), &total) ||
	    !slice_number(number, &piece->number) ||
	    !slice_number(total, &piece->total) || piece->number == 0 ||
	    piece->number > piece->total || piece->total > UINT32_MAX)
		return false;
	piece->ends |= piece->number == piece->total;
	*text = rest;
	return true;
}

/* "2026-11-22 09:00:01.123 +0100 [123] " */
void
exim_skip_stamp(struct slice *text)
{
	struct slice rest, number;
	uint64_t pid;

	(void)stamp_skip_wall(text);
	rest = *text;
	if (slice_skips(&rest, "[") && slice_cut(&rest, SLICE("] "), &number) &&
	    slice_number(number, &pid))
		*text = rest;
}

static void
drop_copy(struct exim_state *state, size_t i)
{
	state->copies[i] = state->copies[--state->copy_count];
	state->dirty = true;
}

static void
note_pair(struct exim_state *state, uint32_t host, bool pair)
{
	int8_t *pairs = &state->pairs[host];

	if (pair && *pairs < PAIRS)
		++*pairs;
	else if (!pair && *pairs > -PAIRS)
		--*pairs;
}

/* Is it the copy of what this process said before? */
static bool
is_copy(struct exim_state *state, const struct log_line *line, uint64_t hash)
{
	bool found = false;

	for (size_t i = 0; i < state->copy_count;) {
		struct exim_copy *copy = &state->copies[i];
		bool same = copy->host_index == line->host_index &&
			    copy->pid == line->pid;
		bool old = line->when - copy->when > COPY_WAIT;

		if (same && !old && !found && copy->hash == hash) {
			found = true;
			note_pair(state, copy->host_index, true);
		} else if (old || (same && line->pid != 0)) {
			if (copy->sure)
				note_pair(state, copy->host_index, false);
		} else {
			i++;
			continue;
		}
		drop_copy(state, i);
	}
	return found;
}

static void
expect_copy(
    struct exim_state *state, const struct log_line *line, uint64_t hash)
{
	if (state->copy_count == COPIES)
		drop_copy(state, 0);
	state->copies[state->copy_count++] =
	    (struct exim_copy){ line->host_index, line->pid, line->when, hash,
		    state->twice == SAID_TWICE };
	state->dirty = true;
}

/* A line as the main log has it. */
static enum meaning
take_line(struct entry *entry)
{
	struct exim_state *state = exim_state(entry->tracker);
	struct log_line line = *entry->line;
	struct entry whole = { entry->tracker, &line, { NULL, 0 },
		entry->text };
	enum meaning meaning;
	uint64_t hash;

	exim_skip_stamp(&whole.text);
	line.text = whole.text;
	hash = slice_hash(whole.text);
	/* Said several times, half of those behind the copy are copies too. */
	if (state->copy_count != 0 && is_copy(state, &line, hash) &&
	    state->pairs[line.host_index] > NO_PAIRS) {
		line.count /= 2;
		if (line.count == 0)
			return MEANS_NOTHING;
	}
	state->twice = SAID_ONCE;
	meaning = exim_parse(&whole);
	if (state->twice != SAID_ONCE)
		expect_copy(state, &line, hash);
	return meaning;
}

static struct exim_begun *
find_begun(struct exim_state *state, const struct log_line *line)
{
	for (size_t i = 0; i < state->begun_count; i++)
		if (state->begun[i].host_index == line->host_index &&
		    state->begun[i].pid == line->pid)
			return &state->begun[i];
	return NULL;
}

static void
drop_begun(struct exim_state *state, struct exim_begun *begun)
{
	free(begun->text);
	*begun = state->begun[--state->begun_count];
	state->dirty = true;
}

/* Its first line, as far as it has come, is one; the entry is done with it. */
static enum meaning
take_begun(struct entry *entry, struct exim_begun *begun, bool done)
{
	struct exim_state *state = exim_state(entry->tracker);
	struct log_line line = *entry->line;
	char *text = begun->text;
	struct entry whole = { entry->tracker, &line, { NULL, 0 },
		{ text, begun->n } };
	enum meaning meaning = MEANS_NOTHING;

	line.host_index = begun->host_index;
	line.host = tracker_host_name(entry->tracker, begun->host_index);
	line.pid = begun->pid;
	begun->text = NULL;
	begun->n = 0;
	if (done)
		drop_begun(state, begun);
	if (text != NULL)
		meaning = take_line(&whole);
	free(text);
	return meaning;
}

static struct exim_begun *
begin(struct entry *entry, const struct piece *piece)
{
	struct exim_state *state = exim_state(entry->tracker);
	struct exim_begun *begun = find_begun(state, entry->line);

	if (begun == NULL && state->begun_count == BEGUN)
		begun = &state->begun[0];
	if (begun != NULL) /* it was cut, and is taken as it came */
		(void)take_begun(entry, begun, true);
	begun = &state->begun[state->begun_count++];
	memset(begun, 0, sizeof(*begun));
	begun->host_index = entry->line->host_index;
	begun->pid = entry->line->pid;
	begun->next = 1;
	begun->total = (uint32_t)piece->total;
	begun->text = mem_zero(1, BEGUN_TEXT);
	return begun;
}

static enum meaning
take_piece(struct entry *entry, const struct piece *piece)
{
	struct exim_state *state = exim_state(entry->tracker);
	struct exim_begun *begun = piece->number == 1
				       ? begin(entry, piece)
				       : find_begun(state, entry->line);
	bool done = piece->number == piece->total;
	size_t n;

	/* The first ones are older than the log, or lost. */
	if (begun == NULL || begun->total != piece->total ||
	    begun->next != piece->number)
		return MEANS_NOTHING;
	state->dirty = true;
	begun->next++;
	if (begun->text != NULL) {
		n = BEGUN_TEXT - begun->n;
		n = entry->text.n < n ? entry->text.n : n;
		memcpy(begun->text + begun->n, entry->text.p, n);
		begun->n += n;
	}
	/* Behind the first line there are headers; without a text, that was. */
	if (piece->ends)
		return take_begun(entry, begun, done);
	return MEANS_NOTHING;
}

enum meaning
exim_syslog(struct entry *entry)
{
	struct piece piece;

	if (cut_piece(&entry->text, &piece))
		return take_piece(entry, &piece);
	return take_line(entry);
}
