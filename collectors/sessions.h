/*
 * sessions.h - who is connected
 *
 * A server process has one client at a time, so a session is known by host
 * and process id; postscreen's many by the client's address and port.
 */
#ifndef COLLECTORS_SESSIONS_H
#define COLLECTORS_SESSIONS_H

#include "collectors/inflight.h"

struct session {
	struct table_row row;
	uint64_t key; /* pid, or port with the top bit set */
	uint32_t host_index;
	struct addr client;
	bool loopback;
	bool authenticated, tls, lost, refused_at_connect, spoke;
	bool hold, discard; /* a rule said so: of the next message */
	bool dirty, saved;
	int64_t last; /* of its last line, Unix microseconds; Sendmail's only */
	uint32_t account;
	uint8_t message_length;
	char message[QUEUE_ID_TEXT]; /* the one being sent now */
};

/* NULL if there is none, as where the log began in its middle. */
struct session *session_find(struct tracker *, const struct log_line *);
struct session *session_find_port(struct tracker *, const struct log_line *,
    const struct addr *client, uint64_t port);

/* A session of that client that authenticated, or NULL: a proxy filter brings
   its message in a session of its own. */
struct session *session_of_client(
    struct tracker *, const struct log_line *, const struct addr *client);

/* A connection; what the process did before is over. */
struct session *session_start(
    struct tracker *, const struct log_line *, const struct addr *client);
struct session *session_start_port(struct tracker *, const struct log_line *,
    const struct addr *client, uint64_t port);

/* A session out of the state. */
struct session *session_load(struct tracker *, struct slice host, uint64_t key,
    const struct addr *client);

/* The client begins a message: the one before is complete. */
void session_message(struct tracker *, const struct log_line *,
    struct session *, struct message *);
/* What its rules (hold, discard) said of the message at hand is so. */
void session_settle(
    struct tracker *, const struct log_line *, struct session *);
/* The message at hand came to nothing. */
void session_abandon(struct session *);
void session_authenticated(struct tracker *, const struct log_line *,
    struct session *, const struct addr *client, struct slice account);
void session_lost(struct tracker *, const struct log_line *,
    const struct addr *client, struct session *, enum session_end);
void session_end(struct tracker *, struct session *);
/* Its server starts anew. */
void sessions_end_host(struct tracker *, uint32_t host_index);

#endif
