/*
 * mem.h - allocation that ends the process when there is none left
 *
 * A monitor that runs on without its memory is worse than one that is started
 * again; so none of these returns NULL.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/slice.h"

void *mem_zero(size_t n, size_t size);
void *mem_grow(void *old, size_t n, size_t size); /* as reallocarray() */
char *mem_text(const char *);                     /* as strdup() */
char *mem_slice(struct slice); /* the same, up to its first NUL */
void *mem_copy(const void *, size_t bytes);

#endif
