/*
 * test_graph.c - pictures are drawn within limits, and once a step
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/array.h"
#include "tests/drawing.h"
#include "tests/series_rig.h"

#define HOST slice_of("mx1")

static void
take_graph(void *arg, const void *bytes, size_t n, const struct err *err)
{
	struct rig *rig = arg;

	rig_forget(rig);
	rig->trouble[0] = '\0';
	if (err != NULL)
		snprintf(rig->trouble, sizeof(rig->trouble), "%s", err->text);
	rig->n = n;
	rig->bytes = calloc(1, n + 1);
	if (n > 0)
		memcpy(rig->bytes, bytes, n);
}

static bool
graph(struct rig *rig, const char *host, const char *name, bool svg,
    unsigned width, unsigned height)
{
	assert_true(series_graph(rig->series, slice_of(host), name, svg,
	    MON - DAY, MON + DAY, width, height, take_graph, rig));
	worker_drain(rig->worker);
	return rig->n > 0;
}

static void
graphs_are_drawn_within_limits(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	for (int i = 0; i < 1440; i++)
		count(&rig, "mx1", MON + i * 60, METRIC_MESSAGES_SENT,
		    (uint64_t)(20 + 15 * sin(i / 200.0) + i % 7));
	count(&rig, "mx:2", MON + 660, METRIC_MESSAGES_SENT, 4);
	series_known(rig.series, HOST, MON + DAY);
	series_known(rig.series, slice_of("mx:2"), MON + DAY);
	series_gauge(rig.series, HOST, "agent.known", MON + 7200, 1);
	series_gauge(rig.series, HOST, "agent.known", MON + 7800, 0);
	rig_write(&rig);
	assert_true(graph(&rig, "mx1", "messages.sent", false, 800, 300));
	assert_memory_equal(rig.bytes, "\x89PNG\r\n", 6);
	assert_true(graph(&rig, "", "messages.sent", true, 800, 300));
	assert_non_null(strstr(rig.bytes, "<svg"));
	assert_true(graph(&rig, "mx:2", "rejects.spam", false, 400, 200));
	assert_true(graph(&rig, "mx1", "agent.known", false, 400, 200));
	assert_false(graph(&rig, "mx1", "messages.sent", false, 2000, 1001));
	assert_non_null(strstr(rig.trouble, "2000000 pixels"));
	assert_false(graph(&rig, "mx1", "messages.sent", false, 0, 0));
	assert_false(graph(&rig, "mx1", "no.such", false, 400, 200));
	assert_false(graph(&rig, "mx1", "mailer.x.msgs_to", false, 400, 200));
	assert_false(graph(&rig, "mx1", "mailer.\n:/.msgs_to", true, 400, 200));
	assert_false(graph(&rig, "mx9", "messages.sent", false, 400, 200));
	rig_close(&rig);
}

/* The second one is the same bytes, and no file was touched for it. */
static void
a_graph_is_drawn_once_a_step(void **state)
{
	char *first;
	size_t n;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON, METRIC_MESSAGES_SENT, 3);
	series_known(rig.series, HOST, MON + 60);
	rig_write(&rig);
	assert_true(graph(&rig, "mx1", "messages.sent", true, 400, 200));
	n = rig.n;
	first = rig.bytes;
	rig.bytes = NULL;
	assert_true(graph(&rig, "mx1", "messages.sent", true, 400, 200));
	assert_int_equal(rig.n, n);
	assert_memory_equal(rig.bytes, first, n);
	count(&rig, "mx1", MON + 600, METRIC_MESSAGES_SENT, 300);
	series_known(rig.series, HOST, MON + 660);
	assert_true(graph(&rig, "mx1", "messages.sent", true, 400, 200));
	assert_true(rig.n != n || memcmp(rig.bytes, first, n) != 0);
	free(first);
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(graphs_are_drawn_within_limits),
		cmocka_unit_test(a_graph_is_drawn_once_a_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
