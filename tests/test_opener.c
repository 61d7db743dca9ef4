/* test_opener.c - the helper opens the logs it was told of, and nothing else */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/helper.h"
#include "collectors/opener.h"
#include "tests/logs.h"

static struct logs logs;
static struct opener *openers[2]; /* with the helper, and direct */

static int
set_up(void **unused)
{
	const char *paths[] = { "/nowhere/at/all.log", logs.path };
	struct err err;

	(void)unused;
	logs_make(&logs);
	openers[0] = opener_start(
	    &(struct opener_paths){ paths, 2, NULL, 0 }, 0, 0, &err);
	openers[1] = opener_direct(&(struct opener_paths){ paths, 2, NULL, 0 });
	return openers[0] == NULL ? -1 : 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < NELEMS(openers); i++)
		opener_stop(openers[i]);
	logs_remove(&logs);
	return 0;
}

static void
put(const char *name, const char *text, long mtime)
{
	logs_put(&logs, name, text, strlen(text), mtime);
}

static void
link_to(const char *target, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", logs.directory, name);
	assert_int_equal(symlink(target, path), 0);
}

static void
a_log_and_its_siblings_are_opened(void **unused)
{
	static const char *const names[] = { NULL, "mail.log", "mail.log.1",
		"mail.log-20261101.gz" };
	char byte;

	(void)unused;
	put("mail.log", "x", 1);
	put("mail.log.1", "x", 1);
	put("mail.log-20261101.gz", "x", 1);
	for (size_t i = 0; i < NELEMS(openers); i++)
		for (size_t n = 0; n < NELEMS(names); n++) {
			struct err err = { "" };
			int fd = opener_open(openers[i], 1, names[n], &err);

			if (fd == -1)
				fail_msg("%s", err.text);
			assert_int_equal(read(fd, &byte, 1), 1);
			assert_int_equal(write(fd, &byte, 1), -1);
			assert_int_equal(
			    fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
			close(fd);
		}
}

static void
every_other_path_is_refused(void **unused)
{
	static const struct {
		const char *name;
		int error;
	} cases[] = { { "secret", EPERM }, { "../etc/passwd", EPERM },
		{ "mail.log.1/../secret", EPERM }, { "mail.log.bak", EPERM },
		{ "mail.log.1.gz.gz", EPERM }, { "mail.log/", EPERM },
		{ ".", EPERM }, { "mail.log.2", ELOOP },
		{ "mail.log.3", EINVAL }, { "mail.log.4", EINVAL },
		{ "mail.log.5", ENOENT } };
	char path[128];

	(void)unused;
	put("secret", "x", 1);
	put("mail.log.bak", "x", 1);
	link_to("secret", "mail.log.2");
	snprintf(path, sizeof(path), "%s/mail.log.3", logs.directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/mail.log.4", logs.directory);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < NELEMS(openers); i++) {
		struct err err;

		for (size_t n = 0; n < NELEMS(cases); n++) {
			assert_int_equal(
			    opener_open(openers[i], 1, cases[n].name, &err),
			    -1);
			assert_int_equal(errno, cases[n].error);
		}
		assert_int_equal(opener_open(openers[i], 0, NULL, &err), -1);
		assert_int_equal(errno, ENOENT);
		assert_non_null(strstr(err.text, "/nowhere/at/all.log"));
	}
}

static void
siblings_are_listed_oldest_first(void **unused)
{
	static struct siblings list;
	static const char *const order[] = { "mail.log-20251231.xz",
		"mail.log.10.gz", "mail.log.9.bz2", "mail.log-20261101.zst",
		"mail.log-20261102", "mail.log.20261103-120000",
		"mail.log.2.gz", "mail.log.1", "mail.log" };

	(void)unused;
	put("mail.log", "x", 900);
	put("mail.log.1", "x", 850);
	put("mail.log.1.gz", "x", 850); /* on its way to be .1's archive */
	put("mail.log.2.gz", "x", 850);
	put("mail.log.10.gz", "x", 200);
	put("mail.log.9.bz2", "x", 201);
	put("mail.log-20251231.xz", "x", 100);
	put("mail.log-20261101.zst", "x", 300);
	put("mail.log-20261102", "x", 300);
	put("mail.log.20261103-120000", "x", 400);
	put("mail.logger", "x", 1);
	put("mail.log.old", "x", 1);
	put("mail.log.gz", "x", 1);
	put("xmail.log.1", "x", 1);
	link_to("mail.log", "mail.log.3");
	for (size_t i = 0; i < NELEMS(openers); i++) {
		struct err err = { "" };

		if (opener_list(openers[i], 1, &list, &err) == -1)
			fail_msg("%s", err.text);
		assert_int_equal(list.count, NELEMS(order));
		assert_true(list.live);
		for (size_t n = 0; n < NELEMS(order); n++)
			assert_string_equal(list.of[n].name, order[n]);
		assert_int_equal(opener_list(openers[i], 0, &list, &err), -1);
		assert_int_equal(errno, ENOENT);
	}
}

/* multilog(8) renames "current" to the time of its last line. */
static void
multilogs_siblings_are_those_with_a_stamp(void **unused)
{
	static struct siblings list;
	static const char *const order[] = { "@400000006b02447727e8647c.s",
		"@400000006b02447800000000.u", "@400000006b02447901000000.s.gz",
		"current" };

	(void)unused;
	put("current", "x", 100);
	put("@400000006b02447901000000.s.gz", "x", 300);
	put("@400000006b02447727e8647c.s", "x", 200);
	put("@400000006b02447800000000.u", "x", 900);
	put("@400000006b0244770000.s", "x", 1);
	put("@400000006b02447727e8647c.t", "x", 1);
	put("state", "x", 1);
	put("lock", "x", 1);
	for (size_t i = 0; i < NELEMS(order); i++)
		assert_true(
		    siblings_is_name(SLICE("current"), slice_of(order[i])));
	assert_false(siblings_is_name(
	    SLICE("mail.log"), SLICE("@400000006b02447727e8647c.s")));
	assert_int_equal(siblings_list(logs.directory, "current", &list), 0);
	assert_int_equal(list.count, NELEMS(order));
	assert_true(list.live);
	for (size_t n = 0; n < NELEMS(order); n++)
		assert_string_equal(list.of[n].name, order[n]);
}

static void
of_too_many_siblings_the_oldest_are_left_out(void **unused)
{
	static struct siblings list;
	char name[32];
	struct err err;

	(void)unused;
	for (int i = 1; i <= SIBLINGS + 5; i++) {
		snprintf(name, sizeof(name), "mail.log.%d", i);
		put(name, "", 1);
	}
	put("mail.log", "", 1);
	assert_int_equal(opener_list(openers[0], 1, &list, &err), 0);
	assert_int_equal(list.count, SIBLINGS + 1);
	assert_int_equal(list.left_out, 5);
	snprintf(name, sizeof(name), "mail.log.%d", SIBLINGS);
	assert_string_equal(list.of[0].name, name);
}

static void
a_log_that_is_a_link_stands_for_its_file(void **unused)
{
	struct opener *opener;
	const char *paths[1];
	char path[128];
	struct err err;
	int fd;

	(void)unused;
	put("mail.log", "x", 1);
	link_to("mail.log", "maillog");
	snprintf(path, sizeof(path), "%s/maillog", logs.directory);
	paths[0] = path;
	opener = opener_direct(&(struct opener_paths){ paths, 1, NULL, 0 });
	assert_string_equal(opener_base(opener, 0), "mail.log");
	fd = opener_open(opener, 0, NULL, &err);
	assert_int_not_equal(fd, -1);
	close(fd);
	opener_stop(opener);
}

/* Only as root: else it has the rights that we have. */
static void
a_log_of_others_is_read_by_the_capability_alone(void **unused)
{
	const char *paths[] = { logs.path };
	struct opener *opener;
	struct err err = { "" };
	int fd;

	(void)unused;
	if (geteuid() != 0)
		skip();
	put("mail.log", "x", 1);
	assert_int_equal(chmod(logs.path, 0600), 0);
	assert_int_equal(chmod(logs.directory, 0700), 0);
	opener = opener_start(
	    &(struct opener_paths){ paths, 1, NULL, 0 }, 65534, 65534, &err);
	if (opener == NULL)
		fail_msg("%s", err.text);
	fd = opener_open(opener, 0, NULL, &err);
	if (fd == -1)
		fail_msg("%s", err.text);
	close(fd);
	opener_stop(opener);
}

static void
without_the_right_the_line_says_how_to_give_it(void **unused)
{
	struct opener *direct = openers[1];
	struct err err = { "" };
	int fd;

	(void)unused;
	put("mail.log", "x", 1);
	assert_int_equal(chmod(logs.path, 0), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	fd = opener_open(direct, 1, NULL, &err);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fd, -1);
	assert_non_null(strstr(err.text, logs.path));
	assert_non_null(strstr(err.text, "adm"));
	assert_non_null(strstr(err.text, "CAP_DAC_READ_SEARCH"));
}

/* --- the helper itself ---------------------------------------------------- */

struct question {
	int number; /* 0: never answered, 1: dies, 2: counts descriptors */
};

static void
serve(void *arg, const void *request, void *answer, int *fd)
{
	const struct question *q = request;
	int *count = answer;

	(void)arg;
	(void)fd;
	if (q->number == 0)
		pause();
	if (q->number == 1)
		_exit(3);
	for (int i = 4; i < 1024; i++)
		*count += fcntl(i, F_GETFD) != -1;
}

static struct helper *
start_helper(void)
{
	const struct helper_config config = { .name = "tested",
		.request_bytes = sizeof(struct question),
		.answer_bytes = sizeof(int),
		.serve = serve };
	struct err err;
	struct helper *helper = helper_start(&config, &err);

	assert_non_null(helper);
	return helper;
}

static void
a_helper_holds_no_descriptor_of_ours(void **unused)
{
	int extra = open("/dev/null", O_RDONLY), answer;
	struct helper *helper = start_helper();
	struct err err;

	(void)unused;
	assert_int_equal(helper_call(helper, &(struct question){ 2 }, &answer,
			     NULL, 10000, &err),
	    0);
	assert_int_equal(answer, 0);
	helper_stop(helper);
	close(extra);
}

static void
a_helper_that_is_silent_or_dead_is_an_error(void **unused)
{
	struct helper *helper = start_helper();
	struct err err;
	int answer;

	(void)unused;
	assert_int_equal(helper_call(helper, &(struct question){ 0 }, &answer,
			     NULL, 20, &err),
	    -1);
	assert_non_null(strstr(err.text, "no answer"));
	kill(helper_pid(helper), SIGKILL);
	helper_stop(helper);

	helper = start_helper();
	assert_int_equal(helper_call(helper, &(struct question){ 1 }, &answer,
			     NULL, 10000, &err),
	    -1);
	assert_non_null(strstr(err.text, "has ended"));
	assert_int_equal(helper_call(helper, &(struct question){ 2 }, &answer,
			     NULL, 10000, &err),
	    -1);
	helper_stop(helper);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(a_log_and_its_siblings_are_opened),
		HERE(every_other_path_is_refused),
		HERE(siblings_are_listed_oldest_first),
		HERE(multilogs_siblings_are_those_with_a_stamp),
		HERE(of_too_many_siblings_the_oldest_are_left_out),
		HERE(a_log_that_is_a_link_stands_for_its_file),
		HERE(a_log_of_others_is_read_by_the_capability_alone),
		HERE(without_the_right_the_line_says_how_to_give_it),
		cmocka_unit_test(a_helper_holds_no_descriptor_of_ours),
		cmocka_unit_test(a_helper_that_is_silent_or_dead_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
