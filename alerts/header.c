/*
 * header.c - header fields that nothing a stranger wrote can break
 *
 * RFC 5322, 2.1.1: lines of 78 characters; RFC 2047, 2: an encoded word has
 * at most 75, and holds whole characters.
 */
#include "alerts/letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alerts/mail.h"
#include "base/safe.h"

#define LINE_CHARACTERS 76
#define WORD_CHARACTERS 75
#define WORD_BEGIN      "=?utf-8?Q?"
#define WORD_END        "?="
#define FIELD_BYTES     1000 /* of text, at most */

static bool
is_plain(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			return false;
	return strstr(text, "=?") == NULL;
}

/* Broken at blanks; a word that is too long for a line stays whole. */
static void
put_plain(FILE *out, size_t column, const char *text)
{
	size_t n;

	while (*text != '\0') {
		n = strspn(text, " ");
		n += strcspn(text + n, " ");
		/* A line of nothing but blanks is none. */
		if (column + n > LINE_CHARACTERS && text[0] == ' ' &&
		    text[1] != ' ' && n > 1) {
			fputs("\r\n", out);
			column = 0;
		}
		fwrite(text, 1, n, out);
		column += n;
		text += n;
	}
}

/* RFC 2047, 4.2 (3): in a subject these stand for themselves. */
static bool
is_bare(char c)
{
	return c > ' ' && c <= '~' && c != '=' && c != '?' && c != '_';
}

static void
put_encoded(FILE *out, size_t column, const char *text)
{
	struct slice rest = slice_of(text);
	size_t n, used, room = LINE_CHARACTERS - column - strlen(WORD_END);

	if (room > WORD_CHARACTERS - strlen(WORD_END))
		room = WORD_CHARACTERS - strlen(WORD_END);
	while (rest.n > 0) {
		fputs(WORD_BEGIN, out);
		used = strlen(WORD_BEGIN);
		while ((n = slice_utf8(rest)) != 0 && used + 3 * n <= room) {
			for (size_t i = 0; i < n; i++)
				used += (size_t)fprintf(out,
				    rest.p[i] == ' '     ? "_"
				    : is_bare(rest.p[i]) ? "%c"
							 : "=%02X",
				    (unsigned char)rest.p[i]);
			rest = slice_from(rest, n);
		}
		fputs(WORD_END, out);
		if (rest.n > 0)
			fputs("\r\n ", out);
		room = WORD_CHARACTERS - strlen(WORD_END);
	}
}

char *
header_text(const char *name, const char *text)
{
	char safe[FIELD_BYTES], *field = NULL;
	size_t size, column = strlen(name) + 2;
	FILE *out = open_memstream(&field, &size);

	safe_text(slice_of(text), 0, safe, sizeof(safe));
	fprintf(out, "%s: ", name);
	if (is_plain(safe))
		put_plain(out, column, safe);
	else
		put_encoded(out, column, safe);
	fclose(out);
	return field;
}

void
header_date(int64_t when, int64_t offset, char text[HEADER_DATE])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned minutes = (unsigned)llabs(offset) / 60;
	time_t local = (time_t)(when + offset);
	char date[24] = "", clock[24] = "";
	struct tm tm = { 0 };

	/* The names are English whatever the locale is. */
	gmtime_r(&local, &tm);
	strftime(date, sizeof(date), "%e", &tm);
	strftime(clock, sizeof(clock), "%Y %H:%M:%S", &tm);
	snprintf(text, HEADER_DATE, "%.3s, %s %.3s %s %c%02u%02u",
	    days + 3 * tm.tm_wday, date + strspn(date, " "),
	    months + 3 * tm.tm_mon, clock, offset < 0 ? '-' : '+',
	    minutes / 60 % 100, minutes % 60);
}

bool
mail_is_address(const char *text)
{
	const char *at = strchr(text, '@');
	size_t n = strlen(text);

	if (n == 0 || n > 254 || text[0] == '-' || text[0] == '@')
		return false;
	if (at != NULL && (at[1] == '\0' || strchr(at + 1, '@') != NULL))
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' ||
		    strchr("\"(),:;<>[\\]", *text) != NULL)
			return false;
	return true;
}
