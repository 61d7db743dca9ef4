/*
 * smtp_auth.c - who wants to log in, where the mechanism shows it
 *
 * PLAIN: RFC 4616; CRAM-MD5: RFC 2195; DIGEST-MD5: RFC 2831; SCRAM: RFC 5802;
 * OAUTHBEARER: RFC 7628; LOGIN and XOAUTH2 are drafts: two answers, the name and
 * the password, and "user=NAME^Aauth=Bearer ...".  What was decoded is wiped.
 */
#include <string.h>

#include "base/array.h"
#include "collectors/wire/smtp_impl.h"

#define DECODED 1536 /* of an answer; a name stands at its front */

static const struct {
	struct slice name;
	enum auth_mechanism mechanism;
} mechanisms[] = {
	{ { "PLAIN", 5 }, AUTH_PLAIN },
	{ { "LOGIN", 5 }, AUTH_LOGIN },
	{ { "CRAM-MD5", 8 }, AUTH_CRAM_MD5 },
	{ { "DIGEST-MD5", 10 }, AUTH_DIGEST_MD5 },
	{ { "SCRAM-SHA-1", 11 }, AUTH_SCRAM },
	{ { "SCRAM-SHA-1-PLUS", 16 }, AUTH_SCRAM },
	{ { "SCRAM-SHA-256", 13 }, AUTH_SCRAM },
	{ { "SCRAM-SHA-256-PLUS", 18 }, AUTH_SCRAM },
	{ { "XOAUTH2", 7 }, AUTH_BEARER },
	{ { "OAUTHBEARER", 11 }, AUTH_BEARER },
};

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648, 4; up to the first byte that is not of it. */
static size_t
decode_base64(struct slice text, char *out, size_t size)
{
	uint32_t bits = 0;
	size_t n = 0;
	int have = 0, value;

	for (size_t i = 0; i < text.n && n < size; i++) {
		value = value_of(text.p[i]);
		if (value == -1)
			break;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (char)(bits >> have & 0xff);
	}
	return n;
}

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
name_in(enum auth_mechanism mechanism, struct slice text)
{
	struct slice name = text;
	ptrdiff_t at;

	switch (mechanism) {
	case AUTH_PLAIN:
		return between(text, (struct slice){ "", 1 }, '\0');
	case AUTH_LOGIN:
		return text;
	case AUTH_CRAM_MD5:
		at = slice_find_last(text, SLICE(" "));
		name.n = at == -1 ? 0 : (size_t)at;
		return name;
	case AUTH_DIGEST_MD5:
		return between(text, SLICE("username=\""), '"');
	case AUTH_SCRAM:
		return between(text, SLICE(",n="), ',');
	case AUTH_BEARER:
		if (slice_begins(text, "user="))
			return between(text, SLICE("user="), '\1');
		return between(text, SLICE(",a="), ',');
	default:
		return SLICE("");
	}
}

static void
read_name(struct smtp *smtp, struct slice base64)
{
	char decoded[DECODED];
	struct slice name;

	if (smtp->auth.named)
		return;
	name = (struct slice){ decoded,
		decode_base64(base64, decoded, sizeof(decoded)) };
	if (name.n > 0) {
		smtp->auth.named = true;
		name = name_in(smtp->auth.mechanism, name);
		(void)slice_copy(
		    name, smtp->auth.user, sizeof(smtp->auth.user));
	}
	explicit_bzero(decoded, sizeof(decoded));
}

void
smtp_auth_start(struct smtp *smtp, struct slice arguments)
{
	struct slice word = arguments, initial = SLICE("");

	if (slice_cut(&arguments, SLICE(" "), &word))
		initial = arguments;
	memset(&smtp->auth, 0, sizeof(smtp->auth));
	for (size_t i = 0; i < NELEMS(mechanisms); i++)
		if (slice_same_word(word, mechanisms[i].name))
			smtp->auth.mechanism = mechanisms[i].mechanism;
	read_name(smtp, initial);
}

void
smtp_auth_response(struct smtp *smtp, struct slice line)
{
	smtp->mode = MODE_HELD;
	if (slice_is(line, "*"))
		smtp->auth.mechanism = AUTH_OTHER; /* RFC 4954, 4: cancelled */
	else
		read_name(smtp, line);
}
