/* postfix.c - Postfix, 2.11 to 3.9: which daemon, and on to its parser */
#include "collectors/postfix/postfix.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "collectors/inflight.h"
#include "collectors/wrapped.h"

static enum meaning smtp(struct entry *);
static enum meaning guessed(struct entry *);

/*
 * The last part of the program's name picks the row; what stands before it is
 * the instance's syslog_name and the label of master.cf.
 */
static const struct {
	struct slice name;
	entry_fn *parse;
	struct slice mailer;
} daemons[] = {
#define D(name, fn, mailer)                                                    \
	{                                                                      \
		{ name, sizeof(name) - 1 }, fn,                                \
		{                                                              \
			mailer, sizeof(mailer) - 1                             \
		}                                                              \
	}
	D("smtpd", postfix_smtpd, "smtp"),
	D("qmgr", postfix_qmgr, "error"),
	D("cleanup", postfix_cleanup, ""),
	D("smtp", smtp, "smtp"),
	D("local", postfix_delivery, "local"),
	D("postscreen", postfix_postscreen, ""),
	D("lmtp", smtp, "lmtp"),
	D("virtual", postfix_delivery, "virtual"),
	D("pipe", postfix_pipe, "pipe"),
	D("error", postfix_delivery, "error"),
	D("retry", postfix_delivery, "error"),
	D("discard", postfix_delivery, "discard"),
	D("bounce", postfix_bounce, ""),
	D("defer", postfix_bounce, ""),
	D("trace", postfix_bounce, ""),
	D("pickup", postfix_pickup, ""),
	D("postsuper", postfix_postsuper, ""),
	D("nqmgr", postfix_qmgr, "error"),
	D("oqmgr", postfix_qmgr, "error"),
	D("master", postfix_master, ""),
	D("postfix-script", postfix_master, ""),
	D("tlsproxy", postfix_tlsproxy, ""),
	/* Daemons whose lines are about themselves. */
	D("anvil", entry_nothing, ""),
	D("dnsblog", entry_nothing, ""),
	D("verify", entry_nothing, ""),
	D("scache", entry_nothing, ""),
	D("flush", entry_nothing, ""),
	D("proxymap", entry_nothing, ""),
	D("proxywrite", entry_nothing, ""),
	D("trivial-rewrite", entry_nothing, ""),
	D("rewrite", entry_nothing, ""),
	D("tlsmgr", entry_nothing, ""),
	D("showq", entry_nothing, ""),
	D("spawn", entry_nothing, ""),
	D("qmqpd", entry_nothing, ""),
	D("postlogd", entry_nothing, ""),
	D("postlog", entry_nothing, ""),
	D("postalias", entry_nothing, ""),
	D("postmap", entry_nothing, ""),
	D("postdrop", entry_nothing, ""),
	D("postqueue", entry_nothing, ""),
	D("postmulti", entry_nothing, ""),
	D("postfix-tls-script", entry_nothing, ""),
	D("postfix-wrapper", entry_nothing, ""),
	D("postconf", entry_nothing, ""),
	D("postkick", entry_nothing, ""),
	D("sendmail", entry_nothing, ""),
	D("postfix", entry_nothing, ""),
	D("smtp-sink", entry_nothing, ""),
	/* The name was cut: the text tells. */
	D("", guessed, ""),
};

#define GUESSED (NELEMS(daemons) - 1)

struct slice
postfix_mailer(const struct entry *entry)
{
	const char *name;
	ptrdiff_t slash = slice_find_last(entry->line->program, SLICE("/"));
	struct slice last =
	    slice_from(entry->line->program, (size_t)(slash + 1));

	if (slash == -1) {
		name = postfix_guess(entry->line->text);
		last = name == NULL ? SLICE("") : slice_of(name);
	}
	for (size_t i = 0; i < NELEMS(daemons); i++)
		if (slice_eq(last, daemons[i].name))
			return daemons[i].mailer;
	return SLICE("");
}

/* smtp(8), lmtp(8): beside deliveries only the course of a conversation */
static enum meaning
smtp(struct entry *entry)
{
	if (slice_begins(entry->text, "to=<"))
		return postfix_delivery(entry);
	return MEANS_NOTHING;
}

/* "4Z1B2C: rest": most lines have a queue id. */
static void
cut_id(struct entry *entry)
{
	const struct slice text = entry->text;
	size_t n = queue_id_length(text);

	if (n == 0 || n + 2 > text.n || text.p[n] != ':' ||
	    text.p[n + 1] != ' ')
		return;
	entry->id = (struct slice){ text.p, n };
	entry->text = slice_from(text, n + 2);
}

static enum meaning
guessed(struct entry *entry)
{
	const char *name = postfix_guess(entry->line->text);

	for (size_t i = 0; name != NULL && i < GUESSED; i++)
		if (slice_eq(slice_of(name), daemons[i].name))
			return daemons[i].parse(entry);
	return MEANS_UNKNOWN;
}

static bool
owns(struct slice program, unsigned *kind)
{
	ptrdiff_t slash = slice_find_last(program, SLICE("/"));
	struct slice last = slice_from(program, (size_t)(slash + 1));

	if (slash == -1) {
		*kind = GUESSED;
		return slice_is(program, "postfix");
	}
	for (unsigned i = 0; i < GUESSED; i++) {
		if (slice_eq(last, daemons[i].name)) {
			*kind = i;
			return true;
		}
	}
	return false;
}

/* Lines of a name we have not met that no other system writes. */
static bool
knows(struct slice text, unsigned *kind)
{
	static const struct slice marks[] = { { "client=", 7 }, { "uid=", 4 },
		{ "message-id=<", 12 }, { "from=<", 6 }, { "to=<", 4 } };
	static const struct slice alone[] = {
		{ "starting the Postfix mail system", 32 },
		{ "stopping the Postfix mail system", 32 },
		{ "refreshing the Postfix mail system", 34 },
		{ "CONNECT from [", 14 }, { "PASS NEW [", 10 },
		{ "PASS OLD [", 10 }, { "PREGREET ", 9 },
		{ "HANGUP after ", 13 }, { "DNSBL rank ", 11 },
		{ "NOQUEUE: reject: ", 17 }, { "NOQUEUE: milter-reject: ", 24 },
		{ "NOQUEUE: permit: ", 17 }, { "NOQUEUE: warn: ", 15 },
		{ "lost connection after ", 22 }, { "timeout after ", 14 },
		{ "too many errors after ", 22 },
		{ "statistics: max connection ", 27 }
	};
	struct slice id, rest = text;
	struct addr peer;
	uint64_t port;

	*kind = GUESSED;
	if (slice_cut(&rest, SLICE(": "), &id) && is_queue_id(id))
		for (size_t i = 0; i < NELEMS(marks); i++)
			if (slice_starts(rest, marks[i]))
				return true;
	for (size_t i = 0; i < NELEMS(alone); i++)
		if (slice_starts(text, alone[i]))
			return true;
	if (slice_begins(text, "warning: "))
		return slice_find(text, SLICE("]: SASL ")) != -1;
	if (slice_begins(text, "daemon started -- version "))
		return slice_find(text, SLICE(", configuration /")) != -1;
	return (slice_skips(&text, "connect from ") ||
		   slice_skips(&text, "disconnect from ")) &&
	       cut_peer(&text, &peer, &port);
}

/*
 * "connect from localhost[127.0.0.1]:49676": of a session that a wrapper brings
 * the text with its client instead, to be freed.  The first bracket is the
 * peer's, whatever else a line has.
 */
static char *
unwrap(const struct tracker *tracker, const struct log_line *line)
{
	ptrdiff_t at = slice_find_char(line->text, '[');
	char client[ADDR_TEXT], *text = NULL;
	struct addr addr, peer;
	struct slice rest;
	uint64_t port;

	if (at == -1)
		return NULL;
	rest = slice_from(line->text, (size_t)at);
	if (!cut_peer(&rest, &peer, &port))
		return NULL;
	addr = peer;
	wrapped_client(tracker, line, &addr, port);
	if (addr_eq(&addr, &peer))
		return NULL;
	addr_print(&addr, client);
	if (asprintf(&text, "%.*s[%s]:%u%.*s", (int)at, line->text.p, client,
		(unsigned)port, (int)rest.n, rest.p) == -1)
		return NULL;
	return text;
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct entry entry = { tracker, line, { NULL, 0 }, line->text };
	char *unwrapped =
	    daemons[kind].parse == postfix_smtpd && wrapped_any(tracker)
		? unwrap(tracker, line)
		: NULL;
	enum meaning meaning;

	if (unwrapped != NULL)
		entry.text = slice_of(unwrapped);
	cut_id(&entry);
	meaning = daemons[kind].parse(&entry);
	free(unwrapped);
	return meaning;
}

const struct log_format format_postfix = {
	.name = "postfix",
	.systems = "Postfix 2.11 to 3.9",
	.reads = "all daemons, any syslog_name and master.cf label; "
		 "messages, deliveries, refusals, sessions, authentication",
	.owns = owns,
	.parse = parse,
	.knows = knows,
};
