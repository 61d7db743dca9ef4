/* base64.h - what was written in base64 (RFC 4648, 4) */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include "base/slice.h"

/* Up to the first byte that is not of it, or `size' of them: how many. */
size_t base64_decode(struct slice text, char *out, size_t size);

#endif
