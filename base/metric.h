/*
 * metric.h - everything that is counted
 *
 * One row a thing: dotted name, unit, kind, help.  The series' schema, JSON,
 * /metrics and the dashboard's legends are derived from it, so a new metric is
 * one row here and the place that counts it.
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stdbool.h>

#include "base/reason.h"
#include "base/slice.h"

enum metric_unit {
	UNIT_MESSAGES,
	UNIT_RECIPIENTS,
	UNIT_DELIVERIES,
	UNIT_BYTES,
	UNIT_KILOBYTES, /* of 1000; each message rounded up */
	UNIT_REPLIES,
	UNIT_SESSIONS,
	UNIT_LOGINS,
	UNIT_COMMANDS,
	UNIT_LINES,
	UNIT_BLOCKS,
	UNIT_PACKETS,
	UNIT_SECONDS,
	UNIT_ADDRESSES,
	UNIT_TIMES,
	UNIT_RATIO
};

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

/* Enumerator, dotted name, unit, kind, help. */
#define METRIC_TABLE(X)                                                        \
	X(MESSAGES_RECEIVED, "messages.received", MESSAGES, COUNTER,           \
	    "messages taken from outside the mail system")                     \
	X(MESSAGES_RECEIVED_BYTES, "messages.received_bytes", BYTES, COUNTER,  \
	    "size of the messages received")                                   \
	X(MESSAGES_RECEIVED_RECIPIENTS, "messages.received_recipients",        \
	    RECIPIENTS, COUNTER, "recipients of the messages received")        \
	X(MESSAGES_GENERATED, "messages.generated", MESSAGES, COUNTER,         \
	    "messages the mail system made itself: bounces, forwards")         \
	X(MESSAGES_SENT, "messages.sent", DELIVERIES, COUNTER,                 \
	    "deliveries: one per recipient")                                   \
	X(MESSAGES_SENT_BYTES, "messages.sent_bytes", BYTES, COUNTER,          \
	    "size of the deliveries")                                          \
	X(MESSAGES_DEFERRED, "messages.deferred", DELIVERIES, COUNTER,         \
	    "attempts that failed and will be retried")                        \
	X(MESSAGES_BOUNCED, "messages.bounced", DELIVERIES, COUNTER,           \
	    "recipients given up")                                             \
	X(MESSAGES_EXPIRED, "messages.expired", MESSAGES, COUNTER,             \
	    "messages given up for their age")                                 \
	X(MESSAGES_DISCARDED, "messages.discarded", MESSAGES, COUNTER,         \
	    "taken and thrown away by a rule")                                 \
	X(MESSAGES_QUARANTINED, "messages.quarantined", MESSAGES, COUNTER,     \
	    "taken and put on hold by a rule")                                 \
	X(REJECTS_TOTAL, "rejects.total", REPLIES, COUNTER,                    \
	    "refusals that a client was told of")                              \
	X(REJECTS_TEMPORARY, "rejects.temporary", REPLIES, COUNTER,            \
	    "refusals with a 4xx code")                                        \
	X(REJECTS_PERMANENT, "rejects.permanent", REPLIES, COUNTER,            \
	    "refusals with a 5xx code")                                        \
	X(RELAY_DENIED, "relay.denied", REPLIES, COUNTER,                      \
	    "attempts to relay that were refused")                             \
	X(RELAY_AUTHENTICATED, "relay.authenticated", MESSAGES, COUNTER,       \
	    "taken for elsewhere from an authenticated user")                  \
	X(RELAY_NETWORK, "relay.network", MESSAGES, COUNTER,                   \
	    "taken for elsewhere from our networks")                           \
	X(RELAY_OPEN, "relay.open", MESSAGES, COUNTER,                         \
	    "taken for elsewhere from a stranger")                             \
	X(RELAY_UNSURE, "relay.unsure", MESSAGES, COUNTER,                     \
	    "perhaps taken for elsewhere from a stranger")                     \
	X(AUTH_OK, "auth.ok", SESSIONS, COUNTER,                               \
	    "SMTP sessions that authenticated")                                \
	X(AUTH_FAILED, "auth.failed", LOGINS, COUNTER,                         \
	    "SMTP authentications that failed")                                \
	X(LOGINS_OK, "logins.ok", LOGINS, COUNTER, "POP and IMAP logins")      \
	X(LOGINS_FAILED, "logins.failed", LOGINS, COUNTER,                     \
	    "POP and IMAP logins that failed")                                 \
	X(PROBES_VRFY, "probes.vrfy", COMMANDS, COUNTER, "VRFY commands")      \
	X(PROBES_EXPN, "probes.expn", COMMANDS, COUNTER, "EXPN commands")      \
	X(PROBES_PREGREET, "probes.pregreet", SESSIONS, COUNTER,               \
	    "clients that talked before the greeting")                         \
	X(PROBES_NON_SMTP, "probes.non_smtp", COMMANDS, COUNTER,               \
	    "commands of another protocol, or pipelined too early")            \
	X(PROBES_EMPTY, "probes.empty", SESSIONS, COUNTER,                     \
	    "sessions that did nothing")                                       \
	X(SESSIONS_CONNECTED, "sessions.connected", SESSIONS, COUNTER,         \
	    "SMTP sessions")                                                   \
	X(SESSIONS_TLS, "sessions.tls", SESSIONS, COUNTER,                     \
	    "SMTP sessions under TLS")                                         \
	X(SESSIONS_LOST, "sessions.lost", SESSIONS, COUNTER,                   \
	    "SMTP sessions the client dropped")                                \
	X(SESSIONS_TIMEOUT, "sessions.timeout", SESSIONS, COUNTER,             \
	    "SMTP sessions that ran into a time limit")                        \
	X(SESSIONS_LOCAL, "sessions.local", SESSIONS, COUNTER,                 \
	    "SMTP sessions from the host itself (Sendmail)")                   \
	X(SESSIONS_REJECTED, "sessions.rejected", REPLIES, COUNTER,            \
	    "refusals and discards that mailstats counts")                     \
	X(SESSIONS_TLS_1_0, "sessions.tls_1_0", SESSIONS, COUNTER, "TLS 1.0")  \
	X(SESSIONS_TLS_1_1, "sessions.tls_1_1", SESSIONS, COUNTER, "TLS 1.1")  \
	X(SESSIONS_TLS_1_2, "sessions.tls_1_2", SESSIONS, COUNTER, "TLS 1.2")  \
	X(SESSIONS_TLS_1_3, "sessions.tls_1_3", SESSIONS, COUNTER, "TLS 1.3")  \
	X(VERDICTS_CLEAN, "verdicts.clean", MESSAGES, COUNTER,                 \
	    "scanned and found clean")                                         \
	X(VERDICTS_SPAM, "verdicts.spam", MESSAGES, COUNTER,                   \
	    "scanned and found to be spam")                                    \
	X(VERDICTS_VIRUS, "verdicts.virus", MESSAGES, COUNTER,                 \
	    "scanned and found to carry a virus")                              \
	X(VERDICTS_BANNED, "verdicts.banned", MESSAGES, COUNTER,               \
	    "scanned and found to carry a banned attachment")                  \
	X(QUEUE_ACTIVE, "queue.active", MESSAGES, GAUGE,                       \
	    "messages being delivered")                                        \
	X(QUEUE_DEFERRED, "queue.deferred", MESSAGES, GAUGE,                   \
	    "messages that wait to be tried again")                            \
	X(QUEUE_HOLD, "queue.hold", MESSAGES, GAUGE,                           \
	    "messages on hold, quarantined or frozen")                         \
	X(QUEUE_INCOMING, "queue.incoming", MESSAGES, GAUGE,                   \
	    "messages that were not yet tried")                                \
	X(QUEUE_OLDEST_SECONDS, "queue.oldest_seconds", SECONDS, GAUGE,        \
	    "age of the oldest message in the queues")                         \
	X(STATISTICS_MSGS_FROM, "statistics.msgs_from", MESSAGES, COUNTER,     \
	    "messages that came, by Sendmail's statistics file")               \
	X(STATISTICS_KBYTES_FROM, "statistics.kbytes_from", KILOBYTES,         \
	    COUNTER, "their size, each rounded up to 1000 bytes")              \
	X(STATISTICS_MSGS_TO, "statistics.msgs_to", DELIVERIES, COUNTER,       \
	    "deliveries, by Sendmail's statistics file")                       \
	X(STATISTICS_KBYTES_TO, "statistics.kbytes_to", KILOBYTES, COUNTER,    \
	    "their size, each rounded up to 1000 bytes")                       \
	X(STATISTICS_MSGS_REJECTED, "statistics.msgs_rejected", REPLIES,       \
	    COUNTER, "refusals, by Sendmail's statistics file")                \
	X(STATISTICS_MSGS_DISCARDED, "statistics.msgs_discarded", MESSAGES,    \
	    COUNTER, "thrown away, by Sendmail's statistics file")             \
	X(STATISTICS_MSGS_QUARANTINED, "statistics.msgs_quarantined",          \
	    MESSAGES, COUNTER, "put on hold, by Sendmail's statistics file")   \
	X(STATISTICS_CONNECTIONS_FROM, "statistics.connections_from",          \
	    SESSIONS, COUNTER,                                                 \
	    "connections of clients, by Sendmail's statistics file")           \
	X(STATISTICS_CONNECTIONS_TO, "statistics.connections_to", SESSIONS,    \
	    COUNTER, "connections made, by Sendmail's statistics file")        \
	X(STATISTICS_CONNECTIONS_REJECTED, "statistics.connections_rejected",  \
	    REPLIES, COUNTER,                                                  \
	    "connections rejected, by Sendmail's statistics file")             \
	X(STATISTICS_RESETS, "statistics.resets", TIMES, COUNTER,              \
	    "somebody emptied Sendmail's statistics file")                     \
	X(WIRE_SESSIONS, "wire.sessions", SESSIONS, COUNTER,                   \
	    "SMTP sessions seen on the wire")                                  \
	X(WIRE_OUTBOUND, "wire.outbound", SESSIONS, COUNTER,                   \
	    "SMTP sessions of this host with others")                          \
	X(WIRE_MESSAGES, "wire.messages", MESSAGES, COUNTER,                   \
	    "messages seen to be taken on the wire")                           \
	X(WIRE_RECIPIENTS, "wire.recipients", RECIPIENTS, COUNTER,             \
	    "their recipients")                                                \
	X(WIRE_BYTES, "wire.bytes", BYTES, COUNTER, "their size")              \
	X(WIRE_REJECTS, "wire.rejects", REPLIES, COUNTER,                      \
	    "refusals seen on the wire")                                       \
	X(WIRE_REJECTS_TEMPORARY, "wire.rejects_temporary", REPLIES, COUNTER,  \
	    "of them, with a 4xx code")                                        \
	X(WIRE_REJECTS_PERMANENT, "wire.rejects_permanent", REPLIES, COUNTER,  \
	    "of them, the others")                                             \
	X(WIRE_RELAY_DENIED, "wire.relay_denied", REPLIES, COUNTER,            \
	    "attempts to relay seen to be refused")                            \
	X(WIRE_AUTH_OK, "wire.auth_ok", LOGINS, COUNTER,                       \
	    "SMTP authentications seen to succeed")                            \
	X(WIRE_AUTH_FAILED, "wire.auth_failed", LOGINS, COUNTER,               \
	    "SMTP authentications seen to fail")                               \
	X(WIRE_LOGIN_OK, "wire.login_ok", LOGINS, COUNTER,                     \
	    "POP and IMAP logins seen to succeed")                             \
	X(WIRE_LOGIN_FAILED, "wire.login_failed", LOGINS, COUNTER,             \
	    "POP and IMAP logins seen to fail")                                \
	X(WIRE_LOGIN_TLS, "wire.login_tls", SESSIONS, COUNTER,                 \
	    "POP and IMAP sessions seen to be under TLS")                      \
	X(WIRE_CLEARTEXT, "wire.cleartext", LOGINS, COUNTER,                   \
	    "passwords seen to be sent unencrypted")                           \
	X(WIRE_CLEARTEXT_TAKEN, "wire.cleartext_taken", LOGINS, COUNTER,       \
	    "of them, those that the server took")                             \
	X(WIRE_CLEARTEXT_FORBIDDEN, "wire.cleartext_forbidden", LOGINS,        \
	    COUNTER, "of them, those that the server wants under TLS alone")   \
	X(WIRE_ATTACHMENTS, "wire.attachments", TIMES, COUNTER,                \
	    "files seen to be attached to messages taken")                     \
	X(WIRE_ATTACHMENTS_LISTED, "wire.attachments_listed", TIMES, COUNTER,  \
	    "of them, with an extension of the list in the configuration")     \
	X(WIRE_ENCRYPTED_PGP, "wire.encrypted_pgp", MESSAGES, COUNTER,         \
	    "messages seen to be encrypted as PGP/MIME")                       \
	X(WIRE_ENCRYPTED_SMIME, "wire.encrypted_smime", MESSAGES, COUNTER,     \
	    "messages seen to be encrypted as S/MIME")                         \
	X(WIRE_TLS, "wire.tls", SESSIONS, COUNTER,                             \
	    "SMTP sessions seen to be under TLS")                              \
	X(WIRE_TLS_BYTES, "wire.tls_bytes", BYTES, COUNTER,                    \
	    "what clients sent under TLS")                                     \
	X(WIRE_VRFY, "wire.vrfy", COMMANDS, COUNTER, "VRFY seen on the wire")  \
	X(WIRE_EXPN, "wire.expn", COMMANDS, COUNTER, "EXPN seen on the wire")  \
	X(WIRE_PREGREET, "wire.pregreet", SESSIONS, COUNTER,                   \
	    "clients seen to talk before the greeting")                        \
	X(WIRE_NON_SMTP, "wire.non_smtp", SESSIONS, COUNTER,                   \
	    "clients seen to speak another protocol")                          \
	X(WIRE_EMPTY, "wire.empty", SESSIONS, COUNTER,                         \
	    "sessions seen to do nothing")                                     \
	X(WIRE_LOST, "wire.lost", SESSIONS, COUNTER,                           \
	    "sessions that the client was seen to drop")                       \
	X(WIRE_TIMEOUT, "wire.timeout", SESSIONS, COUNTER,                     \
	    "sessions seen to run into a time limit")                          \
	X(WIRE_LOGGED, "wire.logged", MESSAGES, COUNTER,                       \
	    "messages seen on the wire that the log has, too")                 \
	X(WIRE_UNLOGGED, "wire.unlogged", MESSAGES, COUNTER,                   \
	    "messages seen on the wire that the log does not have")            \
	X(WIRE_UNSEEN, "wire.unseen", MESSAGES, COUNTER,                       \
	    "messages in the log that the wire should have shown")             \
	X(WIRE_UNCOMPARED, "wire.uncompared", MESSAGES, COUNTER,               \
	    "messages that could not be looked for: under TLS, or lost")       \
	X(WIRE_ROGUE, "wire.rogue", SESSIONS, COUNTER,                         \
	    "connections to send mail that are not the mail system's")         \
	X(WIRE_SENDERS_UNKNOWN, "wire.senders_unknown", SESSIONS, COUNTER,     \
	    "connections to send mail that were over before their user "       \
	    "could be asked for")                                              \
	X(WIRE_PACKETS, "wire.packets", PACKETS, COUNTER, "packets captured")  \
	X(WIRE_PACKETS_DROPPED, "wire.packets_dropped", PACKETS, COUNTER,      \
	    "packets that were too many to be captured")                       \
	X(WIRE_GAPS, "wire.gaps", TIMES, COUNTER,                              \
	    "holes in what was captured of a session")                         \
	X(WIRE_OVERLAPS, "wire.overlaps", TIMES, COUNTER,                      \
	    "segments that came again in part; the first bytes count")         \
	X(WIRE_EVICTED, "wire.evicted", SESSIONS, COUNTER,                     \
	    "sessions, half-open ones and fragments that had to make room")    \
	X(AGENT_LINES, "agent.lines", LINES, COUNTER, "log lines read")        \
	X(AGENT_LINES_RECOGNISED, "agent.lines_recognised", LINES, COUNTER,    \
	    "log lines that are understood")                                   \
	X(AGENT_LINES_IGNORED, "agent.lines_ignored", LINES, COUNTER,          \
	    "log lines known to mean nothing here, or not of mail")            \
	X(AGENT_LINES_UNRECOGNISED, "agent.lines_unrecognised", LINES,         \
	    COUNTER, "log lines of mail programs that are not understood")     \
	X(AGENT_LINES_LOST, "agent.lines_lost", LINES, COUNTER,                \
	    "log lines that the logger admits to have lost")                   \
	X(AGENT_AMBIGUOUS, "agent.ambiguous", LINES, COUNTER,                  \
	    "log lines whose quoting could be read in two ways")               \
	X(AGENT_LATE, "agent.late", LINES, COUNTER,                            \
	    "events that came after their minute was closed")                  \
	X(AGENT_FUTURE, "agent.future", LINES, COUNTER,                        \
	    "events dated more than five minutes ahead")                       \
	X(AGENT_DROPPED, "agent.dropped", LINES, COUNTER,                      \
	    "entries evicted from full tables")                                \
	X(AGENT_HISTORY_DROPPED, "agent.history_dropped", LINES, COUNTER,      \
	    "events lost to the message history while a disk was slow")        \
	X(AGENT_KNOWN, "agent.known", RATIO, GAUGE,                            \
	    "part of the time in which the log was read")                      \
	X(AGENT_LAG_SECONDS, "agent.lag_seconds", SECONDS, GAUGE,              \
	    "how far behind the log the agent is")                             \
	X(AGENT_BLOCKS_EXPECTED, "agent.blocks_expected", BLOCKS, GAUGE,       \
	    "blocks that should be in the firewall, by the list")              \
	X(AGENT_BLOCKS_ENFORCED, "agent.blocks_enforced", BLOCKS, GAUGE,       \
	    "blocks that are in the firewall")

enum metric {
#define METRIC_ENUM(name, dotted, unit, kind, help) METRIC_##name,
	METRIC_TABLE(METRIC_ENUM)
#undef METRIC_ENUM
	    METRIC_REJECTS_FIRST, /* "rejects.REASON", in REASON_TABLE's order */
	/* "wire.rejects_REASON", in the same order */
	METRIC_WIRE_REJECTS_FIRST = METRIC_REJECTS_FIRST + REASONS,
	METRICS = METRIC_WIRE_REJECTS_FIRST + REASONS
};

static inline enum metric
metric_of_reason(enum reason reason)
{
	return (enum metric)((unsigned)METRIC_REJECTS_FIRST + reason);
}

static inline enum metric
wire_metric_of_reason(enum reason reason)
{
	return (enum metric)((unsigned)METRIC_WIRE_REJECTS_FIRST + reason);
}

const char *metric_name(enum metric);
const char *metric_help(enum metric);
enum metric_unit metric_unit(enum metric);
enum metric_kind metric_kind(enum metric);
const char *unit_name(enum metric_unit);

/* The metric of that dotted name; METRICS if there is none. */
enum metric metric_find(struct slice name);

/*
 * What is counted for each mailer: mailstats' seven columns, in its order, the
 * sizes also as it counts them, and two more.  Their full names are "mailer.NAME.msgs_from" and so on.
 */
#define MAILER_METRIC_TABLE(X)                                                 \
	X(MSGS_FROM, "msgs_from", MESSAGES, "messages that came by it")        \
	X(BYTES_FROM, "bytes_from", BYTES, "their size")                       \
	X(KBYTES_FROM, "kbytes_from", KILOBYTES,                               \
	    "their size, each rounded up to 1000 bytes")                       \
	X(MSGS_TO, "msgs_to", DELIVERIES, "deliveries made by it")             \
	X(BYTES_TO, "bytes_to", BYTES, "their size")                           \
	X(KBYTES_TO, "kbytes_to", KILOBYTES,                                   \
	    "their size, each rounded up to 1000 bytes")                       \
	X(MSGS_REJECTED, "msgs_rejected", REPLIES, "refusals")                 \
	X(MSGS_DISCARDED, "msgs_discarded", MESSAGES, "thrown away by a rule") \
	X(MSGS_QUARANTINED, "msgs_quarantined", MESSAGES, "put on hold")       \
	X(DEFERRED, "deferred", DELIVERIES, "attempts to be retried")          \
	X(BOUNCED, "bounced", DELIVERIES, "recipients given up")

enum mailer_metric {
#define MAILER_METRIC_ENUM(name, word, unit, help) MAILER_##name,
	MAILER_METRIC_TABLE(MAILER_METRIC_ENUM)
#undef MAILER_METRIC_ENUM
	    MAILER_METRICS
};

const char *mailer_metric_name(enum mailer_metric);
const char *mailer_metric_help(enum mailer_metric);
enum metric_unit mailer_metric_unit(enum mailer_metric);
enum mailer_metric mailer_metric_find(struct slice name);

#endif
