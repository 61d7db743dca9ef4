/* mem.c - allocation that ends the process when there is none left */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
must(void *p)
{
	if (p == NULL) {
		fputs("mailweir: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
mem_zero(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size ? size : 1));
}

void *
mem_grow(void *old, size_t n, size_t size)
{
	return must(reallocarray(old, n ? n : 1, size ? size : 1));
}

char *
mem_text(const char *text)
{
	return must(strdup(text));
}

char *
mem_slice(struct slice text)
{
	return must(strndup(text.n == 0 ? "" : text.p, text.n));
}

void *
mem_copy(const void *from, size_t bytes)
{
	void *to = must(malloc(bytes ? bytes : 1));

	memcpy(to, from, bytes);
	return to;
}
