/*
 * smtp.h - an SMTP dialogue, read from both sides, to events
 *
 * RFC 5321; SIZE: RFC 1870; PIPELINING: RFC 2920; CHUNKING: RFC 3030;
 * STARTTLS: RFC 3207; AUTH: RFC 4954.  Nothing counts that the server did not
 * answer.  Once STARTTLS was agreed on only the handshake is looked at.
 *
 * Where bytes are missing the dialogue is not guessed at: it goes on at the
 * client's next words after a whole reply that it had received.
 *
 * Passwords are wiped from what was read as soon as they were passed over.
 */
#ifndef WIRE_SMTP_H
#define WIRE_SMTP_H

#include "base/event.h"
#include "collectors/wire/flow.h"
#include "collectors/wire/mime.h"

struct smtp_context {
	struct event_sink events;
	struct slice host; /* of the events */
	/* Is mail for that domain ours?  Where one reply has two meanings. */
	bool (*is_ours)(void *arg, struct slice domain);
	/* What that client sends in a session cannot be read, or not all of
	   it, from here on; or that session is over.  May be NULL. */
	void (*unread)(
	    void *arg, const struct addr *client, int64_t when, bool over);
	void *arg;
	uint64_t *tls_bytes;       /* what clients send under TLS is added */
	const uint16_t *tls_ports; /* TLS from the first byte on */
	size_t tls_port_count;
	bool decrypted; /* what goes on under TLS is read as it was meant */
	struct mime_list extensions; /* of files, that are counted */
};

struct smtp;

struct smtp *smtp_start(const struct smtp_context *, const struct flow_start *);
/* False: the rest is encrypted, or no SMTP. */
bool smtp_data(void *smtp, const struct stream_data *);
bool smtp_gap(void *smtp, enum side from, uint32_t bytes, int64_t when);
void smtp_closed(void *smtp, enum side from);
/* It is over, and freed. */
void smtp_end(void *smtp, const struct flow_end *);

#endif
