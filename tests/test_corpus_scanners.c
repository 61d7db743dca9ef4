/*
 * test_corpus_scanners.c - what scans and decides beside a real Postfix
 *
 * Four clients bring mail to nine ports, each with another milter, policy
 * service or content filter behind it.  The ledger has what they were told; no
 * verdict and no decision may add a message or a refusal to that.
 */
#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/judge.h"

#include "base/array.h"

#define RUN     "tests/corpus/scanners/a"
#define CLIENTS 4

static const struct {
	json_int_t port;
	bool scans; /* a verdict of each message */
} ports[] = {
	{ 2501, false }, /* OpenDKIM and OpenDMARC */
	{ 2502, true },  /* clamav-milter */
	{ 2503, true },  /* rspamd */
	{ 2504, false }, /* postgrey */
	{ 2505, false }, /* policyd-spf */
	{ 2506, true },  /* spampd, a content filter */
	{ 2507, true },  /* clamsmtpd, a content filter */
	{ 2508, false }, /* nothing; procmail delivers, as everywhere */
	{ 2512, true },  /* clamav-milter that tells each recipient */
};

struct told {
	json_int_t taken, to, scanned, later, never;
};

/* One, where the ledger does not tell whom. */
static json_int_t
recipients(const json_t *says)
{
	const json_t *to = json_object_get(says, "to");

	return to == NULL ? 1 : (json_int_t)json_array_size(to);
}

static bool
scans(json_int_t port)
{
	for (size_t i = 0; i < NELEMS(ports); i++)
		if (ports[i].port == port)
			return ports[i].scans;
	fail_msg("port %lld: unknown", (long long)port);
	return false;
}

static void
read_reply(const json_t *says, bool scanned, struct told *told)
{
	const char *what = ledger_text(says, "what");
	json_int_t code = ledger_number(says, "code");
	bool data = strcmp(what, "data") == 0;

	told->scanned += data && scanned;
	told->taken += data && code < 400;
	told->to += data && code < 400 ? recipients(says) : 0;
	told->later += code >= 400 && code < 500;
	told->never += code >= 500;
}

static struct told
read_ledger(const json_t *truth)
{
	struct told told = { 0 };
	size_t i, k;
	json_t *session, *says;

	json_array_foreach (json_object_get(truth, "sessions"), i, session)
		json_array_foreach (json_object_get(session, "says"), k, says)
			read_reply(
			    says, scans(ledger_number(session, "port")), &told);
	return told;
}

/*
 * Infected mail came from each client to three scanners, with two recipients;
 * the last scanner has a line for each of those.  Spam came to two, and rspamd
 * found one more by its sender's domain; three messages were given to spamd by
 * hand, two of them spam.
 */
static void
verdicts_and_decisions_add_nothing_to_the_ledger(void **state)
{
	json_t *truth = json_of("xz -dc " RUN ".truth.json.xz");
	json_t *ranges = json_object(), *account;
	struct told told = read_ledger(truth);
	json_int_t virus = 3 * CLIENTS + CLIENTS, spam = 2 * CLIENTS + 1 + 2;
	char command[PATH_MAX * 2];

	(void)state;
	snprintf(command, sizeof(command),
	    "xz -dc " RUN ".log.xz | "
	    "%s replay --json --top 0 --year 2026 --zone UTC -",
	    program());
	account = json_of(command);
	assert_non_null(account);
	/* A user's procmail sent one on. */
	ledger_want(ranges, "messages.received", told.taken + 1);
	ledger_want(ranges, "messages.generated", 0);
	/* The infected were refused, thrown away and put on hold. */
	ledger_want(ranges, "messages.discarded", CLIENTS);
	ledger_want(ranges, "messages.quarantined", CLIENTS);
	ledger_want(ranges, "messages.sent", told.to + 1 - 2 * 2 * CLIENTS);
	ledger_want(ranges, "rejects.temporary", told.later);
	ledger_want(ranges, "rejects.permanent", told.never);
	ledger_want(ranges, "rejects.greylisted", told.later);
	ledger_want(ranges, "verdicts.virus", virus);
	ledger_want(ranges, "verdicts.spam", spam);
	ledger_want(ranges, "verdicts.clean",
	    told.scanned + CLIENTS + 3 - virus - spam);
	ledger_want(ranges, "coverage.unrecognised", 0);
	compare_figures(ranges, account, RUN);
	assert_int_equal(complaints, 0);
	json_decref(ranges);
	json_decref(account);
	json_decref(truth);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    verdicts_and_decisions_add_nothing_to_the_ledger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
