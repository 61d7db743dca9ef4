/*
 * report.c - the report's first page: what needs a hand, the day against the
 * same weekday before, the totals
 */
#include "agent/report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "agent/local.h"
#include "base/array.h"
#include "base/safe.h"
#include "base/wrap.h"

static void
print_head(FILE *out, const struct report *report)
{
	char title[400], host[200], first[DAY_TEXT], last[DAY_TEXT];
	size_t n;

	safe_text(
	    report->host != NULL ? slice_of(report->host) : SLICE("all hosts"),
	    0, host, sizeof(host));
	day_print(report->from, true, first);
	day_print(report->to, true, last);
	n = (size_t)snprintf(title, sizeof(title),
	    "Mail report of %s: %s%s%s%s", host, first,
	    report->from != report->to ? " to " : "",
	    report->from != report->to ? last : "",
	    report->unfinished ? " (so far)" : "");
	fprintf(out, "%s\n", title);
	for (size_t i = 0; i < n; i++)
		putc('=', out);
	putc('\n', out);
}

static void
print_findings(FILE *out, const struct report *report)
{
	struct findings *findings = calloc(1, sizeof(*findings));

	report_judge(report, findings);
	report_title(out, "What needs a hand");
	for (size_t i = 0; i < findings->n; i++) {
		fputs("  * ", out);
		wrap_text(out, findings->list[i].text, REPORT_WIDTH, 4, 4);
	}
	if (findings->more != 0)
		fprintf(out, "  * and %" PRIu64 " more\n", findings->more);
	if (findings->n == 0)
		fputs("  nothing\n", out);
	free(findings);
}

static const struct {
	const char *words;
	enum digest_count count;
	bool bytes;
} compared[] = {
	{ "received", DIGEST_RECEIVED, false },
	{ "their size", DIGEST_RECEIVED_BYTES, true },
	{ "delivered", DIGEST_SENT, false },
	{ "deferred", DIGEST_DEFERRED, false },
	{ "bounced", DIGEST_BOUNCED, false },
	{ "rejected", DIGEST_REJECTED, false },
	{ "relaying denied", DIGEST_RELAY_DENIED, false },
	{ "failed authentications", DIGEST_AUTH_FAILED, false },
	{ "failed logins", DIGEST_LOGINS_FAILED, false },
	{ "sessions", DIGEST_CONNECTED, false },
	{ "warnings", DIGEST_WARNINGS, false },
};

static void
print_change(FILE *out, uint64_t now, uint64_t then)
{
	if (now == then)
		fputs("          =", out);
	else if (then == 0)
		fputs("        new", out);
	else if (now >= then * 10)
		fprintf(out, "    x %5.0f", (double)now / (double)then);
	else
		fprintf(out, "   %+6.0f %%",
		    ((double)now - (double)then) * 100 / (double)then);
}

static void
print_comparison(FILE *out, const struct report *report)
{
	char title[120], day[DAY_TEXT], text[NUMBER_TEXT];

	day_print(report->from - 7, true, day);
	snprintf(title, sizeof(title),
	    "The day against the same weekday before (%s)", day);
	report_title(out, title);
	if (report->before == NULL) {
		fputs("  that day is not known\n", out);
		return;
	}
	for (size_t i = 0; i < NELEMS(compared); i++) {
		uint64_t now = report->page->counts[compared[i].count];
		uint64_t then = report->before->counts[compared[i].count];

		if (now == 0 && then == 0)
			continue;
		fprintf(out, " %-24s", compared[i].words);
		for (unsigned side = 0; side < 2; side++) {
			uint64_t value = side == 0 ? now : then;

			if (compared[i].bytes)
				report_bytes(value, text);
			else
				snprintf(text, sizeof(text), "%" PRIu64, value);
			fprintf(out, " %12s", text);
		}
		print_change(out, now, then);
		putc('\n', out);
	}
}

static void
line(FILE *out, uint64_t value, const char *words)
{
	fprintf(out, " %12" PRIu64 "  %s\n", value, words);
}

static void
print_totals(FILE *out, const struct report *report)
{
	const struct digest_page *page = report->page;
	const uint64_t *c = page->counts;
	uint64_t tried = c[DIGEST_SENT] + c[DIGEST_REJECTED];
	char words[80], bytes[NUMBER_TEXT];

	report_title(out, "Totals");
	line(out, c[DIGEST_RECEIVED], "messages received");
	line(out, c[DIGEST_GENERATED], "made here: bounces, forwards");
	line(out, c[DIGEST_SENT], "delivered (one a recipient)");
	line(out, c[DIGEST_FORWARDED], "  of them forwarded by local(8)");
	snprintf(words, sizeof(words), "deferred (%" PRIu64 " attempts)",
	    c[DIGEST_DEFERRED]);
	line(out, c[DIGEST_DEFERRED_MESSAGES], words);
	line(out, c[DIGEST_BOUNCED], "bounced (one a recipient)");
	line(out, c[DIGEST_EXPIRED], "given up for their age");
	snprintf(words, sizeof(words),
	    "rejected (%u %%), %" PRIu64 " of them for now",
	    report_percent(c[DIGEST_REJECTED], tried),
	    c[DIGEST_REJECTED_TEMPORARY]);
	line(out, c[DIGEST_REJECTED], words);
	line(out, c[DIGEST_QUARANTINED], "held");
	line(out, c[DIGEST_DISCARDED], "discarded");
	report_bytes(c[DIGEST_RECEIVED_BYTES], bytes);
	fprintf(out, "\n %12s  received\n", bytes);
	report_bytes(c[DIGEST_SENT_BYTES], bytes);
	fprintf(out, " %12s  delivered\n", bytes);
	line(out, page->lists[DIGEST_SENDERS].named, "senders");
	line(out, page->lists[DIGEST_SENDING].named, "sending domains");
	line(out, page->lists[DIGEST_RECIPIENTS].named, "recipients");
	line(out, page->lists[DIGEST_RECEIVING].named, "receiving domains");
	putc('\n', out);
	line(out, c[DIGEST_CONNECTED], "SMTP sessions");
	line(out, c[DIGEST_AUTH_OK], "authenticated");
	line(out, c[DIGEST_AUTH_FAILED], "failed to authenticate");
	line(out, c[DIGEST_LOGINS_OK], "POP and IMAP logins");
	line(out, c[DIGEST_LOGINS_FAILED], "POP and IMAP logins that failed");
	line(
	    out, c[DIGEST_STARTS], "starts, stops, reloads of the mail system");
}

static void
print_queue(FILE *out, const struct report *report)
{
	const struct digest_queue *queue = &report->page->queue;
	char words[80], age[NUMBER_TEXT];

	if (!queue->known)
		return;
	report_delay((double)queue->oldest_seconds, age);
	snprintf(words, sizeof(words),
	    "in the queue at first, %" PRIu64 " at last, %" PRIu64 " at most",
	    queue->last, queue->highest);
	putc('\n', out);
	line(out, queue->first, words);
	fprintf(out, " %12s  waited the oldest\n", age);
}

void
report_print(FILE *out, const struct report *report)
{
	print_head(out, report);
	print_findings(out, report);
	if (report->from == report->to)
		print_comparison(out, report);
	print_totals(out, report);
	print_queue(out, report);
	report_tables(out, report);
}
