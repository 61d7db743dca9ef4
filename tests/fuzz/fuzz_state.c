/*
 * fuzz_state.c - a state whose rows are damaged; none may crash us
 *
 * Text is read as a log; its last eight bytes say where the rows that come of
 * it are spoilt before they are given to a new tracker and a new account, and
 * the log is read once more.  What begins with a byte above 0x7f is rows as
 * they stand: the key's length, the key, and the value to the end of line.
 */
#include "base/digest_page.h"
#include "base/rows.h"
#include "base/stats.h"
#include "base/tally.h"
#include "tests/fuzz/rig.h"

#define PARTS 4

struct parts {
	struct tracker *tracker;
	struct stats *stats;
	struct tally *tally;
	struct digest *digest;
	struct state_part part[PARTS];
};

static void
count(void *arg, const struct mail_event *event)
{
	struct parts *parts = arg;

	rig_take(NULL, event);
	stats_add(parts->stats, event);
	tally_add(parts->tally, event);
	digest_add(parts->digest, event);
}

static void
take_step(void *arg, struct stats_step *step)
{
	(void)arg;
	free(step);
}

static int64_t
offset(void *arg, int64_t when)
{
	(void)arg;
	return when % 86400 - 43200;
}

static void
parts_open(struct parts *parts)
{
	const struct tracker_config config = { 0 };
	const struct digest_config days = { .offset = offset };

	parts->stats = stats_new();
	stats_on_step(parts->stats, take_step, NULL);
	parts->tally = tally_new();
	tally_widen(parts->tally);
	parts->digest = digest_new(&days);
	parts->tracker =
	    tracker_new(&config, (struct event_sink){ count, parts });
	parts->part[0] = tracker_part(parts->tracker);
	parts->part[1] = stats_part(parts->stats);
	parts->part[2] = tally_part(parts->tally);
	parts->part[3] = digest_part(parts->digest);
}

static void
parts_close(struct parts *parts)
{
	struct digest_page *page;

	tracker_finish(parts->tracker);
	digest_pack(parts->digest);
	page = digest_page(parts->digest, SLICE(""), INT64_MIN, INT64_MAX);
	digest_page_free(page);
	for (size_t i = 0; i < stats_host_count(parts->stats); i++)
		stats_close_steps(parts->stats,
		    slice_of(stats_host(parts->stats, i)->name), 1795438001);
	tracker_free(parts->tracker);
	stats_free(parts->stats);
	tally_free(parts->tally);
	digest_free(parts->digest);
}

static void
give(struct parts *parts, size_t i, struct slice key, struct slice value)
{
	const struct state_part *part = &parts->part[i];
	struct err err;

	(void)part->load(part->arg, key, value, &err);
}

static void
give_rows(struct parts *parts, struct slice rest)
{
	struct slice line;
	size_t n;

	while (slice_cut(&rest, SLICE("\n"), &line)) {
		if (line.n < 2)
			continue;
		n = (uint8_t)line.p[1] % line.n;
		if (n + 2 > line.n)
			n = line.n - 2;
		give(parts, (uint8_t)line.p[0] % PARTS,
		    (struct slice){ line.p + 2, n }, slice_from(line, n + 2));
	}
}

static void
give_damaged(struct parts *parts, struct parts *old, const uint8_t spoil[8])
{
	for (size_t i = 0; i < PARTS; i++) {
		struct state_rows rows = { 0 };
		struct row row;

		old->part[i].save(old->part[i].arg, &rows);
		for (size_t at = 0; rows_next(&rows, &at, &row);) {
			char *value = (char *)(uintptr_t)row.value.p;

			for (size_t s = 0; s + 1 < 8 && row.value.n != 0;
			     s += 2)
				value[spoil[s] % row.value.n] ^=
				    (char)spoil[s + 1];
			if (!row.dropped)
				give(parts, i, row.key, row.value);
		}
		rows_fini(&rows);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parts parts, old;
	struct slice text = { (const char *)data, size };

	if (size < 8)
		return 0;
	parts_open(&parts);
	if (data[0] > 0x7f) {
		give_rows(&parts, text);
	} else {
		parts_open(&old);
		rig_read(old.tracker, data, size);
		give_damaged(&parts, &old, data + size - 8);
		parts_close(&old);
	}
	rig_read(parts.tracker, data, size);
	parts_close(&parts);
	return 0;
}
