/*
 * test_crash.c - killed at a hundred random moments, the account is the same
 *
 * Seven daemons at once: one for each form of a real run, and three for a day
 * of generated traffic, which closes a step with nearly every line and so has
 * series to write in each life.  A quarter of the lives ends anywhere, also in
 * the middle of a start; the others around the first commit and amid the
 * writes of series behind it, a second after the start, where the damage could
 * be.  Meanwhile the log grows in random chunks and is rotated.  $SEED repeats
 * the choices of an earlier run, though not the moments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/truths.h"

#define DAEMONS   7
#define KILLS     100
#define ROTATIONS 6

/* A month's traffic has no end of steps, a run of five minutes has six. */
static const struct {
	enum form form;
	unsigned kills;
} plan[DAEMONS] = { { TRADITIONAL, 10 }, { RFC3339, 10 }, { RFC5424, 10 },
	{ JOURNAL, 10 }, { GENERATED, 20 }, { GENERATED, 20 },
	{ GENERATED, 20 } };

/* When a life ends. */
enum end {
	END_ANYWHERE, /* in its first second */
	END_AT_TICK,  /* around the first commit */
	END_AMID_WRITE
};

struct life {
	struct daemon d;
	struct telling t;
	unsigned seed, kills, all;
	enum end end;
	int64_t ready_ms, end_ms; /* 0: not yet known */
	int64_t tell_ms;
};

static unsigned midst; /* kills amid a write of series */

static void
begin_life(struct life *life)
{
	unsigned dice = chance(&life->seed, 8);

	daemon_start(&life->d);
	life->end = dice < 2   ? END_ANYWHERE
		    : dice < 4 ? END_AT_TICK
			       : END_AMID_WRITE;
	life->tell_ms = mono_ms();
	life->ready_ms = 0;
	life->end_ms = 0;
	if (life->end == END_ANYWHERE)
		life->end_ms = mono_ms() + chance(&life->seed, 1000);
}

/* Some of the log, so that it lasts for all lives. */
static void
tell_some(struct life *life)
{
	size_t share = life->t.story->n / life->all;
	size_t limit = share * (life->kills + 1);

	if (mono_ms() < life->tell_ms || life->t.done >= limit)
		return;
	tell(&life->t, chance(&life->seed, (unsigned)share / 3) + 1);
	life->tell_ms = mono_ms() + chance(&life->seed, 200);
	if (life->t.rotated < ROTATIONS &&
	    chance(&life->seed, life->all * 5) < ROTATIONS)
		rotate(&life->t, false);
}

static bool
is_writing(struct life *life)
{
	return logs_has(&life->d.logs, "data/rrd.undo");
}

/* The loop's first tick comes about a second after the start. */
static void
choose_end(struct life *life)
{
	int64_t now = mono_ms();

	if (life->end_ms != 0)
		return;
	if (life->ready_ms == 0) {
		if (!daemon_is_ready(&life->d, 0))
			return;
		life->ready_ms = now;
		if (life->end == END_AT_TICK)
			life->end_ms = now + 960 + chance(&life->seed, 100);
	} else if (now >= life->ready_ms + 500 &&
		   (is_writing(life) || now >= life->ready_ms + 1200)) {
		life->end_ms = now + chance(&life->seed, 12);
	}
}

/* True: it was killed. */
static bool
live(struct life *life)
{
	choose_end(life);
	tell_some(life);
	if (life->end_ms == 0 || mono_ms() < life->end_ms)
		return false;
	(void)daemon_end(&life->d, SIGKILL);
	life->kills++;
	midst += is_writing(life);
	return true;
}

static void
finish(struct life *life)
{
	enum form form = life->t.story->form;

	tell(&life->t, life->t.story->n);
	daemon_start(&life->d);
	daemon_await(&life->d);
	daemon_await_lines(&life->d, life->t.story->lines);
	daemon_stop(&life->d);
	assert_same(
	    form_names[form], life->t.story, &truth[form], &life->d.data);
	daemon_fini(&life->d);
}

static void
a_hundred_kills_change_no_number(void **state)
{
	static struct life lives[DAEMONS];
	unsigned kills = 0;

	(void)state;
	for (unsigned i = 0; i < DAEMONS; i++) {
		struct life *life = &lives[i];

		daemon_init(&life->d);
		life->seed = seed + i;
		life->all = plan[i].kills;
		life->t = (struct telling){ &stories[plan[i].form],
			&life->d.logs, 0, 0, 0, &life->seed };
		begin_life(life);
	}
	while (kills < KILLS) {
		for (unsigned i = 0; i < DAEMONS; i++) {
			if (lives[i].d.pid == 0 || !live(&lives[i]))
				continue;
			kills++;
			if (lives[i].kills < lives[i].all)
				begin_life(&lives[i]);
		}
		nap_ms(1);
	}
	print_message(
	    "%u kills, %u of them amid a write of series\n", kills, midst);
	for (unsigned i = 0; i < DAEMONS; i++)
		finish(&lives[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_kills_change_no_number),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
