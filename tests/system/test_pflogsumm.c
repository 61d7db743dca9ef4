/*
 * test_pflogsumm.c - "mailweir report" beside pflogsumm on the same logs
 *
 * Every total that both have is the same but for the lines that are named
 * here with their reason; and where the ledger decides it, ours is the
 * ledger's.  A difference without a reason is a bug in one of the two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon.h"
#include "tests/expect.h"
#include "tests/pflogsumm_walk.h"

/* Those whose lines pflogsumm can read: it does not know a busybox line nor a
   syslog_name, and a-small0 lost lines, so that nothing has to add up. */
static const char *const runs[] = { "a-small", "a-big", "a-month", "a-rollover",
	"a-postlogd" };

static const char *const why_words[WHYS] = {
#define WHY_WORDS(name, words) words,
	WHY_TABLE(WHY_WORDS)
#undef WHY_WORDS
};

/* A total of both: theirs is ours and what is `more', without what is `less'. */
struct total {
	const char *theirs, *ours, *ledger;
	enum why more[6], less[6]; /* ended by WHYS */
};

#define NONE WHYS

static const struct total totals[] = {
	{ "received", "received", "messages.received",
	    { WHY_NOQUEUE, WHY_REQUEUED, WHY_RETURNED, WHY_NOT_QUEUED, NONE },
	    { NONE } },
	/* Ours has the forwarded among the sent. */
	{ "delivered", "sent-forwarded", NULL,
	    { WHY_HANDED, WHY_FILTER_DISCARDED, WHY_FILTER_BOUNCED, WHY_SUNK,
		NONE },
	    { NONE } },
	{ "forwarded", "forwarded", NULL, { NONE }, { NONE } },
	{ "deferred", "deferred_messages", NULL, { WHY_DEFERRED_AGAIN, NONE },
	    { NONE } },
	{ "deferrals", "deferred", "messages.deferred", { NONE }, { NONE } },
	{ "bounced", "bounced", "messages.bounced", { NONE },
	    { WHY_FILTER_BOUNCED, WHY_PROXY_BOUNCED, NONE } },
	{ "rejected", "rejected", "rejects.total", { NONE },
	    { WHY_MILTER_REJECTED, WHY_PROXY_REJECTED, WHY_LIMITED,
		WHY_TOO_MANY_ERRORS, WHY_BAD_SYNTAX, WHY_TOO_LARGE } },
	{ "held and discarded", "quarantined+discarded", NULL,
	    { WHY_MARKED_AGAIN, WHY_MARKED_NOTHING, NONE },
	    { WHY_FILTER_DISCARDED, WHY_PROXY_DISCARDED, WHY_SUNK, NONE } },
	{ "warnings", "warnings", NULL, { NONE },
	    { WHY_OTHER_WARNINGS, NONE } },
	{ "fatal", "fatal", NULL, { NONE }, { NONE } },
	{ "panics", "panics", NULL, { NONE }, { NONE } },
};

static unsigned complaints;

static void complain(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

static void
complain(const char *fmt, ...)
{
	va_list ap;

	complaints++;
	va_start(ap, fmt);
	fputs("  ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

/* One comparison. */
struct beside {
	const char *run;
	char log[64]; /* unpacked */
	json_t *report, *theirs;
	struct walk walk;
};

/* pflogsumm writes large numbers in k or m, cut off. */
static bool
is_written(const json_t *theirs, const char *name, long long exact)
{
	const char *text = json_string_value(json_object_get(theirs, name));
	char unit = ' ';
	long long n = 0;

	if (text == NULL)
		return exact == 0;
	sscanf(text, "%lld%c", &n, &unit);
	return n == (unit == 'k'      ? exact / 1024
			: unit == 'm' ? exact / 1048576
				      : exact);
}

/* "    347   deferred  (1825  deferrals)" */
static void
read_total(json_t *theirs, char *line)
{
	char number[32], *name, *end;
	long long n;
	char unit;

	if (sscanf(line, " %lld%c", &n, &unit) != 2)
		return;
	snprintf(number, sizeof(number), "%lld%c", n, unit);
	name = line + strspn(line, " 0123456789");
	name += (*name == 'k' || *name == 'm') && name[1] == ' ';
	name += strspn(name, " ");
	for (end = name; *end != '\0' && strncmp(end, "  (", 3) != 0 &&
			 strncmp(end, " (", 2) != 0 && *end != '\n';
	     end++)
		;
	if (strstr(end, "deferrals)") != NULL)
		json_object_set_new(theirs, "deferrals",
		    json_sprintf("%s", strchr(end, '(') + 1));
	*end = '\0';
	json_object_set_new(theirs, name, json_string(number));
}

/* A section's "(total: N)" added up, or the names behind its two columns. */
static void
read_section(json_t *theirs, const char *section, char *line)
{
	const char *total = strstr(line, "(total: ");
	static const struct {
		const char *title, *name;
	} sums[] = { { "Warnings", "warnings" }, { "Fatal Errors", "fatal" },
		{ "Panics", "panics" } };
	long long so_far;
	char *name;

	for (size_t i = 0; i < NELEMS(sums); i++) {
		if (strcmp(section, sums[i].title) != 0 || total == NULL)
			continue;
		so_far = json_is_string(json_object_get(theirs, sums[i].name))
			     ? atoll(json_string_value(
				   json_object_get(theirs, sums[i].name)))
			     : 0;
		json_object_set_new(theirs, sums[i].name,
		    json_sprintf("%lld ", so_far + atoll(total + 8)));
	}
	if (strncmp(section, "Host/Domain Summary: Messages Received", 38) ==
		0 &&
	    (name = strrchr(line, ' ')) != NULL &&
	    isdigit((unsigned char)line[6])) {
		name[strcspn(name, "\n")] = '\0';
		json_object_set_new(
		    json_object_get(theirs, "sending"), name + 1, json_true());
	}
}

static json_t *
ask_pflogsumm(const char *log)
{
	json_t *theirs = json_pack("{s:{}}", "sending");
	char command[256], line[4096], before[4096] = "", section[128] = "";
	FILE *in;

	snprintf(command, sizeof(command), "LC_ALL=C pflogsumm %s", log);
	in = popen(command, "r");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		if (line[0] == '-')
			snprintf(section, sizeof(section), "%.*s",
			    (int)strcspn(before, "\n"), before);
		else if (strcmp(section, "Grand Totals") == 0)
			read_total(theirs, strcpy(before, line));
		else
			read_section(theirs, section, line);
		snprintf(before, sizeof(before), "%s", line);
	}
	assert_int_equal(pclose(in), 0);
	return theirs;
}

static json_t *
ask_report(const json_t *truth, const char *log)
{
	const char *zone =
	    ledger_text(json_object_get(truth, "server"), "timezone");
	time_t begin =
	    (time_t)(json_number_value(json_object_get(truth, "t_begin")) +
		     json_number_value(
			 json_object_get(truth, "rsyslog_clock_offset_s")));
	char command[PATH_MAX + 256];
	json_t *report;
	struct tm tm;
	FILE *in;

	gmtime_r(&begin, &tm);
	snprintf(command, sizeof(command),
	    "%s report --json --top 0 --year %d --zone %s --log %s", program(),
	    tm.tm_year + 1900, *zone != '\0' ? zone : "UTC", log);
	in = popen(command, "r");
	assert_non_null(in);
	report = json_loadf(in, 0, NULL);
	assert_int_equal(pclose(in), 0);
	assert_non_null(report);
	return report;
}

/* "sent-forwarded": one, or two added or taken from each other */
static long long
our_total(const json_t *report, const char *name)
{
	const json_t *all = json_object_get(report, "totals");
	char first[64];
	size_t n = strcspn(name, "+-");
	long long value;

	snprintf(first, sizeof(first), "%.*s", (int)n, name);
	assert_true(json_is_integer(json_object_get(all, first)));
	value = ledger_number(all, first);
	if (name[n] == '\0')
		return value;
	return value +
	       (name[n] == '+' ? 1 : -1) * ledger_number(all, name + n + 1);
}

static long long
explained(const struct beside *b, const enum why *why, char *words, size_t size)
{
	long long sum = 0;

	for (size_t i = 0; i < 6 && why[i] != NONE; i++) {
		sum += b->walk.counts[why[i]];
		if (b->walk.counts[why[i]] != 0)
			snprintf(words + strlen(words), size - strlen(words),
			    "\n      %lld: %s", b->walk.counts[why[i]],
			    why_words[why[i]]);
	}
	return sum;
}

static void
compare_total(const struct beside *b, const struct total *total)
{
	char words[2048] = "";
	long long ours = our_total(b->report, total->ours);
	long long want = ours +
			 explained(b, total->more, words, sizeof(words)) -
			 explained(b, total->less, words, sizeof(words));

	if (!is_written(b->theirs, total->theirs, want))
		complain("%s: %s: pflogsumm has %s, ours is %lld, explained "
			 "would be %lld:%s",
		    b->run, total->theirs,
		    ledger_text(b->theirs, total->theirs), ours, want, words);
}

static void
compare_number(const struct beside *b, const char *theirs, long long want,
    const char *ours_name, long long ours, long long ours_want)
{
	if (!is_written(b->theirs, theirs, want))
		complain("%s: %s: pflogsumm has %s, expected %lld", b->run,
		    theirs, ledger_text(b->theirs, theirs), want);
	if (ours != ours_want)
		complain("%s: %s is %lld, expected %lld", b->run, ours_name,
		    ours, ours_want);
}

/* Rows of a table that have some of a column. */
static long long
rows_with(const json_t *report, const char *table, const char *column)
{
	const json_t *rows = json_object_get(
	    json_object_get(json_object_get(report, "tables"), table), "rows");
	long long n = 0;
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		n += ledger_number(row, column) != 0;
	return n;
}

/* Sizes and names: the same but for the messages and deliveries that the
   totals differ by; the name is the sender's or recipient's, domain folded. */
static void
compare_names(struct beside *b)
{
	long long in = our_total(b->report, "received_bytes");
	long long out = our_total(b->report, "sent_bytes");

	compare_number(b, "bytes received",
	    in + (long long)(b->walk.bytes_in - b->walk.unread_in), "received",
	    in, in);
	compare_number(b, "bytes delivered",
	    out - (long long)b->walk.bytes_forwarded +
		(long long)(b->walk.bytes_out - b->walk.unread_out),
	    "sent", out, out);
	compare_number(b, "senders", HASH_COUNT(b->walk.senders_theirs),
	    "senders", rows_with(b->report, "senders", "messages"),
	    HASH_COUNT(b->walk.senders_ours));
	compare_number(b, "recipients", HASH_COUNT(b->walk.recipients_theirs),
	    "recipients", rows_with(b->report, "recipients", "sent"),
	    HASH_COUNT(b->walk.recipients_ours));
	compare_number(b, "recipient hosts/domains",
	    HASH_COUNT(b->walk.domains_theirs), "receiving domains",
	    rows_with(b->report, "receiving_domains", "sent"),
	    HASH_COUNT(b->walk.domains_ours));
}

/* Did a message without a sender's domain, or one that is not received by our
   count, come from there? */
static bool
is_elsewhere(const struct walk *walk, const char *name)
{
	const struct mail *mail;
	const char *at;

	for (mail = walk->mails; mail != NULL; mail = mail->hh.next) {
		at = strchr(mail->sender, '@');
		if (at == NULL && strstr(mail->client, name) != NULL)
			return true;
		/* Submitted here, it goes by its sender. */
		if (at == NULL && mail->local &&
		    strcmp(mail->sender[0] != '\0' ? mail->sender : "from=<>",
			name) == 0)
			return true;
		if (at != NULL && mail->why != -1 && strcmp(at + 1, name) == 0)
			return true;
	}
	return false;
}

/* pflogsumm lists mail without a sender's domain under its client's. */
static void
compare_sending(struct beside *b)
{
	const json_t *rows = json_object_get(
	    json_object_get(
		json_object_get(b->report, "tables"), "sending_domains"),
	    "rows");
	json_t *sending = json_object_get(b->theirs, "sending"), *row;
	const char *name;
	size_t i;

	assert_true(json_object_size(sending) > 0);
	json_array_foreach (rows, i, row) {
		name = ledger_text(row, "name");
		if (strcmp(name, "<>") != 0 &&
		    strcmp(name, "(no domain)") != 0 &&
		    json_object_get(sending, name) == NULL)
			complain("%s: sending domain %s: pflogsumm has not",
			    b->run, name);
		(void)json_object_del(sending, name);
	}
	json_object_foreach (sending, name, row)
		if (!is_elsewhere(&b->walk, name))
			complain("%s: sending domain %s: ours has not", b->run,
			    name);
}

static void
compare_ledger(const struct beside *b, const json_t *truth)
{
	struct ledger l;
	const json_t *range;

	ledger_init(&l, truth);
	expect_deliveries(&l);
	expect_messages(&l);
	expect_sessions(&l);
	for (size_t i = 0; i < NELEMS(totals); i++) {
		long long n = our_total(b->report, totals[i].ours);

		if (totals[i].ledger == NULL)
			continue;
		range = json_object_get(l.ranges, totals[i].ledger);
		assert_non_null(range);
		if (n < json_integer_value(json_array_get(range, 0)) ||
		    n > json_integer_value(json_array_get(range, 1)))
			complain("%s: %s is %lld, not the ledger's", b->run,
			    totals[i].ours, n);
	}
	range = json_object_get(l.ranges, "messages.sent");
	if (our_total(b->report, "sent") !=
	    json_integer_value(json_array_get(range, 0)))
		complain("%s: sent is not the ledger's", b->run);
	ledger_fini(&l);
}

static void
walk_log(struct beside *b)
{
	FILE *in = fopen(b->log, "re");
	char line[16384];

	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL)
		walk_line(&b->walk, line);
	fclose(in);
	walk_end(&b->walk);
}

static void
judge(const char *run)
{
	struct beside b = { .run = run };
	char command[256];
	json_t *truth;
	FILE *in;

	print_message("  %s\n", run);
	strcpy(b.log, "/tmp/pflogsumm.XXXXXX");
	close(mkstemp(b.log));
	snprintf(command, sizeof(command), "xz -dc tests/corpus/%s.log.xz >%s",
	    run, b.log);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command),
	    "xz -dc tests/corpus/%s.truth.json.xz", run);
	in = popen(command, "r");
	truth = json_loadf(in, 0, NULL);
	assert_int_equal(pclose(in), 0);
	b.report = ask_report(truth, b.log);
	b.theirs = ask_pflogsumm(b.log);
	/* pflogsumm counts by line what we count by message. */
	json_object_set_new(b.theirs, "held and discarded",
	    json_sprintf(
		"%lld ", atoll(ledger_text(b.theirs, "held")) +
			     atoll(ledger_text(b.theirs, "discarded"))));
	walk_log(&b);
	for (size_t i = 0; i < NELEMS(totals); i++)
		compare_total(&b, &totals[i]);
	compare_names(&b);
	compare_sending(&b);
	compare_ledger(&b, truth);
	walk_free(&b.walk);
	json_decref(b.report);
	json_decref(b.theirs);
	json_decref(truth);
	unlink(b.log);
}

static void
every_total_of_both_is_the_same_or_explained(void **state)
{
	(void)state;
	if (system("command -v pflogsumm >/dev/null 2>&1") != 0) {
		print_message("pflogsumm is not installed\n");
		skip();
	}
	complaints = 0;
	for (size_t i = 0; i < NELEMS(runs); i++)
		judge(runs[i]);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_total_of_both_is_the_same_or_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
