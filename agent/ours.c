/* ours.c - our networks and domains, as the mail system itself has them */
#include "agent/ours.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define TEXT_BYTES 512 /* of an origin or a gap */

void
ours_free(struct ours *ours)
{
	for (size_t i = 0; i < ours->domain_count; i++)
		free(ours->domains[i].name);
	for (size_t i = 0; i < ours->gap_count; i++)
		free(ours->gaps[i].text);
	for (size_t i = 0; i < ours->origin_count; i++)
		free(ours->origins[i]);
	free(ours->domains);
	free(ours->networks);
	free(ours->gaps);
	for (size_t i = 0; i < ours->host_count; i++)
		free(ours->hosts[i]);
	free(ours->hosts);
	free(ours->by_login);
	free(ours->origins);
	memset(ours, 0, sizeof(*ours));
}

/* Room for one more: the array doubles. */
static void *
room(void *array, size_t count, size_t size)
{
	if (count == 0)
		return mem_grow(array, 8, size);
	if (count >= 8 && (count & (count - 1)) == 0)
		return mem_grow(array, count * 2, size);
	return array;
}

static void put_text(char text[TEXT_BYTES], const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

/* Printable, and never empty: it becomes a line. */
static void
put_text(char text[TEXT_BYTES], const char *fmt, va_list ap)
{
	char raw[TEXT_BYTES];

	vsnprintf(raw, sizeof(raw), fmt, ap);
	slice_escape(
	    raw[0] != '\0' ? slice_of(raw) : SLICE("?"), text, TEXT_BYTES);
}

static size_t
origin_number(struct ours *ours, const char *text)
{
	for (size_t i = ours->origin_count; i-- > 0;)
		if (strcmp(ours->origins[i], text) == 0)
			return i;
	if (ours->origin_count == OURS_ORIGINS)
		return OURS_ORIGINS - 1;
	ours->origins =
	    room(ours->origins, ours->origin_count, sizeof(*ours->origins));
	ours->origins[ours->origin_count] = mem_text(text);
	return ours->origin_count++;
}

void
ours_origin(struct ours *ours, const char *fmt, ...)
{
	char text[TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	put_text(text, fmt, ap);
	va_end(ap);
	ours->origin = origin_number(ours, text);
}

void
ours_gap(struct ours *ours, bool of_domains, const char *fmt, ...)
{
	char text[TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	put_text(text, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < ours->gap_count; i++)
		if (ours->gaps[i].of_domains == of_domains &&
		    strcmp(ours->gaps[i].text, text) == 0)
			return;
	/* The first are of one kind perhaps: the other must be seen as well. */
	if (ours->gap_count >= OURS_GAPS && ours_has_gap(ours, of_domains))
		return;
	ours->gaps = room(ours->gaps, ours->gap_count, sizeof(*ours->gaps));
	ours->gaps[ours->gap_count++] =
	    (struct our_gap){ mem_text(text), of_domains };
}

bool
ours_has_gap(const struct ours *ours, bool of_domains)
{
	for (size_t i = 0; i < ours->gap_count; i++)
		if (ours->gaps[i].of_domains == of_domains)
			return true;
	return false;
}

static const char *
origin_text(struct ours *ours)
{
	if (ours->origin_count == 0)
		ours_origin(ours, "unknown");
	return ours->origins[ours->origin];
}

/* RFC 1035's length; any byte that can be seen, for UTF-8 names are used. */
static bool
is_name(struct slice name)
{
	if (name.n == 0 || name.n > 255)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] <= ' ' || name.p[i] == 0x7f ||
		    strchr("@,;=\"(){}<>/\\", name.p[i]) != NULL)
			return false;
	return !slice_is(name, "!") && !slice_is(name, ".");
}

bool
ours_domain(struct ours *ours, struct slice name, bool relayed)
{
	struct our_domain *domain;

	if (!is_name(name))
		return false;
	if (ours->domain_count == OURS_DOMAINS) {
		ours_gap(ours, true, "%s: more than %d domains",
		    origin_text(ours), OURS_DOMAINS);
		return true;
	}
	(void)origin_text(ours);
	ours->domains =
	    room(ours->domains, ours->domain_count, sizeof(*ours->domains));
	domain = &ours->domains[ours->domain_count++];
	domain->name = mem_zero(1, name.n + 1);
	memcpy(domain->name, name.p, name.n);
	domain->relayed = relayed;
	domain->origin = ours->origin;
	return true;
}

void
ours_network(struct ours *ours, const struct prefix *prefix)
{
	if (ours->network_count == OURS_NETWORKS) {
		ours_gap(ours, false, "%s: more than %d networks",
		    origin_text(ours), OURS_NETWORKS);
		return;
	}
	(void)origin_text(ours);
	ours->networks =
	    room(ours->networks, ours->network_count, sizeof(*ours->networks));
	ours->networks[ours->network_count++] =
	    (struct our_network){ *prefix, ours->origin };
}

/* The half of the prefix of that length around addr, in which addr is not. */
static struct prefix
other_half(const struct addr *addr, unsigned bits)
{
	struct prefix half = { *addr, bits };
	unsigned whole = bits / 8, rest = bits % 8;

	half.addr.b[(bits - 1) / 8] ^= (uint8_t)(0x80 >> ((bits - 1) % 8));
	if (rest != 0)
		half.addr.b[whole++] &= (uint8_t)(0xff << (8 - rest));
	memset(half.addr.b + whole, 0, sizeof(half.addr.b) - whole);
	return half;
}

/* Take it out of what was added from network `from' on. */
static void
take_out(struct ours *ours, size_t from, const struct prefix *except)
{
	size_t origin = ours->origin, n = ours->network_count;

	for (size_t i = from; i < n; i++) {
		struct our_network have = ours->networks[i];

		if (except->bits <= have.prefix.bits) {
			if (!prefix_holds(except, &have.prefix.addr))
				continue;
			ours->networks[i--] = ours->networks[--n];
			ours->networks[n] =
			    ours->networks[--ours->network_count];
		} else if (prefix_holds(&have.prefix, &except->addr)) {
			ours->networks[i--] = ours->networks[--n];
			ours->networks[n] =
			    ours->networks[--ours->network_count];
			ours->origin = have.origin;
			for (unsigned b = have.prefix.bits + 1;
			     b <= except->bits; b++) {
				struct prefix half =
				    other_half(&except->addr, b);

				ours_network(ours, &half);
			}
		}
	}
	ours->origin = origin;
}

void
ours_listed(struct ours *ours, struct our_exceptions *exceptions, bool negated,
    const struct prefix *prefix)
{
	size_t from = ours->network_count;

	if (negated) {
		if (exceptions->count < OURS_EXCEPTIONS)
			exceptions->of[exceptions->count++] = *prefix;
		return;
	}
	ours_network(ours, prefix);
	for (size_t i = 0; i < exceptions->count; i++)
		take_out(ours, from, &exceptions->of[i]);
}
