/* fields.c - the words that Sendmail's lines are made of */
#include "collectors/sendmail/sendmail.h"

bool
relay_address(struct slice text, struct addr *addr)
{
	ptrdiff_t open;

	*addr = (struct addr){ 0 };
	if (slice_ends(text, SLICE(" (may be forged)")))
		text.n -= sizeof(" (may be forged)") - 1;
	if (text.n == 0 || text.p[text.n - 1] != ']')
		return false;
	text.n--;
	open = slice_find_last(text, SLICE("["));
	if (open == -1)
		return false;
	text = slice_from(text, (size_t)open + 1);
	(void)slice_skips(&text, "IPv6:");
	return addr_parse(text, addr);
}

bool
cut_last(struct slice *text, struct slice marker, struct slice *value)
{
	ptrdiff_t at = slice_find_last(*text, marker);

	if (at == -1)
		return false;
	*value = slice_from(*text, (size_t)at + marker.n);
	text->n = (size_t)at;
	return true;
}

bool
cut_number(struct slice *text, struct slice marker, uint64_t *number)
{
	struct slice rest = *text, digits;
	size_t n = 0;

	if (!slice_skip(&rest, marker))
		return false;
	while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9')
		n++;
	digits = (struct slice){ rest.p, n };
	if (n == rest.n || rest.p[n] != ',' || !slice_number(digits, number))
		return false;
	*text = slice_from(rest, n);
	return true;
}

ptrdiff_t
address_end(struct slice text, struct slice end)
{
	static const bool marks[256] = {
		['\\'] = true, ['"'] = true, ['<'] = true, ['>'] = true
	};
	bool quoted = false;
	int angles = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!marks[(unsigned char)c]) {
			if (c == end.p[0] && angles == 0 && !quoted &&
			    slice_starts(slice_from(text, i), end))
				return (ptrdiff_t)i;
		} else if (c == '\\') {
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (quoted) {
			continue;
		} else if (c == '<') {
			angles++;
		} else if (angles > 0) {
			angles--;
		}
	}
	return -1;
}

struct slice
bare_address(struct slice address)
{
	if (address.n >= 2 && address.p[0] == '<' &&
	    address.p[address.n - 1] == '>')
		return (struct slice){ address.p + 1, address.n - 2 };
	return address;
}

struct slice
domain_of(struct slice address)
{
	struct slice bare = bare_address(address);
	ptrdiff_t at = slice_find_last(bare, SLICE("@"));

	return at == -1 ? SLICE("") : slice_from(bare, (size_t)at + 1);
}

/*
 * Since 8.12: year, month, day, hour, minute, second in base 60, two more
 * letters, and the process id (queue.c, assign_queueid); before, three letters
 * and five digits.
 */
size_t
sendmail_id_length(struct slice text)
{
	/* 1: a digit, 2: a letter */
	static const char classes[256] = {
		['0' ... '9'] = 1, ['A' ... 'Z'] = 2, ['a' ... 'z'] = 2
	};
	size_t n = 0, digits;
	char class;

	while (n < text.n && n < QUEUE_ID_TEXT &&
	       classes[(unsigned char)text.p[n]] != 0)
		n++;
	if (n < 8 || n == QUEUE_ID_TEXT)
		return 0;
	for (digits = 0; digits < 5; digits++) {
		class = classes[(unsigned char)text.p[n - 1 - digits]];
		if (class != 1)
			return 0;
	}
	return n;
}
