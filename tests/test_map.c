/*
 * test_map.c - our lines in a map, and everybody else's as they were
 *
 * fixtures/maps/CASE.map is a map as it was found, CASE.list its type and what
 * is to be blocked, CASE.after what it must become, or why it is left alone.
 * "make golden" rewrites the .after: read the diff.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/mem.h"
#include "blocks/blocks.h"
#include "blocks/map.h"

#define MOST 32

struct list {
	char *text;
	struct map_wanted wanted;
	struct prefix clients[MOST];
	struct slice senders[MOST];
};

static char *
read_file(const char *path, size_t *n)
{
	FILE *in = fopen(path, "r");
	char *text = mem_zero(1, 1 << 16);

	if (in == NULL)
		fail_msg("%s: cannot be read", path);
	*n = fread(text, 1, (1 << 16) - 1, in);
	fclose(in);
	return text;
}

static void
write_file(const char *path, const char *text, size_t n)
{
	FILE *out = fopen(path, "w");

	if (out == NULL || fwrite(text, 1, n, out) != n || fclose(out) == EOF)
		fail_msg("%s: cannot be written", path);
}

static void
read_list(struct list *list, const char *path)
{
	size_t n, clients = 0, senders = 0;
	char *line, *rest;

	rest = list->text = read_file(path, &n);
	line = strsep(&rest, "\n");
	list->wanted = (struct map_wanted){ map_form(line), list->clients, 0,
		list->senders, 0 };
	if (list->wanted.form == NULL)
		fail_msg("%s: \"%s\"", path, line);
	while ((line = strsep(&rest, "\n")) != NULL) {
		assert_in_range(clients + senders, 0, MOST - 1);
		if (prefix_parse(slice_of(line), &list->clients[clients]))
			clients++;
		else if (line[0] != '\0')
			list->senders[senders++] = slice_of(line);
	}
	list->wanted.client_count = clients;
	list->wanted.sender_count = senders;
}

/* What the map becomes, to be freed. */
static char *
become(struct slice text, const struct map_wanted *wanted, size_t *n)
{
	struct map_parts parts;
	struct map_lines lines;
	struct err err;
	char *after = NULL;
	FILE *out = open_memstream(&after, n);

	if (map_split(text, &parts, &err) == -1) {
		fprintf(out, "error: %s\n", err.text);
	} else {
		map_make(&parts, wanted, &lines);
		map_compose(out, &parts, &lines);
		if (lines.theirs + lines.unsaid != 0)
			fprintf(out, "left out: %zu; %zu as %s\n", lines.theirs,
			    lines.unsaid, lines.why.text);
		free(lines.text);
	}
	fclose(out);
	return after;
}

static void
maps_become_what_is_wanted(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/fixtures/maps/*.map", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 12);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		int stem = (int)(strlen(path) - strlen(".map"));
		size_t before, got_bytes, want_bytes;
		char name[256], *text, *got, *want;
		struct list list;

		snprintf(name, sizeof(name), "%.*s.list", stem, path);
		read_list(&list, name);
		text = read_file(path, &before);
		got = become(
		    (struct slice){ text, before }, &list.wanted, &got_bytes);
		snprintf(name, sizeof(name), "%.*s.after", stem, path);
		if (getenv("GOLDEN") != NULL)
			write_file(name, got, got_bytes);
		want = read_file(name, &want_bytes);
		if (got_bytes != want_bytes ||
		    memcmp(got, want, got_bytes) != 0)
			fail_msg("%s: %s", path, got);
		free(want);
		free(got);
		free(text);
		free(list.text);
	}
	globfree(&found);
}

static const char ours[] = "192.0.2.1\tOK\n# mine\n";

/* A map with one block of ours in it, to be freed. */
static char *
with_one(size_t *n)
{
	static const struct prefix client = { { 4, { 203, 0, 113, 7 } }, 32 };
	struct map_wanted wanted = { map_form("hash"), &client, 1, NULL, 0 };

	return become(slice_of(ours), &wanted, n);
}

static void
taking_the_blocks_away_leaves_no_trace(void **state)
{
	struct map_wanted none = { .form = map_form("hash") };
	size_t n, m;
	char *one = with_one(&n), *after;

	(void)state;
	assert_true(n > strlen(ours));
	after = become((struct slice){ one, n }, &none, &m);
	assert_string_equal(after, ours);
	free(after);
	free(one);
}

/* Anything between the marks, and the marks themselves. */
static void
no_byte_of_a_region_changes_unseen(void **state)
{
	size_t n;
	char *text = with_one(&n);
	struct map_parts parts;
	struct err err;

	(void)state;
	assert_int_equal(0, map_split((struct slice){ text, n }, &parts, &err));
	assert_true(parts.found);
	for (size_t i = (size_t)(parts.region.p - text); i < n - 1; i++) {
		text[i] ^= 1;
		if (map_split((struct slice){ text, n }, &parts, &err) == 0)
			fail_msg("byte %zu: %s", i, text);
		text[i] ^= 1;
	}
	free(text);
}

static void
a_cut_map_is_read_within_its_bounds(void **state)
{
	size_t n;
	char *text = with_one(&n);
	struct map_parts parts;
	struct err err;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		char *exact = malloc(i); /* ASan then sees an overrun */

		memcpy(exact, text, i);
		(void)map_split((struct slice){ exact, i }, &parts, &err);
		free(exact);
	}
	free(text);
}

static void
a_cidr_map_holds_2000(void **state)
{
	struct prefix *clients = mem_zero(2500, sizeof(*clients));
	struct map_wanted wanted = { map_form("cidr"), clients, 2500, NULL, 0 };
	struct map_parts parts;
	struct map_lines lines;
	struct err err;

	(void)state;
	for (size_t i = 0; i < 2500; i++)
		clients[i] = (struct prefix){
			{ 4, { 198, 51, (uint8_t)(i / 256), (uint8_t)i } }, 32
		};
	assert_int_equal(0, map_split(SLICE(""), &parts, &err));
	map_make(&parts, &wanted, &lines);
	assert_int_equal(lines.lines, 2000);
	assert_int_equal(lines.beyond, 500);
	free(lines.text);
	free(clients);
}

static const struct {
	const char *text, *sender; /* NULL: refused */
} senders[] = {
	{ "someone@example.org", "someone@example.org" },
	{ "Some.One+x@Example.ORG", "some.one+x@example.org" },
	{ "example.org", "example.org" },
	{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "", NULL },
	{ "example", NULL },
	{ "kim@example", NULL },
	{ "@example.org", NULL },
	{ "kim@", NULL },
	{ "kim lee@example.org", NULL },
	{ "kim\tREJECT\n@example.org", NULL },
	{ "\"kim lee\"@example.org", NULL },
	{ "kim@lee@example.org", NULL },
	{ "<kim@example.org>", NULL },
	{ "example..org", NULL },
	{ ".example.org", NULL },
	{ "-a.example.org", NULL },
	{ "example.org\n", NULL },
	{ "b\xc3\xbc"
	  "cher.example",
	    NULL },
	{ "u-0123456789ab@example.org", NULL }, /* nobody writes as that */
	{ "203.0.113.7/33", NULL },
	{ "203.0.113.256", NULL },
	{ "1.2.3.4.5", NULL },
	{ "2001:db8::/129", NULL },
};

static void
senders_are_what_an_administrator_writes(void **state)
{
	char sender[BLOCK_SENDER + 1], longest[BLOCK_SENDER + 1];
	struct err err;

	(void)state;
	for (size_t i = 0; i < NELEMS(senders); i++) {
		int rc = block_sender(slice_of(senders[i].text), sender, &err);

		if ((rc == 0) != (senders[i].sender != NULL))
			fail_msg("%s: %d", senders[i].text, rc);
		assert_string_equal(
		    sender, senders[i].sender ? senders[i].sender : "");
	}
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(
	    -1, block_sender(
		    (struct slice){ longest, sizeof(longest) }, sender, &err));
}

/* Group 1 to 8: 2001, then 0 or 5 by the bits of a number. */
static struct addr
address_of(unsigned bits)
{
	struct addr addr = { 6, { 0x20, 0x01 } };

	for (unsigned i = 1; i < 8; i++)
		addr.b[2 * i + 1] = bits >> (7 - i) & 1 ? 5 : 0;
	return addr;
}

static bool
has_key(const struct map_keys *keys, const char *text)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->text[i], text) == 0)
			return true;
	return false;
}

/* As access(5) says: cut at the last colon until it is found. */
static bool
postfix_finds(const struct map_keys *keys, const struct addr *client)
{
	char text[ADDR_TEXT], *colon;

	addr_print(client, text);
	while (!has_key(keys, text)) {
		colon = strrchr(text, ':');
		if (colon == NULL)
			return false;
		*colon = '\0';
	}
	return true;
}

static void
postfix_finds_a_networks_clients_and_no_others(void **state)
{
	const struct map_form *form = map_form("hash");
	struct map_keys keys;
	size_t refused = 0;
	struct err err;

	(void)state;
	for (unsigned net = 0; net < 8; net++) {
		struct prefix network = { address_of(net << 4), 64 };

		if (form->client(&network, &keys, &err) == -1) {
			refused++;
			continue;
		}
		for (unsigned i = 0; i < 128; i++) {
			struct addr client = address_of(i);

			assert_int_equal(prefix_holds(&network, &client),
			    postfix_finds(&keys, &client));
		}
	}
	/* 2001::/64 and 2001:0:0:5::/64 look the same in some of theirs. */
	assert_int_equal(refused, 2);
}

static char path[64];

static enum map_result
write_map(const struct map_wanted *wanted, struct err *err)
{
	struct map_lines lines;

	return map_write(path, wanted, &lines, err);
}

static void
a_file_keeps_its_owner_mode_and_link(void **state)
{
	static const struct prefix client = { { 4, { 203, 0, 113, 7 } }, 32 };
	struct map_wanted wanted = { map_form("hash"), &client, 1, NULL, 0 };
	struct stat before, after;
	char link[80];
	struct map_lines lines;
	size_t n;
	struct err err = { "" };
	char *text;

	(void)state;
	write_file(path, ours, strlen(ours));
	assert_int_equal(0, chmod(path, 0640));
	if (geteuid() == 0)
		assert_int_equal(0, chown(path, 65534, 65534));
	assert_int_equal(0, stat(path, &before));
	snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(0, symlink(path, link));
	if (map_write(link, &wanted, &lines, &err) != MAP_WRITTEN)
		fail_msg("%s", err.text);
	assert_int_equal(lines.lines, 1);
	assert_int_equal(0, lstat(path, &after));
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_mode, after.st_mode);
	assert_int_equal(before.st_uid, after.st_uid);
	assert_int_equal(before.st_gid, after.st_gid);
	assert_int_equal(MAP_SAME, map_write(link, &wanted, &lines, &err));
	wanted.client_count = 0;
	assert_int_equal(MAP_WRITTEN, write_map(&wanted, &err));
	text = read_file(path, &n);
	assert_string_equal(text, ours);
	free(text);
	unlink(link);
	unlink(path);
}

static void
who_edits_a_map_meanwhile_wins(void **state)
{
	static const char edited[] = "192.0.2.1\tDISCARD\n";
	struct map_file *file;
	struct err err = { "" };
	char beside[80], *text;
	size_t n;

	(void)state;
	write_file(path, ours, strlen(ours));
	file = map_open(path, &err);
	assert_non_null(file);
	write_file(path, edited, strlen(edited));
	assert_int_equal(
	    MAP_BUSY, map_replace(file, SLICE("203.0.113.7\tREJECT\n"), &err));
	map_close(file);
	text = read_file(path, &n);
	assert_string_equal(text, edited);
	free(text);
	snprintf(beside, sizeof(beside), "%s.mailweir", path);
	assert_int_equal(-1, access(beside, F_OK));
	/* Also where it was taken away, or another put in its place. */
	file = map_open(path, &err);
	assert_non_null(file);
	unlink(path);
	assert_int_equal(MAP_BUSY, map_replace(file, SLICE(""), &err));
	write_file(path, edited, strlen(edited));
	assert_int_equal(MAP_BUSY, map_replace(file, SLICE(""), &err));
	map_close(file);
	unlink(path);
}

static void
what_is_no_map_is_left_alone(void **state)
{
	struct map_wanted wanted = { .form = map_form("hash") };
	struct err err;

	(void)state;
	assert_int_equal(MAP_FAILED, write_map(&wanted, &err));
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(0, mkdir(path, 0700));
	assert_int_equal(MAP_FAILED, write_map(&wanted, &err));
	assert_int_equal(0, rmdir(path));
	assert_int_equal(0, mkfifo(path, 0600));
	assert_int_equal(MAP_FAILED, write_map(&wanted, &err));
	unlink(path);
	write_file(path, "# mailweir: end\n", 16);
	assert_int_equal(MAP_FAILED, write_map(&wanted, &err));
	assert_non_null(strstr(err.text, "line 1: an end alone"));
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_become_what_is_wanted),
		cmocka_unit_test(taking_the_blocks_away_leaves_no_trace),
		cmocka_unit_test(no_byte_of_a_region_changes_unseen),
		cmocka_unit_test(a_cut_map_is_read_within_its_bounds),
		cmocka_unit_test(a_cidr_map_holds_2000),
		cmocka_unit_test(senders_are_what_an_administrator_writes),
		cmocka_unit_test(
		    postfix_finds_a_networks_clients_and_no_others),
		cmocka_unit_test(a_file_keeps_its_owner_mode_and_link),
		cmocka_unit_test(who_edits_a_map_meanwhile_wins),
		cmocka_unit_test(what_is_no_map_is_left_alone),
	};

	snprintf(path, sizeof(path), "/tmp/mailweir-map-%ld", (long)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
