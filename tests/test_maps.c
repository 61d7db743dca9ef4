/*
 * test_maps.c - the list of blocks becomes maps, and those become tables
 *
 * The backends `access' and `postfix' as their helper calls them; the program
 * that makes tables is played by this test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "blocks/backend.h"

static char *directory;
static char clients_map[96], senders_map[96]; /* as configured */
static char clients[64], senders[64];         /* their paths */
static char ran[2][512];                      /* the arguments */
static size_t runs;
static char input[4096]; /* of the last run */
static bool failing;
static struct block_config config;

static int
play(const char *const argv[], int in, char **output, struct err *err)
{
	ssize_t n = in == -1 ? 0 : read(in, input, sizeof(input) - 1);

	input[n > 0 ? n : 0] = '\0';
	if (runs < NELEMS(ran))
		snprintf(ran[runs], sizeof(ran[0]), "%s|%s|%s", argv[0],
		    argv[1], argv[2] != NULL ? argv[2] : "");
	runs++;
	assert_null(output);
	return failing ? err_set(err, "%s: exit status 1", argv[0]) : 0;
}

static void
put(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(0, fclose(out));
}

static const char *
get(const char *path)
{
	static char text[4096];
	FILE *in = fopen(path, "r");
	size_t n;

	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	fclose(in);
	return text;
}

static void
append(FILE *out, const char *text)
{
	struct block_element element = { .seconds = 60 };
	struct prefix prefix;

	if (prefix_parse(slice_of(text), &prefix)) {
		element.family = prefix.addr.family;
		element.bits = (uint8_t)prefix.bits;
		memcpy(element.b, prefix.addr.b, sizeof(element.b));
		fwrite(&element, sizeof(element), 1, out);
		return;
	}
	element.sender_bytes = (uint8_t)strlen(text);
	fwrite(&element, sizeof(element), 1, out);
	fputs(text, out);
}

/* As the agent hands it over: a file in memory. */
static int
list_of(const char *const *texts)
{
	int fd = memfd_create("list", MFD_CLOEXEC);
	FILE *out = fdopen(dup(fd), "w");

	for (; *texts != NULL; texts++)
		append(out, *texts);
	assert_int_equal(0, fclose(out));
	return fd;
}

static int
write_list(const struct block_backend *backend, const char *const *texts,
    struct err *err)
{
	int fd = list_of(texts), rc;

	runs = 0;
	rc = backend->write(fd, err);
	close(fd);
	return rc;
}

static const char *const both[] = { "203.0.113.7", "2001:db8:0:1::/64",
	"spam@example.net", "198.51.100.0/24", NULL };
static const char *const none[] = { NULL };

static const struct block_backend *
begin(const char *name, const char *type)
{
	const struct block_backend *backend = block_backend(name);
	struct err err = { "" };
	bool found;

	config = (struct block_config){ .backend = (char *)(uintptr_t)name,
		.map = clients_map,
		.run = play };
	assert_non_null(backend);
	snprintf(clients_map, sizeof(clients_map), "%s:%s", type, clients);
	snprintf(senders_map, sizeof(senders_map), "hash:%s", senders);
	if (strcmp(name, "postfix") == 0)
		config.sender_map = senders_map;
	put(clients, "192.0.2.1\tOK\n");
	put(senders, "");
	failing = false;
	if (backend->open(&config, &found, &err) == -1)
		fail_msg("%s", err.text);
	return backend;
}

static void
access_has_clients_and_senders_in_one_map(void **state)
{
	const struct block_backend *backend = begin("access", "btree");
	struct err err = { "" };
	char want[512];

	(void)state;
	assert_int_equal(0, write_list(backend, both, &err));
	assert_non_null(
	    strstr(get(clients), "Connect:203.0.113.7\tREJECT\n"
				 "Connect:IPv6:2001:db8:0:1\tREJECT\n"
				 "Connect:198.51.100\tREJECT\n"
				 "From:spam@example.net\tREJECT\n"));
	/* makemap reads the text, whole. */
	assert_int_equal(runs, 1);
	snprintf(want, sizeof(want), "makemap|btree|%s", clients);
	assert_string_equal(ran[0], want);
	assert_string_equal(input, get(clients));
	/* Nothing new: nothing is written or run. */
	assert_int_equal(0, write_list(backend, both, &err));
	assert_int_equal(runs, 0);
	assert_int_equal(0, write_list(backend, none, &err));
	assert_string_equal(get(clients), "192.0.2.1\tOK\n");
	assert_int_equal(runs, 1);
}

static void
postfix_has_a_map_for_each(void **state)
{
	const struct block_backend *backend = begin("postfix", "lmdb");
	struct err err = { "" };
	char want[512];

	(void)state;
	assert_int_equal(0, write_list(backend, both, &err));
	assert_non_null(strstr(get(clients), "\n203.0.113.7\tREJECT\n"
					     "2001:db8:0:1\tREJECT\n"
					     "198.51.100\tREJECT\n#"));
	assert_non_null(strstr(get(senders), "\nspam@example.net\tREJECT\n#"));
	assert_int_equal(runs, 2);
	snprintf(want, sizeof(want), "postmap|lmdb:%s|", clients);
	assert_string_equal(ran[0], want);
	snprintf(want, sizeof(want), "postmap|hash:%s|", senders);
	assert_string_equal(ran[1], want);
	assert_int_equal(0, backend->close(&config, &err));
	assert_string_equal(get(clients), "192.0.2.1\tOK\n");
	assert_string_equal(get(senders), "");
}

static void
cidr_needs_no_program(void **state)
{
	const struct block_backend *backend = begin("postfix", "cidr");
	struct err err = { "" };

	(void)state;
	assert_int_equal(0, write_list(backend, both, &err));
	assert_non_null(strstr(get(clients), "\n203.0.113.7/32\tREJECT\n"
					     "[2001:db8:0:1::]/64\tREJECT\n"
					     "198.51.100.0/24\tREJECT\n#"));
	assert_int_equal(runs, 1); /* for the senders */
}

static void
a_failing_program_is_told_and_run_again(void **state)
{
	const struct block_backend *backend = begin("access", "hash");
	struct err err = { "" };

	(void)state;
	failing = true;
	assert_int_equal(-1, write_list(backend, both, &err));
	assert_non_null(strstr(err.text, "makemap: exit status 1"));
	assert_int_equal(-1, write_list(backend, both, &err));
	assert_int_equal(runs, 1);
	failing = false;
	assert_int_equal(0, write_list(backend, both, &err));
	assert_int_equal(runs, 1);
	assert_int_equal(0, write_list(backend, both, &err));
	assert_int_equal(runs, 0);
}

static void
one_broken_map_leaves_the_other_working(void **state)
{
	const struct block_backend *backend = begin("postfix", "hash");
	struct err err = { "" };

	(void)state;
	put(clients, "# mailweir: end\n");
	assert_int_equal(-1, write_list(backend, both, &err));
	assert_non_null(strstr(err.text, clients));
	assert_non_null(strstr(get(senders), "spam@example.net"));
	assert_int_equal(runs, 1);
	unlink(clients);
	assert_int_equal(-1, write_list(backend, none, &err));
	assert_non_null(strstr(err.text, "No such file"));
	assert_string_equal(get(senders), "");
}

static bool
is_wiped(const struct block_backend *backend)
{
	struct block_answer answer = { .failed = false };
	struct err err;

	assert_int_equal(0, backend->check(-1, &answer, &err));
	return answer.wiped;
}

static void
lines_that_are_gone_are_missed(void **state)
{
	const struct block_backend *backend = begin("postfix", "hash");
	struct block_answer answer = { .failed = false };
	struct err err = { "" };
	char *text;

	(void)state;
	assert_int_equal(0, write_list(backend, both, &err));
	assert_false(is_wiped(backend));
	/* Somebody adds a line of his own: nothing is missed. */
	text = strdup(get(clients));
	text = realloc(text, strlen(text) + 40);
	strcat(text, "198.51.100.3\tOK\n");
	put(clients, text);
	free(text);
	assert_false(is_wiped(backend));
	put(clients, "192.0.2.1\tOK\n");
	assert_true(is_wiped(backend));
	assert_int_equal(0, write_list(backend, both, &err));
	assert_false(is_wiped(backend));
	put(senders, "# mailweir: end\n");
	assert_int_equal(-1, backend->check(-1, &answer, &err));
	assert_non_null(strstr(err.text, "an end alone"));
}

/* As in observe mode: a former run may have left some. */
static void
what_a_former_run_left_is_taken_away(void **state)
{
	const struct block_backend *backend = begin("access", "hash");
	struct err err = { "" };

	(void)state;
	assert_int_equal(0, write_list(backend, both, &err));
	runs = 0;
	assert_int_equal(0, backend->close(&config, &err));
	assert_string_equal(get(clients), "192.0.2.1\tOK\n");
	assert_int_equal(runs, 1);
	assert_int_equal(0, backend->close(&config, &err));
	assert_int_equal(runs, 1);
	unlink(clients);
	assert_int_equal(0, backend->close(&config, &err));
}

#define NOW INT64_C(1795338001000000) /* 2026-11-22T09:00:01Z */

/* Seconds pass, by the argument, until the map has that, or has it no more. */
static void
until(struct blocks *blocks, int64_t *now, const char *text, bool there)
{
	for (int i = 0; i < 200; i++) {
		struct pollfd wait = { .fd = blocks_fd(blocks),
			.events = POLLIN };

		if ((strstr(get(clients), text) != NULL) == there)
			return;
		(void)poll(&wait, 1, 50);
		blocks_ready(blocks, *now);
		*now += 1000000;
		blocks_tick(blocks, *now);
	}
	fail_msg("%s: %s", text, get(clients));
}

static void
the_list_reaches_the_map_by_the_helper(void **state)
{
	const struct block_backend *backend = begin("access", "hash");
	struct block_wish wish = { .seconds = 600, .when = NOW };
	struct blocks *blocks;
	int64_t now = NOW;
	struct err err;

	(void)state;
	(void)backend;
	config.mode = BLOCK_ENFORCE;
	config.max_blocks = config.max_new = 100;
	blocks = blocks_new(&config);
	blocks_tick(blocks, now);
	if (blocks_enforce(blocks, NULL, 0, 0, 0, &err) == -1)
		fail_msg("%s", err.text);
	assert_true(prefix_parse(SLICE("203.0.113.7"), &wish.what));
	assert_int_equal(BLOCK_DONE, blocks_add(blocks, &wish, now, NULL));
	until(blocks, &now, "Connect:203.0.113.7\tREJECT", true);
	wish.sender = SLICE("spam@example.net");
	assert_int_equal(BLOCK_DONE, blocks_add(blocks, &wish, now, NULL));
	until(blocks, &now, "From:spam@example.net\tREJECT", true);
	/* Somebody restores an old file. */
	put(clients, "192.0.2.1\tOK\n");
	until(blocks, &now, "Connect:203.0.113.7", true);
	assert_non_null(strstr(blocks_repair(blocks), "took our lines out"));
	assert_true(blocks_remove(blocks, &wish.what, now));
	until(blocks, &now, "Connect:203.0.113.7", false);
	/* When it is over. */
	now += 600000000;
	until(blocks, &now, "From:spam", false);
	blocks_free(blocks);
	assert_string_equal(get(clients), "192.0.2.1\tOK\n");
}

static void
a_cut_list_changes_nothing(void **state)
{
	const struct block_backend *backend = begin("access", "hash");
	int fd = list_of(both);
	off_t size = lseek(fd, 0, SEEK_END);
	struct err err = { "" };

	(void)state;
	assert_int_equal(0, ftruncate(fd, size - 1));
	assert_int_equal(-1, backend->write(fd, &err));
	assert_string_equal(get(clients), "192.0.2.1\tOK\n");
	close(fd);
}

static const struct {
	const char *backend, *map, *sender_map;
	bool good, senders;
} settings[] = {
	{ "access", NULL, NULL, true, true },
	{ "access", "/etc/mail/access", NULL, true, true },
	{ "access", "btree:/etc/mail/access", NULL, true, true },
	{ "access", "hash:access", NULL, false, true },
	{ "access", "", NULL, false, true },
	{ "postfix", NULL, NULL, false, false },
	{ "postfix", "hash:/etc/postfix/b", NULL, true, false },
	{ "postfix", "/etc/postfix/b", "lmdb:/etc/postfix/s", true, true },
	{ "postfix", NULL, "hash:/etc/postfix/s", true, true },
	{ "postfix", "cidr:/etc/postfix/b", "cidr:/etc/postfix/s", false,
	    true },
	{ "postfix", "cidr:/etc/postfix/b", NULL, true, false },
	{ "postfix", "pcre:/etc/postfix/b", NULL, false, false },
	{ "postfix", "access:/etc/postfix/b", NULL, false, false },
	{ "postfix", "averyveryverylongtype:/etc/postfix/b", NULL, false,
	    false },
	{ "nftables", NULL, NULL, true, false },
};

static void
a_wrong_map_is_refused_before_it_runs(void **state)
{
	struct err err;

	(void)state;
	for (size_t i = 0; i < NELEMS(settings); i++) {
		struct block_config set = {
			.backend = (char *)(uintptr_t)settings[i].backend,
			.map = (char *)(uintptr_t)settings[i].map,
			.sender_map = (char *)(uintptr_t)settings[i].sender_map,
			.max_blocks = 100000,
		};

		if ((block_check_config(&set, &err) == 0) != settings[i].good ||
		    (block_no_senders(&set) == NULL) != settings[i].senders)
			fail_msg("%s %s", settings[i].backend,
			    settings[i].map ? settings[i].map : "-");
		assert_int_equal(set.max_blocks,
		    settings[i].map != NULL && settings[i].good &&
			    strncmp(settings[i].map, "cidr", 4) == 0
			? 2000
			: 100000);
	}
}

static int
make_directory(void **state)
{
	static char template[] = "/tmp/mailweir-maps-XXXXXX";

	(void)state;
	directory = mkdtemp(template);
	snprintf(clients, sizeof(clients), "%s/clients", directory);
	snprintf(senders, sizeof(senders), "%s/senders", directory);
	return directory == NULL ? -1 : 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	unlink(clients);
	unlink(senders);
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_has_clients_and_senders_in_one_map),
		cmocka_unit_test(postfix_has_a_map_for_each),
		cmocka_unit_test(cidr_needs_no_program),
		cmocka_unit_test(a_failing_program_is_told_and_run_again),
		cmocka_unit_test(one_broken_map_leaves_the_other_working),
		cmocka_unit_test(lines_that_are_gone_are_missed),
		cmocka_unit_test(what_a_former_run_left_is_taken_away),
		cmocka_unit_test(the_list_reaches_the_map_by_the_helper),
		cmocka_unit_test(a_cut_list_changes_nothing),
		cmocka_unit_test(a_wrong_map_is_refused_before_it_runs),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
