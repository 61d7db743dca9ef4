/* agreement.c - Sendmail's statistics file held against its log */
#include "collectors/agreement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/statcolumns.h"

#define TURN_SECS   300
#define SETTLE_SECS 600
#define SHOWN       3 /* columns that are named; the rest is a number */
#define SLACK       3 /* per cent of kilobytes: retries are not in the log */

static void
begin(struct agreement *a, int64_t now, const statistics_table file,
    const statistics_table log)
{
	memset(a, 0, sizeof(*a));
	a->since = a->turned = now;
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (size_t k = 0; k < STATFILE_COLUMNS; k++) {
			a->cells[i][k].file_base = file[i][k];
			a->cells[i][k].log_base = log[i][k];
		}
}

/* The account was lost: what is left is less than what it had. */
static bool
went_back(const struct agreement *a, const statistics_table file,
    const statistics_table log)
{
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (size_t k = 0; k < STATFILE_COLUMNS; k++) {
			const struct agreement_cell *cell = &a->cells[i][k];

			if (log[i][k] < cell->log_base ||
			    log[i][k] - cell->log_base < cell->log_turn ||
			    file[i][k] < cell->file_base)
				return true;
		}
	return false;
}

uint64_t
agreement_file(const struct agreement *a, const statistics_table file,
    size_t mailer, enum statfile_column column)
{
	return file[mailer][column] - a->cells[mailer][column].file_base;
}

uint64_t
agreement_log(const struct agreement *a, const statistics_table log,
    size_t mailer, enum statfile_column column)
{
	return log[mailer][column] - a->cells[mailer][column].log_base;
}

static bool
look_at(struct agreement_cell *cell, uint64_t file, uint64_t log, bool settling,
    bool turn)
{
	int64_t more = (int64_t)(file - log);
	bool wider = settling && (more < cell->low || more > cell->high);

	if (wider && more < cell->low)
		cell->low = more;
	else if (wider)
		cell->high = more;
	if (!turn)
		return wider;
	cell->file_old = cell->file_turn;
	cell->log_old = cell->log_turn;
	cell->file_turn = file;
	cell->log_turn = log;
	return true;
}

bool
agreement_look(struct agreement *a, int64_t now, const statistics_table file,
    const statistics_table log)
{
	bool turn, settling, changed = false;

	if (a->since == 0 || now < a->turned || went_back(a, file, log)) {
		begin(a, now, file, log);
		return true;
	}
	turn = now - a->turned >= TURN_SECS;
	settling = now - a->since < SETTLE_SECS;
	if (turn)
		a->turned = now;
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (unsigned k = 0; k < STATFILE_COLUMNS; k++)
			changed |= look_at(&a->cells[i][k],
			    agreement_file(a, file, i, k),
			    agreement_log(a, log, i, k), settling, turn);
	return changed;
}

static uint64_t
slack_of(unsigned column, uint64_t file, uint64_t log)
{
	if (column != STATFILE_KBYTES_FROM && column != STATFILE_KBYTES_TO)
		return 0;
	return (file > log ? file : log) / 100 * SLACK;
}

/* By so much no delay explains; above 0: the file has more. */
static int64_t
difference(const struct agreement *a, size_t i, unsigned k, uint64_t file,
    uint64_t log)
{
	const struct agreement_cell *cell = &a->cells[i][k];
	uint64_t slack = slack_of(k, file, log);
	int64_t more, less;

	more = (int64_t)(cell->file_old - log - (uint64_t)cell->high - slack);
	less = (int64_t)(cell->log_old - file + (uint64_t)cell->low - slack);
	return more > 0 ? more : less > 0 ? -less : 0;
}

static bool
is_zero(const statistics_table log)
{
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (unsigned k = 0; k < STATFILE_COLUMNS; k++)
			if (log[i][k] != 0)
				return false;
	return true;
}

/* Those that differ, by name; how many there are. */
static size_t
name_differences(const struct agreement *a, const statistics_table file,
    const statistics_table log, const char names[][STATISTICS_NAME], char *text,
    size_t size)
{
	size_t found = 0, n = 0;

	for (size_t i = 0; i < STATFILE_MAILERS; i++) {
		for (unsigned k = 0; k < STATFILE_COLUMNS; k++) {
			uint64_t in_file = agreement_file(a, file, i, k);
			uint64_t in_log = agreement_log(a, log, i, k);
			int64_t by = difference(a, i, k, in_file, in_log);

			if (names[i][0] == '\0' || by == 0 || ++found > SHOWN ||
			    n >= size)
				continue;
			n += (size_t)snprintf(text + n, size - n,
			    "%s %s %s %" PRIu64 " in the file and %" PRIu64
			    " in the log",
			    found > 1 ? ";" : "", names[i],
			    mailer_metric_name(statcolumn_of_log(k)), in_file,
			    in_log);
		}
	}
	if (found > SHOWN && n < size)
		snprintf(text + n, size - n, "; and %zu more columns",
		    found - SHOWN);
	return found;
}

static bool
is_same(const struct agreement *a, const statistics_table file,
    const statistics_table log, const char names[][STATISTICS_NAME])
{
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (unsigned k = 0; k < STATFILE_COLUMNS; k++) {
			uint64_t in_file = agreement_file(a, file, i, k);
			uint64_t in_log = agreement_log(a, log, i, k);
			uint64_t by = in_file > in_log ? in_file - in_log
						       : in_log - in_file;

			if (names[i][0] != '\0' &&
			    by > slack_of(k, in_file, in_log))
				return false;
		}
	return true;
}

bool
agreement_words(const struct agreement *a, const statistics_table file,
    const statistics_table log, const char names[][STATISTICS_NAME], char *text,
    size_t size)
{
	char which[400] = "";

	if (a->since == 0 || is_zero(log)) {
		snprintf(text, size,
		    "Sendmail's statistics file has no log of this host "
		    "beside it");
		return true;
	}
	if (name_differences(a, file, log, names, which, sizeof(which)) > 0) {
		snprintf(text, size,
		    "Sendmail's statistics file differs from the log:%s",
		    which);
		return false;
	}
	snprintf(text, size, "Sendmail's statistics file agrees with the log%s",
	    is_same(a, file, log, names) ? "" : ", but for what is under way");
	return true;
}

void
agreement_save(const struct agreement *a, struct state_writer *w)
{
	put_u64(w, (uint64_t)a->since);
	put_u64(w, (uint64_t)a->turned);
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (size_t k = 0; k < STATFILE_COLUMNS; k++) {
			const struct agreement_cell *cell = &a->cells[i][k];

			put_u64(w, cell->file_base);
			put_u64(w, cell->log_base);
			put_u64(w, cell->file_turn);
			put_u64(w, cell->log_turn);
			put_u64(w, cell->file_old);
			put_u64(w, cell->log_old);
			put_u64(w, (uint64_t)cell->low);
			put_u64(w, (uint64_t)cell->high);
		}
}

static bool
get_cell(struct slice *value, struct agreement_cell *cell)
{
	uint64_t low, high;

	if (!get_u64(value, &cell->file_base) ||
	    !get_u64(value, &cell->log_base) ||
	    !get_u64(value, &cell->file_turn) ||
	    !get_u64(value, &cell->log_turn) ||
	    !get_u64(value, &cell->file_old) ||
	    !get_u64(value, &cell->log_old) || !get_u64(value, &low) ||
	    !get_u64(value, &high))
		return false;
	cell->low = (int64_t)low;
	cell->high = (int64_t)high;
	return true;
}

bool
agreement_load(struct agreement *a, struct slice *value)
{
	uint64_t since, turned;

	if (!get_u64(value, &since) || !get_u64(value, &turned))
		return false;
	a->since = (int64_t)since;
	a->turned = (int64_t)turned;
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		for (size_t k = 0; k < STATFILE_COLUMNS; k++)
			if (!get_cell(value, &a->cells[i][k]))
				return false;
	return true;
}
