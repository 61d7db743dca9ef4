/* speaker.c - the front of a transcript's line */
#include "collectors/transcript/speaker.h"

#define DIGITS 5

bool
speaker_read(struct slice line, uint64_t *pid, struct slice *text)
{
	struct slice number;

	if (!slice_cut(&line, SLICE(" "), &number) || number.n < DIGITS ||
	    (number.n > DIGITS && number.p[0] == '0') ||
	    !slice_number(number, pid) || line.n < 4 || line.p[3] != ' ')
		return false;
	*text = line;
	return slice_begins(line, ">>>") || slice_begins(line, "<<<") ||
	       slice_begins(line, "===");
}

size_t
speaker_length(uint64_t pid)
{
	size_t digits = 1;

	while ((pid /= 10) != 0)
		digits++;
	return (digits < DIGITS ? DIGITS : digits) + 1;
}

size_t
speaker_inside(struct slice text, size_t front, size_t at, uint64_t *pid)
{
	struct slice rest;

	at += SPEAKER_BLOCK - (at + front) % SPEAKER_BLOCK;
	for (; at < text.n; at += SPEAKER_BLOCK)
		if (speaker_read(slice_from(text, at), pid, &rest))
			return at;
	return 0;
}
