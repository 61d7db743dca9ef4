/*
 * privacy.h - the key of people's pseudonyms
 *
 * DATA/privacy.key, mode 0600, is made once and never shown: whoever has it
 * can try names.  A directory with another key has other pseudonyms.
 */
#ifndef AGENT_PRIVACY_H
#define AGENT_PRIVACY_H

#include "agent/config.h"
#include "base/pseudonym.h"

/*
 * The names that people have with that key; NULL where the configuration does
 * not ask for any.  With `make' the key is made where there is none, which
 * must not fail.  Without, names are for this run alone where the key is not
 * there or may not be read: that is logged.
 */
int privacy_open(const struct config *, const char *data, bool make,
    struct pseudonyms **, struct err *);

#endif
