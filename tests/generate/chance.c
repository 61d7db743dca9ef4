/* chance.c - the same seed gives the same traffic, on every machine */
#include "tests/generate/generate.h"

#include <math.h>

static uint64_t seed_state = 1;

void
chance_seed(uint64_t seed)
{
	seed_state = seed * 2 + 1;
}

/* splitmix64: a counter, well stirred */
uint64_t
chance_bits(void)
{
	uint64_t z = (seed_state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

unsigned
below(unsigned n)
{
	return (unsigned)(((chance_bits() >> 32) * n) >> 32);
}

static double
fraction(void)
{
	return (double)(chance_bits() >> 11) / 9007199254740992.0;
}

bool
happens(double part)
{
	return fraction() < part;
}

int64_t
around(double seconds)
{
	return (int64_t)(-log(1.0 - fraction()) * seconds * (double)SECOND);
}

int64_t
between(double seconds, double until)
{
	return (int64_t)((seconds + fraction() * (until - seconds)) *
			 (double)SECOND);
}
