/*
 * pseudonym.h - people by names that tell nobody who they are
 *
 * kim@example.org becomes u-7f3a9c210b5d@example.org: HMAC-SHA256 (RFC 2104,
 * FIPS 180-4; libnettle's) of the local part in lower case, its first 48 bits
 * in hex.  The same key gives the same name, so counts and rules hold; the
 * domain stays, for it is what deliveries are judged by.  An account without
 * a domain becomes the name alone, the one that its address has.
 *
 * These stay: the null sender; postmaster (RFC 5321, 4.5.1), abuse (RFC 2142)
 * and mailer-daemon, which are offices and nobody's names; and whatever has
 * the form of such a name already, so that what comes back from the state is
 * not hashed again.
 *
 * Without names (NULL) every function gives back what it was given.
 */
#ifndef BASE_PSEUDONYM_H
#define BASE_PSEUDONYM_H

#include <stdbool.h>

#include "base/complaint.h"
#include "base/event.h"

#define PSEUDONYM_DIGITS 12
#define PSEUDONYM_LENGTH (2 + PSEUDONYM_DIGITS)

struct pseudonyms;

/* The key is copied; any length. */
struct pseudonyms *pseudonyms_new(struct slice key);
void pseudonyms_free(struct pseudonyms *);

/* Is it one, with a domain or without? */
bool pseudonym_is(struct slice address);

/* Of an address or account.  Borrowed until the next call with these names. */
struct slice pseudonyms_name(struct pseudonyms *, struct slice address);

/*
 * Of what somebody looks for by its real name: an address or a Message-ID, in
 * angle brackets or without, as it is kept; all else as it is.  Borrowed as
 * above.
 */
struct slice pseudonyms_sought(struct pseudonyms *, struct slice text);

/*
 * Of a log line, a reply, a warning: whatever stands before an '@', and what
 * a field that holds accounts says (user=, sasl_username=, ...).  Rather too
 * much than too little: "(x=kim@example.org)" loses its x= as well.  Borrowed
 * as above.
 */
struct slice pseudonyms_text(struct pseudonyms *, struct slice text);

/*
 * The event with its people, and with their names wherever its texts and its
 * raw line have them.  Borrowed until the next event with these names.
 */
const struct mail_event *pseudonyms_event(
    struct pseudonyms *, const struct mail_event *);

#endif
