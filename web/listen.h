/* listen.h - the address in the configuration, and a socket that listens */
#ifndef WEB_LISTEN_H
#define WEB_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

struct listen_at {
	struct addr addr;
	uint16_t port;
	bool any;      /* 0.0.0.0 or [::]: every address of this host */
	bool loopback; /* only this host can connect */
};

/* "127.0.0.1:8025", "[::1]:0", "localhost:8025". */
int listen_parse(struct listen_at *, const char *text, struct err *);

/* A descriptor, non-blocking; at->port becomes the one really taken. */
int listen_open(struct listen_at *, struct err *);

/* "127.0.0.1:8025", "[::1]:8025"; room for ADDR_TEXT + 8. */
void listen_print(const struct listen_at *, char *text, size_t size);

#endif
