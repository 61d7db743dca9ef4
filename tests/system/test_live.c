/*
 * test_live.c - a log read as it grows gives the account of the finished log
 *
 * $SEED repeats the chunks and rotations of an earlier run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/truths.h"

/* Chunks of up to `most' bytes, and a rotation about `rotations' times. */
static void
tell_all(struct telling *t, struct daemon *d, unsigned most, unsigned rotations)
{
	size_t part = t->story->n / (rotations + 1);
	size_t next = chance(t->seed, (unsigned)(2 * part)) + 1;

	while (t->done < t->story->n) {
		tell(t, chance(t->seed, most) + 1);
		if (t->done >= next && t->rotated < rotations) {
			bool copy = chance(t->seed, 3) == 0;

			tell_line_end(t);
			/* What copytruncate loses between its two steps is
			   lost to all: only when nothing is unread. */
			if (copy)
				daemon_await_lines(d, t->lines);
			rotate(t, copy);
			next =
			    t->done + chance(t->seed, (unsigned)(2 * part)) + 1;
		}
	}
}

static void
read_live(enum form form, unsigned most, unsigned rotations)
{
	struct daemon d;
	struct telling t = { &stories[form], &d.logs, 0, 0, 0, &seed };

	daemon_init(&d);
	daemon_start(&d);
	daemon_await(&d);
	tell_all(&t, &d, most, rotations);
	daemon_await_lines(&d, t.story->lines);
	daemon_stop(&d);
	assert_same(form_names[form], t.story, &truth[form], &d.data);
	daemon_fini(&d);
}

static void
a_log_in_random_chunks_gives_the_account_of_the_whole(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++)
		read_live(form, 20000, 0);
}

static void
a_log_rotated_at_random_places_gives_the_account_of_the_whole(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++)
		read_live(form, 20000, 8);
}

/* All that there is was rotated and packed before the start. */
static void
rotated_logs_are_read_back_to_the_same_account(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		struct daemon d;
		struct telling t = { &stories[form], &d.logs, 0, 0, 0, &seed };

		daemon_init(&d);
		for (int i = 0; i < 6; i++) {
			tell(&t, t.story->n / 7);
			rotate(&t, false);
		}
		tell(&t, t.story->n);
		daemon_start(&d);
		daemon_await(&d);
		daemon_await_lines(&d, t.story->lines);
		daemon_stop(&d);
		assert_same(form_names[form], t.story, &truth[form], &d.data);
		daemon_fini(&d);
	}
}

/*
 * The stamps of the traditional form have no fractions, RFC 5424's files no
 * service in front of the program's name, so there `relay' cannot be told.
 */
static void
every_form_has_the_same_series(void **state)
{
	(void)state;
	assert_int_equal(compare_series("rfc3339", &stories[RFC3339],
			     truth[TRADITIONAL].path, truth[RFC3339].path),
	    0);
	assert_int_equal(compare_series("journal", &stories[JOURNAL],
			     truth[TRADITIONAL].path, truth[JOURNAL].path),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_has_the_same_series),
		cmocka_unit_test(
		    a_log_in_random_chunks_gives_the_account_of_the_whole),
		cmocka_unit_test(
		    a_log_rotated_at_random_places_gives_the_account_of_the_whole),
		cmocka_unit_test(
		    rotated_logs_are_read_back_to_the_same_account),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
