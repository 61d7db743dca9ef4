/* test_tally.c - who does what: bounded, and offenders are kept longest */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tally.h"
#include "tests/scratch.h"

static struct addr
client(uint32_t number)
{
	return (
	    struct addr){ 4, { (uint8_t)(number >> 24), (uint8_t)(number >> 16),
				 (uint8_t)(number >> 8), (uint8_t)number } };
}

static void
add(struct tally *tally, uint32_t number, enum event_kind kind, int64_t when)
{
	struct mail_event event = { .when = when * 1000000,
		.kind = kind,
		.count = 1,
		.host = SLICE("mx1"),
		.client = client(number) };

	if (kind == EVENT_REJECTED)
		event.reject.reason = REASON_RELAY_DENIED;
	tally_add(tally, &event);
}

static void
received_by(struct tally *tally, const char *account, uint32_t recipients)
{
	struct mail_event event = { .when = 1795338001000000,
		.kind = EVENT_RECEIVED,
		.count = 1,
		.host = SLICE("mx1"),
		.account = slice_of(account) };

	event.message.recipients = recipients;
	tally_add(tally, &event);
}

static void
each_kind_has_its_column(void **state)
{
	struct tally *tally = tally_new();
	struct client_row *rows;
	size_t n;

	(void)state;
	add(tally, 1, EVENT_REJECTED, 100);
	add(tally, 1, EVENT_AUTH_FAILED, 300);
	add(tally, 1, EVENT_LOGIN_FAILED, 200);
	add(tally, 1, EVENT_RECEIVED, 200);
	add(tally, 1, EVENT_CONNECTED, 900);
	add(tally, 2, EVENT_SENT, 900);
	rows = tally_clients(tally, CLIENTS_BY_REJECTED, 0, &n);
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].rejected, 1);
	assert_int_equal(rows[0].relay_denied, 1);
	assert_int_equal(rows[0].auth_failed, 1);
	assert_int_equal(rows[0].login_failed, 1);
	assert_int_equal(rows[0].received, 1);
	assert_int_equal(rows[0].last, 300);
	free(rows);
	tally_free(tally);
}

static void
rows_come_in_the_order_asked_for(void **state)
{
	struct tally *tally = tally_new();
	struct client_row *rows;
	struct account_row *accounts;
	size_t n;

	(void)state;
	for (uint32_t i = 1; i <= 20; i++)
		for (uint32_t k = 0; k < i; k++) {
			add(tally, i, EVENT_RECEIVED, 100);
			add(tally, i,
			    k % 2 ? EVENT_AUTH_FAILED : EVENT_REJECTED, 100);
		}
	rows = tally_clients(tally, CLIENTS_BY_RECEIVED, 3, &n);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(rows[i].received, 20 - i);
	free(rows);
	rows = tally_clients(tally, CLIENTS_BY_AUTH_FAILED, 0, &n);
	assert_int_equal(n, 20);
	for (size_t i = 1; i < n; i++)
		assert_true(rows[i].auth_failed <= rows[i - 1].auth_failed);
	free(rows);
	received_by(tally, "few", 100);
	received_by(tally, "many", 1);
	received_by(tally, "many", 1);
	accounts = tally_accounts(tally, ACCOUNTS_BY_RECIPIENTS, 0, &n);
	assert_int_equal(n, 2);
	assert_string_equal(accounts[0].account, "few");
	free(accounts);
	accounts = tally_accounts(tally, ACCOUNTS_BY_RECEIVED, 1, &n);
	assert_int_equal(n, 1);
	assert_string_equal(accounts[0].account, "many");
	assert_int_equal(accounts[0].received, 2);
	free(accounts);
	tally_free(tally);
}

/* A flood of strangers that each come once. */
static void
a_flood_does_not_wash_away_the_offenders(void **state)
{
	struct tally *tally = tally_new();
	struct client_row *rows;
	size_t n, found = 0;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		for (int k = 0; k < 5; k++)
			add(tally, 0xc0000200 + i, EVENT_REJECTED, 100);
	for (uint32_t i = 0; i < TALLY_CLIENTS * 4; i++)
		add(tally, 0x0a000000 + i, EVENT_RECEIVED, 1000 + i);
	rows = tally_clients(tally, CLIENTS_BY_REJECTED, 0, &n);
	assert_true(n <= TALLY_CLIENTS);
	assert_true(n >= TALLY_CLIENTS / 2);
	for (size_t i = 0; i < n; i++)
		found += rows[i].rejected == 5;
	assert_int_equal(found, 100);
	assert_int_equal(tally_evicted(tally) + n, TALLY_CLIENTS * 4 + 100);
	/* of strangers, the latest are there */
	for (size_t i = 0; i < n; i++)
		assert_true(rows[i].rejected == 5 ||
			    rows[i].last > 1000 + TALLY_CLIENTS * 2);
	free(rows);
	tally_free(tally);
}

static void
clients_all_alike_make_room_by_half(void **state)
{
	struct tally *tally = tally_new();
	struct client_row *rows;
	size_t n;

	(void)state;
	for (uint32_t i = 0; i <= TALLY_CLIENTS; i++)
		add(tally, i, EVENT_RECEIVED, 100);
	rows = tally_clients(tally, CLIENTS_BY_RECEIVED, 0, &n);
	assert_int_equal(n, TALLY_CLIENTS / 2 + 1);
	free(rows);
	tally_free(tally);
}

static void
the_account_longest_unused_makes_room(void **state)
{
	struct tally *tally = tally_new();
	struct account_row *rows;
	char name[32];
	size_t n, kept = 0;

	(void)state;
	for (int i = 0; i < TALLY_ACCOUNTS + 10; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		received_by(tally, name, 1);
		received_by(tally, "always", 1);
	}
	rows = tally_accounts(tally, ACCOUNTS_BY_RECEIVED, 0, &n);
	assert_int_equal(n, TALLY_ACCOUNTS);
	assert_string_equal(rows[0].account, "always");
	for (size_t i = 0; i < n; i++)
		kept += strcmp(rows[i].account, "user5") == 0;
	assert_int_equal(kept, 0);
	free(rows);
	tally_free(tally);
}

static void
a_long_name_is_one_by_its_first_bytes(void **state)
{
	struct tally *tally = tally_new();
	struct account_row *rows;
	char name[300];
	size_t n;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	received_by(tally, name, 1);
	name[200] = '\0';
	received_by(tally, name, 1);
	rows = tally_accounts(tally, ACCOUNTS_BY_RECEIVED, 0, &n);
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].received, 2);
	assert_int_equal(strlen(rows[0].account), TALLY_ACCOUNT_TEXT - 1);
	free(rows);
	tally_free(tally);
}

static void
compare(const struct tally *a, const struct tally *b)
{
	size_t n, m;
	struct client_row *x = tally_clients(a, CLIENTS_BY_REJECTED, 0, &n);
	struct client_row *y = tally_clients(b, CLIENTS_BY_REJECTED, 0, &m);
	struct account_row *u, *v;

	assert_int_equal(n, m);
	assert_memory_equal(x, y, n * sizeof(*x));
	free(x);
	free(y);
	u = tally_accounts(a, ACCOUNTS_BY_RECIPIENTS, 0, &n);
	v = tally_accounts(b, ACCOUNTS_BY_RECIPIENTS, 0, &m);
	assert_int_equal(n, m);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(u[i].account, v[i].account);
		assert_int_equal(u[i].received, v[i].received);
		assert_int_equal(u[i].recipients, v[i].recipients);
		assert_int_equal(u[i].last, v[i].last);
	}
	free(u);
	free(v);
}

static void
what_was_saved_comes_back_and_what_is_gone_does_not(void **state)
{
	struct tally *before = tally_new(), *after = tally_new();
	char *directory = scratch_make();
	struct state *file = scratch_open(directory, tally_part(before));
	struct err err;

	(void)state;
	for (uint32_t i = 0; i < TALLY_CLIENTS; i++)
		add(before, i, EVENT_REJECTED, i);
	received_by(before, "kim", 3);
	assert_int_equal(state_commit_now(file, &err), 0);
	/* half of them go, and some come back */
	for (uint32_t i = 0; i < 1000; i++)
		add(before, 0x0a000000 + i, EVENT_RECEIVED, 90000 + i);
	for (uint32_t i = 0; i < 10; i++)
		add(before, i, EVENT_REJECTED, 99000);
	received_by(before, "lee", 1);
	received_by(before, "kim", 1);
	assert_int_equal(state_commit_now(file, &err), 0);
	state_close(file);
	file = scratch_open(directory, tally_part(after));
	compare(before, after);
	state_close(file);
	tally_free(before);
	tally_free(after);
	scratch_remove(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_has_its_column),
		cmocka_unit_test(rows_come_in_the_order_asked_for),
		cmocka_unit_test(a_flood_does_not_wash_away_the_offenders),
		cmocka_unit_test(clients_all_alike_make_room_by_half),
		cmocka_unit_test(the_account_longest_unused_makes_room),
		cmocka_unit_test(a_long_name_is_one_by_its_first_bytes),
		cmocka_unit_test(
		    what_was_saved_comes_back_and_what_is_gone_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
