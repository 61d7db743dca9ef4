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
	bool quoted = false;
	int angles = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '<')
			angles++;
		else if (c == '>' && angles > 0)
			angles--;
		else if (angles == 0 && c == end.p[0] &&
			 slice_starts(slice_from(text, i), end))
			return (ptrdiff_t)i;
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
	size_t n = 0, digits = 0;

	while (n < text.n && n < QUEUE_ID_TEXT) {
		char c = text.p[n];

		if (c >= '0' && c <= '9')
			digits++;
		else if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			digits = 0;
		else
			break;
		n++;
	}
	return n < 8 || n == QUEUE_ID_TEXT || digits < 5 ? 0 : n;
}
