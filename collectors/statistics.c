/*
 * statistics.c - Sendmail's statistics file, looked at again and again
 *
 * Sendmail's processes read, add and write the whole file without a lock, so
 * it may be seen half written, or with a number that went back a little: the
 * first is tried again in a moment, the second adds nothing.
 */
#include "collectors/statistics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/statcolumns.h"

#define EVERY_SECS 5
#define TRIES      5 /* moments in which it may be half written */

/* As much as fits; -1 with errno. */
static ssize_t
read_some(int fd, char *text, size_t size)
{
	size_t n = 0;
	ssize_t got = 1;

	while (n < size && got > 0) {
		got = read(fd, text + n, size - n);
		if (got > 0)
			n += (size_t)got;
	}
	return got == -1 ? -1 : (ssize_t)n;
}

static void *
statistics_open(
    const struct source_config *config, struct opener *opener, size_t index)
{
	struct statistics *s = mem_zero(1, sizeof(*s));

	s->config = config;
	s->opener = opener;
	s->index = index;
	for (size_t i = 0; i < config->mailer_count && i < STATFILE_MAILERS;
	     i++)
		slice_copy(slice_of(config->mailers[i]), s->names[i],
		    sizeof(s->names[i]));
	return s;
}

static void
statistics_close(void *statistics)
{
	free(statistics);
}

static void
add(struct statistics *s, const struct poll *poll, enum metric metric,
    uint64_t *total, int64_t now, int64_t before)
{
	const struct collect_sinks *sinks = poll->sinks;

	if (now <= before)
		return;
	*total += (uint64_t)(now - before);
	if (sinks->count != NULL)
		sinks->count(sinks->arg, poll->host, poll->now, metric,
		    (uint64_t)(now - before));
	s->dirty = true;
}

static void
add_all(
    struct statistics *s, const struct statfile *file, const struct poll *poll)
{
	for (unsigned k = 0; k < STATFILE_COLUMNS; k++)
		for (size_t i = 0; i < STATFILE_MAILERS; i++)
			add(s, poll, statcolumn_of_file(k), &s->totals[i][k],
			    file->columns[k][i], s->last.columns[k][i]);
	add(s, poll, METRIC_STATISTICS_CONNECTIONS_FROM, &s->connections_from,
	    file->connections_from, s->last.connections_from);
	add(s, poll, METRIC_STATISTICS_CONNECTIONS_TO, &s->connections_to,
	    file->connections_to, s->last.connections_to);
	add(s, poll, METRIC_STATISTICS_CONNECTIONS_REJECTED,
	    &s->connections_rejected, file->connections_rejected,
	    s->last.connections_rejected);
}

static const struct statfile nothing = { .empty = true };

/*
 * What it held before the first look is not ours to count, unless it was made
 * since.  Emptied by somebody, it begins again at nothing: what was counted
 * between our last look and that is lost to us.
 */
void
statistics_take(
    struct statistics *s, const struct statfile *file, const struct poll *poll)
{
	if (!s->seen) {
		s->seen = s->dirty = true;
		s->last =
		    !file->empty && file->since < s->first ? *file : nothing;
	}
	if (!s->last.empty && (file->empty || file->since != s->last.since)) {
		add(s, poll, METRIC_STATISTICS_RESETS, &s->resets, 1, 0);
		s->last = nothing;
	}
	add_all(s, file, poll);
	s->dirty |= s->last.empty != file->empty;
	s->last = *file;
}

/* What the log says of the same, and whether that agrees. */
static void
compare(struct statistics *s, const struct poll *poll)
{
	const struct collect_sinks *sinks = poll->sinks;
	char words[STATISTICS_WORDS];

	if (sinks->mailer == NULL)
		return;
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (unsigned k = 0; k < STATFILE_COLUMNS; k++)
			s->log[i][k] =
			    s->names[i][0] == '\0'
				? 0
				: sinks->mailer(sinks->arg, poll->host,
				      slice_of(s->names[i]),
				      statcolumn_of_log(k));
	s->dirty |= agreement_look(&s->agreement, poll->now, s->totals, s->log);
	s->agrees = agreement_words(
	    &s->agreement, s->totals, s->log, s->names, words, sizeof(words));
	s->dirty |= strcmp(words, s->words) != 0;
	memcpy(s->words, words, sizeof(words));
}

static bool
is_negative(const struct statfile *file)
{
	bool any = file->since < 0 || file->connections_from < 0 ||
		   file->connections_to < 0 || file->connections_rejected < 0;

	for (unsigned k = 0; k < STATFILE_COLUMNS; k++)
		for (size_t i = 0; i < STATFILE_MAILERS; i++)
			any |= file->columns[k][i] < 0;
	return any;
}

/* False: err says why. */
static bool
decode(struct statfile *file, const char *bytes, size_t n, struct err *err)
{
	if (statfile_decode(file, bytes, n, err) == -1)
		return false;
	if (!is_negative(file))
		return true;
	err_set(err, "holds numbers below 0; expected counts");
	return false;
}

/* It may be in the middle of being written; or it is none. */
static enum poll_result
make_no_sense(struct statistics *s, struct err *err)
{
	struct err why = *err;

	if (s->tries++ < TRIES)
		return POLL_WAIT;
	s->tries = 0;
	err_set(err, "%s: %s", s->config->path, why.text);
	return POLL_FAILED;
}

static void
explain(const struct statistics *s, int error, struct err *err)
{
	if (error == ENOENT)
		err_set(err,
		    "%s: not there; Sendmail counts only where the file is, "
		    "empty to begin with",
		    s->config->path);
	else if (error == EACCES || error == EPERM)
		err_set(err,
		    "%s: permission denied; reading it needs "
		    "CAP_DAC_READ_SEARCH (start the agent as root; it keeps "
		    "only that) or the file's group",
		    s->config->path);
}

static enum poll_result
statistics_poll(void *arg, const struct poll *poll, struct err *err)
{
	struct statistics *s = arg;
	char bytes[STATFILE_BYTES + 1];
	struct statfile file;
	ssize_t n;
	int fd;

	if (s->first == 0) {
		s->first = poll->now;
		s->dirty = true;
	}
	fd = opener_open(s->opener, s->index, NULL, err);
	if (fd == -1) {
		explain(s, errno, err);
		return POLL_FAILED;
	}
	n = read_some(fd, bytes, sizeof(bytes));
	if (n == -1)
		err_sys(err, "%s: read", s->config->path);
	close(fd);
	if (n == -1)
		return POLL_FAILED;
	if (!decode(&file, bytes, (size_t)n, err))
		return make_no_sense(s, err);
	s->tries = 0;
	statistics_take(s, &file, poll);
	compare(s, poll);
	return POLL_DONE;
}

static void
statistics_status(const void *arg, struct statistics_status *status)
{
	const struct statistics *s = arg;
	struct statistics_row *row;

	status->since = s->agreement.since;
	status->resets = s->resets;
	status->agrees = s->agrees;
	status->words = s->words;
	for (size_t i = 0; i < STATFILE_MAILERS; i++) {
		if (s->names[i][0] == '\0')
			continue;
		row = &status->rows[status->row_count++];
		row->mailer = s->names[i];
		for (unsigned k = 0; k < STATFILE_COLUMNS; k++) {
			row->file[k] =
			    agreement_file(&s->agreement, s->totals, i, k);
			row->log[k] =
			    agreement_log(&s->agreement, s->log, i, k);
		}
	}
}

const struct polled_kind polled_statistics = {
	.type = SOURCE_TYPE_STATISTICS,
	.every = EVERY_SECS,
	.open = statistics_open,
	.close = statistics_close,
	.poll = statistics_poll,
	.status = statistics_status,
	.save = statistics_save,
	.load = statistics_load,
};
