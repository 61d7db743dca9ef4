/* compose_json.h - the same for programs: what a webhook gets */
#ifndef ALERTS_COMPOSE_JSON_H
#define ALERTS_COMPOSE_JSON_H

#include "alerts/compose.h"

/* To be freed.  mail NULL: a mail that is about no incident; `kind' says what
   it is. */
char *compose_json(
    const struct alert_mail *, const struct letter *, const struct compose *);
char *compose_json_plain(
    const char *kind, const struct letter *, const struct compose *);

#endif
