/* mime.c - what a message's headers and MIME structure tell, in passing */
#include "collectors/wire/mime.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/wire/mime_impl.h"

#define DELIMITER 128 /* a longer line is no boundary, padded or not */

struct mime *
mime_new(const struct mime_list *list)
{
	struct mime *mime = mem_zero(1, sizeof(*mime));

	mime->list = list;
	mime->at_start = mime->blank = true;
	return mime;
}

void
mime_free(struct mime *mime)
{
	free(mime);
}

void
mime_lose(struct mime *mime)
{
	mime->reading = READ_NONE;
}

static bool
cut_name(struct slice *rest, struct slice *name)
{
	if (!slice_cut(rest, SLICE(":"), name))
		return false;
	while (name->n > 0 &&
	       (name->p[name->n - 1] == ' ' || name->p[name->n - 1] == '\t'))
		name->n--; /* RFC 5322, 4.5: in old ones */
	for (size_t i = 0; i < name->n; i++)
		if (name->p[i] <= ' ' || name->p[i] == 0x7f)
			return false;
	while (rest->n > 0 && (*rest->p == ' ' || *rest->p == '\t'))
		*rest = slice_from(*rest, 1);
	return name->n > 0;
}

/* The field is whole. */
static void
end_field(struct mime *mime)
{
	struct slice value = { mime->text, mime->n }, name;

	mime->n = 0;
	if (!cut_name(&value, &name))
		return;
	mime_field(mime, name, value);
}

static void
start_header(struct mime *mime, bool in_digest)
{
	memset(&mime->part, 0, sizeof(mime->part));
	mime->part.message = in_digest;
	mime->n = 0;
	mime->at_start = mime->blank = true;
	mime->reading = READ_HEADER;
}

static void
start_body(struct mime *mime)
{
	mime->n = 0;
	mime->at_start = true;
	mime->reading = mime->depth > 0 ? READ_BODY : READ_NONE;
}

static void
end_header(struct mime *mime)
{
	const struct part *part = &mime->part;

	end_field(mime);
	mime->inside = true;
	mime->facts.attachments += part->named;
	mime->facts.listed += part->listed;
	if (part->multipart && part->boundary[0] != '\0' &&
	    mime->depth < MIME_DEPTH) {
		mime->digests[mime->depth] = part->digest;
		memcpy(
		    mime->boundaries[mime->depth++], part->boundary, BOUNDARY);
	}
	if (part->message)
		start_header(mime, false);
	else
		start_body(mime);
}

/* Blanks may stand behind it (RFC 2046, 5.1.1). */
static bool
is_padding(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != ' ' && text.p[i] != '\t' && text.p[i] != '\r')
			return false;
	return true;
}

/* "--boundary" begins a part, "--boundary--" ends its multipart; those of the
   multiparts around it, too.  False: it is neither. */
static bool
take_boundary(struct mime *mime)
{
	struct slice line = { mime->text, mime->n }, rest;

	if (!slice_skips(&line, "--"))
		return false;
	for (unsigned i = mime->depth; i-- > 0;) {
		rest = line;
		if (!slice_skip(&rest, slice_of(mime->boundaries[i])))
			continue;
		if (is_padding(rest)) {
			mime->depth = i + 1;
			start_header(mime, mime->digests[i]);
			return true;
		}
		if (slice_skips(&rest, "--") && is_padding(rest)) {
			mime->depth = i;
			start_body(mime);
			return true;
		}
	}
	return false;
}

static void
keep(struct mime *mime, struct slice part)
{
	size_t room = FIELD - mime->n;

	if (part.n > room)
		part.n = room;
	memcpy(mime->text + mime->n, part.p, part.n);
	mime->n += part.n;
}

/* A field's line, of which the next one may be more. */
static bool
is_field(const struct mime *mime)
{
	struct slice line = { mime->text, mime->n }, rest = line, name;

	return mime->folded || cut_name(&rest, &name) ||
	       slice_begins(line, "From ");
}

/* A line of the header has its end.  What is no field is of the body. */
static void
end_header_line(struct mime *mime)
{
	if (mime->n > 0 && mime->text[mime->n - 1] == '\r')
		mime->n--;
	if (!mime->blank && is_field(mime))
		mime->at_start = mime->blank = true;
	else if (mime->blank || !take_boundary(mime))
		end_header(mime);
}

static void
take_header(struct mime *mime, struct slice *bytes)
{
	ptrdiff_t at = slice_find_char(*bytes, '\n');
	struct slice part = { bytes->p, at == -1 ? bytes->n : (size_t)at };

	*bytes = slice_from(*bytes, at == -1 ? bytes->n : (size_t)at + 1);
	if (part.n > 0 && mime->at_start) {
		mime->at_start = false;
		mime->blank = *part.p == '\r' && part.n == 1;
		mime->folded = *part.p == ' ' || *part.p == '\t';
		if (!mime->folded && !mime->blank)
			end_field(mime);
	} else if (part.n > 0 && mime->blank) {
		mime->blank = false; /* the CR was of a line, after all */
		end_field(mime);
		keep(mime, SLICE("\r"));
	}
	if (!mime->blank)
		keep(mime, part);
	if (at != -1)
		end_header_line(mime);
}

/* Up to a line that begins with a hyphen; in base64 there is none. */
static void
take_body(struct mime *mime, struct slice *bytes)
{
	const char *at = bytes->p, *end = at + bytes->n;
	bool at_start = mime->at_start;

	mime->at_start = end[-1] == '\n';
	while ((at = memchr(at, '-', (size_t)(end - at))) != NULL) {
		if (at > bytes->p ? at[-1] == '\n' : at_start) {
			*bytes = (struct slice){ at, (size_t)(end - at) };
			mime->reading = READ_LINE;
			return;
		}
		at = memchr(at, '\n', (size_t)(end - at));
		if (at == NULL || ++at == end)
			break;
	}
	*bytes = SLICE("");
}

static void
take_line(struct mime *mime, struct slice *bytes)
{
	ptrdiff_t at = slice_find_char(*bytes, '\n');
	struct slice part = { bytes->p, at == -1 ? bytes->n : (size_t)at };

	keep(mime, part);
	*bytes = slice_from(*bytes, at == -1 ? bytes->n : (size_t)at + 1);
	if (at == -1 && mime->n <= DELIMITER)
		return;
	if (at == -1 || mime->n > DELIMITER || !take_boundary(mime)) {
		start_body(mime);
		mime->at_start = at != -1;
	}
}

void
mime_take(struct mime *mime, struct slice bytes)
{
	while (bytes.n > 0) {
		switch (mime->reading) {
		case READ_HEADER:
			take_header(mime, &bytes);
			break;
		case READ_BODY:
			take_body(mime, &bytes);
			break;
		case READ_LINE:
			take_line(mime, &bytes);
			break;
		case READ_NONE:
			return;
		}
	}
}

const struct mime_facts *
mime_end(struct mime *mime)
{
	if (mime->reading == READ_HEADER)
		end_header(mime);
	mime->reading = READ_NONE;
	return &mime->facts;
}
