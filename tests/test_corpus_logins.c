/*
 * test_corpus_logins.c - POP3 and IMAP in captures of real servers
 *
 * Dovecot's, Courier's and Cyrus' logins, one by one, are those of the run's
 * ledger: who, from where, how it ended, and whether the password went by
 * unencrypted; and so are the sessions under TLS.  So they are with packets
 * doubled, or cut to fragments and in another order; with some of them lost
 * there are no others.
 */
#include "tests/captures.h"
#include "tests/event_text.h"
#include "tests/judge.h"

static const struct run {
	const char *capture, *truth;
	const char
	    *administrator; /* who prepared the run, and is in no ledger */
} runs[] = {
	{ "a-month", "a-month", NULL },
	{ "a-variants", "a-variants", NULL },
	{ "a-variants.any", "a-variants", NULL },
	{ "courier", "wire/courier", NULL },
	{ "cyrus", "cyrus/a", "cyrus" },
};

static void
count(json_t *counts, const char *client, const char *what, const char *user)
{
	char key[300];
	json_int_t n;

	snprintf(key, sizeof(key), "%s %s %s", client, what, user);
	n = json_integer_value(json_object_get(counts, key));
	json_object_set_new(counts, key, json_integer(n + 1));
}

static void
count_login(
    json_t *counts, const json_t *session, const char *user, bool ok, bool told)
{
	const char *client = ledger_text(session, "src");

	count(counts, client, ok ? "ok" : "failed", user);
	if (told)
		count(counts, client, ok ? "taken" : "wrong", user);
}

/* Postfix's driver noted each attempt, the others' one of a session. */
static void
read_session(json_t *counts, const json_t *session)
{
	const char *protocol = ledger_text(session, "proto");
	const json_t *attempts = json_object_get(session, "auth"), *one;
	const json_t *ok = json_object_get(session, "login_ok");
	size_t i;

	if (strcmp(protocol, "pop3") != 0 && strcmp(protocol, "imap") != 0)
		return;
	if (json_is_true(json_object_get(session, "tls")) ||
	    json_is_string(json_object_get(session, "tls"))) {
		count(counts, ledger_text(session, "src"), "tls", protocol);
		return;
	}
	json_array_foreach (attempts, i, one)
		count_login(counts, session, ledger_text(one, "user"),
		    json_is_true(json_object_get(one, "ok")), true);
	if (json_is_boolean(ok))
		count_login(counts, session, ledger_text(session, "user"),
		    json_is_true(ok),
		    strcmp(ledger_text(session, "scenario"), "pop_apop") != 0);
}

static json_t *
read_ledger(const struct run *run)
{
	char command[256];
	json_t *truth, *counts = json_object(), *session;
	const json_t *sessions;
	size_t i;

	snprintf(command, sizeof(command),
	    "xz -dc tests/corpus/%s.truth.json.xz", run->truth);
	truth = json_of(command);
	assert_non_null(truth);
	sessions = json_object_get(
	    json_object_get(truth, "meta"), "imap_pop_sessions");
	if (sessions == NULL)
		sessions = json_object_get(truth, "sessions");
	json_array_foreach (sessions, i, session)
		read_session(counts, session);
	json_decref(truth);
	return counts;
}

static void
read_event(json_t *counts, const struct mail_event *event, const char *line)
{
	static const char *const outcomes[] = { "taken", "wrong", "forbidden" };
	char client[ADDR_TEXT], user[128];
	const char *protocol = strstr(line, " protocol=");

	addr_print(&event->client, client);
	slice_copy(event->account, user, sizeof(user));
	if (event->kind == EVENT_LOGIN_OK)
		count(counts, client, "ok", user);
	else if (event->kind == EVENT_LOGIN_FAILED)
		count(counts, client, "failed", user);
	else if (event->kind == EVENT_CLEARTEXT && protocol != NULL)
		count(counts, client, outcomes[event->cleartext.outcome], user);
	else if (event->kind == EVENT_TLS && protocol != NULL)
		count(counts, client, "tls",
		    strncmp(protocol, " protocol=imap", 14) == 0 ? "imap"
								 : "pop3");
}

static json_t *
read_wire(const struct run *run, const struct capture_file *file)
{
	char path[] = "/tmp/mailweir-logins-XXXXXX", command[PATH_MAX * 2];
	int fd = mkstemp(path);
	json_t *counts = json_object();
	struct mail_event event;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *pipe;

	assert_int_not_equal(fd, -1);
	close(fd);
	capture_save(file, path);
	snprintf(
	    command, sizeof(command), "%s replay --events %s", program(), path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while ((n = getline(&line, &size, pipe)) != -1) {
		struct slice text = { line, (size_t)n - (line[n - 1] == '\n') };

		if (event_read(text, &event) &&
		    (run->administrator == NULL ||
			!slice_eq(event.account, slice_of(run->administrator))))
			read_event(counts, &event, line);
	}
	free(line);
	assert_int_equal(pclose(pipe), 0);
	unlink(path);
	return counts;
}

/* `most': there may be less of them. */
static void
compare(const json_t *want, const json_t *got, const char *run, bool most)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)want, key, value) {
		json_int_t n = json_integer_value(json_object_get(got, key));
		json_int_t wanted = json_integer_value(value);

		if (n > wanted || (n < wanted && !most))
			complain("%s: %s: %lld, the ledger has %lld", run, key,
			    (long long)n, (long long)wanted);
	}
	json_object_foreach ((json_t *)(uintptr_t)got, key, value)
		if (json_object_get(want, key) == NULL)
			complain("%s: %s is not in the ledger", run, key);
}

static void
as_it_is(const struct capture_file *from, struct capture_file *to)
{
	for (size_t i = 0; i < from->n; i++)
		capture_push(
		    to, &from->packets[i].head, from->packets[i].bytes);
}

static void
cut_and_reorder(const struct capture_file *from, struct capture_file *to)
{
	struct capture_file cut = { .link = from->link, .seed = 3 };

	if (from->link == DLT_EN10MB) /* cut as Ethernet's */
		capture_fragment(from, &cut);
	else
		as_it_is(from, &cut);
	capture_reorder(&cut, to, 8);
	capture_drop(&cut);
}

static void
lose(const struct capture_file *from, struct capture_file *to)
{
	capture_lose(from, to, 100);
}

static void
compare_all(void (*change)(const struct capture_file *, struct capture_file *),
    bool most)
{
	char command[256];

	complaints = 0;
	for (size_t i = 0; i < NELEMS(runs); i++) {
		json_t *want = read_ledger(&runs[i]), *got;
		struct capture_file file, changed;

		snprintf(command, sizeof(command),
		    "xz -dc tests/corpus/wire/%s.pcap.xz", runs[i].capture);
		capture_load(&file, command);
		changed = (struct capture_file){ .link = file.link, .seed = 7 };
		change(&file, &changed);
		got = read_wire(&runs[i], &changed);
		assert_int_not_equal(json_object_size(got), 0);
		compare(want, got, runs[i].capture, most);
		capture_drop(&file);
		capture_drop(&changed);
		json_decref(want);
		json_decref(got);
	}
	assert_int_equal(complaints, 0);
}

static void
each_login_is_the_ledgers(void **state)
{
	(void)state;
	compare_all(as_it_is, false);
}

static void
copies_order_and_fragments_change_no_login(void **state)
{
	(void)state;
	compare_all(capture_duplicate, false);
	compare_all(cut_and_reorder, false);
}

static void
lost_packets_make_no_login_up(void **state)
{
	(void)state;
	compare_all(lose, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_login_is_the_ledgers),
		cmocka_unit_test(copies_order_and_fragments_change_no_login),
		cmocka_unit_test(lost_packets_make_no_login_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
