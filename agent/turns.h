/*
 * turns.h - how long the loop is away from waiting
 *
 * A turn is all that the loop does between two waits.  Whatever comes
 * meanwhile, a request, a packet, a signal, waits until it is over: the longest
 * turn is what the slowest part costs everybody.
 */
#ifndef AGENT_TURNS_H
#define AGENT_TURNS_H

#include <stdint.h>

#define TURN_SLOT  10 /* seconds */
#define TURN_SLOTS 7  /* the last minute, and what is begun of the next */

struct turn_slot {
	int64_t number; /* of the clock's tens of seconds */
	double seconds, cpu_seconds;
};

struct turns {
	double began, began_cpu; /* seconds of the clocks */
	struct turn_slot slots[TURN_SLOTS];
};

/* The wait is over; the next one begins. */
void turns_begin(struct turns *);
void turns_end(struct turns *);

/* The longest turns of the last minute: by the clock on the wall, and by the
   processor time of this thread, which a busy machine does not lengthen. */
void turns_longest(const struct turns *, double *seconds, double *cpu_seconds);

#endif
