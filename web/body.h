/* body.h - what a change says of an address, in JSON */
#ifndef WEB_BODY_H
#define WEB_BODY_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

struct request;

/* {"address": "203.0.113.7", "for": "1h", "reason": "..."} */
struct body {
	json_t *json; /* borrowed from by the others; to be json_decref()'d */
	const char *address, *reason;
	int64_t seconds; /* an hour, if there is no "for" */
};

/* -1: what is wrong with it; json is to be let go all the same. */
int body_parse(struct body *, struct request *, struct err *);

#endif
