/* addr.c - an IP address, as a value */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* Four decimal numbers without leading zeros, as inet_pton() wants them. */
static bool
parse_v4(struct slice text, uint8_t b[4])
{
	size_t i = 0;

	for (int part = 0; part < 4; part++) {
		unsigned value = 0;
		size_t digits = 0;

		if (part > 0 && (i >= text.n || text.p[i++] != '.'))
			return false;
		for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9';
		     i++, digits++) {
			if (digits == 3 || (digits > 0 && value == 0))
				return false;
			value = value * 10 + (unsigned)(text.p[i] - '0');
		}
		if (digits == 0 || value > 255)
			return false;
		b[part] = (uint8_t)value;
	}
	return i == text.n;
}

bool
addr_parse(struct slice text, struct addr *addr)
{
	char buffer[ADDR_TEXT];
	unsigned bits = 128;

	memset(addr, 0, sizeof(*addr));
	if (text.n < 2 || text.n >= sizeof(buffer))
		return false;
	if (parse_v4(text, addr->b)) {
		addr->family = 4;
		return true;
	}
	slice_copy(text, buffer, sizeof(buffer));
	if (strlen(buffer) != text.n ||
	    inet_pton(AF_INET6, buffer, addr->b) != 1) {
		memset(addr, 0, sizeof(*addr));
		return false;
	}
	addr->family = 6;
	addr_unmap(addr, &bits);
	return true;
}

void
addr_unmap(struct addr *addr, unsigned *bits)
{
	if (addr->family != 6 || *bits < 96 ||
	    memcmp(addr->b, mapped, sizeof(mapped)) != 0)
		return;
	memmove(addr->b, addr->b + 12, 4);
	memset(addr->b + 4, 0, 12);
	addr->family = 4;
	*bits -= 96;
}

void
addr_print(const struct addr *addr, char text[ADDR_TEXT])
{
	text[0] = '\0';
	if (addr->family != 0)
		inet_ntop(addr->family == 4 ? AF_INET : AF_INET6, addr->b, text,
		    ADDR_TEXT);
}

bool
addr_is_loopback(const struct addr *addr)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (addr->family == 4)
		return addr->b[0] == 127;
	return addr->family == 6 && memcmp(addr->b, one, 16) == 0;
}

bool
addr_is_private(const struct addr *addr)
{
	const uint8_t *b = addr->b;

	if (addr_is_loopback(addr))
		return true;
	if (addr->family == 4)
		return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
		       (b[0] == 192 && b[1] == 168) ||
		       (b[0] == 169 && b[1] == 254);
	return addr->family == 6 &&
	       ((b[0] & 0xfe) == 0xfc ||
		   (b[0] == 0xfe && (b[1] & 0xc0) == 0x80));
}

uint64_t
addr_hash(const struct addr *addr)
{
	return slice_hash((struct slice){ (const char *)addr, sizeof(*addr) });
}

bool
prefix_parse(struct slice text, struct prefix *prefix)
{
	struct slice address = text;
	uint64_t bits;
	bool given = slice_cut(&text, SLICE("/"), &address);

	if (!addr_parse(address, &prefix->addr))
		return false;
	prefix->bits = prefix->addr.family == 4 ? 32 : 128;
	if (!given)
		return true;
	if (!slice_number(text, &bits) || bits > prefix->bits)
		return false;
	prefix->bits = (unsigned)bits;
	return true;
}

void
prefix_print(const struct prefix *prefix, char text[PREFIX_TEXT])
{
	size_t n;

	addr_print(&prefix->addr, text);
	n = strlen(text);
	if (prefix->bits != (prefix->addr.family == 4 ? 32 : 128))
		snprintf(text + n, PREFIX_TEXT - n, "/%u", prefix->bits);
}

bool
prefix_holds(const struct prefix *prefix, const struct addr *addr)
{
	unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;

	if (prefix->addr.family != addr->family ||
	    memcmp(prefix->addr.b, addr->b, whole) != 0)
		return false;
	return rest == 0 ||
	       ((prefix->addr.b[whole] ^ addr->b[whole]) >> (8 - rest)) == 0;
}
