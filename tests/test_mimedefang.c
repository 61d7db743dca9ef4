/*
 * test_mimedefang.c - the verdicts of a real MIMEDefang against the ledger
 *
 * Every message that the clients were told was taken, by its queue id, has one
 * verdict and its own client.  What it is follows from what was sent: GTUBE is
 * spam, executable attachments are banned; a text that merely looks like spam
 * is what SpamAssassin says, which the ledger does not know.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>

#include "base/array.h"
#include "collectors/collectors.h"

#define RUN  "tests/corpus/mimedefang/a"
#define MOST 256

struct given {
	char id[32];
	enum verdict_kind verdict;
	struct addr client;
	bool expected;
};

static struct given given[MOST];
static size_t given_count;

static void
take(void *arg, const struct mail_event *event)
{
	struct given *one = &given[given_count];

	(void)arg;
	if (event->kind != EVENT_VERDICT)
		return;
	assert_true(++given_count < MOST);
	assert_int_equal(event->count, 1);
	slice_copy(event->queue_id, one->id, sizeof(one->id));
	one->verdict = event->verdict;
	one->client = event->client;
}

static void
read_log(void)
{
	const struct finished_options options = { .zone = "UTC" };
	struct collect_config config = { 0 };
	struct collect_sinks sinks = { .events = { take, NULL } };
	struct collectors *collectors;
	struct err err;

	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	if (collectors_finished(
		collectors, RUN ".rfc3339.log.xz", &options, &err) == -1)
		fail_msg("%s", err.text);
	collectors_finish(collectors);
	assert_int_equal(collectors_coverage(collectors).unrecognised, 0);
	collectors_close(collectors);
}

static json_t *
read_ledger(void)
{
	FILE *pipe = popen("xz -dc " RUN ".truth.json.xz", "r");
	json_t *truth = json_loadf(pipe, 0, NULL);

	assert_int_equal(pclose(pipe), 0);
	assert_non_null(truth);
	return truth;
}

static bool
may_be(const char *scenario, enum verdict_kind verdict)
{
	static const struct {
		const char *scenario;
		enum verdict_kind verdict;
	} rows[] = {
		{ "content_gtube", VERDICT_SPAM },
		{ "content_attach_exe", VERDICT_BANNED },
		{ "content_attach_scr", VERDICT_BANNED },
		{ "content_attach_pif", VERDICT_BANNED },
		{ "content_attach_vbs", VERDICT_BANNED },
	};

	if (strcmp(scenario, "content_spammy") == 0)
		return verdict == VERDICT_SPAM || verdict == VERDICT_CLEAN;
	for (size_t i = 0; i < NELEMS(rows); i++)
		if (strcmp(scenario, rows[i].scenario) == 0)
			return verdict == rows[i].verdict;
	return verdict == VERDICT_CLEAN;
}

/* "250 2.0.0 ID Message accepted for delivery" */
static void
check_message(const json_t *session, const char *reply)
{
	const char *scenario =
	    json_string_value(json_object_get(session, "scenario"));
	struct addr client;
	char id[32];
	unsigned n = 0;

	assert_int_equal(sscanf(reply, "250 2.0.0 %31s Message", id), 1);
	assert_true(addr_parse(
	    slice_of(json_string_value(json_object_get(session, "src"))),
	    &client));
	for (size_t i = 0; i < given_count; i++) {
		if (strcmp(given[i].id, id) != 0)
			continue;
		n++;
		given[i].expected = true;
		if (!may_be(scenario, given[i].verdict))
			fail_msg("%s %s: verdict %d", scenario, id,
			    given[i].verdict);
		assert_true(addr_eq(&given[i].client, &client));
	}
	if (n != 1)
		fail_msg("%s %s: %u verdicts", scenario, id, n);
}

static void
every_message_has_the_verdict_that_its_content_asks_for(void **state)
{
	json_t *truth = read_ledger(), *session, *txn;
	size_t i, j, taken = 0, partial = 0, others = 0;

	(void)state;
	read_log();
	json_array_foreach (json_object_get(truth, "sessions"), i, session)
		json_array_foreach (json_object_get(session, "txns"), j, txn) {
			const char *reply = json_string_value(
			    json_object_get(txn, "data_reply"));

			if (reply != NULL && strncmp(reply, "250", 3) == 0) {
				check_message(session, reply);
				taken++;
			} else if (reply != NULL &&
				   strstr(reply, "message/partial") != NULL) {
				partial++;
			}
		}
	assert_int_equal(taken, 100);
	/* Refused for what they are: banned, and no others. */
	for (i = 0; i < given_count; i++)
		if (!given[i].expected) {
			assert_int_equal(given[i].verdict, VERDICT_BANNED);
			others++;
		}
	assert_int_equal(others, partial);
	assert_int_equal(others, 3);
	json_decref(truth);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(
	    every_message_has_the_verdict_that_its_content_asks_for) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
