/*
 * checks.c - what stands before the queue: s/qmail's qmail-smtpd, simscan,
 * spamdyke, and patches that tell who brought a message
 */
#include "base/array.h"
#include "collectors/qmail/qmail.h"
#include "collectors/tracker_impl.h"

/* s/qmail: "Reject::STAGE::Why"; the first that fits. */
static const struct {
	struct slice mark;
	enum reason reason;
} rulings[] = {
#define R(text, reason)                                                        \
	{                                                                      \
		{ text, sizeof(text) - 1 }, REASON_##reason                    \
	}
	R("SNDR::Invalid_Relay", RELAY_DENIED),
	R("SNDR::Bad_Helo", BAD_HELO),
	R("SNDR::DNS_Helo", BAD_HELO),
	R("ORIG::DNS_MF", UNKNOWN_SENDER),
	R("ORIG::Invalid_Mailfrom", UNKNOWN_SENDER),
	R("ORIG::Failed_Auth", UNKNOWN_SENDER),
	R("ORIG::", ACCESS_DENIED),
	R("RCPT::Failed_Rcptto", UNKNOWN_RECIPIENT),
	R("RCPT::Toomany_Rcptto", TOO_MANY_RECIPIENTS),
	R("RCPT::Empty", PROTOCOL),
	R("RCPT::", ACCESS_DENIED),
	R("DATA::Invalid_Size", TOO_LARGE),
	R("DATA::Spam_Message", SPAM),
	R("DATA::Virus_Infected", VIRUS),
	R("DATA::MIME", ATTACHMENT),
	R("DATA::Bad_Base64", ATTACHMENT),
	R("DATA::", CONTENT),
	R("TLS::", AUTH_REQUIRED),
	R("AUTH::missing", AUTH_REQUIRED),
	R("RBL::", DNSBL),
	R("SPF::", POLICY),
	R("GREY", GREYLISTED),
	R("SNDR::", ACCESS_DENIED),
#undef R
};

/* "... S:203.0.113.7:mail.example.net H:...": a name has no colon */
static struct addr
read_source(struct slice text, const struct session *session)
{
	struct addr client = { 0 };
	struct slice before, address;

	if (session != NULL)
		return session->client;
	if (slice_cut(&text, SLICE(" S:"), &before) &&
	    slice_cut(&text, SLICE(":"), &address))
		(void)addr_parse(address, &client);
	return client;
}

/* "... ?~ 'kim'": the user, last */
static struct slice
read_user(struct slice text)
{
	ptrdiff_t at = slice_find_last(text, SLICE(" ?~ '"));

	if (at == -1 || !slice_ends(text, SLICE("'")))
		return SLICE("");
	text = slice_from(text, (size_t)at + 5);
	if (text.n > 0)
		text.n--;
	return text;
}

static enum meaning
ruled(struct entry *entry, struct session *session, struct slice text)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	size_t i = 0;

	event.client = read_source(text, session);
	event.mailer = SLICE("smtp");
	if (slice_find(text, SLICE(" P:")) == -1)
		return MEANS_UNKNOWN;
	while (i < NELEMS(rulings) && !slice_starts(text, rulings[i].mark))
		i++;
	event.reject.reason =
	    i < NELEMS(rulings) ? rulings[i].reason : REASON_POLICY;
	event.reject.temporary = event.reject.reason == REASON_GREYLISTED;
	event.reject.text = text;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "pid 100 Reject::AUTH::plain P:ESMTPSA S:203.0.113.7:name H:helo ?~ 'kim'" */
enum meaning
qmail_smtpd(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_AUTH_FAILED);
	struct slice text = entry->text;
	struct session *session;
	uint64_t pid;

	if (!slice_skips(&text, "pid ") || !cut_count(&text, SLICE(" "), &pid))
		return MEANS_NOTHING;
	session = qmail_session(entry, pid);
	if (slice_skips(&text, "Accept::AUTH::")) {
		event.client = read_source(text, session);
		session_authenticated(entry->tracker, entry->line, session,
		    &event.client, read_user(text));
		return MEANS_FACT;
	}
	if (!slice_skips(&text, "Reject::"))
		return MEANS_NOTHING;
	if (!slice_begins(text, "AUTH::") ||
	    slice_begins(text, "AUTH::missing"))
		return ruled(entry, session, text);
	if (slice_find(text, SLICE(" P:")) == -1)
		return MEANS_UNKNOWN;
	event.client = read_source(text, session);
	event.account = read_user(text);
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "pid 210394 from <kim@example.org> qp 210429" */
enum meaning
qmail_received(struct entry *entry)
{
	struct slice text = entry->text;
	struct session *session;
	uint64_t pid, qp;
	ptrdiff_t at = slice_find_last(text, SLICE("> qp "));

	if (at == -1 || !slice_skips(&text, "pid ") ||
	    !cut_count(&text, SLICE(" from <"), &pid) ||
	    !slice_number(slice_from(entry->text, (size_t)at + 5), &qp))
		return MEANS_UNKNOWN;
	session = qmail_session(entry, pid);
	if (session != NULL)
		qmail_brought(entry, qp, session);
	return MEANS_FACT;
}

/* "[210394]:SPAM REJECT (12.3/5.0):0.2s:subject:ip:from:to": the process is
   qmail-smtpd's */
enum meaning
qmail_simscan(struct entry *entry)
{
	static const struct {
		struct slice word;
		enum verdict_kind verdict;
		enum reason reason;
	} verdicts[] = {
		{ { "CLEAN", 5 }, VERDICT_CLEAN, REASON_OTHER },
		{ { "SPAM", 4 }, VERDICT_SPAM, REASON_SPAM },
		{ { "PASSTHRU", 8 }, VERDICT_SPAM, REASON_SPAM },
		{ { "VIRUS", 5 }, VERDICT_VIRUS, REASON_VIRUS },
		{ { "ATTACH", 6 }, VERDICT_BANNED, REASON_ATTACHMENT },
	};
	struct mail_event event = event_from(entry->line, EVENT_VERDICT);
	struct slice text = entry->text;
	struct session *session;
	uint64_t pid;

	if (!slice_skips(&text, "[") || !cut_count(&text, SLICE("]:"), &pid))
		return MEANS_NOTHING;
	session = qmail_session(entry, pid);
	if (session != NULL)
		event.client = session->client;
	for (size_t i = 0; i < NELEMS(verdicts); i++) {
		if (!slice_skip(&text, verdicts[i].word))
			continue;
		event.verdict = verdicts[i].verdict;
		tracker_emit(entry->tracker, &event);
		if (!slice_begins(text, " REJECT"))
			return MEANS_FACT;
		qmail_refused(entry, session, event.client, SLICE("554 "),
		    &verdicts[i].reason);
		if (session != NULL)
			session->discard = true; /* its answer comes yet */
		return MEANS_FACT;
	}
	return MEANS_NOTHING;
}

static const struct {
	struct slice word;
	enum reason reason;
} denials[] = {
	{ { "DENIED_RELAYING", 15 }, REASON_RELAY_DENIED },
	{ { "DENIED_INVALID_RECIPIENT", 24 }, REASON_UNKNOWN_RECIPIENT },
	{ { "DENIED_UNQUALIFIED_RECIPIENT", 28 }, REASON_PROTOCOL },
	{ { "DENIED_EARLYTALKER", 18 }, REASON_PROTOCOL },
	{ { "DENIED_ZERO_RECIPIENTS", 22 }, REASON_PROTOCOL },
	{ { "DENIED_GRAYLISTED", 17 }, REASON_GREYLISTED },
	{ { "DENIED_RBL_MATCH", 16 }, REASON_DNSBL },
	{ { "DENIED_RHSBL_MATCH", 18 }, REASON_DNSBL },
	{ { "DENIED_RDNS_MISSING", 19 }, REASON_NO_REVERSE_DNS },
	{ { "DENIED_RDNS_RESOLVE", 19 }, REASON_NO_REVERSE_DNS },
	{ { "DENIED_IP_IN_RDNS", 17 }, REASON_NO_REVERSE_DNS },
	{ { "DENIED_IP_IN_CC_RDNS", 20 }, REASON_NO_REVERSE_DNS },
	{ { "DENIED_SENDER_NO_MX", 19 }, REASON_UNKNOWN_SENDER },
	{ { "DENIED_TOO_MANY_RECIPIENTS", 26 }, REASON_TOO_MANY_RECIPIENTS },
	{ { "DENIED_AUTH_REQUIRED", 20 }, REASON_AUTH_REQUIRED },
	{ { "DENIED_OTHER", 12 }, REASON_OTHER },
	{ { "DENIED_", 7 }, REASON_ACCESS_DENIED },
};

/* "... origin_ip: 203.0.113.7 origin_rdns: ...": an address of the client's
   may hold the same words; then only the process tells */
static struct addr
origin_of(struct entry *entry, const struct session *session)
{
	struct slice text = entry->text, before, address;
	struct addr client = { 0 };

	if (session != NULL)
		return session->client;
	if (!slice_cut(&text, SLICE(" origin_ip: "), &before) ||
	    !slice_cut(&text, SLICE(" origin_rdns: "), &address))
		return client;
	if (slice_find(text, SLICE(" origin_ip: ")) != -1)
		tracker_counts(entry->tracker)->ambiguous++;
	else
		(void)addr_parse(address, &client);
	return client;
}

static void
denied(struct entry *entry, const struct session *session, size_t row)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	struct slice text = entry->text, before, reason;

	event.client = origin_of(entry, session);
	event.mailer = SLICE("smtp");
	event.reject.reason = denials[row].reason;
	/* qmail-smtpd's own answer: "reason: 553_sorry,_that_domain_..." */
	if (slice_cut(&text, SLICE(" reason: "), &before) &&
	    denials[row].reason == REASON_OTHER &&
	    slice_find(text, SLICE("allowed_rcpthosts")) != -1)
		event.reject.reason = REASON_RELAY_DENIED;
	event.reject.temporary = event.reject.reason == REASON_GREYLISTED;
	if (slice_cut(&entry->text, SLICE(" "), &reason))
		event.reject.text = reason;
	tracker_emit(entry->tracker, &event);
}

static enum meaning
spamdyke(struct entry *entry, uint64_t pid)
{
	struct session *session = qmail_session(entry, pid);
	struct slice text = entry->text, before, user;
	struct addr client;

	if (slice_begins(text, "ALLOWED ")) {
		if (!slice_cut(&text, SLICE(" auth: "), &before) ||
		    !slice_cut(&text, SLICE(" encryption: "), &user) ||
		    slice_is(user, "(unknown)") || session == NULL)
			return MEANS_NOTHING;
		client = session->client;
		session_authenticated(
		    entry->tracker, entry->line, session, &client, user);
		return MEANS_FACT;
	}
	if (slice_begins(text, "TIMEOUT ")) {
		client = origin_of(entry, session);
		session_lost(entry->tracker, entry->line, &client, session,
		    SESSION_TIMEOUT);
		return MEANS_FACT;
	}
	for (size_t i = 0; i < NELEMS(denials); i++) {
		if (!slice_starts(text, denials[i].word) ||
		    slice_find(text, SLICE(" reason: ")) == -1)
			continue;
		denied(entry, session, i);
		if (session != NULL)
			session->discard = true; /* so recordio has it too */
		return MEANS_FACT;
	}
	return MEANS_NOTHING; /* FILTER_*, ERROR, DEBUG */
}

/* By syslog: the process is the line's. */
enum meaning
qmail_spamdyke(struct entry *entry)
{
	return spamdyke(entry, entry->line->pid);
}

/* "29207]: DENIED_RDNS_MISSING from: ...", on standard error */
enum meaning
qmail_spamdyke_pid(struct entry *entry)
{
	uint64_t pid;

	if (!cut_count(&entry->text, SLICE("]: "), &pid))
		return MEANS_UNKNOWN;
	return spamdyke(entry, pid);
}
