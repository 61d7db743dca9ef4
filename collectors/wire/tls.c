/*
 * tls.c - what a TLS handshake shows before it is encrypted
 */
#include "collectors/wire/tls.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HELLO_MOST   2048 /* of a hello; what is behind it is not read */
#define RECORD_MOST  (16384 + 2048)
#define RECORD_HEAD  5
#define ALERT_MOST   19 /* an encrypted alert; then what tells nothing: */
#define FINISHED_MIN 40 /* an empty certificate, for one, is shorter */

enum record {
	RECORD_CHANGE_CIPHER = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_DATA = 23
};

enum handshake { CLIENT_HELLO = 1, SERVER_HELLO = 2 };

struct half {
	unsigned char head[RECORD_HEAD];
	size_t head_n;
	size_t left;  /* bytes of the record that are to come */
	bool changed; /* said ChangeCipherSpec */
	bool hello_read;
	size_t hello_n;
	char hello[HELLO_MOST];
};

struct tls {
	struct half halves[2];
	enum tls_version version;
	char name[TLS_NAME];
};

struct tls *
tls_new(void)
{
	return mem_zero(1, sizeof(struct tls));
}

void
tls_free(struct tls *tls)
{
	free(tls);
}

enum tls_version
tls_version(const struct tls *tls)
{
	return tls->version;
}

struct slice
tls_name(const struct tls *tls)
{
	return slice_of(tls->name);
}

bool
tls_begins(struct slice bytes)
{
	return bytes.n >= 2 && bytes.p[0] == RECORD_HANDSHAKE &&
	       bytes.p[1] == 3;
}

/* A number of so many bytes off the front. */
static bool
cut_number(struct slice *rest, size_t n, size_t *number)
{
	if (rest->n < n)
		return false;
	*number = 0;
	for (size_t i = 0; i < n; i++)
		*number = *number << 8 | (unsigned char)rest->p[i];
	*rest = slice_from(*rest, n);
	return true;
}

static bool
cut_bytes(struct slice *rest, size_t n, struct slice *bytes)
{
	if (rest->n < n)
		return false;
	*bytes = (struct slice){ rest->p, n };
	*rest = slice_from(*rest, n);
	return true;
}

/* Bytes with their length, a number of so many bytes, before them. */
static bool
cut_vector(struct slice *rest, size_t n, struct slice *bytes)
{
	size_t length;

	return cut_number(rest, n, &length) && cut_bytes(rest, length, bytes);
}

static void
read_name(struct tls *tls, struct slice body)
{
	struct slice list, name;
	size_t type;

	if (cut_vector(&body, 2, &list) && cut_number(&list, 1, &type) &&
	    type == 0 && cut_vector(&list, 2, &name))
		(void)slice_copy(name, tls->name, sizeof(tls->name));
}

static enum tls_version
version_of(size_t number)
{
	return number >= 0x0301 && number <= 0x0304
		   ? (enum tls_version)(TLS_1_0 + (number - 0x0301))
		   : TLS_OTHER;
}

static void
read_extensions(struct tls *tls, struct slice rest, enum handshake hello)
{
	struct slice body;
	size_t type, number;

	while (cut_number(&rest, 2, &type) && cut_vector(&rest, 2, &body)) {
		if (type == 0 && hello == CLIENT_HELLO)
			read_name(tls, body);
		if (type == 43 && hello == SERVER_HELLO &&
		    cut_number(&body, 2, &number))
			tls->version = version_of(number);
	}
}

/* As much as there is of it. */
static void
read_hello(struct tls *tls, enum side from)
{
	struct half *half = &tls->halves[from];
	struct slice rest = { half->hello, half->hello_n }, skipped;
	size_t type, number;

	half->hello_read = true;
	if (!cut_number(&rest, 1, &type) || !cut_bytes(&rest, 3, &skipped) ||
	    type != (from == CLIENT ? CLIENT_HELLO : SERVER_HELLO) ||
	    !cut_number(&rest, 2, &number))
		return;
	if (from == SERVER)
		tls->version = version_of(number);
	if (!cut_bytes(&rest, 32, &skipped) || !cut_vector(&rest, 1, &skipped))
		return;
	if (from == SERVER ? !cut_bytes(&rest, 3, &skipped)
			   : !cut_vector(&rest, 2, &skipped) ||
				 !cut_vector(&rest, 1, &skipped))
		return;
	if (cut_bytes(&rest, 2, &skipped))
		read_extensions(tls, rest, (enum handshake)type);
}

static bool
hello_is_whole(const struct half *half)
{
	const unsigned char *p = (const unsigned char *)half->hello;

	return half->hello_n == HELLO_MOST ||
	       (half->hello_n >= 4 &&
		   half->hello_n - 4 >=
		       ((size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]));
}

static void
take_handshake(struct tls *tls, enum side from, struct slice bytes)
{
	struct half *half = &tls->halves[from];
	size_t room = HELLO_MOST - half->hello_n;

	if (half->hello_read || half->changed)
		return;
	memcpy(half->hello + half->hello_n, bytes.p,
	    bytes.n < room ? bytes.n : room);
	half->hello_n += bytes.n < room ? bytes.n : room;
	if (hello_is_whole(half))
		read_hello(tls, from);
}

/* A record begins. */
static enum tls_state
take_head(struct tls *tls, enum side from)
{
	struct half *half = &tls->halves[from];
	size_t length = (size_t)half->head[3] << 8 | half->head[4];

	if (half->head[1] != 3 || length > RECORD_MOST)
		return TLS_FAILED;
	half->left = length;
	switch (half->head[0]) {
	case RECORD_CHANGE_CIPHER:
		half->changed = true;
		if (tls->version != TLS_1_3 && tls->halves[CLIENT].changed &&
		    tls->halves[SERVER].changed)
			return TLS_AGREED;
		return TLS_UNDER_WAY;
	case RECORD_HANDSHAKE:
		return TLS_UNDER_WAY;
	case RECORD_DATA:
		if (from == SERVER)
			return TLS_UNDER_WAY;
		if (length <= ALERT_MOST || !tls->halves[SERVER].hello_read)
			return TLS_FAILED;
		return length >= FINISHED_MIN ? TLS_AGREED : TLS_UNDER_WAY;
	default:
		return TLS_FAILED;
	}
}

enum tls_state
tls_take(struct tls *tls, enum side from, struct slice bytes)
{
	struct half *half = &tls->halves[from];
	enum tls_state state = TLS_UNDER_WAY;
	struct slice part;

	while (bytes.n > 0 && state == TLS_UNDER_WAY) {
		if (half->left == 0) {
			half->head[half->head_n++] = (unsigned char)*bytes.p;
			bytes = slice_from(bytes, 1);
			if (half->head_n < RECORD_HEAD)
				continue;
			half->head_n = 0;
			state = take_head(tls, from);
			continue;
		}
		part = bytes;
		if (part.n > half->left)
			part.n = half->left;
		bytes = slice_from(bytes, part.n);
		half->left -= part.n;
		if (half->head[0] == RECORD_HANDSHAKE)
			take_handshake(tls, from, part);
	}
	return state;
}
