/*
 * truths.h - every form's story and its undisturbed account, made once a test
 */
#ifndef TESTS_TRUTHS_H
#define TESTS_TRUTHS_H

#include "tests/truth.h"

static struct logs truths;
static struct story stories[FORMS];
static struct name truth[FORMS];
static unsigned seed;

static int
open_all(void **state)
{
	int64_t midnight = yesterday();

	(void)state;
	seed = getenv("SEED") != NULL ? (unsigned)atoi(getenv("SEED"))
				      : (unsigned)time(NULL);
	print_message("SEED=%u\n", seed);
	logs_make(&truths);
	for (enum form form = 0; form < FORMS; form++) {
		story_open(&stories[form], form, midnight);
		truth_make(&stories[form], &truth[form], &truths);
	}
	return 0;
}

static int
close_all(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++)
		story_close(&stories[form]);
	logs_remove(&truths);
	return 0;
}

#endif
