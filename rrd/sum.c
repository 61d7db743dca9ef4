/*
 * sum.c - what a counter came to, for another process than the one that writes
 *
 * A closed step that the state holds is in a file if the file's newest sample
 * is not older: its row goes with the commit after the write.  An open one is
 * not, or was not when the state was read; from the first of them on files are
 * not read, so that the sum is that of one moment, the commit's, whatever is
 * written meanwhile.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "rrd/series_impl.h"

/* One series of one host. */
struct place {
	const struct series *series;
	const struct series_host *host;
	const struct series_name *name;
	int64_t from; /* a beginning of a cell of `archive' */
	int64_t to;   /* what the files hold from there on came later */
	const struct archive *archive;
};

struct adding {
	unsigned cell; /* seconds */
	uint64_t sum;
};

struct series *
series_look(const char *data)
{
	struct series *series = mem_zero(1, sizeof(*series));

	series->store = store_new(data);
	return series;
}

static bool
is_meant(const struct series_host *host, struct slice name)
{
	return name.n == 0 || slice_same_word(name, slice_of(host->name));
}

/* The first step of any host that is meant, or 0. */
static int64_t
first_of(const struct series *series, struct slice name)
{
	int64_t first = 0;

	for (size_t i = 0; i < series->host_count; i++) {
		const struct series_host *host = &series->hosts[i];

		if (is_meant(host, name) && host->first != 0 &&
		    (first == 0 || host->first < first))
			first = host->first;
	}
	return first;
}

/* One for all hosts, so that they have one beginning. */
static const struct archive *
choose(const struct series *series, int64_t from)
{
	int64_t newest = 0, step;
	size_t i;

	for (i = 0; i < series->host_count; i++)
		if (series->hosts[i].known > newest)
			newest = series->hosts[i].known;
	for (i = 0; i < SCHEMA_ARCHIVES - 1; i++) {
		step = archives[i].step;
		/* One cell less: the next may be written at any time. */
		if (from / step >= newest / step - archives[i].rows + 1)
			break;
	}
	return &archives[i];
}

/* The beginning of the archive's cell that holds `from' or the first step. */
static int64_t
first_cell(const struct series *series, struct slice name, int64_t from,
    const struct archive **archive)
{
	int64_t first = first_of(series, name);

	if (from < first)
		from = first;
	*archive = choose(series, from);
	return from / (*archive)->step * (*archive)->step;
}

int64_t
series_begin(const struct series *series, struct slice host, int64_t from)
{
	const struct archive *archive;
	int64_t first = first_of(series, host);

	from = first_cell(series, host, from, &archive);
	return first == 0 || from > first ? from : first;
}

static bool
same_series(const struct series_name *name, const struct stats_step *step,
    const struct stats_cell *cell)
{
	if (cell->metric != name->metric ||
	    (cell->mailer < 0) != !name->mailer.n)
		return false;
	return cell->mailer < 0 ||
	       slice_eq(name->mailer, slice_of(step->mailers[cell->mailer]));
}

/*
 * Files are read up to the first open step; where none is open, to the end of
 * what was complete.
 */
static int64_t
end_of(const struct series *series, const struct series_host *host)
{
	int64_t open = INT64_MAX, closed = INT64_MIN;

	for (size_t i = 0; i < series->pending_count; i++) {
		const struct pending *pending = &series->pending[i];
		int64_t at = pending->step->at;

		if (strcmp(pending->step->host, host->name) != 0)
			continue;
		if (!pending->saved && at < open)
			open = at;
		if (pending->saved && at + STATS_STEP > closed)
			closed = at + STATS_STEP;
	}
	if (open != INT64_MAX || closed == INT64_MIN)
		return open;
	return closed > host->known ? closed : host->known;
}

/* What the state holds and a file of that newest sample does not. */
static uint64_t
sum_steps(const struct place *place, int64_t last)
{
	const struct series *series = place->series;
	int64_t from = place->to < last ? place->to : last;
	uint64_t sum = 0;

	if (from < place->from)
		from = place->from;
	for (size_t i = 0; i < series->pending_count; i++) {
		const struct stats_step *step = series->pending[i].step;

		if (step->at < from ||
		    strcmp(step->host, place->host->name) != 0)
			continue;
		for (size_t c = 0; c < step->count; c++)
			if (same_series(place->name, step, &step->cells[c]))
				sum += step->cells[c].value;
	}
	return sum;
}

static void
add_cell(void *arg, int64_t at, double value)
{
	struct adding *adding = arg;
	double count = rint(value * adding->cell);

	(void)at;
	if (count > 0)
		adding->sum += (uint64_t)count;
}

static int
sum_cells(const char *path, const struct archive *archive, int64_t from,
    int64_t to, int64_t last, uint64_t *sum, struct err *err)
{
	struct adding adding = { archive->step, 0 };
	int64_t step = archive->step;

	if (from >= to)
		return 0;
	if (archive != &archives[SCHEMA_ARCHIVES - 1] &&
	    from / step < last / step - archive->rows)
		return err_set(err, "%s: has moved on", path);
	if (file_cells(path, archive, from, to, add_cell, &adding, err) == -1)
		return -1;
	*sum += adding.sum;
	return 0;
}

/*
 * The coarse cells that are whole, and the rest in the finest: a coarse cell
 * is written when it is over.
 */
static int
sum_spans(const char *path, const struct place *place, int64_t last,
    uint64_t *sum, struct err *err)
{
	int64_t step = place->archive->step, whole;
	int64_t to = place->to < last ? place->to : last;

	whole = to / step * step;
	if (sum_cells(
		path, place->archive, place->from, whole, last, sum, err) == -1)
		return -1;
	if (whole < place->from)
		whole = place->from;
	return sum_cells(path, &archives[0], whole,
	    to / SCHEMA_STEP * SCHEMA_STEP, last, sum, err);
}

/* A header that is the same afterwards: nothing was written in between. */
static int
sum_between(const char *path, const struct place *place, int64_t *last,
    uint64_t *sum, struct err *err)
{
	size_t size = schema_header_bytes();
	char *before = mem_zero(2, size), *after = before + size;
	int rc = 0;

	if (file_header(path, before, err) == -1)
		rc = -1;
	else if (!schema_fits(before, SERIES_COUNT, last))
		rc = err_set(err, "%s: damaged", path);
	else
		rc = sum_spans(path, place, *last, sum, err);
	if (rc == 0 && file_header(path, after, err) == -1)
		rc = -1;
	if (rc == 0 && memcmp(before, after, size) != 0)
		rc = err_set(err, "%s: is being written", path);
	free(before);
	return rc;
}

static int
sum_place(const struct place *place, uint64_t *sum, struct err *err)
{
	char host[NAME_BYTES], mailer[NAME_BYTES], *path;
	const struct store *store = place->series->store;
	int64_t last = INT64_MIN;
	int rc = 0;

	name_of_host(slice_of(place->host->name), host);
	name_of_mailer(place->name->mailer, mailer);
	path = name_path(store->root, host,
	    place->name->mailer.n > 0 ? mailer : NULL, place->name->metric);
	/* A counter that never came has no file. */
	if (access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
		rc = sum_between(path, place, &last, sum, err);
	free(path);
	*sum += sum_steps(place, last);
	return rc;
}

/* Headers set aside are of files that may be half written. */
static int
check_undo(const struct store *store, struct err *err)
{
	if (access(store->undo, F_OK) == -1 && errno == ENOENT)
		return 0;
	return err_set(err,
	    "%s: the series are being written, or a crash left them so; try "
	    "again, or start mailweir run",
	    store->undo);
}

int
series_sum(struct series *series, struct slice host, const char *dotted,
    int64_t from, uint64_t *sum, struct err *err)
{
	struct series_name name;
	struct place place = { series, NULL, &name, 0, 0, NULL };

	*sum = 0;
	if (!name_parse(dotted, &name) || name_kind(&name) != SERIES_COUNT)
		return err_set(err, "%s: no such counter", dotted);
	if (check_undo(series->store, err) == -1)
		return -1;
	place.from = first_cell(series, host, from, &place.archive);
	for (size_t i = 0; i < series->host_count; i++) {
		place.host = &series->hosts[i];
		if (!is_meant(place.host, host))
			continue;
		place.to = end_of(series, place.host);
		if (sum_place(&place, sum, err) == -1)
			return -1;
	}
	return check_undo(series->store, err);
}
