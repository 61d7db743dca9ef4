/*
 * account.c - the account as one JSON object, or as a page of text
 *
 * The keys follow from the table of metrics: "messages.received" is the key
 * received of the object messages.
 */
#include "agent/account.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"

static void
set_dotted(json_t *root, const char *dotted, uint64_t value)
{
	const char *dot = strchr(dotted, '.');
	char group[32];
	json_t *object;

	slice_copy((struct slice){ dotted, (size_t)(dot - dotted) }, group,
	    sizeof(group));
	object = json_object_get(root, group);
	if (object == NULL) {
		object = json_object();
		json_object_set_new(root, group, object);
	}
	json_object_set_new(object, dot + 1, json_integer((json_int_t)value));
}

static json_t *
safe_text(const char *text)
{
	char escaped[1024];

	slice_escape(slice_of(text), escaped, sizeof(escaped));
	return json_string(escaped);
}

static json_t *
time_text(int64_t micros)
{
	time_t seconds = (time_t)(micros / 1000000);
	char text[32];
	struct tm tm;

	if (micros == 0 || gmtime_r(&seconds, &tm) == NULL)
		return json_null();
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

/* Where there was a log beside the capture. */
static void
add_comparison(json_t *wire, const uint64_t totals[METRICS])
{
	static const enum metric keys[] = { METRIC_WIRE_LOGGED,
		METRIC_WIRE_UNLOGGED, METRIC_WIRE_UNSEEN,
		METRIC_WIRE_UNCOMPARED };
	uint64_t all = 0;

	for (size_t i = 0; i < NELEMS(keys); i++)
		all += totals[keys[i]];
	for (size_t i = 0; i < NELEMS(keys) && all != 0; i++)
		json_object_set_new(wire, strchr(metric_name(keys[i]), '.') + 1,
		    json_integer((json_int_t)totals[keys[i]]));
}

/* The keys of "wire", which is empty where no packet was seen. */
static json_t *
wire_json(const uint64_t totals[METRICS])
{
	static const enum metric keys[] = { METRIC_WIRE_SESSIONS,
		METRIC_WIRE_MESSAGES, METRIC_WIRE_RECIPIENTS, METRIC_WIRE_BYTES,
		METRIC_WIRE_RELAY_DENIED, METRIC_WIRE_AUTH_OK,
		METRIC_WIRE_AUTH_FAILED, METRIC_WIRE_TLS, METRIC_WIRE_VRFY,
		METRIC_WIRE_EXPN, METRIC_WIRE_PACKETS, METRIC_WIRE_GAPS };
	json_t *wire = json_object(), *rejects;

	if (totals[METRIC_WIRE_PACKETS] == 0)
		return wire;
	for (size_t i = 0; i < NELEMS(keys); i++)
		json_object_set_new(wire, strchr(metric_name(keys[i]), '.') + 1,
		    json_integer((json_int_t)totals[keys[i]]));
	rejects = json_pack("{s:I, s:I, s:I}", "total",
	    (json_int_t)totals[METRIC_WIRE_REJECTS], "temporary",
	    (json_int_t)totals[METRIC_WIRE_REJECTS_TEMPORARY], "permanent",
	    (json_int_t)totals[METRIC_WIRE_REJECTS_PERMANENT]);
	for (unsigned r = 0; r < REASONS; r++)
		json_object_set_new(rejects, reason_name((enum reason)r),
		    json_integer((json_int_t)
			    totals[wire_metric_of_reason((enum reason)r)]));
	json_object_set_new(wire, "rejects", rejects);
	add_comparison(wire, totals);
	return wire;
}

static json_t *
mailers_json(const struct stats_host *sum)
{
	json_t *mailers = json_object(), *row;

	for (size_t i = 0; i < sum->mailer_count; i++) {
		row = json_object();
		for (unsigned m = 0; m < MAILER_METRICS; m++)
			json_object_set_new(row,
			    mailer_metric_name((enum mailer_metric)m),
			    json_integer(
				(json_int_t)sum->mailers[i].totals[m]));
		json_object_set_new(mailers, sum->mailers[i].name, row);
	}
	return mailers;
}

static json_t *
clients_json(const struct tally *tally, size_t top)
{
	json_t *list = json_array();
	char address[ADDR_TEXT];
	struct client_row *rows;
	size_t n;

	rows = tally_clients(tally, CLIENTS_BY_REJECTED, top, &n);
	for (size_t i = 0; i < n; i++) {
		addr_print(&rows[i].address, address);
		json_array_append_new(
		    list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "address",
			      address, "rejected", (json_int_t)rows[i].rejected,
			      "relay_denied", (json_int_t)rows[i].relay_denied,
			      "auth_failed", (json_int_t)rows[i].auth_failed,
			      "login_failed", (json_int_t)rows[i].login_failed,
			      "received", (json_int_t)rows[i].received));
	}
	free(rows);
	return list;
}

static json_t *
accounts_json(const struct tally *tally, size_t top)
{
	json_t *list = json_array();
	struct account_row *rows;
	size_t n;

	rows = tally_accounts(tally, ACCOUNTS_BY_RECIPIENTS, top, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    list, json_pack("{s:o, s:I, s:I}", "account",
			      safe_text(rows[i].account), "received",
			      (json_int_t)rows[i].received, "recipients",
			      (json_int_t)rows[i].recipients));
	free(rows);
	return list;
}

static json_t *
account_json(const struct stats_host *sum, const struct tally *tally,
    const struct coverage_counts *coverage, size_t top)
{
	json_t *root = json_object();

	json_object_set_new(root, "coverage",
	    json_pack("{s:I, s:I, s:I, s:I}", "lines",
		(json_int_t)coverage->lines, "recognised",
		(json_int_t)coverage->recognised, "ignored",
		(json_int_t)coverage->ignored, "unrecognised",
		(json_int_t)coverage->unrecognised));
	json_object_set_new(root, "span",
	    json_pack("{s:o, s:o}", "first", time_text(coverage->first), "last",
		time_text(coverage->last)));
	for (unsigned i = 0; i < METRICS; i++)
		if (metric_kind((enum metric)i) == METRIC_COUNTER &&
		    strncmp(metric_name((enum metric)i), "wire.", 5) != 0)
			set_dotted(
			    root, metric_name((enum metric)i), sum->totals[i]);
	json_object_set_new(root, "wire", wire_json(sum->totals));
	json_object_set_new(root, "mailers", mailers_json(sum));
	json_object_set_new(root, "clients", clients_json(tally, top));
	json_object_set_new(root, "accounts", accounts_json(tally, top));
	return root;
}

int
account_print_json(FILE *out, const struct stats *stats,
    const struct tally *tally, const struct coverage_counts *coverage,
    const struct verdicts *verdicts, size_t top)
{
	struct stats_host *sum = calloc(1, sizeof(*sum));
	json_t *root;
	int rc;

	stats_sum(stats, sum);
	root = account_json(sum, tally, coverage, top);
	if (verdicts != NULL)
		verdicts_json(verdicts, root);
	rc = json_dumpf(root, out, JSON_INDENT(1));
	putc('\n', out);
	json_decref(root);
	free(sum);
	return rc;
}

static void
print_metrics(FILE *out, const struct stats_host *sum)
{
	size_t group = 0;
	const char *name;

	for (unsigned i = 0; i < METRICS; i++) {
		name = metric_name((enum metric)i);
		if (sum->totals[i] == 0 || strncmp(name, "agent.", 6) == 0)
			continue;
		if (strncmp(name, metric_name((enum metric)group),
			strcspn(name, ".") + 1) != 0) {
			group = i;
			putc('\n', out);
		}
		fprintf(out, "%14" PRIu64 "  %-28s %s\n", sum->totals[i], name,
		    metric_help((enum metric)i));
	}
}

static void
print_mailers(FILE *out, const struct stats_host *sum)
{
	fputs("\n mailer        msgs from    bytes from      msgs to"
	      "      bytes to     rejected\n",
	    out);
	for (size_t i = 0; i < sum->mailer_count; i++) {
		const uint64_t *t = sum->mailers[i].totals;

		fprintf(out,
		    " %-10s %12" PRIu64 " %13" PRIu64 " %12" PRIu64
		    " %13" PRIu64 " %12" PRIu64 "\n",
		    sum->mailers[i].name, t[MAILER_MSGS_FROM],
		    t[MAILER_BYTES_FROM], t[MAILER_MSGS_TO], t[MAILER_BYTES_TO],
		    t[MAILER_MSGS_REJECTED]);
	}
}

static void
print_clients(FILE *out, const struct tally *tally, size_t top)
{
	char address[ADDR_TEXT];
	struct client_row *rows;
	size_t n;

	rows = tally_clients(tally, CLIENTS_BY_REJECTED, top, &n);
	fputs("\n client                                    refused  relaying"
	      "  failed auth  received\n",
	    out);
	for (size_t i = 0; i < n; i++) {
		addr_print(&rows[i].address, address);
		fprintf(out,
		    " %-39s %9" PRIu32 " %9" PRIu32 " %12" PRIu32 " %9" PRIu32
		    "\n",
		    address, rows[i].rejected, rows[i].relay_denied,
		    rows[i].auth_failed + rows[i].login_failed,
		    rows[i].received);
	}
	free(rows);
}

void
account_print(FILE *out, const struct stats *stats, const struct tally *tally,
    const struct coverage_counts *coverage, size_t top)
{
	struct stats_host *sum = calloc(1, sizeof(*sum));

	stats_sum(stats, sum);
	if (coverage->lines == 0 && sum->totals[METRIC_WIRE_PACKETS] != 0)
		fprintf(out, "%" PRIu64 " packets\n",
		    sum->totals[METRIC_WIRE_PACKETS]);
	else
		fprintf(out,
		    "%" PRIu64 " lines: %" PRIu64 " recognised, %" PRIu64
		    " ignored, %" PRIu64 " not understood\n",
		    coverage->lines, coverage->recognised, coverage->ignored,
		    coverage->unrecognised);
	print_metrics(out, sum);
	print_mailers(out, sum);
	print_clients(out, tally, top);
	free(sum);
}
