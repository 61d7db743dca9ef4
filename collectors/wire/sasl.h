/*
 * sasl.h - who wants to log in, where the mechanism shows it
 *
 * PLAIN: RFC 4616; CRAM-MD5: RFC 2195; DIGEST-MD5: RFC 2831; SCRAM: RFC 5802;
 * OAUTHBEARER: RFC 7628; LOGIN and XOAUTH2 are drafts: two answers, the name and
 * the password, and "user=NAME^Aauth=Bearer ...".  What was decoded is wiped.
 */
#ifndef WIRE_SASL_H
#define WIRE_SASL_H

#include "base/slice.h"

#define SASL_NAME 128 /* with a NUL; longer names are cut */

enum sasl_mechanism {
	SASL_OTHER,
	SASL_PLAIN,
	SASL_LOGIN,
	SASL_CRAM_MD5,
	SASL_DIGEST_MD5,
	SASL_SCRAM,
	SASL_BEARER
};

struct sasl {
	enum sasl_mechanism mechanism;
	bool named; /* the answer that names the user was read */
	bool told;  /* what lets anyone in was said: a password, a token */
	char user[SASL_NAME];
};

/* "PLAIN", or "PLAIN AGtpbQBzZWNyZXQ=": the mechanism, and a first answer. */
void sasl_start(struct sasl *, struct slice arguments);
/* The client answers a challenge, in base64, or gives up by "*". */
void sasl_answer(struct sasl *, struct slice line);

#endif
