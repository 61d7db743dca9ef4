/* login_impl.h - what a login is made of; for login.c, pop3.c, imap.c alone */
#ifndef WIRE_LOGIN_IMPL_H
#define WIRE_LOGIN_IMPL_H

#include "collectors/wire/line.h"
#include "collectors/wire/login.h"
#include "collectors/wire/sasl.h"
#include "collectors/wire/tls.h"

#define LOGIN_PENDING 8  /* commands without a reply; then it is not read on */
#define LOGIN_TAG     32 /* the same, if one is longer */

enum login_command {
	COMMAND_OTHER,
	COMMAND_LIST, /* the reply to it has many lines, if it is a yes */
	COMMAND_CAPABILITY,
	COMMAND_PASSWORD, /* PASS, LOGIN */
	COMMAND_DIGEST,   /* APOP */
	COMMAND_AUTH,     /* what was answered is in `sasl' */
	COMMAND_TLS
};

/* A command that waits for its reply. */
struct login_pending {
	enum login_command command;
	bool told; /* a password was */
	char tag[LOGIN_TAG];
	char user[SASL_NAME];
};

enum login_outcome {
	LOGIN_TAKEN,
	LOGIN_WRONG,
	LOGIN_FORBIDDEN, /* not without TLS */
	LOGIN_TROUBLE    /* not now: nothing is said about the password */
};

struct login {
	const struct login_context *context;
	enum mail_protocol protocol;
	struct addr client, server;
	int64_t now;
	bool implicit; /* TLS, unless the server greets */
	bool greeted;
	bool over; /* no more of it is read */
	bool forbids, offers_tls;
	bool answering; /* the client's next line is for `sasl' */
	bool listing;   /* the server's next line is of a list: */
	enum login_command list;
	struct partial lines[2];
	struct tls *tls; /* NULL: it is not encrypted */
	struct sasl sasl;
	char user[SASL_NAME]; /* of POP3's USER */
	struct login_pending queue[LOGIN_PENDING];
	unsigned queue_count;
	/* Of IMAP: the command whose lines and literals are being read. */
	struct login_pending next;
	bool within;         /* it goes on */
	bool awaits_go;      /* when the server lets it */
	unsigned argument;   /* of LOGIN, that comes next */
	uint32_t literal[2]; /* bytes to come, of each side */
};

/* login.c */
void login_push(struct login *, const struct login_pending *);
/* Out of the middle, too. */
struct login_pending login_pop(struct login *, unsigned i);
/* PASSWORD, DIGEST and AUTH were answered. */
void login_result(
    struct login *, const struct login_pending *, enum login_outcome);
void login_start_tls(struct login *);
/* Up to the next blank, or the end; cut off, with the blank. */
struct slice login_word(struct slice *rest);
/* The words of servers that want TLS first, where no code tells. */
bool login_wants_tls(struct slice reply);

/* pop3.c, imap.c: bytes of one side, up to where TLS begins; *bytes is what is
   behind. */
void pop3_take(struct login *, enum side from, struct slice *bytes);
void imap_take(struct login *, enum side from, struct slice *bytes);

#endif
