/*
 * test_formats.c - every log sample gives exactly the events beside it
 *
 * fixtures/FORMAT/CASE.log is log text with documentation names and addresses;
 * CASE.events is what it must become, CASE.why says so in words.  A new case
 * needs files and no code.  "make golden" rewrites the .events: read the diff.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>

#include "base/array.h"
#include "collectors/collectors.h"
#include "tests/feed.h"

#define MOST_LINES 256
#define MOST_FACTS 512

static void
print_event(void *arg, const struct mail_event *event)
{
	event_print(arg, event);
}

/* As replay reads it; to be freed. */
static char *
events_of(const char *path)
{
	static char domain[] = "example.com";
	static char *domains[] = { domain };
	const struct collect_config config = { .domains = domains,
		.domain_count = 1 };
	const struct finished_options options = {
		.year = 2026, .zone = "UTC", .host = "mx1"
	};
	struct collect_sinks sinks = { 0 };
	struct collectors *collectors;
	struct err err;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	sinks.events = (struct event_sink){ print_event, out };
	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	if (collectors_finished(collectors, path, &options, &err) == -1)
		fail_msg("%s", err.text);
	collectors_finish(collectors);
	collectors_close(collectors);
	fclose(out);
	return text;
}

static void
beside(const char *path, const char *ending, char *other, size_t size)
{
	snprintf(other, size, "%.*s%s", (int)(strlen(path) - strlen(".log")),
	    path, ending);
}

static void
check_sample(const char *path)
{
	char other[4096], *got = events_of(path), *want;
	FILE *out;

	beside(path, ".events", other, sizeof(other));
	if (getenv("GOLDEN") != NULL) {
		out = fopen(other, "w");
		assert_non_null(out);
		fputs(got, out);
		fclose(out);
	}
	want = feed_file(other);
	if (want == NULL)
		want = calloc(1, 1);
	if (strcmp(got, want) != 0)
		fprintf(stderr, "%s: differs from\n", path);
	assert_string_equal(got, want);
	free(want);
	free(got);
}

static void
samples_give_their_events(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/fixtures/*/*.log", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_sample(found.gl_pathv[i]);
	globfree(&found);
}

static void
check_silent(const char *path)
{
	struct feed *feed = feed_new(true);
	char *text = feed_file(path);
	struct slice rest = slice_of(text), line;

	for (size_t n = 1; slice_cut(&rest, SLICE("\n"), &line); n++)
		if (feed_line(feed, line) != MEANS_NOTHING)
			fail_msg("%s:%zu: not understood", path, n);
	assert_string_equal(feed_events(feed), "");
	free(text);
	feed_free(feed);
}

static void
lines_that_change_nothing_are_understood(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(
	    glob("tests/fixtures/*/silent.log", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_silent(found.gl_pathv[i]);
	globfree(&found);
}

/* What an event says, each text in its own place. */
struct fact {
	enum event_kind kind;
	uint32_t count, recipients;
	uint64_t bytes;
	struct addr client, peer;
	int detail; /* reason, probe, TLS version, verdict, relay, ... */
	bool flag;  /* temporary; generated */
	uint16_t code;
	char host[64], mailer[64], id[64], account[256];
	char to[512], from[512], dsn[32], words[1024];
};

struct facts {
	struct fact fact[MOST_FACTS];
	size_t n;
};

static void
note_delivery(struct fact *fact, const struct mail_event *event)
{
	fact->bytes = event->delivery.bytes;
	fact->peer = event->delivery.peer;
	slice_copy(event->delivery.recipient, fact->to, sizeof(fact->to));
	slice_copy(event->delivery.sender, fact->from, sizeof(fact->from));
	slice_copy(event->delivery.dsn, fact->dsn, sizeof(fact->dsn));
	slice_copy(event->delivery.reply, fact->words, sizeof(fact->words));
}

static void
note_reject(struct fact *fact, const struct mail_event *event)
{
	fact->detail = event->reject.reason;
	fact->flag = event->reject.temporary;
	fact->code = event->reject.code;
	slice_copy(event->reject.recipient, fact->to, sizeof(fact->to));
	slice_copy(event->reject.sender, fact->from, sizeof(fact->from));
	slice_copy(event->reject.dsn, fact->dsn, sizeof(fact->dsn));
	slice_copy(event->reject.text, fact->words, sizeof(fact->words));
}

static void
note(void *arg, const struct mail_event *event)
{
	struct facts *facts = arg;
	struct fact *fact = &facts->fact[facts->n++];

	assert_true(facts->n < MOST_FACTS);
	memset(fact, 0, sizeof(*fact));
	fact->kind = event->kind;
	fact->count = event->count;
	fact->client = event->client;
	slice_copy(event->host, fact->host, sizeof(fact->host));
	slice_copy(event->mailer, fact->mailer, sizeof(fact->mailer));
	slice_copy(event->queue_id, fact->id, sizeof(fact->id));
	slice_copy(event->account, fact->account, sizeof(fact->account));
	if (event->kind == EVENT_RECEIVED || event->kind == EVENT_SIZED) {
		fact->bytes = event->message.bytes;
		fact->recipients = event->message.recipients;
		fact->flag = event->message.generated;
	} else if (event->kind >= EVENT_SENT &&
		   event->kind <= EVENT_QUARANTINED) {
		note_delivery(fact, event);
	} else if (event->kind == EVENT_REJECTED) {
		note_reject(fact, event);
	} else if (event->kind == EVENT_PROBE) {
		fact->detail = (int)event->probe;
	} else if (event->kind == EVENT_TLS) {
		fact->detail = (int)event->tls.version;
	} else if (event->kind == EVENT_DISCONNECTED) {
		fact->detail = (int)event->end;
	} else if (event->kind == EVENT_VERDICT) {
		fact->detail = (int)event->verdict;
	} else if (event->kind == EVENT_RELAYED) {
		fact->detail = (int)event->relay;
	}
}

static bool
same_or_none(const char *cut, const char *whole)
{
	return cut[0] == '\0' || strcmp(cut, whole) == 0;
}

static bool
begins(const char *cut, const char *whole)
{
	return strncmp(cut, whole, strlen(cut)) == 0;
}

/* Without its port, whom a wrapper brings is this host (wrapped.h). */
static bool
same_addr_or_none(const struct addr *cut, const struct addr *whole)
{
	return addr_is_none(cut) || addr_is_loopback(cut) ||
	       addr_eq(cut, whole);
}

/*
 * What a cut line may still say: the same, or less.  Only free text may be
 * shorter; and the account of a client= line and the words of a refusal, for
 * these are ended by the line's end alone.  A refusal whose tail is missing is
 * still judged by its own words: the reason may become `other', never another.
 */
static bool
says_no_more(const struct fact *cut, const struct fact *whole)
{
	bool reasoned =
	    cut->kind == EVENT_REJECTED && cut->detail == REASON_OTHER;

	return cut->kind == whole->kind && cut->count == whole->count &&
	       (cut->detail == whole->detail || reasoned) &&
	       cut->flag == whole->flag &&
	       (cut->code == 0 || cut->code == whole->code) &&
	       (cut->recipients == 0 || cut->recipients == whole->recipients) &&
	       (cut->bytes == 0 || cut->bytes == whole->bytes) &&
	       same_addr_or_none(&cut->client, &whole->client) &&
	       same_addr_or_none(&cut->peer, &whole->peer) &&
	       strcmp(cut->host, whole->host) == 0 &&
	       same_or_none(cut->mailer, whole->mailer) &&
	       same_or_none(cut->id, whole->id) &&
	       begins(cut->account, whole->account) &&
	       same_or_none(cut->to, whole->to) &&
	       same_or_none(cut->from, whole->from) &&
	       same_or_none(cut->dsn, whole->dsn) &&
	       (cut->kind == EVENT_REJECTED ||
		   begins(cut->words, whole->words));
}

/*
 * Nobody cuts Exim's lines: what syslog would not take it splits itself, and
 * joins again it is whole.  They end with their last field, which nothing but
 * the line's end ends; so a cut one may have that shorter, and a refusal or
 * failure whose words are missing is one of unknown reason.  It names nobody
 * else all the same.  The same is true of qmail, whose splogger splits and
 * whose multilog leaves lines as they are, and of what ZMailer's smtpserver
 * writes itself.
 */
static bool
is_split_not_cut(const char *path)
{
	return strstr(path, "/exim/") != NULL ||
	       strstr(path, "/qmail/") != NULL ||
	       strstr(path, "/zmailer/smtpserver") != NULL;
}

static bool
says_less(const struct fact *cut, const struct fact *whole)
{
	return (cut->kind == whole->kind ||
		   (cut->kind == EVENT_BOUNCED &&
		       whole->kind == EVENT_EXPIRED)) &&
	       same_addr_or_none(&cut->client, &whole->client) &&
	       same_addr_or_none(&cut->peer, &whole->peer) &&
	       strcmp(cut->host, whole->host) == 0 &&
	       same_or_none(cut->id, whole->id) &&
	       begins(cut->account, whole->account) &&
	       begins(cut->mailer, whole->mailer) &&
	       (begins(cut->to, whole->to) || whole->to[0] == '\0') &&
	       same_or_none(cut->from, whole->from) &&
	       begins(cut->words, whole->words);
}

static bool
is_said(const struct fact *cut, const struct facts *whole, bool less)
{
	for (size_t i = 0; i < whole->n; i++)
		if (less ? says_less(cut, &whole->fact[i])
			 : says_no_more(cut, &whole->fact[i]))
			return true;
	return false;
}

struct sample {
	const char *path, *text;
	struct slice lines[MOST_LINES];
	size_t n;
	struct facts all;
};

/* Of what follows, numbers and addresses must be ones that the log has. */
static bool
is_known(const struct fact *cut, const struct sample *sample)
{
	bool client = addr_is_none(&cut->client) ||
		      addr_is_loopback(&cut->client); /* without its wrapper */
	bool to = cut->to[0] == '\0';
	bool size = cut->bytes == 0, recipients = cut->recipients == 0;
	char text[40];

	for (size_t i = 0; i < sample->all.n; i++) {
		const struct fact *have = &sample->all.fact[i];

		client |= addr_eq(&have->client, &cut->client);
		to |= strcmp(have->to, cut->to) == 0;
		/* Sendmail's may be a sum: a priority less its factors. */
		size |= have->bytes == cut->bytes;
		recipients |= have->recipients == cut->recipients;
	}
	snprintf(text, sizeof(text), "size=%" PRIu64 ",", cut->bytes);
	size |= strstr(sample->text, text) != NULL;
	snprintf(text, sizeof(text), "nrcpt=%" PRIu32 " ", cut->recipients);
	recipients |= strstr(sample->text, text) != NULL;
	if (is_split_not_cut(sample->path))
		size = recipients = to = true;
	return client && to && size && recipients;
}

/*
 * What nobody can tell: a client's words that imitate all of a line's end, cut
 * right behind them.  At so many places of these lines the imitation is whole;
 * a header's text is the longest, and Postfix logs no more than 200 bytes of it
 * (cleanup_message.c), which is within what every logger keeps.
 */
static struct {
	const char *path;
	size_t line; /* 0: any */
	unsigned places;
} imitations[] = {
	{ "tests/fixtures/postfix/forged_addresses.log", 4, 1 },
	{ "tests/fixtures/postfix/forged_addresses.log", 6, 1 },
	{ "tests/fixtures/postfix/forged_addresses.log", 8, 4 },
	{ "tests/fixtures/postfix/forged_content.log", 7, 142 },
	{ "tests/fixtures/postfix/forged_replies.log", 14, 5 },
	{ "tests/fixtures/sendmail/hostile.log", 3, 7 },
	{ "tests/fixtures/sendmail/hostile.log", 5, 2 },
	{ "tests/fixtures/sendmail/hostile.log", 9, 60 },
	/* How long a header is, when its end was cut off. */
	{ "tests/fixtures/sendmail/life.log", 21, 37 },
	/* That its retry time is over, when that was cut off. */
	{ "tests/fixtures/exim/life.log", 22, 122 },
	{ "tests/fixtures/exim/life.log", 23, 21 },
	/* Where the C library's words end. */
	{ "tests/fixtures/exim/life.log", 41, 2 },
	/* That it was discarded as a whole. */
	{ "tests/fixtures/exim/life.log", 29, 9 },
	/* Which commands there were. */
	{ "tests/fixtures/exim/all.log", 12, 55 },
	/* A peer's port, that is a field's end. */
	{ "tests/fixtures/exim/all.log", 17, 3 },
	/* Exim's own P=, behind what an ident server said. */
	{ "tests/fixtures/exim/hostile.log", 10, 20 },
	/* Where a name ends that may hold anything. */
	{ "tests/fixtures/exim/refusals.log", 36, 2 },
	/* That it is the copy of another line. */
	{ "tests/fixtures/exim/syslog.log", 8, 14 },
	{ "tests/fixtures/exim/syslog.log", 9, 14 },
	{ "tests/fixtures/exim/syslog.log", 11, 14 },
	{ "tests/fixtures/exim/syslog.log", 13, 4 },
	{ "tests/fixtures/exim/ways.log", 31, 73 },
	{ "tests/fixtures/exim/syslog.log", 22, 42 },
	/* That it was the server's time limit. */
	{ "tests/fixtures/qmail/dialog.log", 40, 6 },
	/* To whom it was tried before. */
	{ "tests/fixtures/qmail/send.log", 8, 12 },
	{ "tests/fixtures/qmail/send.log", 41, 13 },
	/* That it was too old. */
	{ "tests/fixtures/qmail/send.log", 22, 136 },
	/* Another host, behind a whole one, in at most 64 bytes of a name;
	   that the mailbox could not be opened; and an address that nothing
	   but the line's end ends.  These lines are short, and kept whole. */
	{ "tests/fixtures/dovecot/hostile.log", 1, 24 },
	{ "tests/fixtures/uw/hostile.log", 1, 2 },
	{ "tests/fixtures/uw/hostile.log", 2, 2 },
	{ "tests/fixtures/uw/logins.log", 33, 1 },
	{ "tests/fixtures/qpopper/logins.log", 5, 1 },
	{ "tests/fixtures/vpopmail/hostile.log", 1, 1 },
	{ "tests/fixtures/vpopmail/hostile.log", 2, 1 },
	{ "tests/fixtures/vpopmail/logins.log", 1, 1 },
	{ "tests/fixtures/vpopmail/logins.log", 2, 1 },
	{ "tests/fixtures/vpopmail/logins.log", 4, 1 },
	{ "tests/fixtures/vpopmail/logins.log", 8, 2 },
	{ "tests/fixtures/vpopmail/logins.log", 10, 2 },
	/* An account that nothing but the line's end ends, and so forth: the
	   same. */
	{ "tests/fixtures/popa3d/logins.log", 0, 11 },
	{ "tests/fixtures/popa3d/kin.log", 0, 15 },
	{ "tests/fixtures/solidpop/logins.log", 0, 14 },
	{ "tests/fixtures/solidpop/kin.log", 0, 4 },
	{ "tests/fixtures/gnupop/kin.log", 1, 2 },
	{ "tests/fixtures/perdition/kin.log", 7, 1 },
	{ "tests/fixtures/popd/logins.log", 6, 2 },
	/* What became of it, in at most 200 bytes of an address. */
	{ "tests/fixtures/zmailer/hostile.log", 3, 23 },
	/* Another recipient, behind a whole one. */
	{ "tests/fixtures/nullmailer/syslog.log", 6, 1 },
	{ "tests/fixtures/nullmailer/hostile.log", 2, 1 },
	/* That the failure before it was the last. */
	{ "tests/fixtures/nullmailer/syslog.log", 15, 16 },
	{ "tests/fixtures/nullmailer/hostile.log", 6, 16 },
	/* An address and its port, as Courier puts them; and all of Dovecot's
	   fields. */
	{ "tests/fixtures/stunnel/hostile.log", 6, 6 },
	{ "tests/fixtures/stunnel/hostile.log", 10, 10 },
	/* Why Exim refused: as in its own samples. */
	{ "tests/fixtures/stunnel/hostile.log", 9, 7 },
	{ "tests/fixtures/stunnel/servers.log", 17, 7 },
	/* That more of an address follows, within its first sixty bytes. */
	{ "tests/fixtures/stunnel/servers.log", 18, 3 },
	/* That it is longer than a block, and may be torn.  No logger cuts
	   these: Sendmail writes the file itself. */
	{ "tests/fixtures/transcript/torn.log", 49, 502 },
};

/* All of them are shown, for one cause often has many. */
static unsigned complaints;

static void
blame(const struct sample *sample, size_t line, size_t at, const char *what)
{
	for (size_t i = 0; i < NELEMS(imitations); i++) {
		if (strcmp(sample->path, imitations[i].path) == 0 &&
		    (imitations[i].line == 0 ||
			line + 1 == imitations[i].line) &&
		    imitations[i].places > 0) {
			imitations[i].places--;
			return;
		}
	}
	complaints++;
	fprintf(stderr, "%s:%zu, cut behind \"%.*s\": %s\n", sample->path,
	    line + 1, (int)at, sample->lines[line].p, what);
}

/* Line i, cut at that byte, behind what is under way; then the rest. */
static void
cut_line(const struct sample *sample, size_t i, size_t at, struct feed *before,
    struct state_rows *rows, const struct facts *whole)
{
	struct feed *feed = feed_new(false);
	struct facts *got = calloc(1, sizeof(*got));
	char *exact = malloc(at); /* so that reading past it is seen */

	feed->sink = (struct event_sink){ note, got };
	feed_hand_over(before, feed, rows);
	if (at != 0)
		memcpy(exact, sample->lines[i].p, at);
	(void)feed_line(feed, (struct slice){ exact, at });
	free(exact);
	for (size_t f = 0; f < got->n; f++)
		if (!is_said(
			&got->fact[f], whole, is_split_not_cut(sample->path)))
			blame(
			    sample, i, at, event_kind_name(got->fact[f].kind));
	got->n = 0;
	for (size_t next = i + 1; next < sample->n; next++)
		(void)feed_line(feed, sample->lines[next]);
	tracker_finish(feed->tracker);
	for (size_t f = 0; f < got->n; f++)
		if (!is_known(&got->fact[f], sample))
			blame(sample, i, at, "a value that is not in the log");
	feed_free(feed);
	free(got);
}

static void
cut_sample(const char *path)
{
	struct sample *sample = calloc(1, sizeof(*sample));
	struct facts *whole = calloc(1, sizeof(*whole));
	struct feed *feed = feed_new(false), *twin;
	struct state_rows rows = { 0 };
	char *text = feed_file(path);
	struct slice rest = slice_of(text), line;

	sample->path = path;
	sample->text = text;
	feed->sink = (struct event_sink){ note, &sample->all };
	while (sample->n < MOST_LINES && slice_cut(&rest, SLICE("\n"), &line)) {
		sample->lines[sample->n++] = line;
		(void)feed_line(feed, line);
	}
	tracker_finish(feed->tracker);
	feed_free(feed);

	feed = feed_new(false);
	for (size_t i = 0; i < sample->n; i++) {
		whole->n = 0;
		twin = feed_new(false);
		twin->sink = (struct event_sink){ note, whole };
		feed_hand_over(feed, twin, &rows);
		(void)feed_line(twin, sample->lines[i]);
		feed_free(twin);
		for (size_t at = 0; at < sample->lines[i].n; at++)
			cut_line(sample, i, at, feed, &rows, whole);
		(void)feed_line(feed, sample->lines[i]);
	}
	feed_free(feed);
	rows_fini(&rows);
	free(whole);
	free(sample);
	free(text);
}

static void
a_cut_line_gives_only_facts_whose_terminator_was_seen(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/fixtures/*/*.log", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		cut_sample(found.gl_pathv[i]);
	globfree(&found);
	assert_int_equal(complaints, 0);
}

static void
what_the_logger_lost_is_counted(void **state)
{
	static const uint64_t lost[] = { 42, 7, 0, 56, 1, 10 };
	struct feed *feed = feed_new(false);
	char *text = feed_file("tests/fixtures/logger/lost.log");
	struct slice rest = slice_of(text), line;
	uint64_t before = 0;

	(void)state;
	for (size_t i = 0; slice_cut(&rest, SLICE("\n"), &line); i++) {
		assert_true(i < NELEMS(lost));
		(void)feed_line(feed, line);
		assert_int_equal(
		    tracker_counts(feed->tracker)->lost - before, lost[i]);
		before += lost[i];
	}
	assert_int_equal(before, 116);
	free(text);
	feed_free(feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_logger_lost_is_counted),
		cmocka_unit_test(samples_give_their_events),
		cmocka_unit_test(lines_that_change_nothing_are_understood),
		cmocka_unit_test(
		    a_cut_line_gives_only_facts_whose_terminator_was_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
