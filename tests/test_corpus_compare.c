/*
 * test_corpus_compare.c - the same sessions, read from the wire and the log
 *
 * Of runs of real mail servers that have both: each message that the wire
 * shows is in the log, with the same client, sender and size.  One that is
 * taken out of either is missed, and no other.
 */
#include "base/addr.h"
#include "tests/captures.h"
#include "tests/event_text.h"
#include "tests/judge.h"

#define MOST 2048 /* messages of a run */

static const struct run {
	const char *capture, *logs;
	unsigned beyond; /* taken where the log has ended, or not begun */
	bool named;      /* its replies name queue ids */
} runs[] = {
	{ "a-month", "a-month.log.xz", 1, true },
	{ "a-variants", "a-variants.rfc3339.log.xz", 0, true },
	{ "a-variants.any", "a-variants.log.xz", 0, true },
	{ "sendmail", "sendmail/small.log.xz", 0, true },
	{ "mimedefang", "sendmail/mimedefang.rfc3339.log.xz", 0, true },
	{ "exim",
	    "exim/default.mainlog.log.xz tests/corpus/exim/some.mainlog.log.xz "
	    "tests/corpus/exim/all.mainlog.log.xz "
	    "tests/corpus/exim/syslog.mainlog.log.xz "
	    "tests/corpus/exim/syslognots.rfc3339.log.xz",
	    0, true },
	{ "opensmtpd", "opensmtpd/a.log.xz", 0, true },
	{ "qmail",
	    "qmail/plain.send.log.xz tests/corpus/qmail/rec.send.log.xz "
	    "tests/corpus/qmail/plain.smtpd.log.xz "
	    "tests/corpus/qmail/rec.smtpd.log.xz",
	    0, false },
	{ "courier", "courier/a.log.xz", 0, false },
};

struct told {
	char id[40], sender[200];
	struct addr client;
	int64_t when;
	uint64_t bytes;
	bool wire;
};

static struct told messages[MOST];
static size_t message_count;

static json_t *
account_of(const char *capture, const char *logs)
{
	char command[PATH_MAX * 3];

	snprintf(command, sizeof(command), "%s replay --json %s %s", program(),
	    capture, logs);
	return json_of(command);
}

static const char *
path_of(const struct run *run)
{
	static char path[PATH_MAX];

	snprintf(
	    path, sizeof(path), "tests/corpus/wire/%s.pcap.xz", run->capture);
	return path;
}

static const char *
logs_of(const struct run *run)
{
	static char paths[PATH_MAX];

	snprintf(paths, sizeof(paths), "tests/corpus/%s", run->logs);
	return paths;
}

/* "from=" and "bytes=" of a printed event. */
static void
note(const char *line)
{
	struct told *told = &messages[message_count];
	struct slice rest = slice_of(line), name, value;
	struct mail_event event;

	if (!event_read(slice_of(line), &event) ||
	    event.kind != EVENT_RECEIVED || event.message.generated)
		return;
	assert_true(message_count++ < MOST);
	*told = (struct told){ .client = event.client,
		.when = event.when,
		.wire = event.source == SOURCE_WIRE };
	slice_copy(event.queue_id, told->id, sizeof(told->id));
	while (event_word(&rest, &name, &value)) {
		if (slice_is(name, "from"))
			slice_copy(value, told->sender, sizeof(told->sender));
		else if (slice_is(name, "bytes"))
			told->bytes = event_number(value);
	}
}

static void
read_messages(const struct run *run)
{
	char command[PATH_MAX * 4], line[65536];
	FILE *in;

	message_count = 0;
	snprintf(command, sizeof(command), "%s replay --events %s %s",
	    program(), path_of(run), logs_of(run));
	in = popen(command, "r");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		note(line);
	}
	assert_int_equal(pclose(in), 0);
}

/* Ids are used again: the nearest in time. */
static const struct told *
log_of(const struct told *wire)
{
	const struct told *best = NULL;

	for (size_t i = 0; i < message_count; i++)
		if (!messages[i].wire &&
		    strcmp(messages[i].id, wire->id) == 0 &&
		    (best == NULL || llabs(messages[i].when - wire->when) <
					 llabs(best->when - wire->when)))
			best = &messages[i];
	return best;
}

/* A held message has its sender and size told later; a server completes an
   address without a domain; one that is quoted is printed in many ways. */
static bool
is_same(const struct told *wire, const struct told *log)
{
	if (!addr_eq(&wire->client, &log->client))
		return false;
	if (log->bytes == 0)
		return true;
	/* It adds headers, and may count without the ends of lines. */
	if (log->bytes + wire->bytes / 16 < wire->bytes ||
	    log->bytes > wire->bytes + 4096)
		return false;
	return strchr(wire->sender, '"') != NULL ||
	       strncmp(wire->sender, log->sender, strlen(wire->sender)) == 0;
}

static void
compare_messages(const struct run *run)
{
	unsigned found = 0;

	read_messages(run);
	for (size_t i = 0; i < message_count; i++) {
		const struct told *wire = &messages[i], *log;

		if (!wire->wire || wire->id[0] == '\0' ||
		    (log = log_of(wire)) == NULL)
			continue;
		found++;
		if (!is_same(wire, log))
			complain("%s: %s: from=%s %llu bytes on the wire, "
				 "from=%s %llu bytes in the log",
			    run->capture, wire->id, wire->sender,
			    (unsigned long long)wire->bytes, log->sender,
			    (unsigned long long)log->bytes);
	}
	if (found < 50)
		complain("%s: only %u messages by id", run->capture, found);
}

static void
both_tell_of_the_same_messages(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(runs); i++) {
		const struct run *run = &runs[i];
		json_t *account = account_of(path_of(run), logs_of(run));

		assert_non_null(account);
		if (figure(account, "wire.unlogged") != 0 ||
		    figure(account, "wire.unseen") != 0 ||
		    figure(account, "wire.logged") + run->beyond !=
			figure(account, "wire.messages"))
			complain("%s: %d messages, %d of them logged, %d "
				 "unlogged, %d unseen",
			    run->capture, (int)figure(account, "wire.messages"),
			    (int)figure(account, "wire.logged"),
			    (int)figure(account, "wire.unlogged"),
			    (int)figure(account, "wire.unseen"));
		json_decref(account);
		if (run->named)
			compare_messages(run);
	}
	assert_int_equal(complaints, 0);
}

/* The n-th message that both have, of an IPv4 client. */
static const struct told *
nth(unsigned n)
{
	for (size_t i = 0; i < message_count; i++)
		if (messages[i].wire && messages[i].id[0] != '\0' &&
		    messages[i].client.family == 4 &&
		    log_of(&messages[i]) != NULL && n-- == 0)
			return &messages[i];
	return NULL;
}

static void
expect(json_t *account, const struct run *run, unsigned unlogged,
    unsigned unseen, unsigned unseen_most)
{
	assert_non_null(account);
	if (figure(account, "wire.unlogged") != unlogged ||
	    figure(account, "wire.unseen") < unseen ||
	    figure(account, "wire.unseen") > unseen_most ||
	    figure(account, "wire.logged") + unlogged + run->beyond !=
		figure(account, "wire.messages"))
		complain("%s: %d unlogged, wanted %u; %d unseen, wanted %u",
		    run->capture, (int)figure(account, "wire.unlogged"),
		    unlogged, (int)figure(account, "wire.unseen"), unseen);
	json_decref(account);
}

/* Those whose logs have the time of the wire. */
static const struct run *const reduced[] = { &runs[1], &runs[3], &runs[4],
	&runs[6] };

static void
a_message_that_the_log_lost_is_missed(void **state)
{
	char path[] = "/tmp/mailweir-log-XXXXXX", command[PATH_MAX * 3];
	int fd = mkstemp(path);

	(void)state;
	complaints = 0;
	assert_int_not_equal(fd, -1);
	close(fd);
	for (size_t i = 0; i < NELEMS(reduced); i++) {
		const struct run *run = reduced[i];
		const struct told *gone;

		read_messages(run);
		gone = nth(20);
		assert_non_null(gone);
		snprintf(command, sizeof(command),
		    "xz -dc %s | grep -avF %s >%s", logs_of(run), gone->id,
		    path);
		assert_int_equal(system(command), 0);
		expect(account_of(path_of(run), path), run, 1, 0, 0);
	}
	unlink(path);
	assert_int_equal(complaints, 0);
}

/* An Ethernet frame's IPv4 addresses; none where it is another one. */
static bool
is_of(const struct captured *packet, const struct addr *client)
{
	const unsigned char *p = packet->bytes;

	return packet->head.caplen >= 34 && p[12] == 8 && p[13] == 0 &&
	       (memcmp(p + 26, client->b, 4) == 0 ||
		   memcmp(p + 30, client->b, 4) == 0);
}

static void
a_message_that_the_wire_lost_is_missed(void **state)
{
	char path[] = "/tmp/mailweir-wire-XXXXXX", command[PATH_MAX * 3];
	int fd = mkstemp(path);

	(void)state;
	complaints = 0;
	assert_int_not_equal(fd, -1);
	close(fd);
	for (size_t i = 0; i < NELEMS(reduced); i++) {
		struct capture_file all, rest = { 0 };
		const struct run *run = reduced[i];
		const struct told *gone;
		unsigned n = 0, most = 0;

		read_messages(run);
		gone = nth(20);
		assert_non_null(gone);
		/* What it sent under TLS is now to be missed, too. */
		for (size_t m = 0; m < message_count; m++) {
			bool its = addr_eq(&messages[m].client, &gone->client);

			n += its && messages[m].wire;
			most += its && !messages[m].wire;
		}
		snprintf(command, sizeof(command), "xz -dc %s", path_of(run));
		capture_load(&all, command);
		rest.link = all.link;
		for (size_t p = 0; p < all.n; p++)
			if (!is_of(&all.packets[p], &gone->client))
				capture_push(&rest, &all.packets[p].head,
				    all.packets[p].bytes);
		capture_save(&rest, path);
		capture_drop(&all);
		capture_drop(&rest);
		expect(account_of(path, logs_of(run)), run, 0, n, most);
	}
	unlink(path);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_tell_of_the_same_messages),
		cmocka_unit_test(a_message_that_the_log_lost_is_missed),
		cmocka_unit_test(a_message_that_the_wire_lost_is_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
