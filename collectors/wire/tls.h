/*
 * tls.h - what a TLS handshake shows before it is encrypted
 *
 * The version that was agreed on, the server name that was asked for, and
 * whether the handshake came to its end: with TLS 1.3 the client's Finished is
 * its first encrypted record that is no alert; before that both sides say
 * ChangeCipherSpec.  RFC 8446 (4.1, 4.2.1, 5), RFC 5246 (7), RFC 6066 (3).
 */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include "base/event.h"
#include "collectors/wire/stream.h"

#define TLS_NAME 256

enum tls_state { TLS_UNDER_WAY, TLS_AGREED, TLS_FAILED };

struct tls;

struct tls *tls_new(void);
void tls_free(struct tls *);
/* Bytes of one side, in order. */
enum tls_state tls_take(struct tls *, enum side from, struct slice bytes);
enum tls_version tls_version(const struct tls *);
/* Empty: none was asked for. */
struct slice tls_name(const struct tls *);
/* Could these bytes begin a client's hello? */
bool tls_begins(struct slice bytes);

#endif
