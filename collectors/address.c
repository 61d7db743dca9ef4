/* address.c - mail addresses in log lines, as strangers chose them */
#include "collectors/address.h"

static bool
has_follower(struct slice rest, const struct slice *followers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (followers[i].n == 0 ? rest.n == 0
					: slice_starts(rest, followers[i]))
			return true;
	return false;
}

ptrdiff_t
quoted_end(struct slice text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == '>' && !quoted)
			return (ptrdiff_t)i;
	}
	return -1;
}

bool
cut_address(struct slice *text, const struct slice *followers, size_t n,
    struct slice *address, bool *ambiguous)
{
	ptrdiff_t end = quoted_end(*text);

	*ambiguous = false;
	if (end == -1 ||
	    !has_follower(slice_from(*text, (size_t)end + 1), followers, n)) {
		*ambiguous = true;
		for (size_t i = 0; i < text->n; i++) {
			end = (ptrdiff_t)i;
			if (text->p[i] == '>' &&
			    has_follower(
				slice_from(*text, i + 1), followers, n))
				break;
			end = -1;
		}
	}
	if (end == -1)
		return false;
	*address = (struct slice){ text->p, (size_t)end };
	*text = slice_from(*text, (size_t)end + 1);
	return true;
}
