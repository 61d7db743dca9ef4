/* pseudonym.c - people by names that tell nobody who they are */
#include "base/pseudonym.h"

#include <nettle/hmac.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/mem.h"
#include "base/pseudonym_impl.h"

struct pseudonyms *
pseudonyms_new(struct slice key)
{
	struct pseudonyms *names = mem_zero(1, sizeof(*names));

	names->keyed = mem_zero(1, sizeof(*names->keyed));
	names->memos = mem_zero(PSEUDONYM_MEMOS, sizeof(*names->memos));
	hmac_sha256_set_key(names->keyed, key.n, (const uint8_t *)key.p);
	return names;
}

void
pseudonyms_free(struct pseudonyms *names)
{
	if (names == NULL)
		return;
	free(names->memos);
	free(names->text);
	free(names->texts);
	explicit_bzero(names->keyed, sizeof(*names->keyed));
	free(names->keyed);
	free(names);
}

static struct slice
local_part(struct slice address)
{
	ptrdiff_t at = slice_find_last(address, SLICE("@"));

	return at == -1 ? address : (struct slice){ address.p, (size_t)at };
}

static bool
has_form(struct slice name)
{
	if (name.n != PSEUDONYM_LENGTH || !slice_skips(&name, "u-"))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!(name.p[i] >= '0' && name.p[i] <= '9') &&
		    !(name.p[i] >= 'a' && name.p[i] <= 'f'))
			return false;
	return true;
}

bool
pseudonym_is(struct slice address)
{
	return has_form(local_part(address));
}

bool
pseudonym_stays(struct slice name)
{
	static const char *const offices[] = { "postmaster", "abuse",
		"mailer-daemon" };

	for (size_t i = 0; i < NELEMS(offices); i++)
		if (slice_same_word(name, slice_of(offices[i])))
			return true;
	return name.n == 0 || has_form(name);
}

static void
make_digits(const struct pseudonyms *names, struct slice name,
    char text[PSEUDONYM_DIGITS])
{
	static const char digits[] = "0123456789abcdef";
	struct hmac_sha256_ctx hmac = *names->keyed;
	uint8_t bytes[PSEUDONYM_DIGITS / 2];

	hmac_sha256_update(&hmac, name.n, (const uint8_t *)name.p);
	hmac_sha256_digest(&hmac, sizeof(bytes), bytes);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
}

/* Of a name in lower case. */
static void
digits_of(const struct pseudonyms *names, struct slice name,
    char text[PSEUDONYM_DIGITS])
{
	struct pseudonym_memo *memo =
	    &names->memos[slice_hash(name) % PSEUDONYM_MEMOS];

	if (name.n > sizeof(memo->name)) {
		make_digits(names, name, text);
		return;
	}
	if (!slice_eq((struct slice){ memo->name, memo->n }, name)) {
		memo->n = (uint8_t)name.n;
		memcpy(memo->name, name.p, name.n);
		make_digits(names, name, memo->digits);
	}
	memcpy(text, memo->digits, PSEUDONYM_DIGITS);
}

/* Its name in lower case is made where the answer goes, which has room. */
size_t
pseudonym_put(const struct pseudonyms *names, struct slice address, char *out)
{
	struct slice name = local_part(address);
	struct slice domain = slice_from(address, name.n);
	size_t n = 0;

	if (!pseudonym_stays(name)) {
		if (name.n > 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
			name = (struct slice){ name.p + 1, name.n - 2 };
		for (size_t i = 0; i < name.n; i++)
			out[PSEUDONYM_LENGTH + i] =
			    (char)(name.p[i] >= 'A' && name.p[i] <= 'Z'
				       ? name.p[i] + ('a' - 'A')
				       : name.p[i]);
		digits_of(names,
		    (struct slice){ out + PSEUDONYM_LENGTH, name.n }, out + 2);
		memcpy(out, "u-", 2);
		n = PSEUDONYM_LENGTH;
		address = domain;
	}
	if (address.n != 0)
		memcpy(out + n, address.p, address.n);
	return n + address.n;
}

/* Room for the answer of that many bytes. */
static char *
room(struct pseudonyms *names, size_t n)
{
	if (PSEUDONYM_ROOM(n) > names->size) {
		names->size = PSEUDONYM_ROOM(n);
		names->text = mem_grow(names->text, names->size, 1);
	}
	return names->text;
}

struct slice
pseudonyms_name(struct pseudonyms *names, struct slice address)
{
	if (names == NULL || address.n == 0)
		return address;
	return (struct slice){ room(names, address.n),
		pseudonym_put(names, address, names->text) };
}

struct slice
pseudonyms_text(struct pseudonyms *names, struct slice text)
{
	static const struct own_names nobody;

	if (names == NULL || text.n == 0)
		return text;
	return (struct slice){ room(names, text.n),
		pseudonym_scrub(names, text, &nobody, names->text) };
}

struct slice
pseudonyms_sought(struct pseudonyms *names, struct slice text)
{
	if (names == NULL || slice_find(text, SLICE("@")) <= 0)
		return text;
	if (slice_skips(&text, "<") && text.n > 0 && text.p[text.n - 1] == '>')
		text.n--;
	return pseudonyms_name(names, text);
}
