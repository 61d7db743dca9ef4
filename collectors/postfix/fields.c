/* fields.c - the words that Postfix' lines are made of */
#include "base/array.h"
#include "collectors/postfix/postfix.h"

bool
cut_peer(struct slice *text, struct addr *addr, uint64_t *port)
{
	struct slice rest = *text, address, digits;
	size_t n = 0;

	*port = 0;
	/* Host names have no blank: an address far away is not the peer's. */
	while (n < rest.n && rest.p[n] != '[' && rest.p[n] != ' ')
		n++;
	if (n == rest.n || rest.p[n] != '[')
		return false;
	rest = slice_from(rest, n + 1);
	if (!slice_cut(&rest, SLICE("]"), &address))
		return false;
	(void)slice_skips(&address, "IPv6:");
	/* Who was gone before the server asked is "unknown[unknown]". */
	if (!addr_parse(address, addr) && !slice_is(address, "unknown"))
		return false;
	if (rest.n > 1 && rest.p[0] == ':' && rest.p[1] >= '0' &&
	    rest.p[1] <= '9') {
		digits = slice_from(rest, 1);
		for (n = 0;
		     n < digits.n && digits.p[n] >= '0' && digits.p[n] <= '9';
		     n++)
			;
		rest = slice_from(digits, n);
		digits.n = n;
		if (!slice_number(digits, port))
			return false;
	}
	*text = rest;
	return true;
}

bool
cut_peer_and(struct slice *text, struct addr *addr, struct slice behind)
{
	uint64_t port;

	return cut_peer(text, addr, &port) && slice_skip(text, behind);
}

bool
read_tls_version(struct slice text, enum tls_version *version)
{
	static const struct slice names[] = { [TLS_1_0] = { "TLSv1", 5 },
		[TLS_1_1] = { "TLSv1.1", 7 },
		[TLS_1_2] = { "TLSv1.2", 7 },
		[TLS_1_3] = { "TLSv1.3", 7 } };
	struct slice name;

	if (!slice_cut(&text, SLICE(" "), &name))
		return false;
	*version = TLS_OTHER;
	for (unsigned i = TLS_1_0; i <= TLS_1_3; i++)
		if (slice_eq(name, names[i]))
			*version = (enum tls_version)i;
	return true;
}

/*
 * "554 5.7.1 <what the client said>: ..." has what he said whole before a
 * tail; else the tail is his words too, in a line that was cut.
 */
static bool
is_echo_whole(struct slice text, const struct tail *tail)
{
	struct slice said;

	while (text.n > 0 && ((text.p[0] >= '0' && text.p[0] <= '9') ||
				 text.p[0] == '.' || text.p[0] == ' '))
		text = slice_from(text, 1);
	if (!slice_skips(&text, "<") || quoted_end(text) != -1)
		return true;
	/* A lone quote, as `internal' form may have: said again in the tail. */
	said = text;
	if (tail->recipient.n != 0 && slice_skip(&said, tail->recipient))
		return slice_begins(said, ">");
	said = text;
	return tail->sender.n != 0 && slice_skip(&said, tail->sender) &&
	       slice_begins(said, ">");
}

/* " to=<...>" and the like: absent is fine, broken is not. */
static bool
tail_address(struct slice *at, struct slice name, const struct slice *followers,
    size_t n, struct slice *value, struct tail *tail)
{
	bool ambiguous = false;

	if (!slice_skip(at, name))
		return true;
	if (!cut_address(at, followers, n, value, &ambiguous))
		return false;
	tail->ambiguous |= ambiguous;
	return true;
}

/* All of `at' is a tail. */
static bool
read_tail(struct slice at, struct tail *tail)
{
	/* smtpd puts blanks between the fields, postscreen ", ". */
	static const struct slice after_from[] = { { " to=<", 5 },
		{ " proto=", 7 }, { ", to=<", 6 }, { ", proto=", 8 },
		{ "", 0 } };
	static const struct slice after_to[] = { { " proto=", 7 },
		{ ", proto=", 8 }, { "", 0 } };
	static const struct slice after_helo[] = { { ": ", 2 }, { "", 0 } };

	memset(tail, 0, sizeof(*tail));
	if (!tail_address(&at, SLICE("from=<"), after_from, NELEMS(after_from),
		&tail->sender, tail))
		return false;
	(void)(slice_skips(&at, ", ") || slice_skips(&at, " "));
	if (!tail_address(&at, SLICE("to=<"), after_to, NELEMS(after_to),
		&tail->recipient, tail))
		return false;
	(void)(slice_skips(&at, ", ") || slice_skips(&at, " "));
	if (!slice_skips(&at, "proto="))
		return false;
	if (!slice_skips(&at, "ESMTP") && !slice_skips(&at, "SMTP"))
		return false;
	(void)(slice_skips(&at, ", ") || slice_skips(&at, " "));
	if (!tail_address(&at, SLICE("helo=<"), after_helo, NELEMS(after_helo),
		&tail->helo, tail))
		return false;
	if (slice_skips(&at, ": ")) {
		tail->rest = at;
		return true;
	}
	return at.n == 0;
}

static const char *
last_semicolon(struct slice text, size_t before)
{
	return before == 0 ? NULL : memrchr(text.p, ';', before);
}

bool
cut_tail(struct slice *text, struct tail *tail)
{
	/* Postfix leaves out what the client has not said yet. */
	static const struct slice starts[] = { { "; from=<", 8 },
		{ "; to=<", 6 }, { "; proto=", 8 } };
	struct tail found;
	ptrdiff_t best = -1;
	const char *at;

	memset(tail, 0, sizeof(*tail));
	for (size_t end = text->n; (at = last_semicolon(*text, end)) != NULL;) {
		struct slice from =
		    slice_from(*text, end = (size_t)(at - text->p));
		bool starts_here = false;

		for (size_t i = 0; i < NELEMS(starts); i++)
			starts_here |= slice_starts(from, starts[i]);
		if (!starts_here || !read_tail(slice_from(from, 2), &found) ||
		    !is_echo_whole((struct slice){ text->p, end }, &found))
			continue;
		/* A clean reading further ahead beats a doubtful one. */
		if (best == -1 || !found.ambiguous) {
			best = (ptrdiff_t)end;
			*tail = found;
		}
		if (!found.ambiguous)
			break;
	}
	if (best != -1)
		text->n = (size_t)best;
	tail->found = best != -1;
	return best != -1;
}
