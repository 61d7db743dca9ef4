/*
 * test_neighbours.c - addresses of hosts beside us: answers as they may come
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/neighbours.h"
#include "agent/programs.h"

static void
take(void *arg, const char *host)
{
	fprintf(arg, "%s\n", host);
}

/* What example.org's name server says to its MX: RFC 1035 4.1. */
static const unsigned char answer[] = { 0x12, 0x34, 0x81, 0x80, 0, 1, 0, 3, 0,
	0, 0, 0, /* the question */
	7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 15, 0, 1,
	/* 10 mx.example.org, by a pointer */
	0xc0, 12, 0, 15, 0, 1, 0, 0, 1, 0x2c, 0, 7, 0, 10, 2, 'm', 'x', 0xc0,
	12,
	/* an address that was not asked for */
	0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0x2c, 0, 4, 192, 0, 2, 1,
	/* 20 backup.example.net */
	0xc0, 12, 0, 15, 0, 1, 0, 0, 1, 0x2c, 0, 22, 0, 20, 6, 'b', 'a', 'c',
	'k', 'u', 'p', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'n', 'e', 't',
	0 };

static char *
exchangers(const unsigned char *bytes, size_t n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	neighbours_exchangers(bytes, n, take, out);
	fclose(out);
	return text;
}

static void
exchangers_are_read_of_an_answer(void **state)
{
	char *text = exchangers(answer, sizeof(answer));

	(void)state;
	assert_string_equal(text, "mx.example.org\nbackup.example.net\n");
	free(text);
}

static void
a_cut_answer_is_read_no_further(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(answer); n++) {
		unsigned char *exact = malloc(n);

		memcpy(exact, answer, n);
		free(exchangers(exact, n));
		free(exact);
	}
}

/* A name whose pointers go round in a circle. */
static void
a_lying_answer_gives_nothing(void **state)
{
	unsigned char bad[sizeof(answer)];
	char *text;

	(void)state;
	memcpy(bad, answer, sizeof(bad));
	bad[29 + 17] = 0xc0;
	bad[29 + 18] = 29 + 17;
	text = exchangers(bad, sizeof(bad));
	assert_null(strstr(text, "mx."));
	free(text);
	for (size_t i = 0; i < sizeof(bad); i++) {
		memcpy(bad, answer, sizeof(bad));
		bad[i] = 0xff;
		free(exchangers(bad, sizeof(bad)));
	}
}

static void
addresses_need_no_name_service(void **state)
{
	static const char names[] =
	    "h 192.0.2.25\nh [2001:db8::1]\nh [::ffff:192.0.2.26]\nx y\nh \n";
	struct err err;
	int in = programs_memory("in", &err),
	    out = programs_memory("out", &err);
	char text[256];
	ssize_t n;

	(void)state;
	assert_int_equal(write(in, names, strlen(names)), strlen(names));
	assert_int_equal(neighbours_work(NULL, in, out, -1, &err), 0);
	n = pread(out, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "192.0.2.25\n2001:db8::1\n192.0.2.26\n");
	close(in);
	close(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exchangers_are_read_of_an_answer),
		cmocka_unit_test(a_cut_answer_is_read_no_further),
		cmocka_unit_test(a_lying_answer_gives_nothing),
		cmocka_unit_test(addresses_need_no_name_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
