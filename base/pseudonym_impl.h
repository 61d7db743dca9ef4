/* pseudonym_impl.h - what pseudonyms are made of; for their own files alone */
#ifndef BASE_PSEUDONYM_IMPL_H
#define BASE_PSEUDONYM_IMPL_H

#include "base/pseudonym.h"

#define OWN_NAMES 8 /* of an event: four people, with their domain, without */

/* What a text becomes: the shortest name, "a@", grows the most. */
#define PSEUDONYM_ROOM(n) ((n)*8 + PSEUDONYM_LENGTH)

/* Names to look for in a text. */
struct own_names {
	struct slice names[OWN_NAMES];
	size_t count;
};

struct hmac_sha256_ctx;

/*
 * What a name became, for a line says it three times and the next line again;
 * another of the same place takes it.  Longer names are hashed each time.
 */
#define PSEUDONYM_MEMOS 1024

struct pseudonym_memo {
	uint8_t n; /* 0: free */
	char name[49];
	char digits[PSEUDONYM_DIGITS];
};

struct pseudonyms {
	struct hmac_sha256_ctx *keyed;
	struct pseudonym_memo *memos;
	char *text; /* the answer of the last call */
	size_t size;
	struct mail_event event;
	char *texts; /* its own */
	size_t texts_size;
};

/* Into a buffer of PSEUDONYM_ROOM(n) bytes; how many they are. */
size_t pseudonym_put(const struct pseudonyms *, struct slice address, char *);
size_t pseudonym_scrub(const struct pseudonyms *, struct slice text,
    const struct own_names *, char *);

/* Is it an office, or a pseudonym already? */
bool pseudonym_stays(struct slice local_part);

#endif
