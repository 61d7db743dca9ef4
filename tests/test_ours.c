/*
 * test_ours.c - what mail systems say of themselves, and what we make of it
 *
 * tests/fixtures/ours: a .case has sections "=== KIND NAME": what a program
 * printed, files (in @DIR@), and at the end what is expected.  GOLDEN=1
 * rewrites that; read the diff.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include <ftw.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/learn.h"
#include "agent/ours.h"
#include "agent/ours_exim.h"
#include "agent/ours_files.h"
#include "agent/ours_list.h"
#include "agent/ours_opensmtpd.h"
#include "agent/ours_postfix.h"
#include "agent/ours_qmail.h"
#include "agent/ours_sendmail.h"
#include "base/array.h"
#include "base/mem.h"
#include "tests/logs.h"
#include "tests/scratch.h"

#define FOUND_TEXT (1u << 20)

static char *directory;

static int
make_directory(void **state)
{
	(void)state;
	directory = scratch_make();
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int
remove_directory(void **state)
{
	(void)state;
	assert_int_equal(
	    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(directory);
	return 0;
}

/* The text with another written for each of some; to be freed. */
static char *
replaced(const char *text, const char *what, const char *by)
{
	size_t size = 0;
	char *out = NULL;
	FILE *file = open_memstream(&out, &size);
	const char *at;

	while ((at = strstr(text, what)) != NULL) {
		fprintf(file, "%.*s%s", (int)(at - text), text, by);
		text = at + strlen(what);
	}
	fputs(text, file);
	fclose(file);
	return out;
}

static void
put_file(const char *name, struct slice text)
{
	char path[PATH_MAX], *slash;
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	(void)mkdir(path, 0700);
	*slash = '/';
	out = fopen(path, "we");
	assert_non_null(out);
	fwrite(text.p, 1, text.n, out);
	fclose(out);
}

/* The next "=== KIND NAME" section. */
static bool
next_section(struct slice *rest, struct slice *kind, struct slice *name,
    struct slice *body)
{
	struct slice title;
	ptrdiff_t end;

	if (slice_find(*rest, SLICE("=== ")) == -1)
		return false;
	*rest = slice_from(*rest, (size_t)slice_find(*rest, SLICE("=== ")) + 4);
	if (!slice_cut(rest, SLICE("\n"), &title))
		return false;
	(void)ours_word(&title, kind);
	(void)ours_word(&title, name);
	end = slice_find(*rest, SLICE("=== "));
	*body = (struct slice){ rest->p, end == -1 ? rest->n : (size_t)end };
	return true;
}

/* As exim -bP +NAME does, out of the case. */
static char *
exim_list(void *arg, struct slice wanted)
{
	struct slice rest = slice_of(arg), kind, name, body;
	char *text;

	while (next_section(&rest, &kind, &name, &body))
		if (slice_is(kind, "exim") && slice_eq(name, wanted)) {
			body = ours_trim(body);
			text = mem_zero(1, body.n + 1);
			memcpy(text, body.p, body.n);
			return text;
		}
	return NULL;
}

static void
read_case(char *text, struct ours *ours)
{
	struct exim exim = { ours, SLICE("mx.example.org"), exim_list, text };
	struct slice rest, kind, name, body;
	char file[256];

	for (rest = slice_of(text); next_section(&rest, &kind, &name, &body);)
		if (slice_is(kind, "file")) {
			slice_copy(name, file, sizeof(file));
			put_file(file, body);
		}
	for (rest = slice_of(text); next_section(&rest, &kind, &name, &body);)
		if (slice_is(kind, "postconf"))
			postfix_read(ours, body);
		else if (slice_is(kind, "sendmail.cf"))
			sendmail_read(ours, body);
		else if (slice_is(kind, "smtpd.conf"))
			opensmtpd_read(ours, "smtpd.conf", body);
		else if (slice_is(kind, "qmail")) {
			slice_copy(name, file, sizeof(file));
			qmail_read(ours, file);
		} else if (slice_is(name, "local_domains"))
			exim_domains(&exim, body, "local_domains", false);
		else if (slice_is(name, "relay_to_domains"))
			exim_domains(&exim, body, "relay_to_domains", true);
		else if (slice_is(name, "relay_from_hosts"))
			exim_hosts(&exim, body, "relay_from_hosts");
}

static bool
is_of_this_host(const struct ours *ours, size_t origin)
{
	return strncmp(ours->origins[origin], "this host's ", 12) == 0;
}

/* This host's own names and addresses differ from host to host. */
static char *
found_text(const struct ours *ours)
{
	char *text = NULL, address[ADDR_TEXT], *plain;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < ours->network_count; i++) {
		if (is_of_this_host(ours, ours->networks[i].origin))
			continue;
		addr_print(&ours->networks[i].prefix.addr, address);
		fprintf(out, "network %s/%u (%s)\n", address,
		    ours->networks[i].prefix.bits,
		    ours->origins[ours->networks[i].origin]);
	}
	for (size_t i = 0; i < ours->domain_count; i++)
		if (!is_of_this_host(ours, ours->domains[i].origin))
			fprintf(out, "%s %s (%s)\n",
			    ours->domains[i].relayed ? "relayed" : "domain",
			    ours->domains[i].name,
			    ours->origins[ours->domains[i].origin]);
	for (size_t i = 0; i < ours->host_count; i++)
		fprintf(out, "host %s\n", ours->hosts[i]);
	if (ours->by_login != NULL)
		fprintf(out, "by login: %s\n", ours->by_login);
	for (size_t i = 0; i < ours->gap_count; i++)
		fprintf(out, "gap of %s: %s\n",
		    ours->gaps[i].of_domains ? "domains" : "networks",
		    ours->gaps[i].text);
	fclose(out);
	plain = replaced(text, directory, "@DIR@");
	free(text);
	return plain;
}

/* Through bytes and back it is the same. */
static void
assert_written_and_read(const struct ours *ours)
{
	struct ours again = { 0 };
	char *bytes = NULL, *one = found_text(ours), *two;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);

	ours_write(ours, out);
	fclose(out);
	assert_true(ours_parse(&again, (struct slice){ bytes, size }));
	two = found_text(&again);
	assert_string_equal(one, two);
	free(one);
	free(two);
	free(bytes);
	ours_free(&again);
}

static char *
read_case_file(const char *path)
{
	struct stat st;
	size_t n;
	char *text = read_whole(path, &n, &st);

	text[n] = '\0';
	return text;
}

static void
rewrite(const char *path, const char *text, const char *found)
{
	const char *end = strstr(text, "=== expected\n");
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fprintf(out, "%.*s=== expected\n%s",
	    end != NULL ? (int)(end - text) : (int)strlen(text), text, found);
	fclose(out);
}

static bool
check_case(const char *path)
{
	char *text = read_case_file(path), *mine, *found, *expected;
	struct ours ours = { 0 };
	bool good;

	mine = replaced(text, "@DIR@", directory);
	read_case(mine, &ours);
	found = found_text(&ours);
	assert_written_and_read(&ours);
	if (getenv("GOLDEN") != NULL)
		rewrite(path, text, found);
	expected = strstr(text, "=== expected\n");
	good = getenv("GOLDEN") != NULL ||
	       (expected != NULL && strcmp(expected + 13, found) == 0);
	if (!good)
		fprintf(stderr, "%s: found\n%s", path, found);
	ours_free(&ours);
	free(found);
	free(mine);
	free(text);
	return good;
}

static void
each_case_gives_what_is_written_in_it(void **state)
{
	glob_t cases;
	unsigned bad = 0;

	(void)state;
	assert_int_equal(
	    glob("tests/fixtures/ours/*.case", 0, NULL, &cases), 0);
	for (size_t i = 0; i < cases.gl_pathc; i++)
		bad += !check_case(cases.gl_pathv[i]);
	assert_true(cases.gl_pathc >= 10);
	globfree(&cases);
	assert_int_equal(bad, 0);
}

/* Every case cut at every byte, on a copy of exactly that size. */
static void
a_cut_text_is_read_to_its_end_and_no_further(void **state)
{
	glob_t cases;

	(void)state;
	assert_int_equal(
	    glob("tests/fixtures/ours/*.case", 0, NULL, &cases), 0);
	for (size_t i = 0; i < cases.gl_pathc; i++) {
		char *text = read_case_file(cases.gl_pathv[i]);
		size_t n = strlen(text);

		for (size_t cut = 1; cut <= n; cut += 3) {
			char *copy = mem_copy(text + n - cut, cut);
			struct slice s = { copy, cut };
			struct exim exim = { 0 };
			struct ours ours = { 0 };

			exim = (struct exim){ &ours, SLICE("x"), exim_list,
				(char[]){ "" } };
			postfix_read(&ours, s);
			sendmail_read(&ours, s);
			opensmtpd_read(&ours, "smtpd.conf", s);
			exim_domains(&exim, s, "a", false);
			exim_hosts(&exim, s, "b");
			(void)ours_parse(&ours, s);
			ours_free(&ours);
			free(copy);
		}
		free(text);
	}
	globfree(&cases);
}

static void
what_is_no_list_of_ours_is_refused(void **state)
{
	static const char *const wrong[] = { "x y\n", "d\n", "d example.org",
		"n 192.0.2.0/33\n", "d a b\n", "d \n", "d a/b\n", "\n", "n x\n",
		"d a\n\nd b\n" };
	struct ours ours = { 0 };

	(void)state;
	for (size_t i = 0; i < NELEMS(wrong); i++) {
		if (ours_parse(&ours, slice_of(wrong[i])))
			fail_msg("taken: %s", wrong[i]);
		ours_free(&ours);
	}
	assert_true(ours_parse(&ours, SLICE("")));
	assert_true(ours_parse(&ours, SLICE("d a\n")));
	assert_int_equal(ours.domain_count, 1);
	ours_free(&ours);
}

/* A NUL ended the reason before its first byte, and the line had none. */
static void
a_gap_without_words_is_told_all_the_same(void **state)
{
	struct ours ours = { 0 };

	(void)state;
	assert_true(ours_parse(&ours, SLICE("D \0x\no \0\nd a\n")));
	assert_written_and_read(&ours);
	assert_true(ours_has_gap(&ours, true));
	ours_free(&ours);
}

static void
hostile_bytes_make_no_domains(void **state)
{
	static const char *const wrong[] = { "", ".", "!", "a b", "a@b", "a\tb",
		"a\nb", "\x7f", "a/b", "{a}", "a,b", "a;b", "<a>" };
	char endless[5000];
	struct ours ours = { 0 };

	(void)state;
	for (size_t i = 0; i < NELEMS(wrong); i++)
		assert_false(ours_domain(&ours, slice_of(wrong[i]), false));
	assert_false(ours_domain(&ours, (struct slice){ "a\0b", 3 }, false));
	memset(endless, 'x', sizeof(endless));
	assert_false(ours_domain(
	    &ours, (struct slice){ endless, sizeof(endless) }, false));
	assert_int_equal(ours.domain_count, 0);
	ours_free(&ours);
}

/* 900,000 names and 70 tables that are not there. */
static void
too_many_are_cut_off_and_said(void **state)
{
	struct ours ours = { 0 };
	char name[64];

	(void)state;
	ours_origin(&ours, "test");
	for (unsigned i = 0; i < OURS_DOMAINS + 5; i++) {
		snprintf(name, sizeof(name), "%u.example", i);
		assert_true(ours_domain(&ours, slice_of(name), false));
	}
	for (unsigned i = 0; i < OURS_NETWORKS + 5; i++) {
		struct prefix prefix = {
			{ 4, { 10, (uint8_t)(i >> 8), (uint8_t)i } }, 32
		};

		ours_network(&ours, &prefix);
	}
	assert_int_equal(ours.domain_count, OURS_DOMAINS);
	assert_int_equal(ours.network_count, OURS_NETWORKS);
	assert_true(ours_has_gap(&ours, true));
	assert_true(ours_has_gap(&ours, false));
	for (unsigned i = 0; i < 2 * OURS_GAPS; i++)
		ours_gap(&ours, true, "gap %u", i);
	assert_int_equal(ours.gap_count, OURS_GAPS);
	ours_free(&ours);
}

static void
a_file_that_is_too_large_or_no_file_is_a_gap(void **state)
{
	static const char *const lists[] = { "huge", "", "texthash:huge" };
	char path[PATH_MAX], text[2 * PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s/huge", directory);
	put_file("huge", SLICE("x"));
	assert_int_equal(truncate(path, OURS_FILE_BYTES + 1), 0);
	for (size_t i = 0; i < NELEMS(lists); i++) {
		struct ours ours = { 0 };
		struct ours_list list = { .ours = &ours,
			.name = "mydestination",
			.kind = OURS_NAME_LIST };

		if (strchr(lists[i], ':') != NULL)
			snprintf(
			    text, sizeof(text), "texthash:%s/huge", directory);
		else
			snprintf(
			    text, sizeof(text), "%s/%s", directory, lists[i]);
		ours_list_read(&list, slice_of(text));
		assert_int_equal(ours.domain_count, 0);
		assert_int_equal(ours.gap_count, 1);
		ours_free(&ours);
	}
}

/* A tree of references that would be read a million million times. */
static void
files_that_name_many_files_end(void **state)
{
	struct ours ours = { 0 };
	struct ours_list list = {
		.ours = &ours, .name = "mydestination", .kind = OURS_NAME_LIST
	};
	char path[PATH_MAX], *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	snprintf(path, sizeof(path), "%s/many", directory);
	for (unsigned i = 0; i < 1000; i++)
		fprintf(out, "%s\n", path);
	fclose(out);
	put_file("many", (struct slice){ text, size });
	ours_list_read(&list, slice_of(path));
	assert_true(ours.files <= OURS_FILES + OURS_DEPTH);
	assert_true(ours_has_gap(&ours, true));
	ours_free(&ours);
	free(text);
}

/* Small files that would be read a million times, or name too many things. */
static void
what_smtpd_conf_repeats_ends(void **state)
{
	static const char *const lines[] = { "match for any $m $m $m $m",
		"match from any for domain <t> action a", "table t" };

	(void)state;
	for (size_t i = 0; i < NELEMS(lines); i++) {
		struct ours ours = { 0 };
		char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		fprintf(out, "action a mbox\nm = \"%01000d\"\ntable t { ", 0);
		for (unsigned k = 0; k < 1000; k++)
			fprintf(out, "%u.example, ", k);
		fputs("}\n", out);
		for (unsigned k = 0; k < OPENSMTPD_NAMES + 5; k++)
			fprintf(out, i == 2 ? "%s%u { a }\n" : "%s # %u\n",
			    lines[i], k);
		fclose(out);
		opensmtpd_read(
		    &ours, "smtpd.conf", (struct slice){ text, size });
		assert_true(ours.domain_count < OURS_DOMAINS + 100);
		assert_true(ours_has_gap(&ours, true));
		assert_true(ours_has_gap(&ours, false));
		ours_free(&ours);
		free(text);
	}
}

/* "from local" are all addresses of this host; from elsewhere it is none. */
static void
where_only_this_host_may_relay_its_addresses_do(void **state)
{
	static const char *const rules[] = { "match for any action a\n",
		"match from local for any action a\n",
		"match from auth for any action a\n" };
	const struct addr loopback = { 4, { 127, 0, 0, 1 } };

	(void)state;
	for (size_t i = 0; i < NELEMS(rules); i++) {
		struct ours ours = { 0 };
		char text[128];
		bool has = false;

		snprintf(text, sizeof(text), "action a relay\n%s", rules[i]);
		opensmtpd_read(&ours, "smtpd.conf", slice_of(text));
		for (size_t k = 0; k < ours.network_count; k++)
			has |=
			    addr_eq(&ours.networks[k].prefix.addr, &loopback);
		assert_int_equal(has, i < 2);
		assert_false(ours_has_gap(&ours, false));
		ours_free(&ours);
	}
}

static const struct {
	const char *text, *prefix;
} sendmail_networks[] = {
	{ "10", "10.0.0.0/8" },
	{ "10.", "10.0.0.0/8" },
	{ "192.168", "192.168.0.0/16" },
	{ "192.0.2", "192.0.2.0/24" },
	{ "192.0.2.7", "192.0.2.7/32" },
	{ "[192.0.2.7]", "192.0.2.7/32" },
	{ "IPv6:2001:db8", "2001:db8::/32" },
	{ "ipv6:2001:db8:", "2001:db8::/32" },
	{ "IPv6:2001:db8::1", "2001:db8::1/128" },
	{ "IPv6:2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1/128" },
	{ "example.org", NULL },
	{ "300", NULL },
	{ "1.2.3.4.5", NULL },
	{ "", NULL },
	{ "IPv6:", NULL },
	{ "IPv6:x", NULL },
	{ "10.0.0.0/8", NULL },
};

static void
networks_of_sendmail_are_whole_parts(void **state)
{
	struct prefix prefix, expected;
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < NELEMS(sendmail_networks); i++) {
		const char *text = sendmail_networks[i].prefix;
		bool is = sendmail_network(
		    slice_of(sendmail_networks[i].text), &prefix);

		if (is != (text != NULL) ||
		    (is && (!prefix_parse(slice_of(text), &expected) ||
			       !addr_eq(&prefix.addr, &expected.addr) ||
			       prefix.bits != expected.bits))) {
			fprintf(
			    stderr, "wrong: %s\n", sendmail_networks[i].text);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* What is set is whole; what is not set is what was found. */
static void
a_list_that_is_set_replaces_what_was_found(void **state)
{
	static const struct {
		bool networks, domains, incomplete;
	} cases[] = { { false, false, true }, { true, false, true },
		{ false, true, true }, { true, true, false } };
	struct prefix network = { { 4, { 192, 0, 2 } }, 24 };
	char domain[] = "set.example", *domains[] = { domain };
	struct ours ours = { 0 };

	(void)state;
	ours_origin(&ours, "test");
	assert_true(ours_domain(&ours, SLICE("here.example"), false));
	assert_true(ours_domain(&ours, SLICE("there.example"), true));
	ours_network(&ours, &network);
	ours_network(&ours, &network);
	ours_gap(&ours, true, "one");
	ours_gap(&ours, false, "two");
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct collect_config set = { 0 }, merged;

		if (cases[i].networks) {
			set.networks = &network;
			set.network_count = 1;
		}
		if (cases[i].domains) {
			set.domains = domains;
			set.domain_count = 1;
		}
		merged = learn_merge(&set, &ours);
		assert_int_equal(merged.incomplete, cases[i].incomplete);
		assert_int_equal(
		    merged.network_count, cases[i].networks ? 1 : 2);
		assert_int_equal(merged.domain_count, 1);
		assert_string_equal(merged.domains[0],
		    cases[i].domains ? "set.example" : "here.example");
		assert_int_equal(
		    merged.relay_domain_count, cases[i].domains ? 0 : 1);
		learn_merged_free(&merged, &set);
	}
	ours_free(&ours);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_case_gives_what_is_written_in_it, make_directory,
		    remove_directory),
		cmocka_unit_test(a_cut_text_is_read_to_its_end_and_no_further),
		cmocka_unit_test(what_is_no_list_of_ours_is_refused),
		cmocka_unit_test_setup_teardown(
		    a_gap_without_words_is_told_all_the_same, make_directory,
		    remove_directory),
		cmocka_unit_test(hostile_bytes_make_no_domains),
		cmocka_unit_test(too_many_are_cut_off_and_said),
		cmocka_unit_test_setup_teardown(
		    a_file_that_is_too_large_or_no_file_is_a_gap,
		    make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(files_that_name_many_files_end,
		    make_directory, remove_directory),
		cmocka_unit_test(what_smtpd_conf_repeats_ends),
		cmocka_unit_test(
		    where_only_this_host_may_relay_its_addresses_do),
		cmocka_unit_test(networks_of_sendmail_are_whole_parts),
		cmocka_unit_test(a_list_that_is_set_replaces_what_was_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
