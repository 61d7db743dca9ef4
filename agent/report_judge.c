/*
 * report_judge.c - what needs a hand
 *
 * The thresholds are those that an alert of the same would have:
 * a report that calls for help about nothing is not read the next day.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "agent/report.h"
#include "base/safe.h"

#define FEW_DELIVERIES  20    /* below that a share says nothing */
#define HIGH_SHARE      25    /* per cent, where the usual is not known */
#define FAR_ABOVE       3     /* times the usual share */
#define MANY_DEFERRALS  10    /* for one reason */
#define MANY_RECIPIENTS 500   /* of one account, a day */
#define ACCOUNT_SHARE   25    /* per cent not delivered */
#define MANY_GUESSES    10    /* of one client */
#define QUEUE_GROWN     50    /* messages more, and twice as many */
#define QUEUE_OLD       14400 /* seconds; the rule queue-age */
#define COVERED         995   /* per mille of the lines that are understood */
#define EACH            5     /* of a kind */
#define NAME_WIDTH      48

static void find(struct findings *, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
find(struct findings *findings, const char *what, const char *fmt, ...)
{
	struct finding *finding = &findings->list[findings->n];
	va_list ap;

	if (findings->n == FINDINGS) {
		findings->more++;
		return;
	}
	findings->n++;
	finding->what = what;
	va_start(ap, fmt);
	vsnprintf(finding->text, sizeof(finding->text), fmt, ap);
	va_end(ap);
}

/* The next highest not yet given; tables are short and few are asked for. */
static const struct digest_row *
highest(const struct digest_list *list, unsigned cell,
    const struct digest_row *const *given, size_t n)
{
	const struct digest_row *best = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct digest_row *row = &list->rows[i];
		bool was_given = false;

		for (size_t g = 0; g < n; g++)
			was_given |= given[g] == row;
		if (!was_given &&
		    (best == NULL || row->cells[cell] > best->cells[cell]))
			best = row;
	}
	return best;
}

static size_t
top_rows(const struct digest_list *list, unsigned cell, uint64_t least,
    const struct digest_row *rows[EACH])
{
	size_t n = 0;

	while (n < EACH && (rows[n] = highest(list, cell, rows, n)) != NULL &&
	       rows[n]->cells[cell] >= least)
		n++;
	return n;
}

static size_t
how_many(const struct digest_list *list, unsigned cell, uint64_t least)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->rows[i].cells[cell] >= least;
	return n;
}

static const struct digest_list *
list_of(const struct report *report, enum digest_table table)
{
	return &report->page->lists[table];
}

static void
judge_relaying(const struct report *report, struct findings *findings)
{
	uint64_t open = report->page->counts[DIGEST_RELAY_OPEN];
	const struct digest_row *rows[EACH];
	char name[256];
	size_t n;

	if (open == 0)
		return;
	find(findings, "open_relay",
	    "Open relay: %" PRIu64 " messages of strangers were taken for "
	    "elsewhere.",
	    open);
	n = top_rows(
	    list_of(report, DIGEST_CLIENTS), CLIENTS_RELAY_OPEN, 1, rows);
	for (size_t i = 0; i < n; i++) {
		safe_text(rows[i]->name, NAME_WIDTH, name, sizeof(name));
		find(findings, "open_relay",
		    "Open relay: %s brought %" PRIu64 " of them.", name,
		    rows[i]->cells[CLIENTS_RELAY_OPEN]);
	}
}

static void
judge_share(const struct report *report, struct findings *findings,
    enum digest_count count, const char *what, const char *words)
{
	const uint64_t *now = report->page->counts, *old;
	uint64_t all = now[DIGEST_SENT] + now[DIGEST_DEFERRED] +
		       now[DIGEST_BOUNCED],
		 usual;
	unsigned share = report_percent(now[count], all), was;

	if (all < FEW_DELIVERIES)
		return;
	old = report->before != NULL ? report->before->counts : NULL;
	usual = old == NULL ? 0
			    : old[DIGEST_SENT] + old[DIGEST_DEFERRED] +
				  old[DIGEST_BOUNCED];
	if (usual < FEW_DELIVERIES) {
		if (share >= HIGH_SHARE)
			find(findings, what,
			    "%u %% of the delivery attempts %s (%" PRIu64
			    " of %" PRIu64 ").",
			    share, words, now[count], all);
		return;
	}
	was = report_percent(old[count], usual);
	if (share > FAR_ABOVE * (was == 0 ? 1 : was))
		find(findings, what,
		    "%u %% of the delivery attempts %s (%" PRIu64 " of %" PRIu64
		    "); a week before it was %u %%.",
		    share, words, now[count], all, was);
}

static void
judge_queue(const struct report *report, struct findings *findings)
{
	const struct digest_queue *queue = &report->page->queue;
	char age[NUMBER_TEXT];

	if (!queue->known)
		return;
	if (queue->last >= queue->first + QUEUE_GROWN &&
	    queue->last >= 2 * queue->first)
		find(findings, "queue_growing",
		    "The queue grew from %" PRIu64 " to %" PRIu64
		    " messages (highest: %" PRIu64 ").",
		    queue->first, queue->last, queue->highest);
	report_delay((double)queue->oldest_seconds, age);
	if (queue->oldest_seconds >= QUEUE_OLD)
		find(findings, "queue_age",
		    "A message waited in the queue for %s.", age);
}

static const struct digest_row *
row_named(const struct digest_list *list, struct slice name)
{
	for (size_t i = 0; i < list->n; i++)
		if (slice_eq(list->rows[i].name, name))
			return &list->rows[i];
	return NULL;
}

static void
judge_destinations(const struct report *report, struct findings *findings)
{
	const struct digest_row *rows[EACH], *domain;
	struct slice remote, words;
	char first[NUMBER_TEXT], last[NUMBER_TEXT], name[256], why[256];
	size_t n = top_rows(list_of(report, DIGEST_DEFERRALS), TEXTS_COUNT,
	    MANY_DEFERRALS, rows);

	for (size_t i = 0; i < n; i++) {
		report_halves(rows[i]->name, &remote, &words);
		safe_text(remote, NAME_WIDTH, name, sizeof(name));
		safe_text(words, 120, why, sizeof(why));
		report_clock(report, rows[i]->first, first);
		report_clock(report, rows[i]->last, last);
		domain = row_named(list_of(report, DIGEST_RECEIVING), remote);
		find(findings, "deferring",
		    "%s defers since %s, last at %s, %" PRIu64 " times%s: %s",
		    name, first, last, rows[i]->cells[TEXTS_COUNT],
		    domain != NULL && domain->cells[RECEIVING_SENT] == 0
			? ", and took nothing"
			: "",
		    why);
	}
}

static void
judge_accounts(const struct report *report, struct findings *findings)
{
	const struct digest_list *list = list_of(report, DIGEST_ACCOUNTS);
	uint64_t days = report->page->day_count, failed, all;
	const struct digest_row *rows[EACH];
	char name[256];
	size_t n =
	    top_rows(list, ACCOUNTS_RECIPIENTS, MANY_RECIPIENTS * days, rows);

	for (size_t i = 0; i < n; i++) {
		safe_text(rows[i]->name, NAME_WIDTH, name, sizeof(name));
		find(findings, "account_volume",
		    "Account %s sent %" PRIu64 " messages to %" PRIu64
		    " recipients.",
		    name, rows[i]->cells[ACCOUNTS_MESSAGES],
		    rows[i]->cells[ACCOUNTS_RECIPIENTS]);
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct digest_row *row = &list->rows[i];

		failed = row->cells[ACCOUNTS_DEFERRED] +
			 row->cells[ACCOUNTS_BOUNCED];
		all = failed + row->cells[ACCOUNTS_SENT];
		if (all < FEW_DELIVERIES ||
		    report_percent(failed, all) < ACCOUNT_SHARE)
			continue;
		safe_text(row->name, NAME_WIDTH, name, sizeof(name));
		find(findings, "account_bounces",
		    "Account %s: %u %% of %" PRIu64
		    " attempts were deferred or bounced.",
		    name, report_percent(failed, all), all);
	}
}

static void
judge_guessing(const struct report *report, struct findings *findings)
{
	const struct digest_list *list = list_of(report, DIGEST_CLIENTS);
	const struct digest_row *rows[EACH];
	size_t many = how_many(list, CLIENTS_AUTH_FAILED, MANY_GUESSES);
	size_t n = top_rows(list, CLIENTS_AUTH_FAILED, MANY_GUESSES, rows);
	char text[300] = "", name[64];
	size_t used = 0;

	if (n == 0)
		return;
	for (size_t i = 0; i < n && i < 3; i++) {
		safe_text(rows[i]->name, 0, name, sizeof(name));
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%s (%" PRIu64 ")", i == 0 ? "" : ", ", name,
		    rows[i]->cells[CLIENTS_AUTH_FAILED]);
	}
	find(findings, "password_guessing",
	    "Password guessing: %zu client%s failed %d times or more; most: "
	    "%s.",
	    many, many == 1 ? "" : "s", MANY_GUESSES, text);
}

static void
judge_complaints(const struct report *report, struct findings *findings)
{
	const struct digest_list *list = list_of(report, DIGEST_COMPLAINTS);
	struct slice program, words;
	char name[256], said[256];
	size_t told = 0;

	for (size_t i = 0; i < list->n && told < EACH; i++) {
		const struct digest_row *row = &list->rows[i];

		if (row->tag != SEVERITY_FATAL && row->tag != SEVERITY_PANIC)
			continue;
		told++;
		report_halves(row->name, &program, &words);
		safe_text(program, NAME_WIDTH, name, sizeof(name));
		safe_text(words, 140, said, sizeof(said));
		find(findings, "fatal", "%s: %s, %" PRIu64 " times: %s", name,
		    severity_name((enum severity)row->tag),
		    row->cells[TEXTS_COUNT], said);
	}
}

static void
judge_coverage(const struct report *report, struct findings *findings)
{
	const uint64_t *counts = report->page->counts;
	uint64_t lines = counts[DIGEST_LINES],
		 not = counts[DIGEST_LINES_UNRECOGNISED];

	if (counts[DIGEST_LINES_LOST] != 0)
		find(findings, "lines_lost",
		    "%" PRIu64 " log lines were lost on their way: the "
		    "figures are too low.",
		    counts[DIGEST_LINES_LOST]);
	if (not *1000 > lines * (1000 - COVERED))
		find(findings, "coverage",
		    "%" PRIu64 " of %" PRIu64
		    " log lines were not understood: see \"mailweir replay "
		    "--unrecognised\".",
		    not, lines);
	if (lines == 0)
		find(findings, "silence", "No line was logged.");
	else if (counts[DIGEST_RECEIVED] + counts[DIGEST_SENT] +
		     counts[DIGEST_REJECTED] + counts[DIGEST_GENERATED] ==
		 0)
		find(findings, "silence",
		    "No message came or went, and none was refused.");
}

void
report_judge(const struct report *report, struct findings *findings)
{
	findings->n = 0;
	findings->more = 0;
	judge_relaying(report, findings);
	judge_complaints(report, findings);
	judge_queue(report, findings);
	judge_destinations(report, findings);
	judge_share(report, findings, DIGEST_DEFERRED, "deferred_share",
	    "were deferred");
	judge_share(
	    report, findings, DIGEST_BOUNCED, "bounced_share", "bounced");
	judge_accounts(report, findings);
	judge_guessing(report, findings);
	judge_coverage(report, findings);
}
