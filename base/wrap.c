/* wrap.c - text in lines that are broken at blanks */
#include "base/wrap.h"

#include <string.h>

/* Not bytes: what continues a character takes none. */
static size_t
columns_of(const char *text, size_t n)
{
	size_t columns = 0;

	for (size_t i = 0; i < n; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

void
wrap_text(
    FILE *out, const char *text, size_t width, size_t column, size_t indent)
{
	size_t n, word, words = 0;

	for (; *text != '\0'; text += n, text += strspn(text, " ")) {
		n = strcspn(text, " ");
		word = columns_of(text, n);
		if (words > 0 && column + 1 + word > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (words > 0) {
			putc(' ', out);
			column++;
		}
		fwrite(text, 1, n, out);
		column += word;
		words++;
	}
	putc('\n', out);
}
