/* report_words.c - how things are written in a report */
#include <time.h>

#include "agent/local.h"
#include "agent/report.h"
#include "base/array.h"

/*
 * Characters that are valid UTF-8 and yet no text: C1 controls, which some
 * terminals obey, and what changes the direction or the end of a line.
 */
static bool
is_unsafe(const char *p, size_t n)
{
	unsigned char a = (unsigned char)p[0], b, c;

	if (n == 2)
		return a == 0xc2 && (unsigned char)p[1] < 0xa0;
	if (n != 3)
		return false;
	b = (unsigned char)p[1];
	c = (unsigned char)p[2];
	return (a == 0xe2 && b == 0x80 && c >= 0x8b && c <= 0x8f) ||
	       (a == 0xe2 && b == 0x80 && c >= 0xa8 && c <= 0xae) ||
	       (a == 0xe2 && b == 0x81 && c >= 0xa0 && c <= 0xaf) ||
	       (a == 0xef && b == 0xbb && c == 0xbf) ||
	       (a == 0xef && b == 0xbf && c >= 0xb9 && c <= 0xbb);
}

/* The next character as it is shown: its bytes, and in how many columns. */
static size_t
shown(struct slice text, size_t *bytes, char out[16])
{
	size_t n = slice_utf8(text), used = 0;

	if (n == 1 && (text.p[0] < ' ' || text.p[0] == 0x7f))
		n = 0;
	if (n > 0 && !is_unsafe(text.p, n)) {
		memcpy(out, text.p, n);
		out[n] = '\0';
		*bytes = n;
		return 1;
	}
	*bytes = n == 0 ? 1 : n;
	for (size_t i = 0; i < *bytes; i++)
		used += (size_t)snprintf(out + used, 16 - used, "\\%03o",
		    (unsigned)(unsigned char)text.p[i]);
	return used;
}

size_t
report_safe(struct slice text, size_t width, char *out, size_t size)
{
	size_t columns = 0, used = 0, bytes, one, n;
	size_t fits = 0, fits_columns = 0; /* so far, with "..." behind */
	char character[16];

	while (text.n > 0) {
		one = shown(text, &bytes, character);
		n = strlen(character);
		if (used + n + 4 > size ||
		    (width != 0 && columns + one > width)) {
			memcpy(out + fits, "...", 4);
			return fits_columns + 3;
		}
		memcpy(out + used, character, n);
		used += n;
		columns += one;
		if (width == 0 || columns + 3 <= width) {
			fits = used;
			fits_columns = columns;
		}
		text = slice_from(text, bytes);
	}
	out[used] = '\0';
	return columns;
}

void
report_bytes(uint64_t bytes, char text[NUMBER_TEXT])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB",
		"PB" };
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 999.5 && unit + 1 < NELEMS(units); unit++)
		value /= 1000;
	snprintf(text, NUMBER_TEXT, "%.*f %s", unit != 0 && value < 99.95,
	    value, units[unit]);
}

void
report_delay(double seconds, char text[NUMBER_TEXT])
{
	if (seconds < 59.95)
		snprintf(text, NUMBER_TEXT, "%.1f s", seconds);
	else if (seconds < 3600)
		snprintf(text, NUMBER_TEXT, "%.1f min", seconds / 60);
	else if (seconds < 2 * 86400)
		snprintf(text, NUMBER_TEXT, "%.1f h", seconds / 3600);
	else
		snprintf(text, NUMBER_TEXT, "%.1f d", seconds / 86400);
}

void
report_clock(const struct report *report, int64_t when, char text[NUMBER_TEXT])
{
	time_t local = (time_t)(when + local_offset(NULL, when));
	struct tm tm = { 0 };

	gmtime_r(&local, &tm);
	strftime(text, NUMBER_TEXT,
	    report->from == report->to ? "%H:%M" : "%m-%d %H:%M", &tm);
}

void
report_halves(struct slice name, struct slice *first, struct slice *second)
{
	*second = name;
	if (!slice_cut(second, SLICE("\n"), first)) {
		*first = name;
		*second = SLICE("");
	}
}

/* Columns, not bytes: what continues a character takes none. */
static size_t
columns_of(const char *text, size_t n)
{
	size_t columns = 0;

	for (size_t i = 0; i < n; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

void
report_wrap(FILE *out, const char *text, size_t column, size_t indent)
{
	bool first = true;
	size_t n, word;

	for (; *text != '\0'; text += n, text += strspn(text, " ")) {
		n = strcspn(text, " ");
		word = columns_of(text, n);
		if (!first && column + 1 + word > REPORT_WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			putc(' ', out);
			column++;
		}
		fwrite(text, 1, n, out);
		column += word;
		first = false;
	}
	putc('\n', out);
}

unsigned
report_percent(uint64_t a, uint64_t b)
{
	return b == 0 ? 0 : (unsigned)((double)a * 100 / (double)b + 0.5);
}
