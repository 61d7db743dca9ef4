/*
 * messages_json.h - what was found, as JSON: for the API and mailweir find
 *
 * {"more", "messages": [{"host", "cut", "events": [...]}]}, the newest message
 * first and its events in the order of their time.  An event has "at" (Unix
 * seconds), "kind", and of the rest what is known of it; all text is valid
 * UTF-8.
 */
#ifndef BASE_MESSAGES_JSON_H
#define BASE_MESSAGES_JSON_H

#include <jansson.h>

#include "base/messages.h"

json_t *messages_json(const struct messages_found *);

#endif
