/* sasl.c - who wants to log in, where the mechanism shows it */
#include "collectors/wire/sasl.h"

#include <string.h>

#include "base/array.h"
#include "collectors/wire/base64.h"

#define DECODED 1536 /* of an answer; a name stands at its front */

static const struct {
	struct slice name;
	enum sasl_mechanism mechanism;
} mechanisms[] = {
	{ { "PLAIN", 5 }, SASL_PLAIN },
	{ { "LOGIN", 5 }, SASL_LOGIN },
	{ { "CRAM-MD5", 8 }, SASL_CRAM_MD5 },
	{ { "DIGEST-MD5", 10 }, SASL_DIGEST_MD5 },
	{ { "SCRAM-SHA-1", 11 }, SASL_SCRAM },
	{ { "SCRAM-SHA-1-PLUS", 16 }, SASL_SCRAM },
	{ { "SCRAM-SHA-256", 13 }, SASL_SCRAM },
	{ { "SCRAM-SHA-256-PLUS", 18 }, SASL_SCRAM },
	{ { "XOAUTH2", 7 }, SASL_BEARER },
	{ { "OAUTHBEARER", 11 }, SASL_BEARER },
};

/* What stands between the words and the byte. */
static struct slice
between(struct slice text, struct slice before, char after)
{
	ptrdiff_t at = slice_find(text, before);

	if (at == -1)
		return SLICE("");
	text = slice_from(text, (size_t)at + before.n);
	at = slice_find_char(text, after);
	if (at != -1)
		text.n = (size_t)at;
	return text;
}

static struct slice
name_in(enum sasl_mechanism mechanism, struct slice text)
{
	struct slice name = text;
	ptrdiff_t at;

	switch (mechanism) {
	case SASL_PLAIN:
		return between(text, (struct slice){ "", 1 }, '\0');
	case SASL_LOGIN:
		return text;
	case SASL_CRAM_MD5:
		at = slice_find_last(text, SLICE(" "));
		name.n = at == -1 ? 0 : (size_t)at;
		return name;
	case SASL_DIGEST_MD5:
		return between(text, SLICE("username=\""), '"');
	case SASL_SCRAM:
		return between(text, SLICE(",n="), ',');
	case SASL_BEARER:
		if (slice_begins(text, "user="))
			return between(text, SLICE("user="), '\1');
		return between(text, SLICE(",a="), ',');
	default:
		return SLICE("");
	}
}

static void
read_answer(struct sasl *sasl, struct slice base64)
{
	char decoded[DECODED];
	struct slice name;

	if (sasl->named) {
		sasl->told |= sasl->mechanism == SASL_LOGIN && base64.n > 0;
		return;
	}
	name = (struct slice){ decoded,
		base64_decode(base64, decoded, sizeof(decoded)) };
	if (name.n > 0) {
		sasl->named = true;
		sasl->told = sasl->mechanism == SASL_PLAIN ||
			     sasl->mechanism == SASL_BEARER;
		name = name_in(sasl->mechanism, name);
		(void)slice_copy(name, sasl->user, sizeof(sasl->user));
	}
	explicit_bzero(decoded, sizeof(decoded));
}

void
sasl_start(struct sasl *sasl, struct slice arguments)
{
	struct slice word = arguments, initial = SLICE("");

	if (slice_cut(&arguments, SLICE(" "), &word))
		initial = arguments;
	memset(sasl, 0, sizeof(*sasl));
	for (size_t i = 0; i < NELEMS(mechanisms); i++)
		if (slice_same_word(word, mechanisms[i].name))
			sasl->mechanism = mechanisms[i].mechanism;
	read_answer(sasl, initial);
}

void
sasl_answer(struct sasl *sasl, struct slice line)
{
	if (slice_is(line, "*"))
		sasl->mechanism = SASL_OTHER; /* RFC 4954, 4: cancelled */
	else
		read_answer(sasl, line);
}
