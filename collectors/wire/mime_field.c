/* mime_field.c - what a header field tells of a message, or a part of it */
#include <ctype.h>
#include <string.h>

#include "collectors/wire/mime_impl.h"
#include "collectors/wire/mime_text.h"

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
	mime->part.digest = slice_same_word(type, SLICE("multipart/digest"));
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

void
mime_field(struct mime *mime, struct slice name, struct slice value)
{
	if (slice_same_word(name, SLICE("Content-Type")))
		read_type(mime, value);
	else if (slice_same_word(name, SLICE("Content-Disposition")))
		read_names(mime, value, SLICE("filename"));
	else if (!mime->inside && slice_same_word(name, SLICE("Subject")))
		read_subject(mime, value);
}
