/*
 * generate.h - what the parts of the traffic generator share
 *
 * Traffic is made of stories: a session, the life of a message over days.  A
 * story writes all its lines at once, each with its own time; they wait in a
 * heap and come out in order, mixed with those of the other stories.  What a
 * line is worth (one message received, two recipients, ...) hangs on the line
 * and is added to the truth when the line is written, so that the truth is
 * that of the file, wherever it ends.
 *
 * Times are Unix time in microseconds.
 */
#ifndef TESTS_GENERATE_H
#define TESTS_GENERATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/reason.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* What is counted: its place in the account, "section.key". */
#define TRUTH_TABLE(X)                                                         \
	X(RECEIVED, "messages", "received")                                    \
	X(RECEIVED_BYTES, "messages", "received_bytes")                        \
	X(RECEIVED_RECIPIENTS, "messages", "received_recipients")              \
	X(GENERATED, "messages", "generated")                                  \
	X(SENT, "messages", "sent")                                            \
	X(SENT_BYTES, "messages", "sent_bytes")                                \
	X(DEFERRED, "messages", "deferred")                                    \
	X(BOUNCED, "messages", "bounced")                                      \
	X(EXPIRED, "messages", "expired")                                      \
	X(DISCARDED, "messages", "discarded")                                  \
	X(QUARANTINED, "messages", "quarantined")                              \
	X(REJECTS, "rejects", "total")                                         \
	X(TEMPORARY, "rejects", "temporary")                                   \
	X(PERMANENT, "rejects", "permanent")                                   \
	X(RELAY_DENIED, "relay", "denied")                                     \
	X(RELAY_AUTHENTICATED, "relay", "authenticated")                       \
	X(RELAY_NETWORK, "relay", "network")                                   \
	X(AUTH_OK, "auth", "ok")                                               \
	X(AUTH_FAILED, "auth", "failed")                                       \
	X(LOGINS_OK, "logins", "ok")                                           \
	X(LOGINS_FAILED, "logins", "failed")                                   \
	X(VRFY, "probes", "vrfy")                                              \
	X(PREGREET, "probes", "pregreet")                                      \
	X(NON_SMTP, "probes", "non_smtp")                                      \
	X(EMPTY, "probes", "empty")                                            \
	X(CONNECTED, "sessions", "connected")                                  \
	X(TLS, "sessions", "tls")                                              \
	X(LOST, "sessions", "lost")                                            \
	X(TIMEOUT, "sessions", "timeout")                                      \
	X(TLS_1_2, "sessions", "tls_1_2")                                      \
	X(TLS_1_3, "sessions", "tls_1_3")                                      \
	X(CLEAN, "verdicts", "clean")                                          \
	X(SPAM, "verdicts", "spam")                                            \
	X(VIRUS, "verdicts", "virus")

enum truth {
#define TRUTH_ENUM(name, section, key) TRUTH_##name,
	TRUTH_TABLE(TRUTH_ENUM)
#undef TRUTH_ENUM
	    TRUTH_REASONS, /* one a reason */
	TRUTH_MAILERS = TRUTH_REASONS + REASONS
};

enum mailer {
	MAILER_SMTP,
	MAILER_LOCAL,
	MAILER_LMTP,
	MAILER_VIRTUAL,
	MAILER_ESMTP, /* from here on Sendmail's */
	MAILER_PROG,
	MAILER_FILE,
	MAILERS
};
enum column { FROM, BYTES_FROM, TO, BYTES_TO, REFUSED, LATER, LOST_FOR_GOOD };
#define COLUMNS 7
#define TRUTHS  (TRUTH_MAILERS + MAILERS * COLUMNS)

/* chance.c */
void chance_seed(uint64_t seed);
uint64_t chance_bits(void);
unsigned below(unsigned n);                    /* 0 ... n-1 */
bool happens(double part);                     /* 0.0 never, 1.0 always */
int64_t around(double seconds);                /* exponential, in us */
int64_t between(double seconds, double until); /* even, in us */
#define PICK(table) ((table)[below(sizeof(table) / sizeof((table)[0]))])

/* lines.c: what waits to be written */
struct line;
struct line *say(int64_t when, const char *program, unsigned pid,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
struct line *worth(struct line *, unsigned what, uint64_t n);
unsigned mailer_cell(enum mailer, enum column);
int64_t lines_next(void); /* the time of the next line; INT64_MAX: none */
/* Take it out; the text is the caller's to free. */
char *lines_take(int64_t *when);

/* truth.c */
void truth_add(unsigned what, uint64_t n);
void truth_print(FILE *, bool zeros); /* also what was not counted */

/* output.c */
struct output_config {
	const char *path; /* NULL: standard output */
	const char *host;
	bool rfc3339;
	bool mainlog; /* Exim's own: no host, no program */
	bool weekly;  /* leave rotated siblings: PATH.1, PATH.2, ... */
	int64_t start, end;
};
void output_open(const struct output_config *);
void output_line(int64_t when, const char *text);
uint64_t output_bytes(void);
void output_flush(void);
void output_close(void);

/* world.c: who is there */
struct peer {
	char name[64]; /* "unknown" */
	char address[48];
	unsigned port;
	char helo[64];
};
void world_init(unsigned clients, bool wide);
void sender_server(struct peer *);           /* a proper mail server */
void stranger(struct peer *);                /* one of a botnet */
void stranger_at(struct peer *, unsigned i); /* always the same one */
void customer(struct peer *, unsigned user); /* at home, or on the road */
void workstation(struct peer *);
const char *user_name(unsigned i);
const char *remote_domain(unsigned i);
#define USERS   96
#define REMOTES 24
void message_id(char *id, size_t size, int64_t now, const char *domain);

/* post.c: queue identifiers and process identifiers */
void queue_id(char id[20], int64_t now);
void post_long_ids(int64_t from);
/* A daemon that does nothing else between the two times. */
unsigned smtpd_pid(const char *program, int64_t from, int64_t until);
unsigned daemon_pid(const char *program, int64_t now);

enum verdict { VERDICT_PASS, VERDICT_JUNK, VERDICT_INFECTED };

/* message.c: a message from its acceptance on */
struct recipient {
	char address[96];
	enum mailer mailer; /* MAILER_SMTP: it goes elsewhere */
	unsigned remote;    /* then: which domain */
};
#define RECIPIENTS 50
struct message {
	char id[20];
	char message_id[128];
	char sender[96];
	char origin[128]; /* "name[address]" of who brought it */
	char address[48];
	uint64_t size;
	unsigned n;
	struct recipient to[RECIPIENTS];
	enum { BY_SMTPD, BY_PICKUP, BY_FILTER, BY_US } origin_kind;
	bool authenticated;
	bool network;  /* from a client of ours, without a password */
	bool filtered; /* it goes through the content filter first */
	bool held;     /* received already, when it was put on hold */
	enum verdict verdict;
	double bad; /* what part of remote recipients does not exist */
};
void recipient_local(struct recipient *);
void recipient_remote(struct recipient *);
/* From "queue active" to "removed", retries and notices included. */
void message_live(struct message *, int64_t now);
const char *daemon_of(enum mailer);

/* filter.c: through a content filter on the loopback */
void filter_pass(const struct message *, int64_t now);

/* stories: each begins at that time */
void story_inbound(int64_t now);
void story_spam(int64_t now); /* taken, and found by the filter */
void story_submission(int64_t now);
void story_network(int64_t now);
void story_pickup(int64_t now);
void story_refused(int64_t now);
void story_guesser(int64_t now);
void story_probe(int64_t now);
void story_login(int64_t now);
void story_login_guess(int64_t now);
void story_anvil(int64_t now); /* what its statistics say, when idle */

void burst_relay(int64_t now, unsigned attacker);
void burst_stolen(int64_t now, unsigned user);
void burst_guesser(int64_t now, unsigned attacker, unsigned times);

/* Sendmail's: sendmail.c, sendmail_message.c, sendmail_refused.c */
void story_sm_inbound(int64_t now);
void story_sm_submission(int64_t now);
void story_sm_pickup(int64_t now);
void story_sm_refused(int64_t now);
void story_sm_guesser(int64_t now);
void story_sm_probe(int64_t now);

/* Exim's: exim.c */
void story_ex_inbound(int64_t now);
void story_ex_submission(int64_t now);
void story_ex_refused(int64_t now);
void story_ex_guesser(int64_t now);
void story_ex_probe(int64_t now);
void story_ex_queue(int64_t now);

/* OpenSMTPD's: opensmtpd.c */
void story_os_inbound(int64_t now);
void story_os_submission(int64_t now);
void story_os_refused(int64_t now);
void story_os_guesser(int64_t now);
void story_os_probe(int64_t now);

/* qmail's: qmail.c */
void story_qm_inbound(int64_t now);
void story_qm_submission(int64_t now);
void story_qm_refused(int64_t now);
void story_qm_probe(int64_t now);

/* nullmailer's: nullmailer.c */
void story_nm_submission(int64_t now);

/* arrivals.c: which story begins when */
enum system {
	SYSTEM_POSTFIX,
	SYSTEM_SENDMAIL,
	SYSTEM_EXIM,
	SYSTEM_OPENSMTPD,
	SYSTEM_QMAIL,
	SYSTEM_NULLMAILER
};
void arrivals_begin(enum system, int64_t start, int64_t end,
    double messages_a_day, bool many_clients);
void arrivals_live(int64_t now); /* from now on faster, without nights */
int64_t arrivals_next(void);
void arrivals_run(void); /* the one that is next */

/* session.c: lines that many stories share */
struct session {
	struct peer peer;
	char program[32];
	unsigned pid;
	int64_t now;
};
void session_begin(struct session *, const char *program, int64_t now);
void session_screened(struct session *, int64_t now);
void session_tls(struct session *);
void session_end(struct session *, const char *commands);
/* commands NULL: nothing was said at all */
void session_lost(struct session *, const char *after, const char *commands);
/* queue_id, from and to may be NULL; the reply begins with its code. */
void session_reject(struct session *, enum reason, const char *queue_id,
    const char *stage, const char *reply, const char *from, const char *to);
/* "client=" and "message-id="; the caller then lets the message live. */
void session_take(struct session *, struct message *, const char *sasl_user);

#endif
