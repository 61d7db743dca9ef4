/*
 * events.h - the last events, for whoever looks on
 *
 * A ring of fixed slots: to take an event is to copy it, cut to size, over the
 * oldest.  Texts are escaped as they come in (slice_escape()), so that they can
 * be searched and shown as they are.
 */
#ifndef WEB_EVENTS_H
#define WEB_EVENTS_H

#include <jansson.h>

#include "base/event.h"

#define EVENTS_KEPT   500
#define EVENTS_SECOND 20 /* of each second go to the streams */

struct event_row {
	uint64_t number; /* 1, 2, ... since the start */
	int64_t when;    /* Unix microseconds */
	enum event_kind kind;
	bool wire;
	uint32_t count;
	struct addr client;
	char host[64], account[96], sender[128], recipient[128], words[200];
};

struct events;

struct events *events_new(void);
void events_free(struct events *);

/* Nothing is made of what is only for the account: sizes, columns. */
void events_add(struct events *, const struct mail_event *);
/* How many there were since the start: the number of the last one. */
uint64_t events_number(const struct events *);
/* NULL: it is not kept (any more). */
const struct event_row *events_find(const struct events *, uint64_t number);

/* Of that host (empty: any), and with that text in it (empty: any). */
bool event_row_is(
    const struct event_row *, const char *host, const char *filter);
json_t *event_row_json(const struct event_row *);
/*
 * Those behind `after', up to `upto': {"events": the EVENTS_SECOND newest,
 * newest first, "more": how many that leaves out, "number": upto}.
 */
json_t *events_between(const struct events *, uint64_t after, uint64_t upto);

#endif
