/*
 * json.h - what the answers share when they are put into JSON
 *
 * JSON only ever holds valid UTF-8: all text goes through json_slice().
 */
#ifndef WEB_JSON_H
#define WEB_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "base/slice.h"

/* Text of any bytes; what is no printable UTF-8 becomes \ooo. */
json_t *json_slice(struct slice);
json_t *json_words(const char *); /* the same; NULL becomes null */

/*
 * A count out of a series: whole where it is meant to be whole, null where it
 * is not known.
 */
json_t *json_count(double);
json_t *json_whole(uint64_t);

#endif
