/*
 * auth.h - who may see what, and from where
 *
 * Secrets are 256 bits from getrandom(), kept as files of mode 0600 or in
 * memory, and compared in constant time; nothing is signed or derived.
 *
 * DATA/web.token   the token: Authorization: Bearer, or the sign-in page
 * DATA/web.signin  secrets of sign-in links: "SECRET EXPIRES" a line, each
 *                  taken out when it is used
 */
#ifndef WEB_AUTH_H
#define WEB_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/secret.h"

#define AUTH_LINK_LIVES 600          /* seconds */
#define AUTH_LIVES      (30 * 86400) /* of a signed-in browser, seconds */
#define AUTH_SESSIONS   64 /* browsers; the next takes the oldest's place */
#define AUTH_FAILURES   10 /* wrong tokens an address has in a minute */

struct auth;

enum auth_answer { AUTH_RIGHT, AUTH_WRONG, AUTH_TOO_OFTEN };

/* Reads DATA/web.token, makes it where there is none. */
struct auth *auth_open(const char *data, struct err *);
void auth_close(struct auth *);

/* A token as given by a client; failures are counted by its address. */
enum auth_answer auth_token(
    struct auth *, const struct addr *client, const char *token, int64_t now);

/* A sign-in link's secret: right once. */
enum auth_answer auth_once(
    struct auth *, const struct addr *client, const char *once, int64_t now);

/* A new browser's cookie value. */
int auth_session_new(
    struct auth *, int64_t now, char secret[SECRET_TEXT], struct err *);
bool auth_session(const struct auth *, const char *secret, int64_t now);
void auth_session_end(struct auth *, const char *secret);

/* Adds a secret to DATA/web.signin; any process that may write there. */
int auth_make_once(
    const char *data, int64_t now, char secret[SECRET_TEXT], struct err *);

#endif
