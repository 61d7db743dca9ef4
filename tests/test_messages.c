/* test_messages.c - the life of each message is kept, and found again */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>

#include <signal.h>

#include "base/array.h"
#include "tests/messages_rig.h"

static const char one_message[] =
    "1795338001.000000 host=mx1 received mailer=smtp id=4Z1B2C "
    "account=kim client=203.0.113.7 from=Ann@Example.com recipients=2 "
    "bytes=812\n"
    "1795338002.000000 host=mx1 sent mailer=smtp id=4Z1B2C "
    "client=203.0.113.7 to=lee@example.org relay=mx.example.org "
    "peer=192.0.2.25 dsn=2.0.0 reply=\"250 2.0.0 Ok\"\n"
    "1795338003.000000 host=mx1 deferred mailer=smtp id=4Z1B2C "
    "client=203.0.113.7 to=sam@example.net relay=mx.example.net "
    "peer=192.0.2.26 dsn=4.2.0 reply=\"450 4.2.0 later\"\n";

static const char another[] =
    "1795338005.000000 host=mx2 received mailer=smtp id=5AAAAA "
    "client=203.0.113.8 from=bob@example.net recipients=1 bytes=9\n";

static char *
with_dashes(const char *events)
{
	char *text = NULL;

	if (asprintf(&text, "--\n%s", events) == -1)
		abort();
	return text;
}

static void
assert_finds(struct messages_rig *rig, const char *text, const char *events)
{
	char *want = with_dashes(events);

	assert_string_equal(rig_find(rig, text), want);
	assert_false(rig->failed);
	free(want);
}

static void
a_message_is_found_by_all_that_names_it(void **state)
{
	static const char *const texts[] = { "4Z1B2C", "4z1b2c",
		"ann@example.com", "ANN@EXAMPLE.COM", " <ann@example.com> ",
		"lee@example.org", "sam@example.net", "@example.org",
		"example.org", "example.com", "203.0.113.7", "kim",
		"::ffff:203.0.113.7" };
	struct messages_rig *rig = *state;

	rig_add(rig, one_message);
	rig_add(rig, another);
	for (size_t i = 0; i < NELEMS(texts) - 1; i++)
		assert_finds(rig, texts[i], one_message);
	rig_minute(rig, MESSAGES_NOW);
	for (size_t i = 0; i < NELEMS(texts) - 1; i++)
		assert_finds(rig, texts[i], one_message);
	assert_finds(rig, "5AAAAA", another);
	assert_string_equal(rig_find(rig, "nobody@example.org"), "");
	assert_string_equal(rig_find(rig, "4Z1B2"), "");
}

static void
a_message_id_finds_what_carried_it(void **state)
{
	struct messages_rig *rig = *state;
	struct mail_event event = { .when = MESSAGES_NOW * 1000000,
		.kind = EVENT_RECEIVED,
		.count = 1,
		.host = SLICE("mx1"),
		.queue_id = SLICE("4Z1B2C"),
		.message_key = event_message_key(SLICE("a.b@example.com")) };

	messages_add(rig->messages, &event);
	rig_add(rig, another);
	rig_find(rig, "<a.b@example.com>");
	assert_int_equal(rig->count, 1);
	rig_find(rig, "a.c@example.com");
	assert_int_equal(rig->count, 0);
}

static void
the_newest_comes_first_and_no_more_than_asked_for(void **state)
{
	struct messages_rig *rig = *state;
	struct messages_question question = rig_question("203.0.113.7");
	char line[256];

	question.limit = 3;
	for (int i = 0; i < 10; i++) {
		snprintf(line, sizeof(line),
		    "179533800%d.000000 host=mx1 received id=4Z1B0%d "
		    "client=203.0.113.7\n",
		    i, i);
		rig_add(rig, line);
		if (i % 4 == 0)
			rig_minute(rig, MESSAGES_NOW + i * 120);
	}
	assert_string_equal(rig_ask(rig, &question),
	    "--\n1795338009.000000 host=mx1 received id=4Z1B09 "
	    "client=203.0.113.7\n"
	    "--\n1795338008.000000 host=mx1 received id=4Z1B08 "
	    "client=203.0.113.7\n"
	    "--\n1795338007.000000 host=mx1 received id=4Z1B07 "
	    "client=203.0.113.7\n");
	assert_true(rig->more);
	question.to = 1795338002;
	rig_ask(rig, &question);
	assert_int_equal(rig->count, 2);
	assert_false(rig->more);
	question.to++;
	snprintf(question.host, sizeof(question.host), "mx2");
	rig_ask(rig, &question);
	assert_int_equal(rig->count, 0);
}

static void
what_is_written_twice_is_found_once(void **state)
{
	/* The same recipient twice in a second was truly tried twice. */
	static const char twins[] =
	    "1795338001.000000 host=mx1 received id=4Z1B2C from=a@example.com\n"
	    "1795338002.000000 host=mx1 deferred id=4Z1B2C to=b@example.org\n"
	    "1795338002.000000 host=mx1 deferred id=4Z1B2C to=b@example.org\n"
	    "1795338003.000000 host=mx1 sent id=4Z1B2C to=b@example.org\n";
	struct messages_rig *rig = *state;
	const char *last = strrchr(twins, '\n') - 1;

	while (last[-1] != '\n')
		last--;
	rig_add(rig, twins);
	rig_minute(rig, MESSAGES_NOW);
	/* Killed here, an agent reads again from its last commit. */
	rig_add(rig, last);
	rig_minute(rig, MESSAGES_NOW + 120);
	rig_shut(rig);
	rig_open(rig);
	rig_add(rig, twins);
	rig_minute(rig, MESSAGES_NOW + 240);
	assert_finds(rig, "4Z1B2C", twins);
	assert_finds(rig, "b@example.org", twins);
}

static void
a_refusal_is_found_by_whom_it_met(void **state)
{
	static const char refused[] =
	    "1795338001.000000 host=mx1 rejected mailer=smtp "
	    "client=203.0.113.7 reason=relay_denied permanent code=554 "
	    "from=a@example.com to=b@example.net "
	    "text=\"<b@example.net>: Relay access denied\"\n";
	static const char *const texts[] = { "203.0.113.7", "a@example.com",
		"b@example.net", "@example.net" };
	struct messages_rig *rig = *state;

	rig_add(rig, refused);
	rig_minute(rig, MESSAGES_NOW);
	rig_add(rig, refused);
	for (size_t i = 0; i < NELEMS(texts); i++)
		assert_finds(rig, texts[i], refused);
}

static void
a_queue_id_that_is_used_again_is_another_message(void **state)
{
	static const char first[] =
	    "1795338001.000000 host=mx1 received id=A1B2C3 from=a@example.com\n"
	    "1795338002.000000 host=mx1 sent id=A1B2C3 to=b@example.org\n";
	static const char second[] =
	    "1795338101.000000 host=mx1 rejected id=A1B2C3 "
	    "client=203.0.113.7 reason=other permanent to=x@example.org\n"
	    "1795338102.000000 host=mx1 received id=A1B2C3 from=c@example.com\n"
	    "1795338103.000000 host=mx1 sent id=A1B2C3 to=d@example.org\n";
	struct messages_rig *rig = *state;
	char *both = NULL;

	rig_add(rig, first);
	rig_minute(rig, MESSAGES_NOW);
	rig_add(rig, second);
	assert_finds(rig, "a@example.com", first);
	assert_finds(rig, "b@example.org", first);
	assert_finds(rig, "d@example.org", second);
	assert_finds(rig, "x@example.org", second);
	if (asprintf(&both, "%s--\n%s", second, first) == -1)
		abort();
	assert_finds(rig, "A1B2C3", both);
	free(both);
}

static void
a_message_through_filters_is_one(void **state)
{
	static const char life[] =
	    "1795338001.000000 host=mx1 received id=AF0001 from=a@example.com\n"
	    "1795338002.000000 host=mx1 returned id=AF0002 original=AF0001\n"
	    "1795338002.000000 host=mx1 handed id=AF0001 to=b@example.org\n"
	    "1795338003.000000 host=mx1 returned id=AF0003 original=AF0002\n"
	    "1795338003.000000 host=mx1 handed id=AF0002 to=b@example.org\n"
	    "1795338500.000000 host=mx1 sent id=AF0003 to=b@example.org\n";
	static const char *const texts[] = { "AF0001", "AF0002", "AF0003",
		"a@example.com", "b@example.org" };
	struct messages_rig *rig = *state;
	struct slice rest = slice_of(life), line;
	char one[256];

	/* An older one of the last id. */
	rig_add(rig,
	    "1795330000.000000 host=mx1 received id=AF0003 from=z@example.com\n"
	    "1795330001.000000 host=mx1 sent id=AF0003 to=z@example.org\n");
	for (int i = 0; slice_cut(&rest, SLICE("\n"), &line); i++) {
		rig_minute(rig, MESSAGES_NOW + i * 120);
		snprintf(one, sizeof(one), "%.*s\n", (int)line.n, line.p);
		rig_add(rig, one);
	}
	for (size_t i = 0; i < NELEMS(texts); i++)
		if (strcmp(texts[i], "AF0003") != 0)
			assert_finds(rig, texts[i], life);
	rig_find(rig, "AF0003");
	assert_int_equal(rig->count, 2);
}

static void
what_is_too_old_is_forgotten(void **state)
{
	struct messages_rig *rig = *state;

	rig_add(rig, one_message);
	rig_minute(rig, MESSAGES_NOW);
	for (int64_t at = 0; at < 33 * 86400; at += 86400)
		rig_minute(rig, MESSAGES_NOW + at);
	assert_string_equal(rig_find(rig, "4Z1B2C"), "");
	rig_add(rig,
	    "1798016400.000000 host=mx1 received id=4Z1B2C from=a@b.example\n");
	rig_find(rig, "4Z1B2C");
	assert_int_equal(rig->count, 1);
}

/* So many messages, each unlike the others, and a moment apart. */
static void
add_many(struct messages_rig *rig, unsigned from, unsigned to)
{
	char line[400];

	for (unsigned i = from; i < to; i++) {
		snprintf(line, sizeof(line),
		    "17953%05u.000000 host=mx1 received id=Q%08u "
		    "client=198.51.%u.%u from=u%u@d%u.example recipients=1\n"
		    "17953%05u.000000 host=mx1 sent id=Q%08u "
		    "to=r%u@example.org reply=\"250 2.0.0 Ok: queued as %u\"\n",
		    i % 100000, i, i / 256 % 256, i % 256, i, i, i % 100000, i,
		    i, i * 7);
		rig_add(rig, line);
		if (i % 256 == 0)
			worker_drain(rig->worker);
	}
}

static off_t
file_bytes(const struct messages_rig *rig)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/messages.db", rig->data);
	return stat(path, &st) == -1 ? -1 : st.st_size;
}

static void
the_file_stays_within_its_size(void **state)
{
	struct messages_rig *rig = *state;

	rig_shut(rig);
	rig->config.bytes = 2u << 20;
	rig_open(rig);
	for (unsigned i = 0; i < 30000; i += 3000) {
		add_many(rig, i, i + 3000);
		rig_minute(rig, MESSAGES_NOW + i);
	}
	for (int i = 0; i < 300; i++)
		rig_minute(rig, MESSAGES_NOW + 86400 + i);
	rig_find(rig, "u29999@d29999.example");
	assert_int_equal(rig->count, 1);
	rig_find(rig, "u1@d1.example");
	assert_int_equal(rig->count, 0);
	rig_shut(rig); /* and the WAL is in the file */
	assert_in_range(file_bytes(rig), 1 << 19, (2 << 20) + (256 << 10));
	rig_open(rig);
	rig_find(rig, "u29000@d29000.example");
	assert_int_equal(rig->count, 1);
}

static void
write_over(const struct messages_rig *rig, long at)
{
	char path[512], junk[20000];
	FILE *file;

	memset(junk, 'x', sizeof(junk));
	snprintf(path, sizeof(path), "%s/messages.db", rig->data);
	file = fopen(path, at == 0 ? "w" : "r+");
	if (file == NULL || fseek(file, at, SEEK_SET) == -1 ||
	    fwrite(junk, sizeof(junk), 1, file) != 1 || fclose(file) == EOF)
		abort();
}

static bool
is_there(const struct messages_rig *rig, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", rig->data, name);
	return access(path, F_OK) == 0;
}

static void
a_damaged_file_is_set_aside_and_made_anew(void **state)
{
	struct messages_rig *rig = *state;

	/* Noticed at the first look: no database at all. */
	rig_shut(rig);
	write_over(rig, 0);
	rig_open(rig);
	rig_add(rig, one_message);
	assert_finds(rig, "4Z1B2C", one_message);
	assert_true(is_there(rig, "messages.db.broken-1"));
	assert_null(messages_trouble(rig->messages));

	/* Noticed only as it is written or read. */
	add_many(rig, 0, 3000);
	rig_shut(rig);
	write_over(rig, 8192);
	rig_open(rig);
	for (int i = 0; i < 3 && !is_there(rig, "messages.db.broken-2"); i++) {
		rig_add(rig, another);
		rig_minute(rig, MESSAGES_NOW + i * 120);
		rig_find(rig, "u1@d1.example");
	}
	assert_true(is_there(rig, "messages.db.broken-2"));
	rig_add(rig, another);
	assert_finds(rig, "5AAAAA", another);
	assert_null(messages_trouble(rig->messages));
}

static void
the_database_of_somebody_else_is_set_aside(void **state)
{
	struct messages_rig *rig = *state;
	struct state_part part = { .name = "other", .version = 1 };
	char from[512], to[512];
	struct err err;
	struct state *other;

	rig_shut(rig);
	part.save = NULL;
	other = state_open(rig->data, &part, 1, &err);
	assert_non_null(other);
	state_close(other);
	snprintf(from, sizeof(from), "%s/state.db", rig->data);
	snprintf(to, sizeof(to), "%s/messages.db", rig->data);
	assert_int_equal(rename(from, to), 0);
	rig_open(rig);
	rig_add(rig, one_message);
	assert_finds(rig, "4Z1B2C", one_message);
	assert_true(is_there(rig, "messages.db.broken-1"));
}

static void
what_cannot_be_written_waits_and_is_written(void **state)
{
	struct messages_rig *rig = *state;
	char path[512];

	snprintf(path, sizeof(path), "%s/messages.db", rig->data);
	assert_int_equal(mkdir(path, 0700), 0);
	rig_add(rig, one_message);
	rig_minute(rig, MESSAGES_NOW);
	assert_non_null(messages_trouble(rig->messages));
	assert_non_null(strstr(messages_trouble(rig->messages), path));
	assert_int_equal(rmdir(path), 0);
	rig_minute(rig, MESSAGES_NOW + 120);
	assert_null(messages_trouble(rig->messages));
	assert_finds(rig, "4Z1B2C", one_message);
	assert_int_equal(messages_dropped(rig->messages), 0);
}

static void
on_a_full_disk_what_waits_is_bounded_and_the_rest_is_counted(void **state)
{
	struct messages_rig *rig = *state;
	struct rlimit before, tight;

	rig_add(rig, one_message);
	rig_minute(rig, MESSAGES_NOW);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	tight = before;
	tight.rlim_cur = 100000;
	setrlimit(RLIMIT_FSIZE, &tight);
	for (unsigned i = 0; i < 50; i++) {
		add_many(rig, i * 600, i * 600 + 600);
		rig_minute(rig, MESSAGES_NOW + 120 * i);
	}
	assert_non_null(messages_trouble(rig->messages));
	assert_int_not_equal(messages_dropped(rig->messages), 0);
	assert_finds(rig, "4Z1B2C", one_message);
	setrlimit(RLIMIT_FSIZE, &before);
	for (int i = 0; i < 3; i++)
		rig_minute(rig, MESSAGES_NOW + 10000 + 120 * i);
	assert_null(messages_trouble(rig->messages));
	rig_find(rig, "u1@d1.example");
	assert_int_equal(rig->count, 1);
}

static void
a_file_that_cannot_be_made_on_a_full_disk_is_made_later(void **state)
{
	static const rlim_t rooms[] = { 0, 1000, 5000, 10000, 20000, 40000 };
	struct messages_rig *rig = *state;
	struct rlimit before, tight;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	tight = before;
	for (size_t i = 0; i < NELEMS(rooms); i++) {
		rig_shut(rig);
		rig_empty(rig->data);
		rig_open(rig);
		tight.rlim_cur = rooms[i];
		setrlimit(RLIMIT_FSIZE, &tight);
		rig_add(rig, one_message);
		rig_minute(rig, MESSAGES_NOW);
		setrlimit(RLIMIT_FSIZE, &before);
		if (rooms[i] < 10000)
			assert_non_null(messages_trouble(rig->messages));
		rig_minute(rig, MESSAGES_NOW + 1);
		assert_null(messages_trouble(rig->messages));
		assert_finds(rig, "4Z1B2C", one_message);
		assert_false(is_there(rig, "messages.db.broken-1"));
	}
}

static void
a_text_that_can_name_nothing_is_refused_in_words(void **state)
{
	static const char *const wrong[] = { "", "   ", "two words", "a\tb",
		"\x7f", "a\nb@example.org" };
	static const char *const right[] = { "a", "\"two words\"@example.org",
		"<>x", "%", "'; DROP TABLE keys; --@x",
		"\xff\xfe@example.org" };
	struct messages_rig *rig = *state;
	struct err err;

	for (size_t i = 0; i < NELEMS(wrong); i++) {
		struct messages_question question = rig_question(wrong[i]);

		assert_int_equal(messages_check(&question, &err), -1);
		assert_non_null(strstr(err.text, "expected"));
	}
	rig_add(rig, one_message);
	for (size_t i = 0; i < NELEMS(right); i++) {
		struct messages_question question = rig_question(right[i]);

		assert_int_equal(messages_check(&question, &err), 0);
		assert_string_equal(rig_ask(rig, &question), "");
	}
	assert_finds(rig, "4Z1B2C", one_message);
}

static void
another_process_finds_what_is_written(void **state)
{
	struct messages_rig *rig = *state;
	struct messages_question question = rig_question("lee@example.org");
	struct messages_found *found;
	struct err err;

	assert_null(messages_look(rig->data, &question, &err));
	assert_non_null(strstr(err.text, "messages.db: open: "));
	rig_add(rig, one_message);
	rig_minute(rig, MESSAGES_NOW);
	found = messages_look(rig->data, &question, &err); /* beside the WAL */
	assert_non_null(found);
	assert_int_equal(found->count, 1);
	assert_int_equal(found->messages[0].count, 3);
	messages_found_free(found);
	rig_shut(rig);
	found = messages_look(rig->data, &question, &err);
	assert_non_null(found);
	assert_int_equal(found->count, 1);
	messages_found_free(found);
	rig_open(rig);
}

int
main(void)
{
#define IN_RIG(test) cmocka_unit_test_setup_teardown(test, rig_begin, rig_end)
	const struct CMUnitTest tests[] = {
		IN_RIG(a_message_is_found_by_all_that_names_it),
		IN_RIG(a_message_id_finds_what_carried_it),
		IN_RIG(the_newest_comes_first_and_no_more_than_asked_for),
		IN_RIG(what_is_written_twice_is_found_once),
		IN_RIG(a_refusal_is_found_by_whom_it_met),
		IN_RIG(a_queue_id_that_is_used_again_is_another_message),
		IN_RIG(a_message_through_filters_is_one),
		IN_RIG(what_is_too_old_is_forgotten),
		IN_RIG(the_file_stays_within_its_size),
		IN_RIG(a_damaged_file_is_set_aside_and_made_anew),
		IN_RIG(the_database_of_somebody_else_is_set_aside),
		IN_RIG(what_cannot_be_written_waits_and_is_written),
		IN_RIG(
		    on_a_full_disk_what_waits_is_bounded_and_the_rest_is_counted),
		IN_RIG(a_file_that_cannot_be_made_on_a_full_disk_is_made_later),
		IN_RIG(a_text_that_can_name_nothing_is_refused_in_words),
		IN_RIG(another_process_finds_what_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
