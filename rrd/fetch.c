/*
 * fetch.c - numbers for a span of time, summed exactly
 *
 * A cell is an average per second; times its seconds it is a count again,
 * because no cell is partly unknown.  The last cell of a coarse archive is
 * written when it is over: what it will hold so far comes from the finest.
 */
#include "rrd/fetch.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define LONGEST INT64_C(3155760000) /* a hundred years of seconds */
#define LATEST  (INT64_C(1) << 33)

/* One series of one host on its way into a column. */
struct column {
	const struct series_span *span;
	enum series_kind kind;
	unsigned cell; /* seconds of the cells that come now */
	double *sums;
	double *seconds; /* of each point that are known */
};

void
question_fini(struct question *question)
{
	for (size_t i = 0; i < question->names; i++)
		free(question->name[i]);
}

void
span_fini(struct series_span *span)
{
	free(span->times);
	for (size_t i = 0; i < span->names; i++)
		free(span->values[i]);
}

static const struct archive *
choose_archive(const struct question *question)
{
	int64_t newest = 0, step;
	size_t i;

	for (i = 0; i < question->host_count; i++)
		if (question->hosts[i].known > newest)
			newest = question->hosts[i].known;
	if (newest == 0)
		newest = question->to;
	for (i = 0; i < SCHEMA_ARCHIVES - 1; i++) {
		step = archives[i].step;
		if (question->from / step * step >=
		    newest / step * step - step * archives[i].rows)
			break;
	}
	return &archives[i];
}

static void
lay_out(const struct question *question, int64_t step, struct series_span *span)
{
	int64_t from = question->from < 0        ? 0
		       : question->from > LATEST ? LATEST
						 : question->from;
	int64_t to =
	    question->to > from + LONGEST ? from + LONGEST : question->to;
	size_t most = question->points ? question->points : 1, cells, joined;

	from = from / step * step;
	if (to > from) {
		cells = (size_t)((to - from + step - 1) / step);
		joined = (cells + most - 1) / most;
		span->points = (cells + joined - 1) / joined;
		to = from + (int64_t)cells * step;
		step *= (int64_t)joined;
	}
	span->from = from;
	span->to = to > from ? to : from;
	span->step = step;
	span->times = mem_zero(span->points, sizeof(*span->times));
	for (size_t i = 0; i < span->points; i++)
		span->times[i] = from + (int64_t)i * step;
}

static void
take_cell(void *arg, int64_t at, double value)
{
	struct column *column = arg;
	size_t i = (size_t)((at - column->span->from) / column->span->step);
	double count = value * column->cell;

	if (isnan(value))
		return;
	column->sums[i] += column->kind == SERIES_COUNT ? rint(count) : count;
	column->seconds[i] += column->cell;
}

static void
read_cells(struct column *column, const char *path,
    const struct archive *archive, int64_t from, int64_t to)
{
	struct err err;

	if (from < column->span->from)
		from = column->span->from;
	if (to > column->span->to)
		to = column->span->to;
	column->cell = archive->step;
	/* What cannot be read is not known. */
	(void)file_cells(path, archive, from, to, take_cell, column, &err);
}

static void
read_file(struct column *column, const char *path,
    const struct archive *archive, int64_t last)
{
	int64_t step = archive->step, whole = last / step * step;

	read_cells(column, path, archive, whole - step * (int64_t)archive->rows,
	    whole);
	if (archive != &archives[0])
		read_cells(column, path, &archives[0], whole,
		    last / SCHEMA_STEP * SCHEMA_STEP);
}

/*
 * What the point is, by the file and by what is known of the host: no file, or
 * none so far, says that nothing happened; the zeros that a file has from the
 * midnight before the host's first step say nothing.
 */
static double
count_of(const struct column *column, size_t i, const struct batch_host *host,
    int64_t last)
{
	int64_t begin = column->span->times[i];
	int64_t end = begin + column->span->step;

	if (column->seconds[i] > 0)
		return column->sums[i] > 0 || end > host->first
			   ? column->sums[i]
			   : NAN;
	return host->first != 0 && end > host->first && end > last &&
		       begin < host->known
		   ? 0
		   : NAN;
}

static void
add_host(struct column *host, const struct batch_host *as, int64_t last,
    struct column *all)
{
	double count;

	for (size_t i = 0; i < host->span->points; i++) {
		if (host->kind == SERIES_GAUGE) {
			all->sums[i] += host->sums[i];
			all->seconds[i] += host->seconds[i];
			continue;
		}
		count = count_of(host, i, as, last);
		if (isnan(count))
			continue;
		all->sums[i] += count;
		all->seconds[i] += 1;
	}
}

static struct column
column_of(const struct series_span *span, enum series_kind kind)
{
	return (struct column){ span, kind, 0,
		mem_zero(span->points, sizeof(double)),
		mem_zero(span->points, sizeof(double)) };
}

static void
fetch_host(const struct store *store, const struct batch_host *as,
    const struct series_name *name, const struct archive *archive,
    struct column *all)
{
	char host_safe[NAME_BYTES], mailer_safe[NAME_BYTES], *path;
	struct column column = column_of(all->span, all->kind);
	char *header = mem_zero(1, schema_header_bytes());
	int64_t last = 0;
	struct err err;

	name_of_host(slice_of(as->name), host_safe);
	name_of_mailer(name->mailer, mailer_safe);
	path = name_path(store->root, host_safe,
	    name->mailer.n > 0 ? mailer_safe : NULL, name->metric);
	if (file_header(path, header, &err) == 0 &&
	    schema_fits(header, name_kind(name), &last))
		read_file(&column, path, archive, last);
	add_host(&column, as, last, all);
	free(header);
	free(path);
	free(column.sums);
	free(column.seconds);
}

static double *
fetch_column(const struct store *store, const struct question *question,
    const char *dotted, const struct archive *archive,
    const struct series_span *span)
{
	struct series_name name;
	struct column all = column_of(span, SERIES_COUNT);

	if (name_parse(dotted, &name)) {
		all.kind = name_kind(&name);
		for (size_t i = 0; i < question->host_count; i++)
			fetch_host(
			    store, &question->hosts[i], &name, archive, &all);
	}
	for (size_t i = 0; i < span->points; i++) {
		if (all.seconds[i] == 0)
			all.sums[i] = NAN;
		else if (all.kind == SERIES_GAUGE)
			all.sums[i] /= all.seconds[i];
	}
	free(all.seconds);
	return all.sums;
}

void
fetch_span(const struct store *store, const struct question *question,
    struct series_span *span)
{
	const struct archive *archive = choose_archive(question);

	*span = (struct series_span){ .names = question->names };
	lay_out(question, archive->step, span);
	for (size_t i = 0; i < question->names; i++)
		span->values[i] = fetch_column(
		    store, question, question->name[i], archive, span);
}
