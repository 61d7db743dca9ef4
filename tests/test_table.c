/* test_table.c - the hash table against a plain array, for a long while */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/table.h"

#define KEYS 700
#define MOST 500

struct row {
	struct table_row row;
	uint32_t key, value;
};

/* The model: present or not, its value, when it was touched last. */
static struct {
	bool there;
	uint32_t value;
	uint64_t touched;
} model[KEYS];

static bool
same(const void *row, const void *key)
{
	return ((const struct row *)row)->key == *(const uint32_t *)key;
}

/* Few hashes, so that rows stand in each other's way. */
static uint64_t
hash_of(uint32_t key)
{
	return key % 97 * 3;
}

static struct row *
find(const struct table *table, uint32_t key)
{
	return table_find(table, hash_of(key), same, &key);
}

static uint32_t
next_number(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void
compare(const struct table *table, size_t count)
{
	struct row *row, *next;
	uint64_t last = 0;
	size_t seen = 0;

	assert_int_equal(table->count, count);
	for (uint32_t key = 0; key < KEYS; key++) {
		row = find(table, key);
		assert_int_equal(row != NULL, model[key].there);
		if (row != NULL)
			assert_int_equal(row->value, model[key].value);
	}
	TABLE_EACH (table, row, next) {
		assert_true(model[row->key].touched > last);
		last = model[row->key].touched;
		seen++;
	}
	assert_int_equal(seen, count);
}

static void
it_holds_what_a_plain_array_holds(void **state)
{
	struct table table;
	uint64_t random = 1;
	size_t count = 0;
	struct row *row;

	(void)state;
	table_init(&table, sizeof(struct row), MOST);
	for (uint64_t step = 1; step < 60000; step++) {
		uint32_t key = next_number(&random) % KEYS;

		row = find(&table, key);
		if (row == NULL) {
			row = table_add(&table, hash_of(key));
			assert_int_equal(row == NULL, count == MOST);
			if (row == NULL)
				continue;
			assert_int_equal(row->key | row->value, 0);
			row->key = key;
			row->value = (uint32_t)step;
			model[key].there = true;
			model[key].value = (uint32_t)step;
			model[key].touched = step;
			count++;
		} else if (next_number(&random) % 2 == 0) {
			table_remove(&table, row);
			model[key].there = false;
			count--;
		} else {
			table_touch(&table, row);
			model[key].touched = step;
		}
		if (step % 997 == 0)
			compare(&table, count);
	}
	table_fini(&table);
}

static void
a_row_stays_where_it_is_while_the_table_grows(void **state)
{
	struct table table;
	struct row *rows[3000];

	(void)state;
	table_init(&table, sizeof(struct row), 3000);
	for (uint32_t i = 0; i < 3000; i++) {
		rows[i] = table_add(&table, i);
		rows[i]->key = i;
	}
	assert_null(table_add(&table, 3000));
	for (uint32_t i = 0; i < 3000; i++)
		assert_ptr_equal(table_find(&table, i, same, &i), rows[i]);
	table_fini(&table);
}

static void
the_row_at_hand_may_be_removed_on_the_walk(void **state)
{
	struct table table;
	struct row *row, *next;

	(void)state;
	table_init(&table, sizeof(struct row), 100);
	for (uint32_t i = 0; i < 100; i++)
		((struct row *)table_add(&table, i % 5))->key = i;
	TABLE_EACH (&table, row, next)
		if (row->key % 3 != 0)
			table_remove(&table, row);
	assert_int_equal(table.count, 34);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(
		    table_find(&table, i % 5, same, &i) != NULL, i % 3 == 0);
	table_fini(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_a_plain_array_holds),
		cmocka_unit_test(a_row_stays_where_it_is_while_the_table_grows),
		cmocka_unit_test(the_row_at_hand_may_be_removed_on_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
