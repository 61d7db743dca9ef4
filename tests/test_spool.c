/* test_spool.c - what waits in a spool is counted, whatever lies in it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <time.h>

#include "collectors/opener.h"
#include "collectors/showq.h"
#include "tests/spools.h"

#define ARRIVED 1795330000L

/* All of it; how many steps it took. */
static unsigned
walk(struct spool *spool, unsigned work, struct spool_count *count)
{
	enum spool_result result = spool_step(spool, true, work, count);
	unsigned steps = 1;

	for (; result == SPOOL_MORE; steps++)
		result = spool_step(spool, false, work, count);
	assert_int_equal(result, SPOOL_DONE);
	return steps;
}

static struct spool_count
count_tree(const struct spool_tree *tree, const struct spool_system *system)
{
	struct spool *spool = spool_new(tree->path, system);
	struct spool_count count;

	(void)walk(spool, 7, &count);
	spool_free(spool);
	return count;
}

static void
assert_count(const struct spool_count *count, unsigned active,
    unsigned deferred, unsigned hold, unsigned incoming, long oldest)
{
	assert_int_equal(count->messages[QUEUE_ACTIVE], active);
	assert_int_equal(count->messages[QUEUE_DEFERRED], deferred);
	assert_int_equal(count->messages[QUEUE_HOLD], hold);
	assert_int_equal(count->messages[QUEUE_INCOMING], incoming);
	assert_int_equal(count->oldest, oldest);
}

/* Seconds and microseconds to the base of 52, z, an inode. */
static const char *
long_id(long seconds)
{
	static const char digits[] =
	    "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
	static char id[32];

	for (int i = 5; i >= 0; i--) {
		id[i] = digits[seconds % 52];
		seconds /= 52;
	}
	strcpy(id + 6, "zzz0z4Xq");
	return id;
}

static void
queues_of_postfix_are_its_directories(void **state)
{
	struct spool_tree tree = tree_make();
	struct timespec times[2] = { { .tv_sec = ARRIVED + 90000 },
		{ .tv_sec = ARRIVED + 90000 } };
	struct spool_count count;
	char name[64];

	(void)state;
	tree_postfix(&tree, "active/3F2A41C0D", 0700, ARRIVED + 50);
	tree_postfix(&tree, "deferred/7/7B3C41C0E", 0700, ARRIVED + 10);
	tree_postfix(&tree, "deferred/A/B/AB3C41C0E", 0700, ARRIVED + 20);
	snprintf(name, sizeof(name), "deferred/1/%s", long_id(ARRIVED + 5));
	tree_put(&tree, name, 0700, "", 0);
	tree_postfix(&tree, "hold/113C41C0E", 0700, ARRIVED + 30);
	tree_postfix(&tree, "incoming/AA3C41C0E", 0700, ARRIVED + 60);
	/* Postfix sets it to when the message is tried next. */
	MUST(utimensat(AT_FDCWD, tree_name(&tree, "deferred/7/7B3C41C0E").path,
		 times, 0) == 0);
	count = count_tree(&tree, &spool_postfix);
	assert_count(&count, 1, 3, 1, 1, ARRIVED + 5);
	tree_remove(&tree);
}

static void
what_is_no_message_of_postfix_is_not_counted(void **state)
{
	struct spool_tree tree = tree_make(), other = tree_make();
	struct spool_count count;

	(void)state;
	tree_postfix(&tree, "active/3F2A41C0D", 0700, ARRIVED);
	/* Not yet written to its end. */
	tree_postfix(&tree, "incoming/3F2A41C0E", 0600, ARRIVED - 10);
	tree_postfix(&tree, "active/3F2A.41C0E", 0700, ARRIVED - 10);
	tree_postfix(&tree, "active/.hidden", 0700, ARRIVED - 10);
	tree_postfix(&tree, "active/a\nb", 0700, ARRIVED - 10);
	tree_postfix(&tree, "deferred/long/3F2A41C0E", 0700, ARRIVED - 10);
	tree_postfix(&tree, "defer/3/3F2A41C0E", 0700, ARRIVED - 10);
	tree_postfix(&tree, "corrupt/3F2A41C0E", 0700, ARRIVED - 10);
	tree_postfix(&tree, "3F2A41C0E", 0700, ARRIVED - 10);
	tree_postfix(&other, "deferred/3F2A41C0F", 0700, ARRIVED - 10);
	MUST(symlink(tree_name(&other, "deferred").path,
		 tree_name(&tree, "hold").path) == 0);
	MUST(symlink(tree_name(&other, "deferred/3F2A41C0F").path,
		 tree_name(&tree, "active/3F2A41C0F").path) == 0);
	MUST(mkfifo(tree_name(&tree, "active/3F2A41C11").path, 0700) == 0);
	count = count_tree(&tree, &spool_postfix);
	assert_count(&count, 1, 0, 0, 0, ARRIVED);
	tree_remove(&tree);
	tree_remove(&other);
}

/* Of a message that is damaged, only the age is not known. */
static void
a_damaged_queue_file_is_still_a_message(void **state)
{
	static const char *const texts[] = { "", "C", "C\xff\xff\xff\xff\xff",
		"T\x7f"
		"12",
		"T\x03"
		"abc",
		"M\x05",
		"T\x14"
		"99999999999999999999" };
	struct spool_tree tree = tree_make();
	struct spool_count count;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		tree_put(&tree, "deferred/5/5F2A41C0E", 0700, texts[i],
		    strlen(texts[i]));
		count = count_tree(&tree, &spool_postfix);
		assert_count(&count, 0, 1, 0, 0, 0);
	}
	tree_remove(&tree);
}

static void
queues_of_sendmail_are_told_by_their_files(void **state)
{
	struct spool_tree tree = tree_make(), other = tree_make();
	struct spool_count count;

	(void)state;
	/* Never tried, tried, quarantined; names that only look like it. */
	tree_text(&tree, "qf4AM5C1Vb001", "V8\nT1795330040\nN0\nP30\nS<a>\n");
	tree_text(&tree, "qf4AM5C1Vb002", "V8\nT1795330020\nK1\nN3\nS<a>\n");
	tree_text(&tree, "hf4AM5C1Vb003",
	    "V8\nT1795330030\nN4\nqsome reason\nS<a>\n");
	tree_text(&tree, "df4AM5C1Vb001", "V8\nT1\nN1\n");
	tree_text(&tree, "xf4AM5C1Vb001", "V8\nT1\nN1\n");
	tree_text(&tree, "tf4AM5C1Vb001", "V8\nT1\nN1\n");
	tree_text(&tree, "Qf4AM5C1Vb001", "V8\nT1\nN1\n");
	tree_text(&tree, "qf4AM5C1Vb009", "");
	tree_text(&tree, "qf4AM5C1Vb-x", "V8\nT1\nN1\n");
	tree_text(&tree, "qf", "V8\nT1\nN1\n");
	/* What a sender wrote comes later than these lines, and adds none. */
	tree_text(
	    &tree, "qf4AM5C1Vb004", "V8\nT1795330050\nN0\nS<x>\nT1\nN9\n");
	tree_text(&tree, "qf4AM5C1Vb005", "no queue file\nT1\nN9\n");
	/* Queue groups, with and without directories for each kind. */
	tree_text(&tree, "q1/qf4AM5C1Vb006", "V8\nT1795330060\nN1\n");
	tree_text(&tree, "q2/qf/qf4AM5C1Vb007", "V8\nT1795330010\nN1\n");
	tree_text(&tree, "q2/df/qf4AM5C1Vb008", "V8\nT1\nN1\n");
	tree_text(&other, "qf4AM5C1Vb010", "V8\nT1\nN1\n");
	MUST(symlink(other.path, tree_name(&tree, "q3").path) == 0);
	count = count_tree(&tree, &spool_sendmail);
	assert_count(&count, 0, 3, 1, 2, 1795330010);
	tree_remove(&tree);
	tree_remove(&other);
}

#define EXIM_HEAD(time) "1dVECr-0006BG-Kq-H\nexim 105 109\n<a@x>\n" time " 0\n"

static void
queues_of_exim_are_told_by_their_options(void **state)
{
	struct spool_tree tree = tree_make();
	struct spool_count count;

	(void)state;
	tree_text(&tree, "input/1dVECr-0006BG-Kq-H",
	    EXIM_HEAD("1795330010") "-local\n-deliver_firsttime\nXX\n");
	tree_text(&tree, "input/r/1dVECr-0006BG-Kr-H",
	    EXIM_HEAD("1795330020") "--helo_name x\n-body_linecount 3\nXX\n");
	tree_text(&tree, "input/r/1dVECs-0006BG-000-H",
	    EXIM_HEAD("1795330030") "-frozen 1795330999\nXX\n");
	tree_text(&tree, "input/r/1woYPl-0000000B09r-3Wiu-H",
	    EXIM_HEAD("1795330040") "-frozen 1\n-deliver_firsttime\nXX\n");
	/* A value is no option, whatever it says. */
	tree_text(&tree, "input/r/1dVECs-0006BG-001-H",
	    EXIM_HEAD("1795330050") "--aclm 1 9\n-frozen 1\n-aclc x 0\n\n"
				    "--(mysql)aclm y 9\n-frozen 2\nXX\n");
	/* Nor is what follows the options. */
	tree_text(&tree, "input/r/1dVECs-0006BG-002-H",
	    EXIM_HEAD("1795330060") "XX\n1\n-frozen 1\n");
	tree_text(&tree, "input/1dVECs-0006BG-003-D", EXIM_HEAD("1"));
	tree_text(&tree, "input/1dVECs-0006BG-003-J", EXIM_HEAD("1"));
	tree_text(&tree, "input/hdr.1234", EXIM_HEAD("1"));
	tree_text(&tree, "input/1dVECs-0006BG-004-H", "cut\noff");
	tree_text(&tree, "msglog/1dVECs-0006BG-005-H", EXIM_HEAD("1"));
	tree_text(&tree, "input/long/1dVECs-0006BG-006-H", EXIM_HEAD("1"));
	count = count_tree(&tree, &spool_exim);
	assert_count(&count, 0, 3, 2, 1, 1795330010);
	tree_remove(&tree);
}

static void
a_system_is_told_by_its_directory(void **state)
{
	struct spool_tree tree = tree_make(), other = tree_make();

	(void)state;
	assert_null(spool_guess(tree.path));
	tree_text(&tree, "deferred/x", "");
	assert_ptr_equal(spool_guess(tree.path), &spool_postfix);
	tree_text(&other, "input/x", "");
	assert_ptr_equal(spool_guess(other.path), &spool_exim);
	assert_ptr_equal(spool_guess("/var/spool/mqueue"), &spool_sendmail);
	assert_ptr_equal(spool_find("exim"), &spool_exim);
	assert_null(spool_find("auto"));
	tree_remove(&tree);
	tree_remove(&other);
}

#define MANY 3000

static void
a_large_spool_is_counted_in_small_steps(void **state)
{
	struct spool_tree tree = tree_make();
	struct spool *spool = spool_new(tree.path, &spool_postfix);
	struct spool_count count;
	unsigned first, second;
	char name[64];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "deferred/%X/%05XC0FFEE", i % 16,
		    i + 0x10000);
		tree_postfix(&tree, name, 0700, ARRIVED + i);
	}
	first = walk(spool, 50, &count);
	assert_count(&count, 0, MANY, 0, 0, ARRIVED);
	/* Each step did its work and not more; files that are read weigh. */
	assert_in_range(first, MANY / 50, 6 * MANY / 50);
	/* What was read once is remembered. */
	second = walk(spool, 50, &count);
	assert_count(&count, 0, MANY, 0, 0, ARRIVED);
	assert_true(second < first * 2 / 3);
	/* A walk that was given up does not count twice. */
	assert_int_equal(spool_step(spool, true, 50, &count), SPOOL_MORE);
	(void)walk(spool, 50, &count);
	assert_count(&count, 0, MANY, 0, 0, ARRIVED);
	spool_free(spool);
	tree_remove(&tree);
}

/* Messages come and go while they are counted. */
static void
a_spool_that_changes_under_a_walk_is_no_failure(void **state)
{
	struct spool_tree tree = tree_make();
	struct spool *spool = spool_new(tree.path, &spool_postfix);
	enum spool_result result;
	struct spool_count count;
	char name[64];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "deferred/%X/%05XC0FFEE", i % 16,
		    i + 0x10000);
		tree_postfix(&tree, name, 0700, ARRIVED + i);
	}
	result = spool_step(spool, true, 10, &count);
	for (int i = 0; result == SPOOL_MORE; i++) {
		snprintf(name, sizeof(name), "deferred/%X/%05XC0FFEE",
		    (99 - i) % 16 & 15, 99 - i + 0x10000);
		(void)unlink(tree_name(&tree, name).path);
		snprintf(name, sizeof(name), "deferred/%X", (99 - i) % 16);
		(void)rmdir(tree_name(&tree, name).path);
		result = spool_step(spool, false, 10, &count);
	}
	assert_int_equal(result, SPOOL_DONE);
	assert_in_range(count.messages[QUEUE_DEFERRED], 1, 100);
	spool_free(spool);
	tree_remove(&tree);
}

static void
what_is_not_there_is_named(void **state)
{
	struct spool_tree tree = tree_make();
	struct opener_spool spools[] = { { "/nowhere/spool", &spool_postfix },
		{ tree.path, &spool_postfix } };
	struct opener_paths paths = { NULL, 0, spools, 2 };
	struct opener *opener = opener_direct(&paths);
	struct spool_count count;
	struct err err;

	(void)state;
	assert_int_equal(
	    opener_count(opener, 0, true, &count, &err), SPOOL_FAILED);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(
	    err.text, "/nowhere/spool: No such file or directory");
	assert_int_equal(
	    opener_count(opener, 1, true, &count, &err), SPOOL_DONE);
	assert_int_equal(
	    opener_count(opener, 2, true, &count, &err), SPOOL_FAILED);
	opener_stop(opener);
	tree_remove(&tree);
}

/* Root as who has no rights left, as the agent is while its helper has. */
static void
the_helper_counts_what_the_agent_may_not_read(void **state)
{
	struct spool_tree tree = tree_make();
	struct opener_spool spools[] = { { tree.path, &spool_postfix } };
	struct opener_paths paths = { NULL, 0, spools, 1 };
	struct opener *helper, *direct = opener_direct(&paths);
	enum spool_result result;
	struct spool_count count;
	struct err err;
	bool again = true;

	(void)state;
	tree_postfix(&tree, "deferred/7/7B3C41C0E", 0700, ARRIVED);
	MUST(chmod(tree_name(&tree, "deferred").path, 0700) == 0);
	if (geteuid() != 0)
		MUST(chmod(tree_name(&tree, "deferred").path, 0) == 0);
	helper = opener_start(&paths, 65534, 65534, &err);
	assert_non_null(helper);
	if (geteuid() == 0)
		MUST(seteuid(65534) == 0);
	assert_int_equal(
	    opener_count(direct, 0, true, &count, &err), SPOOL_FAILED);
	assert_int_equal(errno, EACCES);
	assert_non_null(strstr(err.text, "/deferred: Permission denied"));
	do {
		result = opener_count(helper, 0, again, &count, &err);
		again = false;
	} while (result == SPOOL_MORE);
	if (getuid() == 0) {
		MUST(seteuid(0) == 0);
		assert_int_equal(result, SPOOL_DONE);
		assert_count(&count, 0, 1, 0, 0, ARRIVED);
	}
	opener_stop(helper);
	opener_stop(direct);
	MUST(chmod(tree_name(&tree, "deferred").path, 0700) == 0);
	tree_remove(&tree);
}

#define ANSWER(...)                                                            \
	{                                                                      \
		__VA_ARGS__, sizeof(__VA_ARGS__) - 1                           \
	}

static void
showq_lists_are_counted_at_any_cut(void **state)
{
	static const char list[] =
	    "protocol\0mail_queue_list_protocol\0\0"
	    "queue_name\0active\0queue_id\0"
	    "3F2\0time\0"
	    "1795330010\0"
	    "size\0"
	    "300\0sender\0a@x\0recipient\0b@y\0reason\0\0\0"
	    "queue_name\0maildrop\0time\0"
	    "1\0\0"
	    "queue_name\0deferred\0time\0"
	    "1795330005\0recipient\0c\0"
	    "reason\0queue_name\0recipient\0d\0reason\0(time)\0\0"
	    "queue_name\0hold\0time\0"
	    "1795330020\0\0"
	    "queue_name\0incoming\0time\0"
	    "1795330030\0\0";

	(void)state;
	for (size_t cut = 0; cut <= sizeof(list); cut++) {
		struct showq_answer answer = { 0 };

		assert_true(showq_take(&answer, (struct slice){ list, cut }));
		/* The NUL of the literal ends the list. */
		assert_int_equal(answer.ended, cut == sizeof(list));
		assert_true(showq_take(
		    &answer, (struct slice){ list + cut, sizeof(list) - cut }));
		assert_true(answer.ended);
		assert_count(&answer.count, 1, 1, 1, 1, 1795330005);
	}
}

static void
an_empty_list_of_showq_is_whole(void **state)
{
	static const char list[] = "protocol\0mail_queue_list_protocol\0\0";
	struct showq_answer answer = { 0 };

	(void)state;
	assert_true(showq_take(&answer, (struct slice){ list, sizeof(list) }));
	assert_true(answer.ended);
	assert_count(&answer.count, 0, 0, 0, 0, 0);
}

static void
what_is_no_list_of_showq_is_told(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} answers[] = {
		ANSWER("-Queue ID- --Size-- ----Arrival Time---- -Sender\n"),
		ANSWER("Mail queue is empty, says Postfix 2.11\n"),
		ANSWER("protocol\0another\0\0"),
		ANSWER("queue_name\0active\0time\0soon\0\0"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct showq_answer answer = { 0 };

		assert_false(showq_take(
		    &answer, (struct slice){ answers[i].bytes, answers[i].n }));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queues_of_postfix_are_its_directories),
		cmocka_unit_test(what_is_no_message_of_postfix_is_not_counted),
		cmocka_unit_test(a_damaged_queue_file_is_still_a_message),
		cmocka_unit_test(queues_of_sendmail_are_told_by_their_files),
		cmocka_unit_test(queues_of_exim_are_told_by_their_options),
		cmocka_unit_test(a_system_is_told_by_its_directory),
		cmocka_unit_test(a_large_spool_is_counted_in_small_steps),
		cmocka_unit_test(
		    a_spool_that_changes_under_a_walk_is_no_failure),
		cmocka_unit_test(what_is_not_there_is_named),
		cmocka_unit_test(the_helper_counts_what_the_agent_may_not_read),
		cmocka_unit_test(showq_lists_are_counted_at_any_cut),
		cmocka_unit_test(an_empty_list_of_showq_is_whole),
		cmocka_unit_test(what_is_no_list_of_showq_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
