/* mime.c - what a message's headers and MIME structure tell, in passing */
#include "collectors/wire/mime.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/wire/mime_text.h"

#define FIELD     2048 /* of a header field, unfolded; the rest is dropped */
#define BOUNDARY  71   /* RFC 2046, 5.1.1: 70 */
#define DELIMITER 128  /* a longer line is no boundary, padded or not */

enum reading {
	READ_HEADER,
	READ_BODY, /* up to a line that may be a boundary */
	READ_LINE, /* that line */
	READ_NONE
};

/* A part, as its header tells so far. */
struct part {
	bool named, listed;
	bool multipart;
	bool message; /* a whole one, with a header of its own */
	char boundary[BOUNDARY];
};

struct mime {
	const struct mime_list *list;
	struct mime_facts facts;
	enum reading reading;
	bool inside;   /* the message's own header was read */
	bool at_start; /* of a line */
	bool blank;    /* it has nothing but a CR so far */
	bool folded;   /* it goes on with the line before */
	struct part part;
	unsigned depth;
	char boundaries[MIME_DEPTH][BOUNDARY];
	size_t n;
	char text[FIELD]; /* a field, or the line */
};

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

/* Lower case, blanks squeezed, a number as #: what a series of subjects has in
   common. */
static uint64_t
subject_key(struct slice subject)
{
	char text[MIME_SUBJECT];
	size_t n = 0;

	for (size_t i = 0; i < subject.n && n < sizeof(text); i++) {
		char c = (char)tolower((unsigned char)subject.p[i]);

		if (c >= '0' && c <= '9')
			c = '#';
		if ((c != ' ' && c != '#') || n == 0 || text[n - 1] != c)
			text[n++] = c;
	}
	return n == 0 ? 0 : slice_hash((struct slice){ text, n }) | 1;
}

static void
read_subject(struct mime *mime, struct slice value)
{
	char text[FIELD];
	struct slice rest = { text, mime_decode(value, text, sizeof(text)) };
	char *subject = mime->facts.subject;
	size_t n = 0, c;

	for (size_t i = 0; i < rest.n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	while (rest.n > 0 && rest.p[rest.n - 1] == ' ')
		rest.n--;
	while (rest.n > 0 && *rest.p == ' ')
		rest = slice_from(rest, 1);
	while (rest.n > 0) { /* no character is cut in two */
		c = slice_utf8(rest);
		c = c != 0 ? c : 1;
		if (n + c >= MIME_SUBJECT)
			break;
		memcpy(subject + n, rest.p, c);
		n += c;
		rest = slice_from(rest, c);
	}
	subject[n] = '\0';
	mime->facts.subject_key = subject_key((struct slice){ subject, n });
}

/* Systems that go by extensions pass over dots and blanks behind them. */
static struct slice
extension_of(struct slice name)
{
	ptrdiff_t at;

	while (name.n > 0 && ((unsigned char)name.p[name.n - 1] <= ' ' ||
				 strchr(".\"'>;", name.p[name.n - 1]) != NULL))
		name.n--;
	at = slice_find_last(name, SLICE("."));
	return at == -1 ? SLICE("") : slice_from(name, (size_t)at + 1);
}

static void
note_name(struct mime *mime, struct slice name)
{
	struct slice extension = extension_of(name);
	const char *listed;

	mime->part.named |= name.n > 0;
	for (size_t i = 0; i < mime->list->n && !mime->part.listed; i++) {
		listed = mime->list->extensions[i];
		if (!slice_same_word(extension, slice_of(listed)))
			continue;
		mime->part.listed = true;
		if (mime->facts.listed == 0)
			(void)slice_copy(slice_of(listed),
			    mime->facts.extension, MIME_EXTENSION);
	}
}

/* Whichever form of it a reader may prefer. */
static void
read_names(struct mime *mime, struct slice parameters, struct slice wanted)
{
	char text[MIME_VALUE], decoded[MIME_VALUE];
	struct slice rest = parameters, name, value;
	size_t n;

	while (mime_parameter(&rest, &name, text, &value)) {
		if (!slice_same_word(name, wanted))
			continue;
		n = mime_decode(value, decoded, sizeof(decoded));
		note_name(mime, (struct slice){ decoded, n });
	}
	n = mime_extended(parameters, wanted, text);
	note_name(mime, (struct slice){ text, n });
}

static bool
parameter_is(struct slice parameters, struct slice wanted, struct slice word)
{
	char text[MIME_VALUE];
	struct slice name, value;

	while (mime_parameter(&parameters, &name, text, &value))
		if (slice_same_word(name, wanted))
			return slice_same_word(value, word);
	return false;
}

/* Signed only, or no more than compressed: RFC 8551, 3.2.2. */
static bool
is_readable(struct slice parameters)
{
	struct slice name = SLICE("smime-type");

	return parameter_is(parameters, name, SLICE("signed-data")) ||
	       parameter_is(parameters, name, SLICE("compressed-data")) ||
	       parameter_is(parameters, name, SLICE("certs-only"));
}

static void
read_multipart(struct mime *mime, struct slice parameters)
{
	char text[MIME_VALUE];
	struct slice name, value;

	mime->part.multipart = true;
	while (mime_parameter(&parameters, &name, text, &value))
		if (slice_same_word(name, SLICE("boundary")))
			(void)slice_copy(value, mime->part.boundary, BOUNDARY);
}

static void
read_type(struct mime *mime, struct slice value)
{
	struct slice type = value, parameters = SLICE("");
	ptrdiff_t at = slice_find_char(value, ';');

	if (at != -1) {
		type.n = (size_t)at;
		parameters = slice_from(value, (size_t)at);
	}
	while (type.n > 0 &&
	       (type.p[type.n - 1] == ' ' || type.p[type.n - 1] == '\t'))
		type.n--;
	if (type.n > 10 &&
	    slice_same_word((struct slice){ type.p, 10 }, SLICE("multipart/")))
		read_multipart(mime, parameters);
	mime->part.message = slice_same_word(type, SLICE("message/rfc822")) ||
			     slice_same_word(type, SLICE("message/global"));
	if (slice_same_word(type, SLICE("application/pgp-encrypted")) ||
	    (slice_same_word(type, SLICE("multipart/encrypted")) &&
		parameter_is(parameters, SLICE("protocol"),
		    SLICE("application/pgp-encrypted"))))
		mime->facts.encryption = ENCRYPTION_PGP;
	if ((slice_same_word(type, SLICE("application/pkcs7-mime")) ||
		slice_same_word(type, SLICE("application/x-pkcs7-mime"))) &&
	    !is_readable(parameters))
		mime->facts.encryption = ENCRYPTION_SMIME;
	read_names(mime, parameters, SLICE("name"));
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
	if (slice_same_word(name, SLICE("Content-Type")))
		read_type(mime, value);
	else if (slice_same_word(name, SLICE("Content-Disposition")))
		read_names(mime, value, SLICE("filename"));
	else if (!mime->inside && slice_same_word(name, SLICE("Subject")))
		read_subject(mime, value);
}

static void
start_header(struct mime *mime)
{
	memset(&mime->part, 0, sizeof(mime->part));
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
	    mime->depth < MIME_DEPTH)
		memcpy(
		    mime->boundaries[mime->depth++], part->boundary, BOUNDARY);
	if (part->message)
		start_header(mime);
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
			start_header(mime);
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
