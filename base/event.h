/*
 * event.h - one thing that happened to one piece of mail
 *
 * Every collector makes these and every consumer takes them: counters, series,
 * alerts, blocks and the live page see nothing else.  The slices are borrowed:
 * they hold until the sink that was given the event returns, and who keeps one
 * copies it.
 *
 * The head holds for every kind; the union by kind, as noted at each member.
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/metric.h"
#include "base/reason.h"
#include "base/slice.h"

enum event_kind {
	EVENT_RECEIVED,  /* we took responsibility for a message */
	EVENT_SIZED,     /* a message received earlier: its size, recipients */
	EVENT_RELAYED,   /* a message received turned out to be for elsewhere */
	EVENT_SENT,      /* a recipient was delivered, here or onwards */
	EVENT_DEFERRED,  /* an attempt failed; it will be retried */
	EVENT_BOUNCED,   /* a recipient was given up */
	EVENT_EXPIRED,   /* a message was given up for its age */
	EVENT_DISCARDED, /* taken, and thrown away by a rule */
	EVENT_QUARANTINED, /* taken, and put on hold by a rule */
	EVENT_REJECTED,    /* a client was refused, and told so */
	EVENT_CONNECTED,
	EVENT_DISCONNECTED,
	EVENT_AUTH_OK, /* once a session */
	EVENT_AUTH_FAILED,
	EVENT_LOGIN_OK, /* POP, IMAP */
	EVENT_LOGIN_FAILED,
	EVENT_PROBE,
	EVENT_TLS,
	EVENT_VERDICT,
	EVENT_CLEARTEXT, /* credentials seen unencrypted, wire only */
	EVENT_COUNTED, /* a column of mailer.*, for what no other event tells */
	EVENT_LIFECYCLE, /* the mail system started, stopped, reloaded */
	EVENT_MISSING,   /* a message that the wire or the log alone has */
	EVENT_ROGUE,     /* somebody else than the mail system sends mail */
	EVENT_HANDED,    /* a filter took it: no delivery, of no account */
	EVENT_RETURNED,  /* it goes on under another queue id */
	EVENT_KINDS      /* keep last: how many there are */
};

enum event_source { SOURCE_LOG, SOURCE_WIRE };

enum probe_kind {
	PROBE_VRFY,
	PROBE_EXPN,
	PROBE_PREGREET,
	PROBE_NON_SMTP,
	PROBE_EMPTY
};

enum session_end { SESSION_ENDED, SESSION_LOST, SESSION_TIMEOUT };

enum tls_version { TLS_OTHER, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

enum relay_kind {
	RELAY_AUTHENTICATED,
	RELAY_NETWORK,
	RELAY_OPEN,
	RELAY_UNSURE
};

enum verdict_kind {
	VERDICT_CLEAN,
	VERDICT_SPAM,
	VERDICT_VIRUS,
	VERDICT_BANNED
};

enum mail_protocol { PROTOCOL_SMTP, PROTOCOL_POP3, PROTOCOL_IMAP };

enum encryption_kind { ENCRYPTION_NONE, ENCRYPTION_PGP, ENCRYPTION_SMIME };

/* Of credentials that were sent unencrypted. */
enum cleartext_outcome {
	CLEARTEXT_TAKEN,
	CLEARTEXT_WRONG,
	CLEARTEXT_FORBIDDEN /* the server wants them under TLS alone */
};

struct mail_event {
	int64_t when; /* Unix time, microseconds */
	enum event_kind kind;
	enum event_source source;
	uint32_t count;          /* how many alike; 1 unless a line says more */
	struct slice host;       /* lower case, never empty */
	struct slice mailer;     /* "smtp"; empty where it has none */
	struct slice queue_id;   /* empty if the source has none */
	struct slice message_id; /* without <>; empty if unknown */
	uint64_t message_key;    /* event_message_key() of it; 0: unknown */
	struct slice line;       /* the raw one that told of it; may be empty */
	struct slice account;    /* the authenticated user; empty if none */
	struct addr client;      /* who connected to us; for a delivery, who
				    brought the message; or none */
	union {
		/* EVENT_RECEIVED, EVENT_SIZED */
		struct {
			struct slice sender; /* empty is the null sender */
			uint64_t bytes;
			uint32_t recipients;
			bool generated; /* made by the MTA itself */
			/* EVENT_RECEIVED of the wire, by headers and MIME
			   structure: decoded and cut, and what subjects have
			   in common that differ in case, digits and blanks
			   alone (0: none). */
			struct slice subject;
			uint64_t subject_key;
			uint32_t attachments;   /* parts that name a file */
			uint32_t listed;        /* with a listed extension */
			struct slice extension; /* of the first of these */
			enum encryption_kind encryption;
		} message;
		/* EVENT_SENT, _DEFERRED, _BOUNCED, _EXPIRED, _DISCARDED,
		   _QUARANTINED, _HANDED */
		struct {
			struct slice sender, recipient;
			struct slice
			    addressed;      /* before aliases; may be empty */
			struct slice dsn;   /* "4.7.1"; empty if unknown */
			struct slice reply; /* the remote's words */
			struct slice relay; /* its host name, if any */
			struct addr peer;   /* where it went, or none */
			uint64_t bytes;     /* of the message; 0 unknown */
			uint32_t delay_ms;  /* since it came; 0 unknown */
			bool first; /* deferred: of this message, the first */
			bool again; /* one more recipient of the delivery
				       before: none of the mailer's own */
		} delivery;
		/* EVENT_REJECTED */
		struct {
			enum reason reason;
			bool temporary;
			bool apart;       /* mailstats does not count it */
			uint16_t code;    /* 450; 0 unknown */
			struct slice dsn; /* "5.7.1"; empty if unknown */
			struct slice sender, recipient, helo, text;
		} reject;
		/* EVENT_AUTH_FAILED, EVENT_LOGIN_FAILED: the server's own
		   trouble, or its wish, and not a guess: no rule judges it */
		struct {
			bool unavailable;
		} auth;
		/* EVENT_COUNTED */
		struct {
			enum mailer_metric metric;
			uint64_t n;     /* so many more */
			uint64_t bytes; /* with messages: their size */
		} column;
		/* EVENT_RETURNED: the queue id that it had before;
		   empty if unknown */
		struct slice original;
		enum probe_kind probe; /* EVENT_PROBE */
		/* EVENT_TLS */
		struct {
			enum tls_version version;
			enum mail_protocol protocol;
			struct slice name; /* asked for; empty if unknown */
		} tls;
		/* EVENT_CLEARTEXT; never of the host with itself */
		struct {
			enum cleartext_outcome outcome;
			enum mail_protocol protocol;
			bool tls_offered; /* but not used */
			struct addr server;
		} cleartext;
		/* EVENT_MISSING: seen on the wire, and not in the log; else
		   the other way round */
		struct {
			bool unlogged;
		} missing;
		/* EVENT_ROGUE: the account is the user, or the address that
		   what was sent came from */
		struct {
			struct addr peer; /* where it goes */
			uint16_t port;
		} rogue;
		enum session_end end;  /* EVENT_DISCONNECTED */
		enum relay_kind relay; /* EVENT_RELAYED */
		/* EVENT_VERDICT */
		struct {
			enum verdict_kind verdict;
			struct slice author; /* the sender; empty if unknown */
		};
	};
};

const char *event_kind_name(enum event_kind);
const char *event_relay_name(enum relay_kind);
const char *event_verdict_name(enum verdict_kind);

/* A hop between a message's own queue ids: told, and never counted. */
static inline bool
event_is_hop(const struct mail_event *event)
{
	return event->kind == EVENT_HANDED || event->kind == EVENT_RETURNED;
}

/* A Message-ID, without <>, as a number: what is remembered of it. */
static inline uint64_t
event_message_key(struct slice message_id)
{
	return slice_hash(message_id) | 1;
}

/* One line, stable, meant for people, golden files and replay --events. */
void event_print(FILE *, const struct mail_event *);
/* What it says beside when, who and to whom: "relay_denied: 554 ..."; any bytes
   of strangers; what does not fit is cut off. */
void event_words(const struct mail_event *, char *text, size_t size);

/* Where events go: the argument is the taker's own. */
struct event_sink {
	void (*take)(void *arg, const struct mail_event *);
	void *arg;
};

#endif
