/* turns.c - how long the loop is away from waiting */
#include "agent/turns.h"

#include <time.h>

static double
seconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void
turns_begin(struct turns *turns)
{
	turns->began = seconds_of(CLOCK_MONOTONIC);
	turns->began_cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

void
turns_end(struct turns *turns)
{
	double now = seconds_of(CLOCK_MONOTONIC);
	double seconds = now - turns->began;
	double cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - turns->began_cpu;
	int64_t number = (int64_t)now / TURN_SLOT;
	struct turn_slot *slot = &turns->slots[number % TURN_SLOTS];

	if (turns->began == 0)
		return; /* the loop has not waited yet */
	if (slot->number != number)
		*slot = (struct turn_slot){ .number = number };
	if (seconds > slot->seconds)
		slot->seconds = seconds;
	if (cpu > slot->cpu_seconds)
		slot->cpu_seconds = cpu;
}

void
turns_longest(const struct turns *turns, double *seconds, double *cpu_seconds)
{
	int64_t now = (int64_t)seconds_of(CLOCK_MONOTONIC) / TURN_SLOT;

	*seconds = *cpu_seconds = 0;
	for (int i = 0; i < TURN_SLOTS; i++) {
		const struct turn_slot *slot = &turns->slots[i];

		if (slot->number <= now - TURN_SLOTS)
			continue;
		if (slot->seconds > *seconds)
			*seconds = slot->seconds;
		if (slot->cpu_seconds > *cpu_seconds)
			*cpu_seconds = slot->cpu_seconds;
	}
}
