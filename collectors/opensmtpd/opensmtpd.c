/* opensmtpd.c - OpenSMTPD, 5.3 to 7: which kind of line, and on to its parser */
#include "collectors/opensmtpd/opensmtpd.h"

#include "base/array.h"
#include "collectors/format.h"
#include "collectors/qmail/qmail.h"
#include "collectors/tracker_impl.h"

/* Behind the session's id and "smtp ". */
static const struct entry_row smtp[] = {
	ENTRY_ROW("envelope ", opensmtpd_envelope),
	ENTRY_ROW("message ", opensmtpd_message),
	ENTRY_ROW("connected ", opensmtpd_connected),
	ENTRY_ROW("disconnected", opensmtpd_disconnected),
	ENTRY_ROW("closed ", opensmtpd_disconnected),
	ENTRY_ROW("failed-command ", opensmtpd_failed),
	ENTRY_ROW("bad-input ", opensmtpd_bad_input),
	ENTRY_ROW("authentication ", opensmtpd_auth),
	ENTRY_ROW("tls ", opensmtpd_tls),
	ENTRY_ROW("starttls ", opensmtpd_tls),
	ENTRY_ROW("cert-check ", entry_nothing),
	ENTRY_ROW("client-cert-check ", entry_nothing),
};

/* What is under way with other hosts shows in the deliveries. */
static const struct entry_row mta[] = {
	ENTRY_ROW("delivery ", opensmtpd_mta),
	ENTRY_ROW("connecting ", entry_nothing),
	ENTRY_ROW("connected", entry_nothing),
	ENTRY_ROW("disconnected ", entry_nothing),
	ENTRY_ROW("closed ", entry_nothing),
	ENTRY_ROW("error ", entry_nothing),
	ENTRY_ROW("tls ", entry_nothing),
	ENTRY_ROW("starttls ", entry_nothing),
	ENTRY_ROW("cert", entry_nothing),
	ENTRY_ROW("server-cert-check ", entry_nothing),
	ENTRY_ROW("auth", entry_nothing),
	ENTRY_ROW("shutdown ", entry_nothing),
};

static const struct entry_row mda[] = {
	ENTRY_ROW("delivery ", opensmtpd_mda),
};

/* The daemon starts: no session of before goes on. */
static enum meaning
starting(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_LIFECYCLE);

	if (!slice_ends(entry->text, SLICE(" starting")))
		return MEANS_NOTHING;
	sessions_end_host(entry->tracker, entry->line->host_index);
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

static const struct entry_row plain[] = {
	ENTRY_ROW("relay: ", opensmtpd_old_relay),
	ENTRY_ROW("delivery: ", opensmtpd_old_delivery),
	ENTRY_ROW("smtp-in: ", opensmtpd_old),
	ENTRY_ROW("info: OpenSMTPD ", starting),
	/* Of itself: routes and limits, tables, complaints. */
	ENTRY_ROW("info: ", entry_nothing),
	ENTRY_ROW("warn: ", entry_nothing),
	ENTRY_ROW("warning: ", entry_nothing),
	ENTRY_ROW("smtp-out: ", entry_nothing),
	ENTRY_ROW("fatal", entry_nothing),
	ENTRY_ROW("table ", entry_nothing),
	ENTRY_ROW("table-", entry_nothing),
	ENTRY_ROW("queue: ", entry_nothing),
	ENTRY_ROW("scheduler: ", entry_nothing),
	ENTRY_ROW("mda: ", entry_nothing),
	ENTRY_ROW("mta: ", entry_nothing),
	ENTRY_ROW("lka: ", entry_nothing),
	ENTRY_ROW("control: ", entry_nothing),
	ENTRY_ROW("ca: ", entry_nothing),
	ENTRY_ROW("smtpd: ", entry_nothing),
	ENTRY_ROW("dispatcher: ", entry_nothing),
	ENTRY_ROW("getaddrinfo: ", entry_nothing),
	ENTRY_ROW("getnameinfo: ", entry_nothing),
	ENTRY_ROW("failed to ", entry_nothing),
	ENTRY_ROW("filter", entry_nothing),
	ENTRY_ROW("lookup_record: ", entry_nothing),
	ENTRY_ROW("bounce: ", entry_nothing),
	ENTRY_ROW("bounce session ", entry_nothing),
	/* smtpctl log verbose, smtpctl trace: with the clients' words. */
	ENTRY_ROW("debug: ", entry_nothing),
	ENTRY_ROW("lookup: ", entry_nothing),
	ENTRY_ROW("smtp: 0x", entry_nothing),
	ENTRY_ROW("<<< ", entry_nothing),
	ENTRY_ROW(">>> ", entry_nothing),
	ENTRY_ROW("rule: ", entry_nothing),
	ENTRY_ROW("expand: ", entry_nothing),
	ENTRY_ROW("imsg: ", entry_nothing),
	ENTRY_ROW("io: ", entry_nothing),
	ENTRY_ROW("stat: ", entry_nothing),
	ENTRY_ROW("spf", entry_nothing),
	ENTRY_ROW("filters: ", entry_nothing),
	ENTRY_ROW("mproc: ", entry_nothing),
	ENTRY_ROW("ramstat: ", entry_nothing),
	ENTRY_ROW("queue-backend: ", entry_nothing),
	ENTRY_ROW("rule #", entry_nothing),
	ENTRY_ROW("no rule matched", entry_nothing),
	ENTRY_ROW("commands executed from aliases ", entry_nothing),
	ENTRY_ROW("Exiting", entry_nothing),
	ENTRY_ROW(
	    "#011", entry_nothing), /* the list of a domain's exchangers */
	ENTRY_ROW("\t", entry_nothing),
};

/* smtpctl trace filters: what a filter is asked, and its answer. */
static const struct entry_row filters[] = {
	ENTRY_ROW("", entry_nothing),
};

static const struct {
	struct slice name;
	const struct entry_row *rows;
	size_t n;
} agents[] = {
	{ { "smtp ", 5 }, smtp, NELEMS(smtp) },
	{ { "mta ", 4 }, mta, NELEMS(mta) },
	{ { "mda ", 4 }, mda, NELEMS(mda) },
	{ { "filters ", 8 }, filters, NELEMS(filters) },
};

/* "be66676625502bb8 smtp ", before 6.4 also "event=": cut off. */
static bool
cut_session(struct entry *entry)
{
	struct slice id = { entry->text.p, 16 };

	if (entry->text.n < 18 || entry->text.p[16] != ' ' || !is_hex(id, 16))
		return false;
	entry->id = id;
	entry->text = slice_from(entry->text, 17);
	return true;
}

/* "rspamd: ...": what a filter's program says to its standard error, behind
   the name that smtpd.conf has for it; smtpd tells no fact of mail so. */
static bool
is_filters(struct slice text)
{
	size_t n = 0;

	while (n < text.n && n < 64 &&
	       ((text.p[n] >= 'a' && text.p[n] <= 'z') ||
		   (text.p[n] >= 'A' && text.p[n] <= 'Z') ||
		   (text.p[n] >= '0' && text.p[n] <= '9') || text.p[n] == '-' ||
		   text.p[n] == '_' || text.p[n] == '.'))
		n++;
	return n > 0 && slice_begins(slice_from(text, n), ": ");
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "smtpd") || slice_is(program, "smtpctl") ||
	       slice_is(program, "opensmtpd");
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct entry entry = { tracker, line, { NULL, 0 }, line->text };
	enum meaning meaning = MEANS_UNKNOWN;
	bool more;

	(void)kind;
	/* splogger may have been given the same name. */
	if (qmail_cut_stamp(&entry.text, &more))
		return more ? MEANS_NOTHING
			    : qmail_parse(tracker, line, entry.text);
	if (!cut_session(&entry)) {
		if (!entry_by_row(&entry, plain, NELEMS(plain), &meaning) &&
		    is_filters(entry.text))
			meaning = MEANS_NOTHING;
		return meaning;
	}
	for (size_t i = 0; i < NELEMS(agents); i++) {
		if (!slice_skip(&entry.text, agents[i].name))
			continue;
		(void)slice_skips(&entry.text, "event=");
		(void)entry_by_row(
		    &entry, agents[i].rows, agents[i].n, &meaning);
		break;
	}
	return meaning;
}

const struct log_format format_opensmtpd = {
	.name = "opensmtpd",
	.systems = "OpenSMTPD 5.3 to 7",
	.reads = "sessions, refused commands, authentication, messages from "
		 "clients and of its own, deliveries by mta and mda",
	.owns = owns,
	.parse = parse,
};
