/*
 * figures.h - numbers out of a ledger's JSON, and what is expected of them
 */
#ifndef TESTS_FIGURES_H
#define TESTS_FIGURES_H

#include <arpa/inet.h>
#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A refusal by its words, after the enhanced code and `<...>: '.  The first
 * that matches decides.  Without a reason it leaves no line that could be
 * counted, and `why' says what is written instead.
 */
struct reply_rule {
	const char *words; /* POSIX extended regular expression */
	const char *reason;
	const char *why;
};

static inline json_int_t
ledger_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *
ledger_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s != NULL ? s : "";
}

static inline bool
ledger_like(const char *text, const char *pattern)
{
	regex_t re;
	bool found;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		abort();
	found = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
}

/* Sum of the counts whose name matches. */
static inline json_int_t
ledger_sum(const json_t *counts, const char *pattern)
{
	const char *key;
	json_t *value;
	json_int_t sum = 0;

	json_object_foreach ((json_t *)counts, key, value)
		if (ledger_like(key, pattern))
			sum += json_integer_value(value);
	return sum;
}

static inline void
ledger_add(json_t *object, const char *key, json_int_t n)
{
	json_object_set_new(
	    object, key, json_integer(ledger_number(object, key) + n));
}

static inline void
ledger_set(json_t *ranges, const char *key, json_int_t least, json_int_t most)
{
	json_object_set_new(ranges, key, json_pack("[I, I]", least, most));
}

static inline void
ledger_want(json_t *ranges, const char *key, json_int_t n)
{
	ledger_set(ranges, key, n, n);
}

/* A table's row for a client, under its address as RFC 5952 prints it. */
static inline json_t *
ledger_row_of(json_t *rows, const char *address)
{
	unsigned char b[16];
	char text[INET6_ADDRSTRLEN];
	json_t *row;

	if (inet_pton(AF_INET6, address, b) == 1)
		address = inet_ntop(AF_INET6, b, text, sizeof(text));
	row = json_object_get(rows, address);
	if (row == NULL) {
		row = json_object();
		json_object_set_new(rows, address, row);
	}
	return row;
}

/* "messages.received" of the account; absent is 0 where rows are optional. */
static inline json_int_t
figure(const json_t *account, const char *key)
{
	char part[64];
	const char *dot;

	while ((dot = strchr(key, '.')) != NULL) {
		snprintf(part, sizeof(part), "%.*s", (int)(dot - key), key);
		account = json_object_get(account, part);
		key = dot + 1;
	}
	return ledger_number(account, key);
}

#endif
