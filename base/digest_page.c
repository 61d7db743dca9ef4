/*
 * digest_page.c - some days of the digest, put together for a report
 *
 * Rows of the same name from several days and hosts are one; the texts that
 * they borrow are copied once, into the page.
 */
#include "base/digest_page.h"

#include <stdlib.h>

#include "base/digest_impl.h"
#include "base/mem.h"

static const char *const count_names[DIGEST_COUNTS] = {
#define DIGEST_COUNT_NAME(name, word) word,
	DIGEST_COUNT_TABLE(DIGEST_COUNT_NAME)
#undef DIGEST_COUNT_NAME
};

const char *
digest_count_name(enum digest_count count)
{
	return count_names[count];
}

const char *
digest_host(const struct digest *digest, size_t i)
{
	return i < digest->host_count ? digest->hosts[i].name : NULL;
}

/* A page in the making. */
struct making {
	const struct digest *digest;
	struct digest_page *page;
	size_t room[DIGEST_TABLES];
};

static void
add_row(struct making *making, enum digest_table table,
    const struct digest_row *row)
{
	struct digest_list *list = &making->page->lists[table];

	if (list->n == making->room[table]) {
		making->room[table] = making->room[table] * 2 + 64;
		list->rows = mem_grow(
		    list->rows, making->room[table], sizeof(*list->rows));
	}
	list->rows[list->n++] = *row;
}

static void
add_packed(struct making *making, const struct day *day)
{
	struct slice at = { day->packed, day->packed_length };
	struct packed_row packed;

	while (digest_packed_next(&at, &packed))
		add_row(making, packed.table, &packed.row);
}

static void
add_open(struct making *making, const struct day *day, enum digest_table table)
{
	const struct digest_line *line, *next;

	TABLE_EACH (&making->digest->lines[table].table, line, next) {
		struct digest_row row = { .name = { line->name, line->length },
			.hash = digest_name_hash(line),
			.tag = line->tag,
			.first = line->first,
			.last = line->last };

		if (line->day != day)
			continue;
		memcpy(row.cells, line->cells, sizeof(row.cells));
		add_row(making, table, &row);
	}
}

static void
add_day_row(struct digest_page *page, const struct day *day)
{
	struct digest_day *row = NULL;

	for (size_t i = 0; i < page->day_count; i++)
		if (page->days[i].number == day->number)
			row = &page->days[i];
	if (row == NULL) {
		page->days = mem_grow(
		    page->days, page->day_count + 1, sizeof(*page->days));
		row = &page->days[page->day_count++];
		memset(row, 0, sizeof(*row));
		row->number = day->number;
	}
	for (unsigned h = 0; h < 24; h++)
		for (unsigned c = 0; c < DIGEST_COUNTS; c++)
			row->counts[c] += day->hours[h][c];
}

static uint64_t
higher(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* A host's days, newest first, become one. */
static void
join_queue(struct digest_queue *all, const struct digest_queue *older)
{
	if (!older->known)
		return;
	if (!all->known)
		all->last = older->last;
	all->known = true;
	all->first = older->first;
	all->highest = higher(all->highest, older->highest);
	all->oldest_seconds =
	    higher(all->oldest_seconds, older->oldest_seconds);
}

static void
add_queue(struct digest_queue *sum, const struct digest_queue *queue)
{
	sum->known |= queue->known;
	sum->first += queue->first;
	sum->last += queue->last;
	sum->highest += queue->highest;
	sum->oldest_seconds =
	    higher(sum->oldest_seconds, queue->oldest_seconds);
}

static void
add_day(struct making *making, const struct day *day)
{
	struct digest_page *page = making->page;

	add_day_row(page, day);
	for (unsigned h = 0; h < 24; h++) {
		for (unsigned c = 0; c < DIGEST_COUNTS; c++) {
			page->hours[h][c] += day->hours[h][c];
			page->counts[c] += day->hours[h][c];
		}
	}
	for (unsigned r = 0; r < REASONS; r++)
		page->reasons[r] += day->reasons[r];
	for (unsigned t = 0; t < DIGEST_TABLES; t++) {
		page->lists[t].named += day->notes[t].named;
		page->lists[t].unlisted += day->notes[t].unlisted;
		if (day->packed == NULL)
			add_open(making, day, (enum digest_table)t);
	}
	if (day->packed != NULL)
		add_packed(making, day);
}

static int
compare_names(const void *a, const void *b)
{
	const struct digest_row *x = a, *y = b;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int order = n == 0 ? 0 : memcmp(x->name.p, y->name.p, n);

	if (order != 0)
		return order;
	if (x->name.n != y->name.n)
		return x->name.n < y->name.n ? -1 : 1;
	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

struct by_cell {
	unsigned cell;
};

static int
compare_cells(const void *a, const void *b, void *arg)
{
	unsigned cell = ((const struct by_cell *)arg)->cell;
	uint64_t x = ((const struct digest_row *)a)->cells[cell];
	uint64_t y = ((const struct digest_row *)b)->cells[cell];

	if (x != y)
		return x < y ? 1 : -1;
	return compare_names(a, b);
}

void
digest_sort(struct digest_list *list, unsigned cell)
{
	struct by_cell by = { cell };

	if (list->n != 0)
		qsort_r(list->rows, list->n, sizeof(*list->rows), compare_cells,
		    &by);
}

/* Alike becomes one. */
static void
join(struct digest_list *list, enum digest_table table)
{
	size_t kept = 0;

	if (list->n == 0)
		return;
	qsort(list->rows, list->n, sizeof(*list->rows), compare_names);
	for (size_t i = 1; i < list->n; i++) {
		struct digest_row *to = &list->rows[kept];
		const struct digest_row *from = &list->rows[i];

		if (compare_names(to, from) != 0) {
			list->rows[++kept] = *from;
			continue;
		}
		digest_line_merge(table, to->cells, from->cells);
		if (from->first < to->first)
			to->first = from->first;
		if (from->last > to->last)
			to->last = from->last;
		if (list->named > 0)
			list->named--;
	}
	list->n = kept + 1;
}

/* Of a client it is the printed address. */
static size_t
own_text(char *text, enum digest_table table, struct slice name)
{
	struct addr address = { 0 };

	if (table != DIGEST_CLIENTS) {
		if (name.n != 0)
			memcpy(text, name.p, name.n);
		return name.n;
	}
	if (name.n == sizeof(address))
		memcpy(&address, name.p, sizeof(address));
	addr_print(&address, text);
	return strlen(text);
}

/* The rows' names are the digest's, which may change. */
static void
own_texts(struct digest_page *page)
{
	size_t bytes = ADDR_TEXT, used = 0;

	for (unsigned t = 0; t < DIGEST_TABLES; t++)
		for (size_t i = 0; i < page->lists[t].n; i++)
			bytes += t == DIGEST_CLIENTS
				     ? ADDR_TEXT
				     : page->lists[t].rows[i].name.n;
	page->text = mem_zero(bytes, 1);
	for (unsigned t = 0; t < DIGEST_TABLES; t++) {
		for (size_t i = 0; i < page->lists[t].n; i++) {
			struct slice *name = &page->lists[t].rows[i].name;

			name->n = own_text(
			    page->text + used, (enum digest_table)t, *name);
			name->p = page->text + used;
			used += name->n;
		}
	}
}

static int
compare_days(const void *a, const void *b)
{
	const struct digest_day *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void
add_host(struct making *making, const struct digest_host *host, int64_t from,
    int64_t to)
{
	struct digest_queue queue = { 0 };

	for (const struct day *day = host->days; day != NULL;
	     day = day->older) {
		if (day->number < from || day->number > to)
			continue;
		if (making->page == NULL)
			making->page = mem_zero(1, sizeof(*making->page));
		add_day(making, day);
		join_queue(&queue, &day->queue);
	}
	if (making->page != NULL)
		add_queue(&making->page->queue, &queue);
}

struct digest_page *
digest_page(
    const struct digest *digest, struct slice name, int64_t from, int64_t to)
{
	struct making making = { digest, NULL, { 0 } };

	for (size_t i = 0; i < digest->host_count; i++)
		if (name.n == 0 ||
		    slice_same_word(name, slice_of(digest->hosts[i].name)))
			add_host(&making, &digest->hosts[i], from, to);
	if (making.page == NULL)
		return NULL;
	for (unsigned t = 0; t < DIGEST_TABLES; t++) {
		join(&making.page->lists[t], (enum digest_table)t);
		digest_sort(&making.page->lists[t], 0);
	}
	own_texts(making.page);
	qsort(making.page->days, making.page->day_count,
	    sizeof(*making.page->days), compare_days);
	return making.page;
}

void
digest_page_free(struct digest_page *page)
{
	if (page == NULL)
		return;
	for (unsigned t = 0; t < DIGEST_TABLES; t++)
		free(page->lists[t].rows);
	free(page->days);
	free(page->text);
	free(page);
}
