/* cache.c - answers that hold for a second */
#include "web/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOTS    16   /* the next answer takes the oldest's place */
#define QUESTION 1024 /* a longer question is not kept */
#define LARGEST  65536

struct cache {
	size_t next;
	struct slot {
		char question[QUESTION];
		int64_t second;
		char *text;
	} slots[SLOTS];
};

struct cache *
cache_new(void)
{
	return mem_zero(1, sizeof(struct cache));
}

void
cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(cache->slots[i].text);
	free(cache);
}

const char *
cache_find(const struct cache *cache, const char *question, int64_t now)
{
	for (size_t i = 0; i < SLOTS; i++) {
		const struct slot *slot = &cache->slots[i];

		if (slot->text != NULL && slot->second == now &&
		    strcmp(slot->question, question) == 0)
			return slot->text;
	}
	return NULL;
}

void
cache_adopt(
    struct cache *cache, const char *question, int64_t now, char *adopted)
{
	struct slot *slot = &cache->slots[cache->next];

	if (strlen(question) >= QUESTION || strlen(adopted) > LARGEST) {
		free(adopted);
		return;
	}
	cache->next = (cache->next + 1) % SLOTS;
	free(slot->text);
	strcpy(slot->question, question);
	slot->second = now;
	slot->text = adopted;
}

void
cache_clear(struct cache *cache)
{
	for (size_t i = 0; i < SLOTS; i++) {
		free(cache->slots[i].text);
		cache->slots[i].text = NULL;
	}
}
