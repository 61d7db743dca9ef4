/*
 * test_pseudonym.c - nobody is told, and the same one is the same
 *
 * fixtures/pseudonym/texts has a text, and behind "= " what becomes of it:
 * {kim} is the pseudonym of kim.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/pseudonym.h"

#define FIXTURE "tests/fixtures/pseudonym/texts"
#define KEY     "Jefe" /* RFC 4231, 4.3 */

static struct pseudonyms *names;

static int
start(void **state)
{
	(void)state;
	names = pseudonyms_new(slice_of(KEY));
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	pseudonyms_free(names);
	return 0;
}

/* The answer as a string, to be freed. */
static char *
copied(struct slice text)
{
	char *copy = strndup(text.n == 0 ? "" : text.p, text.n);

	assert_non_null(copy);
	return copy;
}

static void
assert_name(struct pseudonyms *of, const char *address, const char *name)
{
	char *got = copied(pseudonyms_name(of, slice_of(address)));

	assert_string_equal(got, name);
	free(got);
}

/* The first is the digest of RFC 4231, test case 2; the rest openssl's. */
static void
names_are_those_of_the_standard(void **state)
{
	(void)state;
	assert_name(names, "what do ya want for nothing?", "u-5bdcc146bf60");
	assert_name(names, "kim", "u-4dc74c51e17b");
	assert_name(names, "kim@example.org", "u-4dc74c51e17b@example.org");
	assert_name(names, "KIM@Example.ORG", "u-4dc74c51e17b@Example.ORG");
	assert_name(names, "\"Kim\"@example.org", "u-4dc74c51e17b@example.org");
	assert_name(names, "j\xc3\xb6rg", "u-5b3b96441375");
}

static void
offices_and_pseudonyms_stay(void **state)
{
	static const char *const same[] = { "", "postmaster", "@example.org",
		"Postmaster@example.org", "abuse@example.org",
		"MAILER-DAEMON@mx1.example.org", "u-0123456789ab",
		"u-0123456789ab@example.org" };

	(void)state;
	for (size_t i = 0; i < NELEMS(same); i++)
		assert_name(names, same[i], same[i]);
	assert_true(pseudonym_is(SLICE("u-0123456789ab@example.org")));
	assert_false(pseudonym_is(SLICE("u-0123456789aB@example.org")));
	assert_false(pseudonym_is(SLICE("u-0123456789abc@example.org")));
	assert_false(pseudonym_is(SLICE("")));
}

static void
another_key_gives_another_name_the_same_the_same(void **state)
{
	struct pseudonyms *again = pseudonyms_new(slice_of(KEY));
	struct pseudonyms *other = pseudonyms_new(SLICE("jefe"));
	char *name = copied(pseudonyms_name(other, SLICE("kim")));

	(void)state;
	assert_name(again, "kim", "u-4dc74c51e17b");
	assert_true(pseudonym_is(slice_of(name)));
	assert_string_not_equal(name, "u-4dc74c51e17b");
	free(name);
	pseudonyms_free(other);
	pseudonyms_free(again);
	pseudonyms_free(NULL);
}

static void
without_a_key_all_is_as_it_was(void **state)
{
	struct mail_event event = { .account = SLICE("kim") };
	struct slice text = SLICE("to=<kim@example.org>");

	(void)state;
	assert_ptr_equal(pseudonyms_name(NULL, text).p, text.p);
	assert_ptr_equal(pseudonyms_text(NULL, text).p, text.p);
	assert_ptr_equal(pseudonyms_event(NULL, &event), &event);
}

/* "{kim}" to the pseudonym of kim; to be freed. */
static char *
expanded(const char *pattern)
{
	struct slice rest = slice_of(pattern), before, name = rest;
	char *text = NULL, local[128];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	while (slice_cut(&rest, SLICE("{"), &before)) {
		assert_true(slice_cut(&rest, SLICE("}"), &name));
		/* It may hold an '@' of its own. */
		snprintf(local, sizeof(local), "%.*s@", (int)name.n, name.p);
		name = pseudonyms_name(names, slice_of(local));
		fprintf(out, "%.*s%.*s", (int)before.n, before.p,
		    (int)name.n - 1, name.p);
	}
	fprintf(out, "%.*s", (int)rest.n, rest.p);
	fclose(out);
	return text;
}

static void
texts_lose_their_people_and_nothing_else(void **state)
{
	FILE *in = fopen(FIXTURE, "r");
	char *text = NULL, *want = NULL;
	size_t size = 0, want_size = 0, cases = 0;
	ssize_t n, m;

	(void)state;
	assert_non_null(in);
	while ((n = getline(&text, &size, in)) > 0) {
		if (n == 1)
			continue;
		m = getline(&want, &want_size, in);
		assert_true(m > 3 && memcmp(want, "= ", 2) == 0);
		text[n - 1] = want[m - 1] = '\0';

		char *expect = expanded(want + 2);
		char *got = copied(pseudonyms_text(names, slice_of(text)));
		char *again = copied(pseudonyms_text(names, slice_of(got)));

		assert_string_equal(got, expect);
		assert_string_equal(again, expect);
		free(expect);
		free(got);
		free(again);
		cases++;
	}
	assert_true(cases >= 15);
	free(text);
	free(want);
	fclose(in);
}

static void
assert_slice(struct slice got, const char *pattern)
{
	char *text = copied(got), *want = expanded(pattern);

	assert_string_equal(text, want);
	free(text);
	free(want);
}

static void
an_event_names_nobody_wherever_it_did(void **state)
{
	const struct mail_event *got, event = { .kind = EVENT_BOUNCED,
		.host = SLICE("mx1"),
		.mailer = SLICE("local"),
		.message_id = SLICE("7.kim@example.org"),
		.account = SLICE("kim b"),
		.line = SLICE("to=<kim@example.org>, orig_to=<ann>, "
			      "sasl_username=kim b, /home/kim/mail: \"KIM\" "
			      "kim-list kims kim.example.org ann"),
		.delivery = { .sender = SLICE("user@example.org"),
		    .recipient = SLICE("kim@example.org"),
		    .addressed = SLICE("ann"),
		    .reply = SLICE("unknown user: \"kim\", ann"),
		    .relay = SLICE("kim.example.org") } };

	(void)state;
	got = pseudonyms_event(names, &event);
	assert_slice(got->account, "{kim b}");
	assert_slice(got->message_id, "{7.kim}@example.org");
	assert_slice(got->delivery.sender, "{user}@example.org");
	assert_slice(got->delivery.recipient, "{kim}@example.org");
	assert_slice(got->delivery.addressed, "{ann}");
	assert_slice(got->delivery.relay, "kim.example.org");
	/* "user" is a word of such replies. */
	assert_slice(got->delivery.reply, "unknown user: \"{kim}\", {ann}");
	assert_slice(got->line,
	    "to=<{kim}@example.org>, orig_to=<{ann}>, sasl_username={kim b}, "
	    "/home/{kim}/mail: \"{kim}\" kim-list kims kim.example.org {ann}");
	assert_slice(got->host, "mx1");
	/* What comes back from the state is as it was. */
	struct mail_event once = *got;
	char *line = copied(got->line);
	struct pseudonyms *later = pseudonyms_new(slice_of(KEY));

	got = pseudonyms_event(later, &once);
	assert_slice(got->account, "{kim b}");
	assert_slice(got->delivery.recipient, "{kim}@example.org");
	assert_slice(got->line, line);
	free(line);
	pseudonyms_free(later);
}

static void
a_refusal_and_a_message_name_nobody_either(void **state)
{
	struct mail_event refusal = { .kind = EVENT_REJECTED,
		.reject = { .sender = SLICE("kim@example.org"),
		    .recipient = SLICE("ann@example.net"),
		    .helo = SLICE("kim@laptop"),
		    .text = SLICE("<ann@example.net>: not for kim") } };
	struct mail_event message = { .kind = EVENT_RECEIVED,
		.message = { .sender = SLICE("kim@example.org"), .bytes = 7 } };
	const struct mail_event *got = pseudonyms_event(names, &refusal);

	(void)state;
	assert_slice(got->reject.sender, "{kim}@example.org");
	assert_slice(got->reject.recipient, "{ann}@example.net");
	assert_slice(got->reject.helo, "{kim}@laptop");
	assert_slice(got->reject.text, "<{ann}@example.net>: not for {kim}");
	got = pseudonyms_event(names, &message);
	assert_slice(got->message.sender, "{kim}@example.org");
	assert_int_equal(got->message.bytes, 7);
}

/* Any bytes, as long as a line may be: never past its room, NULs and all. */
static void
hostile_texts_are_only_texts(void **state)
{
	static const char bytes[] = "a@<>\"\\ '=.,;:|(){}[]\xc3\xa9\0@@<\"";
	static const char *const parts[] = { "@", "\"", "<", "a@", "<\"a@",
		"\"\\", "'", "user=", "user=<", "a\"b\"", "\xff@" };
	struct mail_event event = { .kind = EVENT_REJECTED };
	char *text;
	unsigned seed = 1;

	(void)state;
	for (size_t i = 0; i < NELEMS(parts); i++) {
		size_t one = strlen(parts[i]), n = 8192 / one * one;

		text = malloc(n); /* ASan then sees an overrun */
		for (size_t at = 0; at < n; at += one)
			memcpy(text + at, parts[i], one);
		event.line = event.reject.text = event.reject.sender =
		    event.account = (struct slice){ text, n };
		(void)pseudonyms_event(names, &event);
		(void)pseudonyms_text(names, event.line);
		free(text);
	}
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = round % 97;

		text = malloc(n);
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
		}
		event.line = event.reject.text = (struct slice){ text, n };
		event.reject.sender = (struct slice){ text, n / 2 };
		event.account = (struct slice){ text, n / 9 };
		(void)pseudonyms_event(names, &event);
		free(text);
	}
}

static void
a_very_long_name_is_hidden_whole(void **state)
{
	size_t n = 100000;
	char *text = malloc(n);
	struct slice got;

	(void)state;
	memset(text, 'x', n);
	memcpy(text + n - 12, "@example.org", 12);
	got = pseudonyms_text(names, (struct slice){ text, n });
	assert_int_equal(got.n, PSEUDONYM_LENGTH + 12);
	assert_true(pseudonym_is(got));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_standard),
		cmocka_unit_test(offices_and_pseudonyms_stay),
		cmocka_unit_test(
		    another_key_gives_another_name_the_same_the_same),
		cmocka_unit_test(without_a_key_all_is_as_it_was),
		cmocka_unit_test(texts_lose_their_people_and_nothing_else),
		cmocka_unit_test(an_event_names_nobody_wherever_it_did),
		cmocka_unit_test(a_refusal_and_a_message_name_nobody_either),
		cmocka_unit_test(hostile_texts_are_only_texts),
		cmocka_unit_test(a_very_long_name_is_hidden_whole),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
