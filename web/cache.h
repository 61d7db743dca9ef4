/*
 * cache.h - answers that hold for a second
 *
 * A few hundred open pages ask the same of us; one of them pays for it.
 */
#ifndef WEB_CACHE_H
#define WEB_CACHE_H

#include <stdint.h>

struct cache;

struct cache *cache_new(void);
void cache_free(struct cache *);

/* The text kept for that question in that second, or NULL. */
const char *cache_find(const struct cache *, const char *question, int64_t now);
/* Adopts the text, to be freed with free(). */
void cache_adopt(
    struct cache *, const char *question, int64_t now, char *adopted);

/* What was kept is not so any more. */
void cache_clear(struct cache *);

#endif
