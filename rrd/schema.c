/*
 * schema.c - what one series file is made of
 *
 * The header is read here as rrd_format.h declares it, because librrd trusts
 * a header: a row pointer past its archive would have it write past the file.
 */
#define RRD_EXPORT_DEPRECATED /* the file's format, from rrd.h */
#include "rrd/schema.h"

#include <rrd.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

#define FUNCTIONS      2 /* AVERAGE and MAX */
#define GAUGE_LASTS    600
#define DAYS(n, step)  ((n)*SCHEMA_DAY / (step))
#define EARLIEST       315360000 /* librrd refuses what is before 1980 */
#define LATEST         (INT64_C(1) << 33)
#define RRA_COUNT      (FUNCTIONS * SCHEMA_ARCHIVES)
#define ARGUMENT_BYTES 64

const struct archive archives[SCHEMA_ARCHIVES] = {
	{ 60, DAYS(2, 60) },
	{ 300, DAYS(14, 300) },
	{ 1800, DAYS(62, 1800) },
	{ 7200, DAYS(372, 7200) },
	{ 86400, 5 * 365 + 2 },
};

static const char *const functions[FUNCTIONS] = { "AVERAGE", "MAX" };

static const struct {
	const char *type;
	unsigned heartbeat;
	const char *least;
} kinds[] = {
	[SERIES_COUNT] = { "ABSOLUTE", SCHEMA_HEARTBEAT, "0" },
	[SERIES_GAUGE] = { "GAUGE", GAUGE_LASTS, "U" },
};

/* The header as it lies in the file. */
struct header {
	stat_head_t stat;
	ds_def_t source;
	rra_def_t archive[RRA_COUNT];
	live_head_t live;
	pdp_prep_t pdp;
	cdp_prep_t cdp[RRA_COUNT];
	rra_ptr_t row[RRA_COUNT];
};

size_t
schema_header_bytes(void)
{
	return sizeof(struct header);
}

size_t
schema_file_bytes(void)
{
	size_t rows = 0;

	for (size_t i = 0; i < SCHEMA_ARCHIVES; i++)
		rows += archives[i].rows;
	return sizeof(struct header) + FUNCTIONS * rows * sizeof(rrd_value_t);
}

int
schema_create(
    const char *path, enum series_kind kind, int64_t start, struct err *err)
{
	char text[1 + RRA_COUNT][ARGUMENT_BYTES];
	const char *argv[1 + RRA_COUNT];
	size_t n = 0;

	snprintf(text[n++], ARGUMENT_BYTES, "DS:value:%s:%u:%s:U",
	    kinds[kind].type, kinds[kind].heartbeat, kinds[kind].least);
	for (size_t f = 0; f < FUNCTIONS; f++)
		for (size_t i = 0; i < SCHEMA_ARCHIVES; i++)
			snprintf(text[n++], ARGUMENT_BYTES, "RRA:%s:0.5:%u:%u",
			    functions[f], archives[i].step / SCHEMA_STEP,
			    archives[i].rows);
	for (size_t i = 0; i < n; i++)
		argv[i] = text[i];

	rrd_clear_error();
	errno = 0;
	if (rrd_create_r2(path, SCHEMA_STEP, (time_t)start, 0, NULL, NULL,
		(int)n, argv) == 0)
		return 0;
	/* Where it was the disk, librrd has no words. */
	if (rrd_test_error() && *rrd_get_error() != '\0')
		return err_set(err, "%s: make: %s", path, rrd_get_error());
	return err_sys(err, "%s: make", path);
}

static bool
archive_fits(const struct header *header, size_t f, size_t i)
{
	const rra_def_t *rra = &header->archive[f * SCHEMA_ARCHIVES + i];
	const rra_ptr_t *row = &header->row[f * SCHEMA_ARCHIVES + i];

	return strncmp(rra->cf_nam, functions[f], sizeof(rra->cf_nam)) == 0 &&
	       rra->row_cnt == archives[i].rows &&
	       rra->pdp_cnt == archives[i].step / SCHEMA_STEP &&
	       row->cur_row < rra->row_cnt;
}

static bool
source_fits(const ds_def_t *source, enum series_kind kind)
{
	return strncmp(source->ds_nam, "value", sizeof(source->ds_nam)) == 0 &&
	       strncmp(source->dst, kinds[kind].type, sizeof(source->dst)) ==
		   0 &&
	       source->par[DS_mrhb_cnt].u_cnt == kinds[kind].heartbeat;
}

bool
schema_fits(const void *bytes, enum series_kind kind, int64_t *last)
{
	struct header header;
	const stat_head_t *stat = &header.stat;

	memcpy(&header, bytes, sizeof(header));
	if (memcmp(stat->cookie, RRD_COOKIE, sizeof(stat->cookie)) != 0 ||
	    memcmp(stat->version, RRD_VERSION3, sizeof(stat->version)) != 0 ||
	    stat->float_cookie != FLOAT_COOKIE || stat->ds_cnt != 1 ||
	    stat->rra_cnt != RRA_COUNT || stat->pdp_step != SCHEMA_STEP ||
	    !source_fits(&header.source, kind))
		return false;
	for (size_t f = 0; f < FUNCTIONS; f++)
		for (size_t i = 0; i < SCHEMA_ARCHIVES; i++)
			if (!archive_fits(&header, f, i))
				return false;
	*last = header.live.last_up;
	return *last >= EARLIEST && *last < LATEST;
}
