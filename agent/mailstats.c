/* mailstats.c - the table of mailstats(8), and its three ways to be printed */
#include "agent/mailstats.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/sendmail_cf.h"
#include "base/mem.h"
#include "base/statcolumns.h"

/* Sizes alone make no row. */
static bool
is_shown(const struct mailstats_row *row)
{
	for (unsigned i = 0; i < STATFILE_COLUMNS; i++)
		if (row->columns[i] != 0 && i != STATFILE_KBYTES_FROM &&
		    i != STATFILE_KBYTES_TO)
			return true;
	return false;
}

/* Of the rows that are shown; the file's numbers may be any. */
static struct mailstats_row
total_of(const struct mailstats *table)
{
	struct mailstats_row total = { 0 };

	for (size_t r = 0; r < table->count; r++) {
		const struct mailstats_row *row = &table->rows[r];

		if (!is_shown(row))
			continue;
		for (unsigned i = 0; i < STATFILE_COLUMNS; i++)
			total.columns[i] =
			    (int64_t)((uint64_t)total.columns[i] +
				      (uint64_t)row->columns[i]);
		total.bytes_from += row->bytes_from;
		total.bytes_to += row->bytes_to;
	}
	return total;
}

/* `unit' is K for people. */
static void
print_columns(FILE *out, const struct mailstats_row *row, const char *unit)
{
	const int64_t *c = row->columns;

	fprintf(out,
	    " %8" PRId64 " %10" PRId64 "%s %8" PRId64 " %10" PRId64
	    "%s   %6" PRId64 "  %6" PRId64 "  %6" PRId64,
	    c[STATFILE_MSGS_FROM], c[STATFILE_KBYTES_FROM], unit,
	    c[STATFILE_MSGS_TO], c[STATFILE_KBYTES_TO], unit,
	    c[STATFILE_REJECTED], c[STATFILE_DISCARDED],
	    c[STATFILE_QUARANTINED]);
}

static void
print_rows(
    FILE *out, const struct mailstats *table, const char *unit, bool names)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct mailstats_row *row = &table->rows[i];

		if (!is_shown(row))
			continue;
		fprintf(out, "%2zu", row->number);
		print_columns(out, row, unit);
		fprintf(
		    out, "%s%s\n", names ? "  " : "", names ? row->name : "");
	}
}

static void
print_total(FILE *out, const struct mailstats *table, const char *unit)
{
	struct mailstats_row total = total_of(table);

	fputs(" T", out);
	print_columns(out, &total, unit);
	putc('\n', out);
}

void
mailstats_print(FILE *out, const struct mailstats *table, bool names)
{
	time_t since = (time_t)table->since;
	const char *text = ctime(&since);

	/* A time of no calendar: as printf() has it there. */
	fprintf(out, "Statistics from %s", text != NULL ? text : "(null)");
	fprintf(out,
	    " M   msgsfr  bytes_from   msgsto    bytes_to  msgsrej msgsdis "
	    "msgsqur%s\n",
	    names ? "  Mailer" : "");
	print_rows(out, table, "K", names);
	fputs("========================================"
	      "=============================\n",
	    out);
	print_total(out, table, "K");
	fprintf(out,
	    " C %8" PRId64 " %10s  %8" PRId64 " %10s    %6" PRId64 "\n",
	    table->connections_from, "", table->connections_to, "",
	    table->connections_rejected);
}

void
mailstats_print_program(FILE *out, const struct mailstats *table, bool names)
{
	fprintf(out, "%" PRId64 " %" PRId64 "\n", table->since, table->now);
	print_rows(out, table, "", names);
	print_total(out, table, "");
	fprintf(out, " C %8" PRId64 " %8" PRId64 " %6" PRId64 "\n",
	    table->connections_from, table->connections_to,
	    table->connections_rejected);
}

static json_t *
columns_json(const struct mailstats_row *row, bool bytes)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < STATFILE_COLUMNS; i++)
		json_object_set_new(object,
		    mailer_metric_name(statcolumn_of_log(i)),
		    json_integer((json_int_t)row->columns[i]));
	if (!bytes)
		return object;
	json_object_set_new(object, mailer_metric_name(MAILER_BYTES_FROM),
	    json_integer((json_int_t)row->bytes_from));
	json_object_set_new(object, mailer_metric_name(MAILER_BYTES_TO),
	    json_integer((json_int_t)row->bytes_to));
	return object;
}

static json_t *
row_json(const struct mailstats_row *row, bool bytes)
{
	json_t *object = columns_json(row, bytes);
	char name[4 * STATS_NAME];

	slice_escape(slice_of(row->name), name, sizeof(name));
	json_object_set_new(
	    object, "number", json_integer((json_int_t)row->number));
	json_object_set_new(object, "name", json_string(name));
	return object;
}

/* RFC 3339; a number where no calendar has it. */
static json_t *
time_json(int64_t when)
{
	time_t seconds = (time_t)when;
	char text[40];
	struct tm tm;

	if (when < 0 || gmtime_r(&seconds, &tm) == NULL || tm.tm_year > 8099)
		return json_integer((json_int_t)when);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

int
mailstats_print_json(FILE *out, const struct mailstats *table)
{
	struct mailstats_row total = total_of(table);
	json_t *rows = json_array(), *root;
	int rc;

	for (size_t i = 0; i < table->count; i++)
		if (is_shown(&table->rows[i]))
			json_array_append_new(
			    rows, row_json(&table->rows[i], table->has_bytes));
	root = json_pack("{s:o, s:o, s:o, s:o, s:{s:I, s:I, s:I}}", "since",
	    time_json(table->since), "now", time_json(table->now), "mailers",
	    rows, "total", columns_json(&total, table->has_bytes),
	    "connections", "from", (json_int_t)table->connections_from, "to",
	    (json_int_t)table->connections_to, "rejected",
	    (json_int_t)table->connections_rejected);
	rc = json_dumpf(root, out, JSON_INDENT(1));
	putc('\n', out);
	json_decref(root);
	return rc;
}

void
mailstats_of_file(struct mailstats *table, const struct statfile *file,
    const struct sendmail_cf *cf)
{
	memset(table, 0, sizeof(*table));
	table->since = file->since;
	table->connections_from = file->connections_from;
	table->connections_to = file->connections_to;
	table->connections_rejected = file->connections_rejected;
	for (size_t i = 0; i < STATFILE_MAILERS; i++) {
		struct mailstats_row *row = &table->rows[table->count++];

		row->number = i;
		if (i < cf->mailer_count)
			slice_copy(slice_of(cf->mailers[i]), row->name,
			    sizeof(row->name));
		for (unsigned c = 0; c < STATFILE_COLUMNS; c++)
			row->columns[c] = file->columns[c][i];
	}
}

static size_t
number_of(const char *mailer, const struct sendmail_cf *cf, size_t *next)
{
	for (size_t i = 0; i < cf->mailer_count; i++)
		if (strcmp(cf->mailers[i], mailer) == 0)
			return i;
	return (*next)++;
}

static int
by_number(const void *a, const void *b)
{
	const struct mailstats_row *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

void
mailstats_of_account(struct mailstats *table, const struct stats_host *account,
    const struct sendmail_cf *cf)
{
	size_t next = cf->mailer_count;

	memset(table, 0, sizeof(*table));
	table->since = account->first;
	table->has_bytes = true;
	/* mailstats counts those of the host itself as well. */
	table->connections_from =
	    (int64_t)(account->totals[METRIC_SESSIONS_CONNECTED] +
		      account->totals[METRIC_SESSIONS_LOCAL]);
	table->connections_rejected =
	    (int64_t)account->totals[METRIC_SESSIONS_REJECTED];
	for (size_t i = 0; i < account->mailer_count; i++) {
		const struct stats_mailer *mailer = &account->mailers[i];
		struct mailstats_row *row = &table->rows[table->count++];

		row->number = number_of(mailer->name, cf, &next);
		memcpy(row->name, mailer->name, sizeof(row->name));
		for (unsigned c = 0; c < STATFILE_COLUMNS; c++)
			row->columns[c] =
			    (int64_t)mailer->totals[statcolumn_of_log(c)];
		row->bytes_from = mailer->totals[MAILER_BYTES_FROM];
		row->bytes_to = mailer->totals[MAILER_BYTES_TO];
	}
	qsort(table->rows, table->count, sizeof(table->rows[0]), by_number);
}
