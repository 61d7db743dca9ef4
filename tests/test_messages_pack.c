/* test_messages_pack.c - what is packed comes back, and damage is noticed */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/messages_pack.h"
#include "base/array.h"
#include "tests/feed.h"

static struct packer packer;
static struct unpacker unpacker;

static void
come_back(void *arg, const struct mail_event *event)
{
	struct mail_event one;
	size_t *count = arg;

	if (!pack_wants(event))
		return;
	pack_reset(&packer);
	pack_event(&packer, event);
	unpack_begin(
	    &unpacker, (struct slice){ packer.bytes.p, packer.bytes.n });
	assert_int_equal(unpack_event(&unpacker, &one), 1);
	assert_true(pack_same(&one, event));
	assert_int_equal(unpack_event(&unpacker, &one), 0);
	++*count;
}

static void
pack(void *arg, const struct mail_event *event)
{
	(void)arg;
	if (pack_wants(event) && packer.bytes.n < 60000)
		pack_event(&packer, event);
}

static void
feed_fixtures(struct event_sink sink)
{
	glob_t logs;

	assert_int_equal(glob("tests/fixtures/*/*.log", 0, NULL, &logs), 0);
	for (size_t i = 0; i < logs.gl_pathc; i++) {
		struct feed *feed = feed_new(false);
		char *text = feed_file(logs.gl_pathv[i]);

		feed->sink = sink;
		feed_text(feed, text);
		tracker_finish(feed->tracker);
		free(text);
		feed_free(feed);
	}
	globfree(&logs);
}

static void
every_event_of_the_fixtures_comes_back(void **state)
{
	size_t count = 0;

	(void)state;
	feed_fixtures((struct event_sink){ come_back, &count });
	assert_in_range(count, 500, 1000000);
}

static void
a_block_that_is_cut_anywhere_is_read_up_to_there(void **state)
{
	struct mail_event event;
	size_t whole = 0, n;
	int rc;

	(void)state;
	pack_reset(&packer);
	feed_fixtures((struct event_sink){ pack, NULL });
	whole = packer.events;
	for (size_t cut = 0; cut <= packer.bytes.n; cut += 1 + cut / 500) {
		char *exact = malloc(cut); /* ASan then sees an overrun */

		memcpy(exact, packer.bytes.p, cut);
		unpack_begin(&unpacker, (struct slice){ exact, cut });
		for (n = 0; (rc = unpack_event(&unpacker, &event)) == 1; n++)
			continue;
		assert_in_range(n, 0, whole);
		free(exact);
	}
	unpack_begin(
	    &unpacker, (struct slice){ packer.bytes.p, packer.bytes.n });
	for (n = 0; (rc = unpack_event(&unpacker, &event)) == 1; n++)
		continue;
	assert_int_equal(rc, 0);
	assert_int_equal(n, whole);
}

static void
an_unknown_kind_or_reason_is_damage(void **state)
{
	static const char *const wrong[] = { "\xff", "\x00", "\x01\x00",
		"\x09\x00\x01\x00\x00\x00\x00\x00\x7f" };
	struct mail_event event;

	(void)state;
	for (size_t i = 0; i < NELEMS(wrong); i++) {
		unpack_begin(&unpacker, slice_of(wrong[i]));
		if (wrong[i][0] == '\0')
			unpacker.rest.n = 1;
		assert_int_equal(unpack_event(&unpacker, &event), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_of_the_fixtures_comes_back),
		cmocka_unit_test(
		    a_block_that_is_cut_anywhere_is_read_up_to_there),
		cmocka_unit_test(an_unknown_kind_or_reason_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
