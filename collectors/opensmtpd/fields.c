/* fields.c - the words that OpenSMTPD's lines are made of */
#include "collectors/opensmtpd/opensmtpd.h"

bool
is_hex(struct slice text, size_t n)
{
	if (text.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((text.p[i] < '0' || text.p[i] > '9') &&
		    (text.p[i] < 'a' || text.p[i] > 'f'))
			return false;
	return true;
}

bool
last_field(struct slice text, struct slice name, struct slice *value)
{
	ptrdiff_t at = slice_find_last(text, name);
	size_t n = 0;

	if (at == -1)
		return false;
	text = slice_from(text, (size_t)at + name.n);
	while (n < text.n && text.p[n] != ' ' && text.p[n] != ',')
		n++;
	*value = (struct slice){ text.p, n };
	return true;
}

bool
last_address(struct slice text, struct slice name, struct slice *value)
{
	ptrdiff_t at = slice_find_last(text, name);

	if (at == -1)
		return false;
	text = slice_from(text, (size_t)at + name.n);
	return slice_skips(&text, "<") && slice_cut(&text, SLICE(">"), value);
}

/* Another field must follow: the end of a line may have cut the number. */
bool
last_number(struct slice text, struct slice name, uint64_t *number)
{
	struct slice value;

	return last_field(text, name, &value) &&
	       value.p + value.n < text.p + text.n &&
	       slice_number(value, number);
}

bool
read_host(struct slice text, struct addr *addr)
{
	struct slice literal;

	if (slice_skips(&text, "[")) {
		if (!slice_cut(&text, SLICE("]"), &literal))
			return false;
		text = literal;
		(void)slice_cut(&text, SLICE("%"), &literal); /* its scope */
		return addr_parse(literal, addr);
	}
	if (!slice_cut(&text, SLICE(" "), &literal))
		literal = text;
	return addr_parse(literal, addr);
}
