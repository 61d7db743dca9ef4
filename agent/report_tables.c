/*
 * report_tables.c - the tables behind a report's first page
 *
 * A table is a row here: which rows, which columns, how each is written.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "agent/local.h"
#include "agent/report.h"
#include "base/array.h"
#include "base/safe.h"
#include "base/wrap.h"

#define NAME_LEAST  24 /* columns of a name, also where the line gets long */
#define CELL_WIDTH  8
#define LABEL_WIDTH 40
#define TEXT_INDENT 12

void
report_title(FILE *out, const char *title)
{
	size_t n = strlen(title);

	fprintf(out, "\n%s\n", title);
	while (n-- > 0)
		putc('-', out);
	putc('\n', out);
}

enum style { PLAIN, BYTES, MEAN_DELAY, DELAY };

struct column {
	const char *title;
	unsigned cell;
	enum style style;
};

#define COLUMNS 7

struct names_table {
	const char *title, *of;
	enum digest_table table;
	unsigned order; /* the cell; rows without any are left out */
	struct column columns[COLUMNS];
};

/* clang-format off */
static const struct names_table names_tables[] = {
	{ "By sending domain", "domain", DIGEST_SENDING, SENDING_MESSAGES,
	  { { "messages", SENDING_MESSAGES, PLAIN },
	    { "size", SENDING_BYTES, BYTES } } },
	{ "By receiving domain", "domain", DIGEST_RECEIVING, RECEIVING_SENT,
	  { { "sent", RECEIVING_SENT, PLAIN },
	    { "size", RECEIVING_BYTES, BYTES },
	    { "deferred", RECEIVING_DEFERRED, PLAIN },
	    { "bounced", RECEIVING_BOUNCED, PLAIN },
	    { "delay", RECEIVING_DELAY_MS, MEAN_DELAY },
	    { "longest", RECEIVING_MAX_DELAY_MS, DELAY } } },
	{ "By receiving domain: deferred", "domain", DIGEST_RECEIVING,
	  RECEIVING_DEFERRED,
	  { { "deferred", RECEIVING_DEFERRED, PLAIN },
	    { "sent", RECEIVING_SENT, PLAIN },
	    { "bounced", RECEIVING_BOUNCED, PLAIN },
	    { "longest", RECEIVING_MAX_DELAY_MS, DELAY } } },
	{ "By receiving domain: refused at the door", "domain",
	  DIGEST_RECEIVING, RECEIVING_REJECTED,
	  { { "refused", RECEIVING_REJECTED, PLAIN } } },
	{ "By account", "account", DIGEST_ACCOUNTS, ACCOUNTS_RECIPIENTS,
	  { { "messages", ACCOUNTS_MESSAGES, PLAIN },
	    { "recipients", ACCOUNTS_RECIPIENTS, PLAIN },
	    { "size", ACCOUNTS_BYTES, BYTES },
	    { "deferred", ACCOUNTS_DEFERRED, PLAIN },
	    { "bounced", ACCOUNTS_BOUNCED, PLAIN } } },
	{ "Senders by number of messages", "sender", DIGEST_SENDERS,
	  SENDERS_MESSAGES,
	  { { "messages", SENDERS_MESSAGES, PLAIN },
	    { "recipients", SENDERS_RECIPIENTS, PLAIN },
	    { "size", SENDERS_BYTES, BYTES } } },
	{ "Recipients by number of deliveries", "recipient",
	  DIGEST_RECIPIENTS, RECIPIENTS_SENT,
	  { { "sent", RECIPIENTS_SENT, PLAIN },
	    { "size", RECIPIENTS_BYTES, BYTES } } },
	{ "Senders by size", "sender", DIGEST_SENDERS, SENDERS_BYTES,
	  { { "size", SENDERS_BYTES, BYTES },
	    { "messages", SENDERS_MESSAGES, PLAIN } } },
	{ "Recipients by size", "recipient", DIGEST_RECIPIENTS,
	  RECIPIENTS_BYTES,
	  { { "size", RECIPIENTS_BYTES, BYTES },
	    { "sent", RECIPIENTS_SENT, PLAIN } } },
	{ "Clients by refusals", "client", DIGEST_CLIENTS, CLIENTS_REJECTED,
	  { { "refused", CLIENTS_REJECTED, PLAIN },
	    { "relaying", CLIENTS_RELAY_DENIED, PLAIN },
	    { "failed auth", CLIENTS_AUTH_FAILED, PLAIN } } },
	{ "Clients by failed authentications", "client", DIGEST_CLIENTS,
	  CLIENTS_AUTH_FAILED,
	  { { "failed auth", CLIENTS_AUTH_FAILED, PLAIN },
	    { "refused", CLIENTS_REJECTED, PLAIN } } },
};
/* clang-format on */

static size_t
shown_of(const struct report *report, size_t n)
{
	return report->top != 0 && report->top < n ? report->top : n;
}

static int
cell_width(const struct column *column)
{
	size_t n = strlen(column->title);

	return n > CELL_WIDTH ? (int)n : CELL_WIDTH;
}

static void
print_cell(FILE *out, const struct digest_row *row, const struct column *column)
{
	uint64_t value = row->cells[column->cell];
	char text[NUMBER_TEXT];

	switch (column->style) {
	case BYTES:
		report_bytes(value, text);
		break;
	case MEAN_DELAY:
		report_delay(row->cells[RECEIVING_SENT] == 0
				 ? 0
				 : (double)value / 1000 /
				       (double)row->cells[RECEIVING_SENT],
		    text);
		break;
	case DELAY:
		report_delay((double)value / 1000, text);
		break;
	default:
		snprintf(text, sizeof(text), "%" PRIu64, value);
	}
	fprintf(out, " %*s", cell_width(column), text);
}

/* What is not shown, and what a full table turned away. */
static void
print_rest(FILE *out, const struct digest_list *list, size_t left)
{
	if (left != 0)
		fprintf(out, " %8s %zu more\n", "...", left);
	if (list->unlisted != 0)
		fputs("      (the table was full: rare ones are not listed)\n",
		    out);
}

static void
print_names(
    FILE *out, const struct report *report, const struct names_table *table)
{
	struct digest_list list = report->page->lists[table->table];
	char name[512];
	size_t n = 0, used = 2, width;

	digest_sort(&list, table->order);
	while (n < list.n && list.rows[n].cells[table->order] != 0)
		n++;
	if (n == 0)
		return;
	report_title(out, table->title);
	for (size_t c = 0; c < COLUMNS && table->columns[c].title; c++)
		used += (size_t)fprintf(out, " %*s",
		    cell_width(&table->columns[c]), table->columns[c].title);
	fprintf(out, "  %s\n", table->of);
	width =
	    used + NAME_LEAST > REPORT_WIDTH ? NAME_LEAST : REPORT_WIDTH - used;
	for (size_t i = 0; i < shown_of(report, n); i++) {
		for (size_t c = 0; c < COLUMNS && table->columns[c].title; c++)
			print_cell(out, &list.rows[i], &table->columns[c]);
		safe_text(list.rows[i].name, width, name, sizeof(name));
		fprintf(out, "  %s\n", name);
	}
	print_rest(out, &list, n - shown_of(report, n));
}

/* Of the tables of texts: what stands in front of the text; its columns. */
static size_t
print_label(FILE *out, enum digest_table table, const struct digest_row *row,
    struct slice *words)
{
	struct slice first = SLICE("");
	char text[256];

	*words = row->name;
	if (table == DIGEST_REJECTS)
		return (size_t)fprintf(out, "%-17s %3u ",
		    row->tag >> 16 < REASONS
			? reason_name((enum reason)(row->tag >> 16))
			: "other",
		    (unsigned)(row->tag & 0xffff));
	if (table == DIGEST_SET_ASIDE)
		return (size_t)fprintf(out, "%-9s ",
		    row->tag == EVENT_DISCARDED ? "discarded" : "held");
	report_halves(row->name, &first, words);
	safe_text(first, LABEL_WIDTH, text, sizeof(text));
	return (size_t)fprintf(out, "%s: ", text);
}

static void
print_texts(FILE *out, const struct report *report, enum digest_table table,
    const char *title, bool (*wanted)(uint32_t tag))
{
	const struct digest_list *list = &report->page->lists[table];
	size_t shown = 0, left = 0, column;
	struct slice words;
	char text[1024];

	for (size_t i = 0; i < list->n; i++) {
		const struct digest_row *row = &list->rows[i];

		if (wanted != NULL && !wanted(row->tag))
			continue;
		if (report->top != 0 && shown == report->top) {
			left++;
			continue;
		}
		if (shown++ == 0)
			report_title(out, title);
		column = (size_t)fprintf(
		    out, " %8" PRIu64 " ", row->cells[TEXTS_COUNT]);
		column += print_label(out, table, row, &words);
		safe_text(words, 0, text, sizeof(text));
		wrap_text(out, words.n == 0 ? "(no words)" : text, REPORT_WIDTH,
		    column, TEXT_INDENT);
	}
	if (shown != 0)
		print_rest(out, list, left);
}

static bool
is_warning(uint32_t tag)
{
	return tag == SEVERITY_WARNING;
}

static bool
is_error(uint32_t tag)
{
	return tag == SEVERITY_ERROR;
}

static bool
is_fatal(uint32_t tag)
{
	return tag == SEVERITY_FATAL || tag == SEVERITY_PANIC;
}

static const struct column traffic[] = {
	{ "received", DIGEST_RECEIVED, PLAIN },
	{ "sent", DIGEST_SENT, PLAIN },
	{ "deferred", DIGEST_DEFERRED, PLAIN },
	{ "bounced", DIGEST_BOUNCED, PLAIN },
	{ "rejected", DIGEST_REJECTED, PLAIN },
};

static void
print_traffic(FILE *out, const uint64_t counts[DIGEST_COUNTS])
{
	for (size_t c = 0; c < NELEMS(traffic); c++)
		fprintf(out, " %10" PRIu64, counts[traffic[c].cell]);
	putc('\n', out);
}

static void
print_times(FILE *out, const struct report *report)
{
	const struct digest_page *page = report->page;
	char day[DAY_TEXT];

	if (page->day_count > 1) {
		report_title(out, "Per day");
		fprintf(out, " %-14s", "");
		for (size_t c = 0; c < NELEMS(traffic); c++)
			fprintf(out, " %10s", traffic[c].title);
		putc('\n', out);
		for (size_t i = 0; i < page->day_count; i++) {
			day_print(page->days[i].number, true, day);
			fprintf(out, " %-14s", day);
			print_traffic(out, page->days[i].counts);
		}
	}
	report_title(out,
	    page->day_count > 1 ? "Per hour, all days together" : "Per hour");
	fprintf(out, " %-14s", "");
	for (size_t c = 0; c < NELEMS(traffic); c++)
		fprintf(out, " %10s", traffic[c].title);
	putc('\n', out);
	for (unsigned h = 0; h < 24; h++) {
		fprintf(out, " %02u-%02u         ", h, h + 1);
		print_traffic(out, page->hours[h]);
	}
}

static void
print_reasons(FILE *out, const struct report *report)
{
	uint64_t all = report->page->counts[DIGEST_REJECTED];

	if (all == 0)
		return;
	report_title(out, "Refused, by reason");
	for (unsigned r = 0; r < REASONS; r++)
		if (report->page->reasons[r] != 0)
			fprintf(out, " %8" PRIu64 " %3u %% %s\n",
			    report->page->reasons[r],
			    report_percent(report->page->reasons[r], all),
			    reason_name((enum reason)r));
}

static void
print_coverage(FILE *out, const struct report *report)
{
	const uint64_t *counts = report->page->counts;

	report_title(out, "Coverage");
	fprintf(out,
	    " %10" PRIu64 " lines were read\n"
	    " %10" PRIu64 " of them tell of mail\n"
	    " %10" PRIu64 " are known to tell nothing here\n"
	    " %10" PRIu64 " were not understood\n"
	    " %10" PRIu64 " more were lost on their way\n",
	    counts[DIGEST_LINES], counts[DIGEST_LINES_RECOGNISED],
	    counts[DIGEST_LINES_IGNORED], counts[DIGEST_LINES_UNRECOGNISED],
	    counts[DIGEST_LINES_LOST]);
}

void
report_tables(FILE *out, const struct report *report)
{
	print_times(out, report);
	for (size_t i = 0; i < NELEMS(names_tables); i++)
		print_names(out, report, &names_tables[i]);
	print_texts(out, report, DIGEST_DEFERRALS,
	    "Deferred, by remote host and reason", NULL);
	print_texts(out, report, DIGEST_BOUNCES,
	    "Bounced, by remote host and reason", NULL);
	print_reasons(out, report);
	print_texts(
	    out, report, DIGEST_REJECTS, "Refused, by reason and words", NULL);
	print_texts(out, report, DIGEST_SET_ASIDE, "Held and discarded", NULL);
	print_texts(out, report, DIGEST_COMPLAINTS, "Warnings", is_warning);
	print_texts(out, report, DIGEST_COMPLAINTS, "Errors", is_error);
	print_texts(out, report, DIGEST_COMPLAINTS, "Fatal errors and panics",
	    is_fatal);
	print_coverage(out, report);
}
