/*
 * keep.c - what the series keep in the state: steps not yet written, and since
 * when and up to when a host is known
 *
 * A step's cells carry the numbers of the metric table; its fingerprint is in
 * each row, so that steps of another table are dropped instead of misread.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rrd/series_impl.h"

#define KEY_BYTES (1 + 8 + STATS_NAME)
#define MOST      65535 /* cells or mailers of a step that is read back */

/* 's', the time with its high byte first, so that keys sort by time; host. */
static struct slice
step_key(char key[KEY_BYTES], const char *host, int64_t at)
{
	size_t n = strlen(host);

	key[0] = 's';
	for (int i = 0; i < 8; i++)
		key[1 + i] = (char)((uint64_t)at >> (56 - 8 * i));
	memcpy(key + 9, host, n);
	return (struct slice){ key, 9 + n };
}

static struct slice
host_key(char key[KEY_BYTES], const char *host)
{
	size_t n = strlen(host);

	key[0] = 'h';
	memcpy(key + 1, host, n);
	return (struct slice){ key, 1 + n };
}

static uint32_t
fingerprint(void)
{
	uint64_t hash = METRICS;

	for (unsigned i = 0; i < METRICS; i++)
		hash = hash * 31 +
		       slice_hash(slice_of(metric_name((enum metric)i)));
	for (unsigned i = 0; i < MAILER_METRICS; i++)
		hash = hash * 31 + slice_hash(slice_of(mailer_metric_name(
				       (enum mailer_metric)i)));
	return (uint32_t)(hash ^ hash >> 32);
}

static void
put_step(struct state_rows *rows, const struct stats_step *step, uint32_t mark)
{
	struct state_writer value = { NULL, 0, 0 };
	char key[KEY_BYTES];

	put_u32(&value, mark);
	put_u32(&value, (uint32_t)step->mailer_count);
	for (size_t i = 0; i < step->mailer_count; i++)
		put_text(&value, slice_of(step->mailers[i]));
	put_u32(&value, (uint32_t)step->count);
	for (size_t i = 0; i < step->count; i++) {
		put_u32(&value, step->cells[i].metric);
		put_u32(&value, (uint32_t)(step->cells[i].mailer + 1));
		put_u64(&value, step->cells[i].value);
	}
	rows_put(rows, step_key(key, step->host, step->at),
	    (struct slice){ value.p, value.n });
	writer_fini(&value);
}

static void
put_host(struct state_rows *rows, struct series_host *host)
{
	struct state_writer value = { NULL, 0, 0 };
	char key[KEY_BYTES];

	put_u64(&value, (uint64_t)host->first);
	put_u64(&value, (uint64_t)host->known);
	rows_put(rows, host_key(key, host->name),
	    (struct slice){ value.p, value.n });
	writer_fini(&value);
	host->saved_known = host->known;
	host->changed = false;
}

static void
save(void *arg, struct state_rows *rows)
{
	struct series *series = arg;
	uint32_t mark = fingerprint();
	char key[KEY_BYTES];

	for (size_t i = 0; i < series->written_count; i++)
		rows_drop(rows, step_key(key, series->written[i].host,
				    series->written[i].at));
	series->written_count = 0;
	for (size_t i = 0; i < series->pending_count; i++) {
		if (!series->pending[i].saved)
			put_step(rows, series->pending[i].step, mark);
		series->pending[i].saved = true;
	}
	for (size_t i = 0; i < series->host_count; i++)
		if (series->hosts[i].changed)
			put_host(rows, &series->hosts[i]);
}

/* One allocation, as stats makes them: the struct, its mailers, its cells. */
static struct stats_step *
step_new(size_t mailers, size_t cells)
{
	size_t at = sizeof(struct stats_step);
	size_t names = mailers * STATS_NAME;
	struct stats_step *step =
	    mem_zero(1, at + names + cells * sizeof(struct stats_cell));
	char *p = (char *)step;

	step->mailer_count = mailers;
	step->mailers = (char(*)[STATS_NAME])(void *)(p + at);
	step->count = cells;
	step->cells = (struct stats_cell *)(void *)(p + at + names);
	return step;
}

static bool
get_cell(struct slice *value, size_t mailers, struct stats_cell *cell)
{
	uint32_t metric, mailer;
	uint64_t count;

	if (!get_u32(value, &metric) || !get_u32(value, &mailer) ||
	    !get_u64(value, &count) || mailer > mailers ||
	    metric >=
		(mailer > 0 ? (unsigned)MAILER_METRICS : (unsigned)METRICS))
		return false;
	*cell = (struct stats_cell){ (uint16_t)metric,
		(int16_t)((int)mailer - 1), count };
	return true;
}

static struct stats_step *
get_step(struct slice value)
{
	struct slice texts, name;
	uint32_t mark, mailers, cells;
	struct stats_step *step;

	if (!get_u32(&value, &mark) || mark != fingerprint() ||
	    !get_u32(&value, &mailers) || mailers > STORE_MAILERS)
		return NULL;
	texts = value;
	for (uint32_t i = 0; i < mailers; i++)
		if (!get_text(&value, &name))
			return NULL;
	if (!get_u32(&value, &cells) || cells > MOST)
		return NULL;
	step = step_new(mailers, cells);
	for (uint32_t i = 0; i < mailers; i++) {
		(void)get_text(&texts, &name);
		slice_copy(name, step->mailers[i], STATS_NAME);
	}
	for (uint32_t i = 0; i < cells; i++)
		if (!get_cell(&value, mailers, &step->cells[i])) {
			free(step);
			return NULL;
		}
	return step;
}

static int
load_step(struct series *series, struct slice key, struct slice value,
    struct err *err)
{
	struct stats_step *step;
	uint64_t at = 0;

	if (key.n < 9 || key.n - 9 >= STATS_NAME)
		return err_set(err, "step: no such key");
	step = get_step(value);
	if (step == NULL)
		return err_set(err, "step: damaged or of another version");
	for (int i = 0; i < 8; i++)
		at = at << 8 | (unsigned char)key.p[1 + i];
	step->at = (int64_t)at;
	slice_copy(slice_from(key, 9), step->host, sizeof(step->host));
	series_take(series, step, true);
	series->unsorted = true;
	return 0;
}

static int
load_host(struct series *series, struct slice name, struct slice value,
    struct err *err)
{
	struct series_host *host;
	uint64_t first, known;

	if (name.n >= STATS_NAME || !get_u64(&value, &first) ||
	    !get_u64(&value, &known) || value.n != 0)
		return err_set(err, "host: damaged");
	host = series_host(series, name);
	if (host == NULL)
		return err_set(err, "host: one too many");
	if (first != 0 && (host->first == 0 || (int64_t)first < host->first))
		host->first = (int64_t)first;
	host->known = host->saved_known = (int64_t)known;
	return 0;
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	if (key.n > 0 && key.p[0] == 'h')
		return load_host(arg, slice_from(key, 1), value, err);
	if (key.n > 0 && key.p[0] == 's')
		return load_step(arg, key, value, err);
	return err_set(err, "no such key");
}

struct state_part
series_part(struct series *series)
{
	series->kept = true;
	return (struct state_part){ "series", 1, series, save, load };
}
