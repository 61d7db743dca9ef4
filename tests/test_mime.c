/*
 * test_mime.c - a message's facts, however its bytes come
 *
 * What each message tells is in fixtures/mime, read by test_smtp.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collectors/wire/mime.h"

static const char message[] =
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    "Content-Type: multipart/mixed;\r\n"
    "\tboundary=\"b b\"\r\n"
    "\r\n"
    "preamble\r\n"
    "--b b\r\n"
    "Content-Type: message/rfc822\r\n"
    "\r\n"
    "Subject: of another\r\n"
    "Content-Disposition: attachment; filename*0=\"a.\"; filename*1=s;\r\n"
    " filename*2*=%63r\r\n"
    "\r\n"
    "-- \r\n"
    "--b b\t\r\n"
    "Content-Disposition: attachment; filename=\"=?utf-8?B?Yi5leGU=?=\"\r\n"
    "\r\n"
    "TVqQ\r\n"
    "--b b--\r\n"
    "--b b\r\n"
    "Content-Disposition: attachment; filename=c.exe\r\n";

static char exe[] = "exe", scr[] = "scr";
static char *const extensions[] = { exe, scr };
static const struct mime_list list = { extensions, 2 };

/* Of its first bytes, so many at a time, each on a heap of its own size. */
static struct mime_facts
facts_of(size_t bytes, size_t part)
{
	struct mime *mime = mime_new(&list);
	struct mime_facts facts;

	for (size_t at = 0; at < bytes; at += part) {
		size_t n = bytes - at < part ? bytes - at : part;
		char *exact = malloc(n);

		assert_non_null(exact);
		memcpy(exact, message + at, n);
		mime_take(mime, (struct slice){ exact, n });
		free(exact);
	}
	facts = *mime_end(mime);
	mime_free(mime);
	return facts;
}

static void
however_it_is_cut_it_tells_the_same(void **state)
{
	size_t size = sizeof(message) - 1;
	struct mime_facts whole = facts_of(size, size);

	(void)state;
	assert_string_equal(whole.subject, "Gr\xc3\xbc\xc3\x9f"
					   "e");
	assert_int_equal(whole.attachments, 2);
	assert_int_equal(whole.listed, 2);
	assert_string_equal(whole.extension, "scr");
	for (size_t part = 1; part < size; part++) {
		struct mime_facts cut = facts_of(size, part);

		assert_memory_equal(&cut, &whole, sizeof(whole));
	}
}

static void
a_beginning_never_tells_more(void **state)
{
	size_t size = sizeof(message) - 1;
	struct mime_facts whole = facts_of(size, size);

	(void)state;
	for (size_t n = 0; n < size; n++) {
		struct mime_facts begin = facts_of(n, size);

		assert_true(begin.attachments <= whole.attachments);
		assert_true(begin.listed <= begin.attachments);
	}
}

static void
what_is_lost_takes_nothing_back(void **state)
{
	struct mime *mime = mime_new(&list);
	const char *part = strstr(message, "--b b\t");

	(void)state;
	mime_take(mime, (struct slice){ message, (size_t)(part - message) });
	mime_lose(mime);
	mime_take(mime, slice_of(part));
	assert_int_equal(mime_end(mime)->attachments, 1);
	mime_free(mime);
}

static void
numbers_case_and_blanks_make_no_other_subject(void **state)
{
	static const char *const same[] = { "Your Invoice 12",
		"your  INVOICE 9", " YOUR invoice\t 4711" };
	uint64_t keys[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct mime *mime = mime_new(&list);

		mime_take(mime, SLICE("Subject:"));
		mime_take(mime, slice_of(same[i]));
		mime_take(mime, SLICE("\r\n\r\n"));
		keys[i] = mime_end(mime)->subject_key;
		mime_free(mime);
	}
	assert_int_not_equal(keys[0], 0);
	assert_true(keys[0] == keys[1] && keys[1] == keys[2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(however_it_is_cut_it_tells_the_same),
		cmocka_unit_test(a_beginning_never_tells_more),
		cmocka_unit_test(what_is_lost_takes_nothing_back),
		cmocka_unit_test(numbers_case_and_blanks_make_no_other_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
