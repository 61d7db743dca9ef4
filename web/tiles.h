/*
 * tiles.h - the big numbers: each over the span, before it, and as points
 *
 * {NAME: {"title", "metric", "unit", "help", "value", "previous", "points"}}.
 * A count is its sum over the span, to the present second where the span ends
 * now; a share is of such sums; a level is as it is now, whatever the span.
 * "previous" is the same figure of the span that panel_earlier() says, null
 * where the host was not known then.
 */
#ifndef WEB_TILES_H
#define WEB_TILES_H

#include "web/panel.h"

#define TILE_POINTS 48 /* of the small charts */

void tiles_need(struct names *);
json_t *tiles_json(const struct panel_question *);

#endif
