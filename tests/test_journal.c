/*
 * test_journal.c - the journal is read as the log of the same events, and
 * nothing in it is lost or told twice
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include <sys/stat.h>

#include <dirent.h>

#include "agent/account.h"
#include "agent/pipeline.h"
#include "base/array.h"
#include "base/mem.h"
#include "collectors/journal_impl.h"
#include "tests/journals.h"

#define BEGIN    INT64_C(1795305600) /* 2026-11-22 00:00:00 UTC */
#define NOW      ((BEGIN + 86400) * 1000)
#define MOST     8192
#define PATIENCE 30000 /* milliseconds */
#define ROUNDS   40    /* of damage */

static char directory[] = "/tmp/mailweir-journal-XXXXXX";
static char journals[64], active[96], state_directory[64];
static char zone[] = "UTC", title[] = "journal";
static struct source_config source;
static struct collect_config config = { .sources = &source, .source_count = 1 };
static struct collectors *collectors;
static struct state *state;
static struct pipeline pipeline;
static char *events;
static size_t events_size;
static uint64_t counted[METRICS];
static size_t entries;
static unsigned seen[MOST]; /* how often each numbered entry came */

static void
take(void *arg, const struct mail_event *event)
{
	size_t i = (size_t)event->client.b[1] << 16 |
		   (size_t)event->client.b[2] << 8 | event->client.b[3];

	(void)arg;
	pipeline_take(&pipeline, event);
	if (event->kind == EVENT_CONNECTED && i < MOST)
		seen[i]++;
}

static void
count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	(void)arg;
	(void)host;
	(void)when;
	counted[metric] += n;
}

static const struct collect_sinks sinks = { .events = { take, NULL },
	.count = count };

static void
make_pipeline(void)
{
	pipeline.stats = stats_new();
	pipeline.tally = tally_new();
	pipeline.events = open_memstream(&events, &events_size);
	memset(counted, 0, sizeof(counted));
	memset(seen, 0, sizeof(seen));
}

/* What was printed so far is given away. */
static char *
end_pipeline(void)
{
	stats_free(pipeline.stats);
	tally_free(pipeline.tally);
	fclose(pipeline.events);
	return events;
}

static void
empty(const char *path)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%.96s'", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
start(void)
{
	struct state_part parts[COLLECTORS_PARTS];
	struct err err;

	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	assert_non_null(collectors);
	collectors_parts(collectors, parts);
	state = state_open(state_directory, parts, COLLECTORS_PARTS, &err);
	if (state == NULL)
		fail_msg("%s", err.text);
	collectors_ready(collectors, NOW);
}

/* As a kill right after a commit. */
static void
stop(void)
{
	struct err err;

	assert_int_equal(state_commit_now(state, &err), 0);
	collectors_close(collectors);
	state_close(state);
}

static void
read_all(void)
{
	collectors_ready(collectors, NOW);
	while (collectors_read(collectors, 1 << 20, NOW) != 0)
		;
}

/* Numbers from..to-1 came once, and no other. */
static void
assert_came(size_t from, size_t to)
{
	for (size_t i = 0; i < MOST; i++)
		if (seen[i] != (i >= from && i < to))
			fail_msg("entry %zu came %u times; %zu to %zu were "
				 "there",
			    i, seen[i], from, to);
}

static json_t *
entry(size_t i, const char *message)
{
	int64_t micros = (int64_t)i * 1000000;
	char realtime[32], monotonic[32];

	snprintf(realtime, sizeof(realtime), "%lld",
	    (long long)(BEGIN * 1000000 + micros));
	snprintf(monotonic, sizeof(monotonic), "%lld",
	    (long long)(micros + 1000000));
	return json_pack("{s:s s:s s:s s:s s:s s:s s:s s:s s:s}",
	    "__REALTIME_TIMESTAMP", realtime, "__MONOTONIC_TIMESTAMP",
	    monotonic, "_BOOT_ID", "ddfeefe9f2c140828e579bbb9e27cfae",
	    "_HOSTNAME", "mx1", "SYSLOG_IDENTIFIER", "postfix/smtpd", "_PID",
	    "7", "SYSLOG_FACILITY", "2", "_SYSTEMD_UNIT", "postfix@-.service",
	    "MESSAGE", message);
}

static json_t *
numbered(size_t i)
{
	char text[96];

	snprintf(text, sizeof(text), "connect from c.test[10.%zu.%zu.%zu]",
	    i >> 16, i >> 8 & 255, i & 255);
	return entry(i, text);
}

static void
put(struct journal_writer *writer, json_t *one)
{
	journal_put(writer, one);
	json_decref(one);
}

/* Entries from..to-1, so large that a file holds few: hardly compressible. */
static void
put_large(struct journal_writer *writer, size_t from, size_t to)
{
	static char padding[40000];
	uint32_t x = (uint32_t)from * 2654435761u + 1;
	json_t *one;

	for (size_t i = from; i < to; i++) {
		for (size_t c = 0; c < sizeof(padding) - 1; c++) {
			x = x * 1664525 + 1013904223;
			padding[c] = (char)('!' + (x >> 24) % 90);
		}
		one = numbered(i);
		json_object_set_new(one, "X_PADDING", json_string(padding));
		put(writer, one);
	}
}

static void
put_numbered(struct journal_writer *writer, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		put(writer, numbered(i));
}

static void
write_numbered(size_t from, size_t to)
{
	struct journal_writer writer = journal_writer_open(active, 0);

	put_numbered(&writer, from, to);
	journal_writer_close(&writer);
}

#define LIMIT (8u << 20) /* libsystemd's smallest file */

static void
write_large(size_t from, size_t to)
{
	struct journal_writer writer = journal_writer_open(active, LIMIT);

	put_large(&writer, from, to);
	journal_writer_close(&writer);
}

/* The oldest file that is not written to any more; the numbers in it. */
static void
oldest_file(char *path, size_t size, size_t *from, size_t *to)
{
	const char *paths[2] = { path, NULL };
	uint64_t least = UINT64_MAX, first, last;
	const struct dirent *at;
	sd_journal *handle;
	char one[512];
	DIR *dir = opendir(journals);

	assert_non_null(dir);
	while ((at = readdir(dir)) != NULL) {
		if (strchr(at->d_name, '@') == NULL)
			continue;
		snprintf(one, sizeof(one), "%s/%s", journals, at->d_name);
		paths[0] = one;
		assert_int_equal(sd_journal_open_files(&handle, paths, 0), 0);
		assert_true(sd_journal_get_cutoff_realtime_usec(
				handle, &first, &last) > 0);
		sd_journal_close(handle);
		if (first >= least)
			continue;
		least = first;
		*from = (size_t)(first / 1000000 - (uint64_t)BEGIN);
		*to = (size_t)(last / 1000000 - (uint64_t)BEGIN) + 1;
		snprintf(path, size, "%s", one);
	}
	closedir(dir);
	assert_true(least != UINT64_MAX);
}

static void
remove_oldest(size_t *from, size_t *to)
{
	char path[512];

	oldest_file(path, sizeof(path), from, to);
	assert_int_equal(unlink(path), 0);
}

/* The descriptor stirs, or it is due; both as the loop would see it. */
static void
await(size_t number)
{
	struct pollfd fd;
	int waited = 0;

	while (number >= MOST || seen[number] == 0) {
		fd = (struct pollfd){ collectors_fd(collectors, 0), POLLIN, 0 };
		assert_int_not_equal(fd.fd, -1);
		assert_true(waited < PATIENCE);
		if (poll(&fd, 1, 1000) == 0)
			waited += 1000;
		read_all();
	}
}

static void
count_entry(void *arg, const struct header *header)
{
	(void)arg;
	(void)header;
	entries++;
}

static int
set_up(void **unused)
{
	(void)unused;
	source = (struct source_config){ .title = title,
		.type = SOURCE_TYPE_JOURNAL,
		.path = journals,
		.zone = zone };
	empty(journals);
	empty(state_directory);
	make_pipeline();
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	free(end_pipeline());
	return 0;
}

static int
set_up_all(void **unused)
{
	(void)unused;
	assert_non_null(mkdtemp(directory));
	snprintf(journals, sizeof(journals), "%s/journal", directory);
	snprintf(active, sizeof(active), "%s/system.journal", journals);
	snprintf(
	    state_directory, sizeof(state_directory), "%s/state", directory);
	return 0;
}

static int
tear_down_all(void **unused)
{
	char command[64];

	(void)unused;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

/* --- the same account ----------------------------------------------------- */

/* What replay --json prints, without the span: it is of the header's times. */
static char *
account_text(void)
{
	struct coverage_counts coverage = collectors_coverage(collectors);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	coverage.first = coverage.last = 0;
	assert_int_equal(account_print_json(out, pipeline.stats, pipeline.tally,
			     &coverage, NULL, 0),
	    0);
	fclose(out);
	return text;
}

static char *
account_of_file(const char *path, const char *zone_name)
{
	struct finished_options options = { .year = 2026, .zone = zone_name };
	struct collect_config none = { 0 };
	struct err err;
	char *text;

	free(end_pipeline());
	make_pipeline();
	collectors = collectors_open(&none, false, 0, 0, &sinks, &err);
	if (collectors_finished(collectors, path, &options, &err) == -1)
		fail_msg("%s", err.text);
	collectors_finish(collectors);
	text = account_text();
	collectors_close(collectors);
	return text;
}

static char *
account_of_journal(void)
{
	char *text;

	free(end_pipeline());
	make_pipeline();
	start();
	read_all();
	collectors_finish(collectors);
	text = account_text();
	stop();
	return text;
}

static void
write_export(const char *path)
{
	struct journal_writer writer = journal_writer_open(active, LIMIT);
	char command[128];
	FILE *lines;

	snprintf(command, sizeof(command), "xz -dc %s", path);
	lines = popen(command, "r");
	assert_non_null(lines);
	journal_put_lines(&writer, lines);
	assert_int_equal(pclose(lines), 0);
	journal_writer_close(&writer);
}

/*
 * The runs are too large for one file: what journal-remote rotates is here
 * as well.
 */
static void
export_journal_and_maillog_give_the_same_account(void **unused)
{
	char *from_export, *from_log, *from_journal;

	(void)unused;
	write_export("tests/corpus/a-small.journal.json.xz");
	from_journal = account_of_journal();
	from_export =
	    account_of_file("tests/corpus/a-small.journal.json.xz", "UTC");
	from_log = account_of_file("tests/corpus/a-small.log.xz", "UTC");
	assert_non_null(strstr(from_journal, "\"lines\": 12321"));
	assert_string_equal(from_journal, from_export);
	assert_string_equal(from_journal, from_log);
	free(from_export);
	free(from_log);
	free(from_journal);
}

/* Bytes that are no text, texts of many lines, fields that are not there. */
static void
strange_entries_are_read_as_their_export_is(void **unused)
{
	static const char *const lines[] = {
		"{\"MESSAGE\": [99,111,110,110,101,99,116,32,102,114,111,109,"
		"32,255,46,120,91,49,48,46,48,46,48,46,49,93]}",
		"{\"MESSAGE\": \"connect from a.test[10.0.0.2]\\n"
		"connect from b.test[10.0.0.3]\"}",
		"{\"MESSAGE\": \"connect from a\\u0000.test[10.0.0.4]\"}",
		"{\"SYSLOG_IDENTIFIER\": null, \"_COMM\": \"dovecot\"}",
		"{\"SYSLOG_IDENTIFIER\": null}",
		"{\"_PID\": null, \"SYSLOG_PID\": \"9\", \"MESSAGE\": "
		"\"connect from a.test[10.0.0.5]\"}",
		"{\"_PID\": \"x\", \"MESSAGE\": "
		"\"connect from a.test[10.0.0.6]\"}",
		"{\"SYSLOG_FACILITY\": \"2\", \"SYSLOG_IDENTIFIER\": \"\", "
		"\"MESSAGE\": \"\"}",
		"{\"_SOURCE_REALTIME_TIMESTAMP\": \"1795305999123456\", "
		"\"MESSAGE\": \"connect from a.test[10.0.0.7]\"}",
		"{\"_HOSTNAME\": \"MX2\", "
		"\"MESSAGE\": \"connect from a.test[10.0.0.8]\"}",
		"{\"SYSLOG_IDENTIFIER\": \"systemd-journald\", \"MESSAGE\": "
		"\"Suppressed 42 messages from postfix@-.service\"}",
	};
	struct journal_writer writer = journal_writer_open(active, 0);
	char path[96], *from_export, *from_journal;
	uint64_t lost;
	FILE *out;

	(void)unused;
	snprintf(path, sizeof(path), "%s/export.json", directory);
	out = fopen(path, "w");
	for (size_t i = 0; i < NELEMS(lines); i++) {
		json_t *one = numbered(100 + i), *value;
		json_t *more = json_loads(lines[i], JSON_ALLOW_NUL, NULL);
		const char *name;

		assert_non_null(more);
		json_object_foreach (more, name, value)
			if (json_is_null(value))
				json_object_del(one, name);
			else
				json_object_set(one, name, value);
		json_dumpf(one, out, JSON_COMPACT);
		fputc('\n', out);
		put(&writer, one);
		json_decref(more);
	}
	fclose(out);
	journal_writer_close(&writer);
	free(account_of_file(path, "UTC"));
	lost = counted[METRIC_AGENT_LINES_LOST];
	assert_int_equal(lost, 42);
	fflush(pipeline.events);
	from_export = strdup(events);
	free(account_of_journal());
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], lost);
	assert_int_equal(counted[METRIC_AGENT_LINES], NELEMS(lines));
	fflush(pipeline.events);
	from_journal = strdup(events);
	assert_non_null(strstr(from_journal, "10.0.0.8"));
	assert_string_equal(from_journal, from_export);
	free(from_export);
	free(from_journal);
}

static void
a_text_too_long_for_a_line_is_lost_whole(void **unused)
{
	struct journal_writer writer = journal_writer_open(active, 0);
	static char text[70000];

	(void)unused;
	for (size_t n = 8000; n < 9000; n += 193) {
		snprintf(text, sizeof(text), "connect from c.test[10.0.0.%zu]",
		    n / 193);
		memset(text + strlen(text), 'x', sizeof(text) - 100);
		text[n] = '\0';
		put(&writer, entry(n, text));
	}
	text[sizeof(text) - 1] = '\0';
	put(&writer, entry(9999, text));
	put(&writer, numbered(10));
	journal_writer_close(&writer);
	start();
	read_all();
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], 6);
	assert_int_equal(seen[10], 1);
	stop();
}

/* --- the place ------------------------------------------------------------ */

static void
a_restart_at_every_entry_changes_nothing(void **unused)
{
	(void)unused;
	write_numbered(0, 200);
	for (size_t i = 0; i < 200; i++) {
		start();
		assert_int_not_equal(collectors_read(collectors, 1, NOW), 0);
		assert_came(0, i + 1);
		stop();
	}
	start();
	read_all();
	assert_came(0, 200);
	stop();
}

/* Killed without a commit: what was not committed comes again. */
static void
what_was_not_committed_is_read_again(void **unused)
{
	(void)unused;
	write_numbered(0, 20);
	start();
	for (size_t i = 0; i < 10; i++)
		(void)collectors_read(collectors, 1, NOW);
	stop();
	start();
	for (size_t i = 0; i < 5; i++)
		(void)collectors_read(collectors, 1, NOW);
	collectors_close(collectors);
	state_close(state);
	memset(seen, 0, sizeof(seen));
	start();
	read_all();
	assert_came(10, 20);
	stop();
}

static void
several_files_are_one_journal(void **unused)
{
	size_t from, to;
	char path[512];

	(void)unused;
	write_large(0, 600);
	oldest_file(path, sizeof(path), &from, &to);
	assert_int_equal(from, 0);
	assert_in_range(to, 10, 400);
	start();
	read_all();
	assert_came(0, 600);
	stop();
	start();
	read_all();
	assert_came(0, 600);
	stop();
}

static void
what_was_vacuumed_before_it_was_read_is_said_once(void **unused)
{
	size_t from, to, n;

	(void)unused;
	write_large(0, 600);
	remove_oldest(&from, &to);
	start();
	read_all();
	assert_came(to, 600); /* read for the first time: nothing is amiss */
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], 0);
	stop();
	write_large(600, 1200);
	start();
	for (n = 0; n < 10; n++)
		(void)collectors_read(collectors, 1, NOW);
	stop();
	/* The file of the entry read last, and all before it. */
	do
		remove_oldest(&from, &to);
	while (to <= 610);
	start();
	read_all();
	for (size_t i = 610; i < 1200; i++)
		assert_int_equal(seen[i], i >= to);
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], 1);
	stop();
	start();
	read_all();
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], 1);
	stop();
}

/* At every place in the files that are left. */
static void
what_was_vacuumed_after_it_was_read_is_not_missed(void **unused)
{
	size_t from, to, n;

	(void)unused;
	write_large(0, 600);
	start();
	/* Its last entry is the one read last. */
	oldest_file((char[512]){ 0 }, 512, &from, &to);
	for (n = 0; n < to; n++)
		(void)collectors_read(collectors, 1, NOW);
	assert_came(0, to);
	stop();
	remove_oldest(&from, &to);
	start();
	read_all();
	assert_came(0, 600);
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], 0);
	stop();
}

static void
a_file_may_vanish_while_it_is_read(void **unused)
{
	size_t from, to, had;

	(void)unused;
	write_large(0, 600);
	start();
	for (had = 0; had < 5; had++)
		(void)collectors_read(collectors, 1, NOW);
	remove_oldest(&from, &to);
	read_all();
	for (size_t i = 0; i < 600; i++) {
		assert_in_range(seen[i], i < had || i >= to, 1);
		if (i >= had && i < to)
			assert_int_equal(seen[i], 0);
	}
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], 1);
	/* The next one, too, once it was read. */
	remove_oldest(&from, &to);
	read_all();
	for (size_t i = to; i < 600; i++)
		assert_int_equal(seen[i], 1);
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], 1);
	stop();
}

/* --- what comes ----------------------------------------------------------- */

static void
what_is_appended_comes_by_its_descriptor(void **unused)
{
	struct journal_writer writer = journal_writer_open(active, 0);

	(void)unused;
	put_numbered(&writer, 0, 1);
	while (access(active, R_OK) == -1)
		(void)poll(NULL, 0, 5);
	start();
	for (size_t i = 0; i < 50; i++) {
		await(i);
		assert_came(0, i + 1);
		if (i == 20) {
			stop();
			start();
		}
		put_numbered(&writer, i + 1, i + 2);
	}
	journal_writer_close(&writer);
	await(50);
	assert_came(0, 51);
	stop();
}

static void
a_rotation_while_it_is_followed_changes_nothing(void **unused)
{
	struct journal_writer writer = journal_writer_open(active, LIMIT);
	size_t from, to;
	char path[512];

	(void)unused;
	put_large(&writer, 0, 1);
	while (access(active, R_OK) == -1)
		(void)poll(NULL, 0, 5);
	start();
	for (size_t i = 0; i < 900; i += 10) {
		put_large(&writer, i + 1, i + 11);
		await(i + 10);
		assert_came(0, i + 11);
		if (i % 300 == 290) {
			oldest_file(path, sizeof(path), &from, &to);
			assert_int_equal(unlink(path), 0);
		}
	}
	journal_writer_close(&writer);
	read_all();
	assert_came(0, 901);
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], 0);
	stop();
}

/* --- which entries -------------------------------------------------------- */

static json_t *
from_unit(size_t i, const char *field, const char *unit, const char *facility,
    const char *identifier)
{
	json_t *one = numbered(i);

	json_object_del(one, "_SYSTEMD_UNIT");
	json_object_del(one, "SYSLOG_FACILITY");
	if (unit != NULL)
		json_object_set_new(one, field, json_string(unit));
	if (facility != NULL)
		json_object_set_new(
		    one, "SYSLOG_FACILITY", json_string(facility));
	json_object_set_new(one, "SYSLOG_IDENTIFIER", json_string(identifier));
	return one;
}

static void
write_of_many(void)
{
	static const struct {
		const char *field, *unit, *facility, *identifier;
	} rows[] = {
		{ "_SYSTEMD_UNIT", "postfix@-.service", "2", "postfix/smtpd" },
		{ "_SYSTEMD_UNIT", "postfix@-.service", "16", "postfix/smtpd" },
		{ "_SYSTEMD_SLICE", "system-postfix.slice", "16",
		    "postfix/smtpd" },
		{ "_SYSTEMD_UNIT", "session-3.scope", "2", "postfix/smtpd" },
		{ "_SYSTEMD_UNIT", "nginx.service", "16", "postfix/smtpd" },
		{ "_SYSTEMD_UNIT", "rspamd.service", NULL, "postfix/smtpd" },
		{ NULL, NULL, NULL, "postfix/smtpd" },
		{ NULL, NULL, "2", "out/smtpd" },
	};
	struct journal_writer writer = journal_writer_open(active, 0);

	for (size_t i = 0; i < NELEMS(rows); i++)
		put(&writer, from_unit(i, rows[i].field, rows[i].unit,
				 rows[i].facility, rows[i].identifier));
	put(&writer, entry(20, "Suppressed 5 messages from nginx.service"));
	journal_writer_close(&writer);
}

static void
the_mail_systems_entries_come_each_once(void **unused)
{
	static const bool ours[] = { 1, 1, 1, 1, 0, 1, 0, 1 };

	(void)unused;
	write_of_many();
	start();
	read_all();
	for (size_t i = 0; i < NELEMS(ours); i++)
		if (i != 7) /* no Postfix by its name */
			assert_int_equal(seen[i], ours[i]);
	assert_int_equal(counted[METRIC_AGENT_LINES], 7);
	stop();
}

static void
units_and_identifiers_can_be_chosen(void **unused)
{
	static char rspamd[] = "rspamd", slice[] = "system-postfix.slice",
		    out[] = "out/smtpd";
	char *units[] = { rspamd, slice }, *identifiers[] = { out };

	(void)unused;
	write_of_many();
	source.units = units;
	source.unit_count = 2;
	start();
	read_all();
	assert_int_equal(counted[METRIC_AGENT_LINES], 2);
	assert_int_equal(seen[2] + seen[5], 2);
	stop();
	source.identifiers = identifiers;
	source.identifier_count = 1;
	empty(state_directory);
	start();
	read_all();
	assert_int_equal(counted[METRIC_AGENT_LINES], 2 + 3);
	stop();
}

static void
suppressed_lines_are_lost_where_they_are_ours(void **unused)
{
	static const struct {
		const char *unit;
		uint64_t n;
	} rows[] = {
		{ "postfix@-.service", 1 },
		{ "postfix@out.service", 20 },
		{ "sendmail.service", 300 },
		{ "nginx.service", 0 },
		{ "user@1000.service", 0 },
		{ "", 0 },
	};
	struct journal_writer writer = journal_writer_open(active, 0);
	char text[96];
	uint64_t all = 0;

	(void)unused;
	put(&writer, numbered(0));
	for (size_t i = 0; i < NELEMS(rows); i++) {
		snprintf(text, sizeof(text), "Suppressed %llu messages from %s",
		    rows[i].n != 0 ? (unsigned long long)rows[i].n : 7000,
		    rows[i].unit);
		put(&writer, from_unit(i, NULL, NULL, NULL, "x"));
		json_t *one = entry(10 + i, text);
		json_object_set_new(
		    one, "SYSLOG_IDENTIFIER", json_string("systemd-journald"));
		json_object_del(one, "_SYSTEMD_UNIT");
		json_object_set_new(one, "SYSLOG_FACILITY", json_string("3"));
		put(&writer, one);
		all += rows[i].n;
	}
	journal_writer_close(&writer);
	start();
	read_all();
	assert_int_equal(counted[METRIC_AGENT_LINES_LOST], all);
	stop();
}

/* --- damage ---------------------------------------------------------------- */

static void
damage(const char *from, const char *to, uint32_t *seed)
{
	static char bytes[16 << 20];
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	size_t n, at;

	assert_non_null(in);
	assert_non_null(out);
	n = fread(bytes, 1, sizeof(bytes), in);
	for (int i = 0; i < 8; i++) {
		*seed = *seed * 1664525 + 1013904223;
		/* Mostly where entries are, and now and then in the header. */
		at = (*seed >> 4) % (i == 0 ? 272 : 400000);
		bytes[at % n] ^= (char)(1 << (*seed >> 28 & 7));
	}
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
	fclose(in);
}

/* What can still be read of it is read, and once. */
static void
a_damaged_file_ends_nothing(void **unused)
{
	char whole[96];
	uint32_t seed = 7;
	size_t came = 0;

	(void)unused;
	snprintf(whole, sizeof(whole), "%s/whole", directory);
	write_numbered(0, 200);
	assert_int_equal(rename(active, whole), 0);
	for (int round = 0; round < ROUNDS; round++) {
		damage(whole, active, &seed);
		empty(state_directory);
		memset(seen, 0, sizeof(seen));
		start();
		read_all();
		for (size_t i = 0; i < 200; i++) {
			assert_in_range(seen[i], 0, 1);
			came += seen[i];
		}
		stop();
	}
	print_message("%zu of %d entries\n", came, ROUNDS * 200);
	assert_int_not_equal(came, 0);
	assert_int_equal(unlink(whole), 0);
}

/* --- where there is none -------------------------------------------------- */

static void
a_journal_that_comes_later_is_read(void **unused)
{
	struct source_status status;

	(void)unused;
	assert_int_equal(rmdir(journals), 0);
	start();
	read_all();
	status = collectors_source(collectors, 0);
	assert_string_equal(status.state, "missing");
	assert_non_null(strstr(status.trouble, journals));
	assert_int_equal(mkdir(journals, 0700), 0);
	write_numbered(0, 5);
	collectors_ready(collectors, NOW + 20000);
	while (collectors_read(collectors, 1 << 20, NOW + 20000) != 0)
		;
	assert_came(0, 5);
	status = collectors_source(collectors, 0);
	assert_null(status.trouble);
	/* And where the directory was made anew. */
	empty(journals);
	write_numbered(5, 9);
	collectors_ready(collectors, NOW + 40000);
	while (collectors_read(collectors, 1 << 20, NOW + 40000) != 0)
		;
	assert_came(0, 9);
	stop();
}

/* libsystemd does not know the cursor: the time of the entry is left. */
static void
a_place_that_cannot_be_read_is_found_by_its_time(void **unused)
{
	struct journal *journal;
	struct state_writer place = { 0 };
	struct err err;

	(void)unused;
	write_numbered(0, 20);
	put_u64(&place, (uint64_t)(BEGIN + 7) * 1000000);
	put_text(&place, SLICE("s=no;i=cursor"));
	journal = journal_open(&source);
	assert_int_equal(
	    journal_load(journal, (struct slice){ place.p, place.n }, &err), 0);
	journal_ready(journal, NOW);
	entries = 0;
	while (journal_read(journal, 4096, count_entry, NULL) != 0)
		;
	assert_int_equal(entries, 12);
	assert_int_equal(
	    journal_load(journal, (struct slice){ place.p, 9 }, &err), -1);
	assert_non_null(strstr(err.text, journals));
	journal_close(journal);
	writer_fini(&place);
}

/* The same events in a log; its own times have no parts of a second. */
static void
write_log(const char *path, size_t from, size_t to)
{
	FILE *out = fopen(path, "ae");

	assert_non_null(out);
	for (size_t i = from; i < to; i++)
		fprintf(out,
		    "Nov 22 00:%02zu:%02zu mx1 postfix/smtpd[7]: connect "
		    "from c.test[10.0.%zu.%zu]\n",
		    i / 60, i % 60, i >> 8, i & 255);
	assert_int_equal(fclose(out), 0);
}

/*
 * Found by itself, the journal takes over from a log that grows no more, and
 * the log from the journal when it does.
 */
static void
what_a_former_source_told_is_not_told_again(void **unused)
{
	static char log[96];
	struct source_config journal = source;

	(void)unused;
	snprintf(log, sizeof(log), "%s/mail.log", directory);
	config.detected = true;
	write_numbered(0, 50);
	write_log(log, 0, 30);
	source.type = SOURCE_TYPE_FILE;
	source.path = log;
	start();
	read_all();
	assert_came(0, 30);
	stop();
	source = journal;
	start();
	read_all();
	assert_came(0, 50);
	stop();
	write_log(log, 30, 70);
	write_numbered(50, 60);
	source.type = SOURCE_TYPE_FILE;
	source.path = log;
	start();
	read_all();
	assert_came(0, 70);
	stop();
	source = journal;
	start();
	read_all();
	assert_came(0, 70);
	stop();
	config.detected = false;
	assert_int_equal(unlink(log), 0);
}

/* Which is then told: libsystemd steps over what comes late of one of them. */
static void
a_directory_of_several_machines_is_known(void **unused)
{
	struct journal_writer writer = journal_writer_open(active, 0);
	sd_journal *handle;

	(void)unused;
	for (size_t i = 0; i < 10; i++) {
		json_t *one = numbered(i);

		json_object_set_new(one, "_MACHINE_ID",
		    json_string("0123456789abcdef0123456789abcdef"));
		put(&writer, one);
	}
	journal_writer_close(&writer);
	assert_int_equal(journal_open_handle(&source, &handle), 0);
	assert_false(journal_is_mixed(handle));
	sd_journal_close(handle);
	writer = journal_writer_open(active, 0);
	json_t *other = numbered(11);
	json_object_set_new(other, "_MACHINE_ID",
	    json_string("ffffffffffffffff0000000000000000"));
	put(&writer, other);
	journal_writer_close(&writer);
	assert_int_equal(journal_open_handle(&source, &handle), 0);
	assert_true(journal_is_mixed(handle));
	sd_journal_close(handle);
}

static void
a_survey_tells_what_is_there(void **unused)
{
	struct journal_survey survey;

	(void)unused;
	collectors_survey_journal(&source, &survey);
	assert_int_equal(survey.files, 0);
	assert_int_equal(survey.newest, 0);
	write_numbered(0, 8);
	collectors_survey_journal(&source, &survey);
	assert_int_equal(survey.files, 1);
	assert_int_equal(survey.denied, 0);
	assert_int_equal(survey.newest, BEGIN + 7);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(export_journal_and_maillog_give_the_same_account),
		TEST(strange_entries_are_read_as_their_export_is),
		TEST(a_text_too_long_for_a_line_is_lost_whole),
		TEST(a_restart_at_every_entry_changes_nothing),
		TEST(what_was_not_committed_is_read_again),
		TEST(several_files_are_one_journal),
		TEST(what_was_vacuumed_before_it_was_read_is_said_once),
		TEST(what_was_vacuumed_after_it_was_read_is_not_missed),
		TEST(a_file_may_vanish_while_it_is_read),
		TEST(what_is_appended_comes_by_its_descriptor),
		TEST(a_rotation_while_it_is_followed_changes_nothing),
		TEST(the_mail_systems_entries_come_each_once),
		TEST(units_and_identifiers_can_be_chosen),
		TEST(suppressed_lines_are_lost_where_they_are_ours),
		TEST(a_damaged_file_ends_nothing),
		TEST(a_journal_that_comes_later_is_read),
		TEST(a_place_that_cannot_be_read_is_found_by_its_time),
		TEST(what_a_former_source_told_is_not_told_again),
		TEST(a_directory_of_several_machines_is_known),
		TEST(a_survey_tells_what_is_there),
	};

	if (!journals_can_be_made())
		return journals_skip();
	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
