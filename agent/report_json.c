/* report_json.c - the report as one JSON object: all of it, exact */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/local.h"
#include "agent/report.h"

static json_t *
safe_text(struct slice text)
{
	char escaped[1024];

	(void)slice_escape(text, escaped, sizeof(escaped));
	return json_string(escaped);
}

static json_t *
number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *
counts_json(const uint64_t counts[DIGEST_COUNTS])
{
	json_t *object = json_object();

	for (unsigned c = 0; c < DIGEST_COUNTS; c++)
		json_object_set_new(object,
		    digest_count_name((enum digest_count)c), number(counts[c]));
	return object;
}

static json_t *
time_json(int64_t when)
{
	int64_t offset = local_offset(NULL, when);
	time_t local = (time_t)(when + offset);
	char text[64], zone[16];
	struct tm tm = { 0 };

	gmtime_r(&local, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(zone, sizeof(zone), "%c%02d:%02d", offset < 0 ? '-' : '+',
	    (int)(llabs(offset) / 3600), (int)(llabs(offset) % 3600 / 60));
	strcat(text, zone);
	return json_string(text);
}

/* What stands in a row's tag, and the halves of its name. */
static void
add_words(json_t *object, enum digest_table table, const struct digest_row *row)
{
	struct slice first, second;

	switch (table) {
	case DIGEST_DEFERRALS:
	case DIGEST_BOUNCES:
	case DIGEST_COMPLAINTS:
		report_halves(row->name, &first, &second);
		json_object_set_new(object,
		    table == DIGEST_COMPLAINTS ? "program" : "remote",
		    safe_text(first));
		json_object_set_new(object, "text", safe_text(second));
		break;
	case DIGEST_REJECTS:
	case DIGEST_SET_ASIDE:
		json_object_set_new(object, "text", safe_text(row->name));
		break;
	default:
		json_object_set_new(object, "name", safe_text(row->name));
	}
	if (table == DIGEST_COMPLAINTS && row->tag < SEVERITIES)
		json_object_set_new(object, "severity",
		    json_string(severity_name((enum severity)row->tag)));
	if (table == DIGEST_SET_ASIDE && row->tag < EVENT_KINDS)
		json_object_set_new(object, "kind",
		    json_string(event_kind_name((enum event_kind)row->tag)));
	if (table == DIGEST_REJECTS && row->tag >> 16 < REASONS) {
		json_object_set_new(object, "reason",
		    json_string(reason_name((enum reason)(row->tag >> 16))));
		json_object_set_new(object, "code", number(row->tag & 0xffff));
	}
}

static json_t *
row_json(enum digest_table table, const struct digest_row *row)
{
	json_t *object = json_object();
	const char *name;

	add_words(object, table, row);
	for (unsigned c = 0; (name = digest_cell_name(table, c)) != NULL; c++)
		json_object_set_new(object, name, number(row->cells[c]));
	json_object_set_new(object, "first", time_json(row->first));
	json_object_set_new(object, "last", time_json(row->last));
	return object;
}

static json_t *
table_json(const struct report *report, enum digest_table table)
{
	const struct digest_list *list = &report->page->lists[table];
	json_t *rows = json_array();

	for (size_t i = 0; i < list->n && (report->top == 0 || i < report->top);
	     i++)
		json_array_append_new(rows, row_json(table, &list->rows[i]));
	return json_pack("{s:o, s:o, s:o}", "rows", rows, "different",
	    number(list->named), "unlisted", number(list->unlisted));
}

static json_t *
findings_json(const struct report *report)
{
	struct findings *findings = calloc(1, sizeof(*findings));
	json_t *list = json_array();

	report_judge(report, findings);
	for (size_t i = 0; i < findings->n; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "what", findings->list[i].what,
			"text", findings->list[i].text));
	free(findings);
	return list;
}

static json_t *
queue_json(const struct digest_queue *queue)
{
	if (!queue->known)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "first", number(queue->first),
	    "last", number(queue->last), "highest", number(queue->highest),
	    "oldest_seconds", number(queue->oldest_seconds));
}

static json_t *
day_json(int64_t day)
{
	char text[DAY_TEXT];

	day_print(day, false, text);
	return json_string(text);
}

static json_t *
days_json(const struct digest_page *page)
{
	json_t *days = json_array(), *day;

	for (size_t i = 0; i < page->day_count; i++) {
		day = counts_json(page->days[i].counts);
		json_object_set_new(day, "day", day_json(page->days[i].number));
		json_array_append_new(days, day);
	}
	return days;
}

static json_t *
report_json(const struct report *report)
{
	const struct digest_page *page = report->page;
	json_t *root = json_object(), *part;

	json_object_set_new(root, "host",
	    report->host != NULL ? safe_text(slice_of(report->host))
				 : json_null());
	json_object_set_new(root, "from", day_json(report->from));
	json_object_set_new(root, "to", day_json(report->to));
	json_object_set_new(
	    root, "unfinished", json_boolean(report->unfinished));
	json_object_set_new(root, "attention", findings_json(report));
	json_object_set_new(root, "before",
	    report->before != NULL ? counts_json(report->before->counts)
				   : json_null());
	json_object_set_new(root, "queue", queue_json(&page->queue));
	json_object_set_new(root, "totals", counts_json(page->counts));
	part = json_object();
	for (unsigned r = 0; r < REASONS; r++)
		json_object_set_new(part, reason_name((enum reason)r),
		    number(page->reasons[r]));
	json_object_set_new(root, "rejects", part);
	json_object_set_new(root, "days", days_json(page));
	part = json_array();
	for (unsigned h = 0; h < 24; h++)
		json_array_append_new(part, counts_json(page->hours[h]));
	json_object_set_new(root, "hours", part);
	part = json_object();
	for (unsigned t = 0; t < DIGEST_TABLES; t++)
		json_object_set_new(part,
		    digest_table_name((enum digest_table)t),
		    table_json(report, (enum digest_table)t));
	json_object_set_new(root, "tables", part);
	return root;
}

int
report_print_json(FILE *out, const struct report *report)
{
	json_t *root = report_json(report);
	int rc = json_dumpf(root, out, JSON_INDENT(1));

	putc('\n', out);
	json_decref(root);
	return rc;
}
