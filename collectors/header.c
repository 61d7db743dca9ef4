/* header.c - the front of a log line: when, where, who */
#include "collectors/header.h"

static bool
cut_word(struct slice *text, struct slice *word)
{
	size_t n = 0;

	while (n < text->n && text->p[n] != ' ')
		n++;
	if (n == 0 || n == text->n)
		return false;
	*word = (struct slice){ text->p, n };
	*text = slice_from(*text, n + 1);
	return true;
}

/* "[2719]" at the end of a tag: the pid, and the tag without it */
static bool
cut_pid(struct slice *tag, uint64_t *pid)
{
	uint64_t unit = 1;
	size_t i = tag->n - 1;

	*pid = 0;
	if (tag->p[i] != ']')
		return memchr(tag->p, '[', tag->n) == NULL;
	while (i-- > 0 && tag->p[i] >= '0' && tag->p[i] <= '9') {
		*pid += unit * (uint64_t)(tag->p[i] - '0');
		unit *= 10;
	}
	if (i == (size_t)-1 || tag->p[i] != '[')
		return false;
	tag->n = i;
	return true;
}

/* "postfix/smtpd[2719]: text", "dovecot: text" */
static bool
read_tag(struct slice text, struct header *header)
{
	struct slice tag;
	ptrdiff_t end = slice_find_char(text, ':');

	if (end < 1)
		return false;
	tag = (struct slice){ text.p, (size_t)end };
	if (memchr(tag.p, ' ', tag.n) != NULL || !cut_pid(&tag, &header->pid) ||
	    tag.n == 0)
		return false;
	header->program = tag;
	text = slice_from(text, (size_t)end + 1);
	(void)slice_skips(&text, " ");
	header->text = text;
	return true;
}

/* "majordomo[2719] {kim@example.org} text": Majordomo's own log */
static bool
read_braced(struct slice text, struct header *header)
{
	struct slice tag;

	if (!cut_word(&text, &tag) || !slice_begins(text, "{") ||
	    !slice_ends(tag, SLICE("]")) || !cut_pid(&tag, &header->pid) ||
	    tag.n == 0)
		return false;
	header->program = tag;
	header->text = text;
	return true;
}

/* busybox: "mail.info" between host and tag */
static int
cut_level(struct slice *text)
{
	struct slice rest = *text, word;
	ptrdiff_t dot;

	if (!cut_word(&rest, &word) || word.n > 16)
		return -1;
	dot = slice_find_char(word, '.');
	if (dot == -1)
		return -1;
	for (size_t i = 0; i < word.n; i++)
		if (i != (size_t)dot && (word.p[i] < 'a' || word.p[i] > 'z') &&
		    (word.p[i] < '0' || word.p[i] > '9'))
			return -1;
	*text = rest;
	return slice_begins(word, "mail.") ? FACILITY_MAIL : 0;
}

/* "2026 (812) ...": a stamp that goes on; no host, but a log of its own. */
static bool
is_year(struct slice host, struct slice rest)
{
	uint64_t year;

	return host.n == 4 && slice_begins(rest, "(") &&
	       slice_number(host, &year);
}

static bool
read_traditional(
    struct stamp_clock *clock, struct slice line, struct header *header)
{
	int facility;

	if (!stamp_read(clock, &line, &header->when) ||
	    !cut_word(&line, &header->host) || is_year(header->host, line))
		return false;
	if (read_tag(line, header) || read_braced(line, header))
		return true;
	facility = cut_level(&line);
	if (facility != -1)
		header->facility = facility;
	if (read_tag(line, header))
		return true;
	/* "last message repeated 2 times" has no program. */
	header->program = SLICE("");
	header->text = line;
	return true;
}

/* "[id name="value" ...]", where ']' may be escaped: RFC 5424 6.3 */
static bool
skip_structured(struct slice *text)
{
	bool quoted = false;
	size_t i = 0;

	if (slice_skips(text, "- "))
		return true;
	if (slice_is(*text, "-"))
		return slice_skips(text, "-");
	while (i < text->n && text->p[i] == '[') {
		for (i++; i < text->n && (quoted || text->p[i] != ']'); i++) {
			if (quoted && text->p[i] == '\\')
				i++;
			else if (text->p[i] == '"')
				quoted = !quoted;
		}
		if (i >= text->n)
			return false;
		i++;
	}
	if (i == 0)
		return false;
	*text = slice_from(*text, i);
	(void)slice_skips(text, " ");
	return true;
}

/* "1 2026-11-22T09:00:01.5Z host app pid msgid [data] text" */
static bool
read_rfc5424(struct slice line, struct header *header)
{
	struct slice pid, message_id;

	if (!stamp_read_rfc3339(&line, &header->when) ||
	    !slice_skips(&line, " ") || !cut_word(&line, &header->host) ||
	    !cut_word(&line, &header->program) || !cut_word(&line, &pid) ||
	    !cut_word(&line, &message_id) || !skip_structured(&line))
		return false;
	if (!slice_number(pid, &header->pid))
		header->pid = 0;
	(void)slice_skips(&line, "\xef\xbb\xbf"); /* a BOM may begin the text */
	(void)slice_skips(&line, " ");
	header->text = line;
	return true;
}

bool
header_read(struct stamp_clock *clock, struct slice line, struct header *header)
{
	struct slice priority;
	uint64_t number;

	header->facility = -1;
	if (line.n > 0 && line.p[0] == '<') {
		line = slice_from(line, 1);
		if (!slice_cut(&line, SLICE(">"), &priority) ||
		    !slice_number(priority, &number) || number > 191)
			return false;
		header->facility = (int)(number / 8);
		if (slice_skips(&line, "1 ")) {
			if (!read_rfc5424(line, header))
				return false;
			clock->last = header->when / 1000000;
			return true;
		}
	}
	return read_traditional(clock, line, header);
}
