/* smtp_impl.h - what a dialogue is made of; for smtp*.c alone */
#ifndef WIRE_SMTP_IMPL_H
#define WIRE_SMTP_IMPL_H

#include "collectors/wire/line.h"
#include "collectors/wire/mime.h"
#include "collectors/wire/sasl.h"
#include "collectors/wire/smtp.h"
#include "collectors/wire/tls.h"

#define SMTP_TEXT    320  /* of an address or a name that is kept */
#define SMTP_REPLY   512  /* of a reply's text */
#define SMTP_PENDING 1024 /* commands without a reply; then sync is lost */
#define SMTP_HELD    (64u << 10)

enum verb {
	VERB_UNKNOWN,
	VERB_AUTH,
	VERB_BDAT,
	VERB_DATA,
	VERB_EHLO,
	VERB_ETRN,
	VERB_EXPN,
	VERB_HELO,
	VERB_HELP,
	VERB_MAIL,
	VERB_NOOP,
	VERB_QUIT,
	VERB_RCPT,
	VERB_RSET,
	VERB_STARTTLS,
	VERB_VRFY,
	VERB_XCLIENT,
	VERB_END, /* no command: the end of the data, also of the last chunk */
};

/* How the client's next bytes are to be read. */
enum mode {
	MODE_COMMANDS,
	MODE_HELD,     /* a reply decides, and is not there yet */
	MODE_CONTENT,  /* of DATA */
	MODE_CHUNK,    /* of BDAT */
	MODE_RESPONSE, /* to a challenge of AUTH */
	MODE_TLS
};

/* A command that waits for its reply. */
struct pending {
	enum verb verb;
	char *text; /* the address, or what else is told of it; may be NULL */
	uint64_t bytes;           /* of the content, up to there */
	struct mime_facts *facts; /* of VERB_END, or NULL */
};

/* Where in a line of content the next byte stands. */
enum place { PLACE_START, PLACE_DOT, PLACE_DOT_CR, PLACE_LINE };

struct content {
	uint64_t bytes; /* as the receiver counts: CRLF, dots unstuffed */
	uint64_t maybe; /* where a server that takes bare LF would end */
	bool has_maybe;
	bool gapped;
	bool answered; /* before its end: the rest is passed over */
	bool after_cr; /* the last byte was a CR */
	bool strict;   /* the line before ended with CRLF */
	enum place place;
};

struct smtp {
	const struct smtp_context *context;
	struct addr client;
	struct addr own; /* that it connected to */
	int64_t now;
	enum mode mode;
	bool greeted, begun;
	bool unsure;     /* bytes were missing */
	bool replied;    /* since then a whole reply was read */
	bool data_asked; /* and what is missing may answer DATA */
	bool spoke, pregreeted, refused, non_smtp, quit, timed_out, encrypted;
	bool implicit; /* TLS, unless the server greets */
	bool covered;  /* by TLS, though it is read on */
	bool gone;     /* the client sends no more */
	bool unread;   /* some of it could not be read, and that was told */
	struct partial lines[2];
	struct pending *queue; /* a ring of `queue_room' */
	unsigned queue_room, queue_first, queue_count;
	struct {
		unsigned code;
		bool more; /* a line of several was read */
		size_t n;
		char text[SMTP_REPLY];
	} reply;
	unsigned last_code;
	char server[128]; /* as it greets */
	bool offers_tls;
	char helo[128];
	char account[128];
	struct sasl auth;
	/* The message that is being sent. */
	char sender[SMTP_TEXT];
	uint32_t recipients;
	struct content content;
	struct mime *mime; /* reads it; NULL: nothing of it came */
	uint32_t chunk_left;
	bool chunk_last;
	char *held;
	size_t held_n;
	struct tls *tls;
};

/* smtp.c */
struct mail_event smtp_event(const struct smtp *, enum event_kind);
void smtp_emit(struct smtp *, const struct mail_event *);
void smtp_lose_sync(struct smtp *);
void smtp_release(struct smtp *); /* what was held may be read */
void smtp_start_tls(struct smtp *);
void smtp_take_client(struct smtp *, struct slice);
/* smtp_command.c */
void smtp_command(struct smtp *, struct slice line);
bool smtp_is_command(struct slice line);
void smtp_push(struct smtp *, enum verb, struct slice text);
/* The oldest; what it points at is the caller's. */
struct pending smtp_pop(struct smtp *);
void smtp_free_pending(const struct pending *);

/* smtp_reply.c */
void smtp_reply_line(struct smtp *, struct slice line);

/* smtp_refusal.c: the reply at hand is one, of that command. */
void smtp_refuse(struct smtp *, enum refusal_stage, const struct pending *);

/* smtp_content.c */
void smtp_content_start(struct smtp *);
void smtp_content(struct smtp *, struct slice *bytes);
void smtp_content_forget(struct smtp *);
/* Of a chunk; and its end. */
void smtp_content_read(struct smtp *, struct slice);
void smtp_chunk_end(struct smtp *);
/* What was read of it, to be freed; NULL: nothing was. */
struct mime_facts *smtp_content_facts(struct smtp *);
/* A reply came before the end of the content. */
void smtp_content_answered(struct smtp *);
void smtp_forget_envelope(struct smtp *);
void smtp_forget_message(struct smtp *); /* and its content */
/* Not all of the session can be read, from here on; or it is over. */
void smtp_unread(struct smtp *, bool over);

#endif
