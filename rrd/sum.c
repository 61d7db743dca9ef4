/*
 * sum.c - what a counter came to, for another process than the one that writes
 *
 * Of each host the steps that the state holds, waiting or open, are what the
 * files do not hold yet: the files are read up to the first of them, and what
 * was written since is passed over.  So the sum is that of one moment, the
 * commit's, whatever is written meanwhile.
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

/* What waits, and where it begins. */
static uint64_t
sum_steps(const struct place *place, int64_t *begin)
{
	const struct series *series = place->series;
	uint64_t sum = 0;

	*begin = INT64_MAX;
	for (size_t i = 0; i < series->pending_count; i++) {
		const struct stats_step *step = series->pending[i].step;

		if (strcmp(step->host, place->host->name) != 0)
			continue;
		if (step->at < *begin)
			*begin = step->at;
		if (step->at < place->from)
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
sum_spans(const char *path, const struct place *place, int64_t to, int64_t last,
    uint64_t *sum, struct err *err)
{
	int64_t step = place->archive->step, whole;

	if (to > last)
		to = last;
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
sum_between(const char *path, const struct place *place, int64_t to,
    uint64_t *sum, struct err *err)
{
	size_t size = schema_header_bytes();
	char *before = mem_zero(2, size), *after = before + size;
	int64_t last;
	int rc = 0;

	if (file_header(path, before, err) == -1)
		rc = -1;
	else if (!schema_fits(before, SERIES_COUNT, &last))
		rc = err_set(err, "%s: damaged", path);
	else
		rc = sum_spans(path, place, to, last, sum, err);
	if (rc == 0 && file_header(path, after, err) == -1)
		rc = -1;
	if (rc == 0 && memcmp(before, after, size) != 0)
		rc = err_set(err, "%s: is being written", path);
	free(before);
	return rc;
}

static int
sum_file(const struct place *place, int64_t to, uint64_t *sum, struct err *err)
{
	char host[NAME_BYTES], mailer[NAME_BYTES], *path;
	const struct store *store = place->series->store;
	int rc = 0;

	if (to <= place->from)
		return 0;
	name_of_host(slice_of(place->host->name), host);
	name_of_mailer(place->name->mailer, mailer);
	path = name_path(store->root, host,
	    place->name->mailer.n > 0 ? mailer : NULL, place->name->metric);
	/* A counter that never came has no file. */
	if (access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
		rc = sum_between(path, place, to, sum, err);
	free(path);
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
	struct place place = { series, NULL, &name, 0, NULL };
	int64_t to;

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
		*sum += sum_steps(&place, &to);
		if (sum_file(&place, to, sum, err) == -1)
			return -1;
	}
	return check_undo(series->store, err);
}
