/*
 * frames.h - frames of a capture, built byte by byte
 */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include <stdint.h>
#include <string.h>

#include "collectors/wire/decode.h"

struct bytes {
	unsigned char p[65536 + 256];
	size_t n;
};

static inline void
put(struct bytes *b, const void *p, size_t n)
{
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void
put_number(struct bytes *b, size_t n, uint64_t value)
{
	while (n-- > 0)
		b->p[b->n++] = (unsigned char)(value >> (8 * n));
}

static inline void
put_tcp(struct bytes *b, const struct segment *s)
{
	put_number(b, 2, s->from_port);
	put_number(b, 2, s->to_port);
	put_number(b, 4, s->seq);
	put_number(b, 4, s->ack);
	put_number(b, 1, 8 << 4); /* with options */
	put_number(b, 1, s->flags);
	put_number(b, 6, 0);
	put(b, "\1\1\1\1\1\1\1\1\1\1\1\0", 12);
	put(b, s->payload.p, s->payload.n);
}

/* field: flags and offset; options: in words of four bytes. */
static inline void
put_ipv4(struct bytes *b, const struct segment *s, unsigned id, unsigned field,
    unsigned options, const unsigned char *data, size_t n)
{
	put_number(b, 1, 0x45 + options);
	put_number(b, 1, 0);
	put_number(b, 2, 20 + options * 4 + n);
	put_number(b, 2, id);
	put_number(b, 2, field);
	put_number(b, 1, 64);
	put_number(b, 1, 6);
	put_number(b, 2, 0);
	put(b, s->from.b, 4);
	put(b, s->to.b, 4);
	for (unsigned i = 0; i < options; i++)
		put(b, "\1\1\1\1", 4);
	put(b, data, n);
}

static inline void
put_ipv6(struct bytes *b, const struct segment *s, unsigned next,
    const unsigned char *data, size_t n)
{
	put_number(b, 4, 0x60000000);
	put_number(b, 2, n);
	put_number(b, 1, next);
	put_number(b, 1, 64);
	put(b, s->from.b, 16);
	put(b, s->to.b, 16);
	put(b, data, n);
}

static inline void
put_ip(struct bytes *b, const struct segment *s)
{
	struct bytes tcp;

	tcp.n = 0;
	put_tcp(&tcp, s);
	if (s->from.family == 6)
		put_ipv6(b, s, 6, tcp.p, tcp.n);
	else
		put_ipv4(b, s, 1, 0, 0, tcp.p, tcp.n);
}

static inline void
put_ethernet(struct bytes *b, unsigned type)
{
	put(b, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	put_number(b, 2, type);
}

static inline struct segment
some_segment(const char *from, const char *to, const char *text)
{
	struct segment s = { .from_port = 40000,
		.to_port = 25,
		.seq = 1000,
		.ack = 2000,
		.flags = TCP_ACK,
		.payload = slice_of(text) };

	(void)addr_parse(slice_of(from), &s.from);
	(void)addr_parse(slice_of(to), &s.to);
	return s;
}

#endif
