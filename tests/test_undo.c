/*
 * test_undo.c - kill -9 at any moment, start again: the series are the same
 *
 * A child reads "lines" (a step's number), commits them with the state and has
 * the series written; it is killed at random moments and started again, and
 * goes on where the state says.  In the end every cell of every archive must
 * be that of a run that nobody disturbed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include <fcntl.h>
#include <glob.h>
#include <rrd.h>
#include <signal.h>
#include <time.h>

#include "base/array.h"
#include "base/state.h"
#include "rrd/file.h"
#include "rrd/undo.h"
#include "tests/series_rig.h"

#define ROUNDS     60
#define STEPS      15000
#define BATCH      11
#define FIRST_STEP (MON + 37 * 60)

static const enum metric metrics[] = { METRIC_MESSAGES_RECEIVED,
	METRIC_MESSAGES_RECEIVED_BYTES, METRIC_MESSAGES_SENT,
	METRIC_REJECTS_TOTAL, METRIC_AUTH_FAILED, METRIC_SESSIONS_CONNECTED,
	METRIC_RELAY_DENIED, METRIC_MESSAGES_BOUNCED };

/* How many steps were read: what a source's offset is in the agent. */
struct cursor {
	uint64_t at;
	bool changed;
};

static void
cursor_save(void *arg, struct state_rows *rows)
{
	struct cursor *cursor = arg;

	rows_put(rows, SLICE("at"),
	    (struct slice){ (const char *)&cursor->at, sizeof(cursor->at) });
}

static int
cursor_load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct cursor *cursor = arg;

	(void)key;
	(void)err;
	memcpy(&cursor->at, value.p, sizeof(cursor->at));
	return 0;
}

/* What happened in step i: series appear one after the other, with gaps. */
static void
submit_step(struct rig *rig, uint64_t i)
{
	struct stats_cell cells[NELEMS(metrics) + 2];
	uint64_t x = (i + 1) * 6364136223846793005u;
	char mailer[16];
	size_t n = 0;

	snprintf(mailer, sizeof(mailer), "mailer-%d", (int)(i / 500));
	for (size_t m = 0; m < NELEMS(metrics); m++, x = x * 31 + 7)
		if (i >= m * 400 && (x >> 33) % (m + 2) == 0)
			cells[n++] = (struct stats_cell){ (uint16_t)metrics[m],
				-1, (x >> 20) % 1000 + 1 };
	if ((x >> 40) % 3 == 0) {
		cells[n++] = (struct stats_cell){ MAILER_MSGS_TO, 0, 1 };
		cells[n++] = (struct stats_cell){ MAILER_BYTES_TO, 0, x >> 44 };
	}
	if (n > 0)
		series_submit(
		    rig->series, step_of("mx1", FIRST_STEP + (int64_t)i * 60,
				     mailer, cells, n));
}

/* The agent in small, until all is read. */
static void
run(const char *data)
{
	struct cursor cursor = { 0, false };
	struct state_part parts[2];
	struct state *kept;
	struct err err;
	struct rig rig;

	memset(&rig, 0, sizeof(rig));
	snprintf(rig.data, sizeof(rig.data), "%s", data);
	rig_start(&rig);
	parts[0] = series_part(rig.series);
	parts[1] = (struct state_part){ "cursor", 1, &cursor, cursor_save,
		cursor_load };
	kept = state_open(data, parts, NELEMS(parts), &err);
	if (kept == NULL)
		fail_msg("%s", err.text);
	rig_write(&rig);
	while (cursor.at < STEPS) {
		for (int i = 0; i < BATCH && cursor.at < STEPS; i++)
			submit_step(&rig, cursor.at++);
		series_known(rig.series, slice_of("mx1"),
		    FIRST_STEP + (int64_t)cursor.at * 60);
		state_commit(kept, rig.worker);
		series_write(rig.series);
		if (cursor.at % 2 == 0) /* else several are under way */
			worker_drain(rig.worker);
		else
			worker_ready(rig.worker);
	}
	worker_drain(rig.worker);
	if (state_commit_now(kept, &err) == -1)
		fail_msg("%s", err.text);
	rig_write(&rig);
	state_commit_now(kept, &err);
	rig_write(&rig);
	if (series_trouble(rig.series) != NULL)
		fail_msg("%s", series_trouble(rig.series));
	state_close(kept);
	rig_stop(&rig);
}

/*
 * Kill after a while; where `undo' is given, as soon as a batch is under way
 * then.  True: it came to its end before.
 */
static bool
run_and_kill(const char *data, long after_usec, const char *undo)
{
	struct timespec pause = { 0, after_usec * 1000 };
	int status;
	pid_t pid;

	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		run(data);
		_exit(0);
	}
	if (after_usec != 0) {
		nanosleep(&pause, NULL);
		for (int i = 0; undo != NULL && i < 10000; i++)
			if (access(undo, F_OK) == 0)
				break;
		pause.tv_nsec /= 100;
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL
					: WEXITSTATUS(status) == 0);
	return WIFEXITED(status);
}

struct cells {
	size_t n;
	double *value;
};

static struct cells
read_cells(
    const char *path, const char *function, const struct archive *archive)
{
	time_t end = rrd_last_r(path), start;
	unsigned long step = archive->step, sources;
	char **names;
	rrd_value_t *data;
	struct cells cells;

	end = end / (time_t)step * (time_t)step;
	start = end - (time_t)step * archive->rows;
	end--;
	if (rrd_fetch_r(path, function, &start, &end, &step, &sources, &names,
		&data) != 0)
		fail_msg("%s: %s", path, rrd_get_error());
	assert_int_equal(step, archive->step);
	cells.n = (size_t)(end - start) / step;
	cells.value = malloc(cells.n * sizeof(double));
	memcpy(cells.value, data, cells.n * sizeof(double));
	rrd_freemem(names[0]);
	rrd_freemem(names);
	rrd_freemem(data);
	return cells;
}

/* Every bit of every cell; files begin at a row of librrd's own choosing. */
static void
same_cells(const char *a, const char *b)
{
	static const char *const functions[] = { "AVERAGE", "MAX" };
	struct cells x, y;

	assert_int_equal(rrd_last_r(a), rrd_last_r(b));
	for (size_t f = 0; f < NELEMS(functions); f++)
		for (size_t i = 0; i < SCHEMA_ARCHIVES; i++) {
			x = read_cells(a, functions[f], &archives[i]);
			y = read_cells(b, functions[f], &archives[i]);
			assert_int_equal(x.n, y.n);
			for (size_t c = 0; c < x.n; c++)
				if (x.value[c] != y.value[c] &&
				    !(isnan(x.value[c]) && isnan(y.value[c])))
					fail_msg("%s: %s %u: cell %zu of %zu: "
						 "%g, not %g",
					    a, functions[f], archives[i].step,
					    c, x.n, x.value[c], y.value[c]);
			free(x.value);
			free(y.value);
		}
}

static size_t
same_series(const char *disturbed, const char *calm)
{
	char path[600];
	glob_t found, other;
	size_t n;

	snprintf(path, sizeof(path), "%s/rrd/*/*/*", calm);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	snprintf(path, sizeof(path), "%s/rrd/*/*/*", disturbed);
	assert_int_equal(glob(path, 0, NULL, &other), 0);
	assert_int_equal(found.gl_pathc, other.gl_pathc);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		assert_string_equal(found.gl_pathv[i] + strlen(calm),
		    other.gl_pathv[i] + strlen(disturbed));
		same_cells(other.gl_pathv[i], found.gl_pathv[i]);
	}
	n = found.gl_pathc;
	globfree(&found);
	globfree(&other);
	return n;
}

static void
killed_at_any_moment_the_series_are_the_same(void **state)
{
	char calm[] = "/tmp/mailweir.calm.XXXXXX";
	char killed[] = "/tmp/mailweir.kill.XXXXXX";
	unsigned seed = 20261122;
	int ended = 0, covered = 0;
	char undo[100];

	(void)state;
	assert_non_null(mkdtemp(calm));
	assert_non_null(mkdtemp(killed));
	assert_true(run_and_kill(calm, 0, NULL));
	snprintf(undo, sizeof(undo), "%s/rrd.undo", killed);
	for (int i = 0; i < ROUNDS; i++) {
		ended += run_and_kill(
		    killed, 3000 + rand_r(&seed) % 30000, i % 2 ? undo : NULL);
		covered += access(undo, F_OK) == 0;
	}
	assert_true(run_and_kill(killed, 0, NULL));
	print_message("  %zu series; of %d rounds %d were killed inside a "
		      "batch, %d came to the end\n",
	    same_series(killed, calm), ROUNDS, covered, ended);
	assert_int_not_equal(access(undo, F_OK), 0);
	rig_remove(calm);
	rig_remove(killed);
}

static void
spoil(const char *path, size_t from, size_t to)
{
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	fseek(file, (long)from, SEEK_SET);
	for (; from < to; from++)
		fputc(0xa5, file);
	fclose(file);
}

/* The worst that a kill can leave: a header full of nonsense. */
static void
a_header_half_done_is_undone(void **state)
{
	struct rig rig;
	struct err err;
	struct series_file *file;
	char path[600], undo[600], root[600];

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON, METRIC_MESSAGES_SENT, 3);
	rig_write(&rig);
	rig_stop(&rig);
	snprintf(root, sizeof(root), "%s/rrd", rig.data);
	snprintf(undo, sizeof(undo), "%s/rrd.undo", rig.data);
	snprintf(path, sizeof(path),
	    "%.500s/mx1/mail-messages/"
	    "email_count-sent.rrd",
	    root);
	file = file_new(strdup(path), SERIES_COUNT);
	assert_int_equal(file_look(file, MON, &err), 0);
	file_push_step(file, MON + 60, 4);
	assert_int_equal(undo_store(undo, root, file, &err), 0);
	file_free(file);
	spoil(path, 1300, schema_header_bytes());

	rig_start(&rig);
	series_known(rig.series, slice_of("mx1"), MON + 180);
	count(&rig, "mx1", MON + 60, METRIC_MESSAGES_SENT, 4);
	count(&rig, "mx1", MON + 120, METRIC_MESSAGES_SENT, 5);
	rig_write(&rig);
	assert_null(series_trouble(rig.series));
	assert_int_equal(access(undo, F_OK), -1);
	assert_int_equal(
	    fetch(&rig, "mx1", "messages.sent", MON, MON + 180, 3), 12);
	assert_true(rig.values[0][1] == 4);
	rig_close(&rig);
}

/* Any bytes, cut anywhere: a warning, and the series go on. */
static void
a_damaged_undo_stops_nobody(void **state)
{
	static const size_t sizes[] = { 0, 3, 16, 20, 48, 60, 2000, 2540 };
	struct series_file file;
	struct rig rig;
	struct err err;
	char undo[600], root[600];

	(void)state;
	for (size_t i = 0; i < NELEMS(sizes); i++) {
		rig_open(&rig);
		count(&rig, "mx1", MON, METRIC_MESSAGES_SENT, 3);
		rig_write(&rig);
		rig_stop(&rig);
		snprintf(undo, sizeof(undo), "%s/rrd.undo", rig.data);
		snprintf(root, sizeof(root), "%s/rrd", rig.data);
		memset(&file, 0, sizeof(file));
		assert_true(
		    asprintf(&file.path,
			"%s/mx1/mail-messages/email_count-sent.rrd", root) > 0);
		assert_int_equal(file_look(&file, MON, &err), 0);
		file_push_step(&file, MON + 60, 4);
		assert_int_equal(undo_store(undo, root, &file, &err), 0);
		free(file.path);
		free(file.samples);
		assert_int_equal(truncate(undo, (off_t)sizes[i]), 0);
		if (sizes[i] == 48)
			spoil(undo, 16, 48);
		rig_start(&rig);
		count(&rig, "mx1", MON + 60, METRIC_MESSAGES_SENT, 5);
		series_known(rig.series, slice_of("mx1"), MON + 120);
		rig_write(&rig);
		assert_null(series_trouble(rig.series));
		assert_int_equal(
		    fetch(&rig, "mx1", "messages.sent", MON, MON + 120, 2), 8);
		rig_close(&rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_moment_the_series_are_the_same),
		cmocka_unit_test(a_header_half_done_is_undone),
		cmocka_unit_test(a_damaged_undo_stops_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
