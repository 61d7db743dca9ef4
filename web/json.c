/* json.c - what the answers share when they are put into JSON */
#include "web/json.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define MOST_TEXT 4096 /* longer text is cut */

json_t *
json_slice(struct slice text)
{
	size_t size = (text.n < MOST_TEXT ? text.n : MOST_TEXT) * 4 + 1;
	char *escaped = mem_grow(NULL, size, 1);
	json_t *json;

	slice_escape(text, escaped, size);
	json = json_string(escaped);
	free(escaped);
	return json;
}

json_t *
json_words(const char *text)
{
	return text == NULL ? json_null() : json_slice(slice_of(text));
}

/* Archives hold rates, and a rate times its seconds is off by a hair. */
json_t *
json_count(double value)
{
	double whole = round(value);

	if (!isfinite(value))
		return json_null();
	if (fabs(value) < 9e15 &&
	    fabs(value - whole) <= 1e-6 * fmax(1, fabs(value)))
		return json_integer((json_int_t)whole);
	return json_real(value);
}

json_t *
json_whole(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}
