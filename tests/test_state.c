/* test_state.c - what was committed is there, whole, and nothing else is */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/state.h"
#include "base/worker.h"

#define PARTS 3
#define KEYS  40

/* A part that counts: each save writes its number into some of its rows. */
struct counter {
	uint64_t number;  /* of the last save */
	uint64_t largest; /* seen at load */
	size_t loaded;
	uint64_t rows[KEYS];
	size_t value_bytes;
	bool idle, refuses;
};

static char directory[128];
static struct counter counters[PARTS];
static const char *const names[PARTS] = { "offsets", "totals", "in_flight" };

static void
save(void *arg, struct state_rows *rows)
{
	struct counter *c = arg;
	struct state_writer w = { 0 };
	uint8_t key;

	if (c->idle)
		return;
	c->number++;
	put_u64(&w, c->number);
	while (w.n < c->value_bytes)
		put_u64(&w, c->number);
	key = (uint8_t)(c->number % KEYS);
	rows_put(rows, (struct slice){ (char *)&key, 1 },
	    (struct slice){ w.p, w.n });
	key = (uint8_t)((c->number + KEYS / 2) % KEYS);
	rows_drop(rows, (struct slice){ (char *)&key, 1 });
	writer_fini(&w);
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct counter *c = arg;
	uint64_t number;

	if (c->refuses || key.n != 1 || !get_u64(&value, &number))
		return err_set(err, "counter: odd row");
	c->rows[(uint8_t)key.p[0] % KEYS] = number;
	c->loaded++;
	if (number > c->largest)
		c->largest = number;
	return 0;
}

static struct state *
open_state_version(unsigned version, struct err *err)
{
	struct state_part parts[PARTS];

	for (size_t i = 0; i < PARTS; i++) {
		struct counter *c = &counters[i];

		*c = (struct counter){ .refuses = c->refuses,
			.value_bytes = c->value_bytes };
		parts[i] =
		    (struct state_part){ names[i], version, c, save, load };
	}
	return state_open(directory, parts, PARTS, err);
}

static struct state *
open_state(void)
{
	struct err err = { "" };
	struct state *state = open_state_version(1, &err);

	if (state == NULL)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < PARTS; i++)
		counters[i].number = counters[i].largest;
	return state;
}

static void
commit(struct state *state)
{
	struct err err;

	if (state_commit_now(state, &err) == -1)
		fail_msg("%s", err.text);
}

static void
all_parts_agree(void)
{
	for (size_t i = 0; i < PARTS; i++) {
		assert_int_equal(counters[i].largest, counters[0].largest);
		assert_int_equal(counters[i].loaded, counters[0].loaded);
		assert_memory_equal(counters[i].rows, counters[0].rows,
		    sizeof(counters[0].rows));
	}
}

static int
make_directory(void **unused)
{
	const char *tmp = getenv("TMPDIR");
	char base[48];

	(void)unused;
	memset(counters, 0, sizeof(counters));
	snprintf(base, sizeof(base), "%s/state.XXXXXX", tmp ? tmp : "/tmp");
	if (mkdtemp(base) == NULL)
		return -1;
	snprintf(directory, sizeof(directory), "%s/data", base);
	return 0;
}

static int
remove_directory(void **unused)
{
	char command[256];

	(void)unused;
	*strrchr(directory, '/') = '\0';
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static void
what_was_committed_is_given_back(void **unused)
{
	struct state *state = open_state();
	struct stat st;

	(void)unused;
	assert_int_equal(stat(directory, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0750);
	for (int i = 0; i < 100; i++)
		commit(state);
	state_close(state);
	state = open_state();
	all_parts_agree();
	assert_int_equal(counters[0].largest, 100);
	assert_int_equal(counters[0].loaded, KEYS / 2);
	for (size_t i = 0; i < PARTS; i++)
		counters[i].idle = true;
	commit(state); /* nothing changed: nothing to do */
	state_close(state);
}

static void
a_second_agent_is_told_who_holds_the_directory(void **unused)
{
	struct state *state = open_state();
	struct err err = { "" };
	char pid[32];

	(void)unused;
	snprintf(pid, sizeof(pid), "(process %ld)", (long)getpid());
	assert_null(open_state_version(1, &err));
	assert_non_null(strstr(err.text, directory));
	assert_non_null(strstr(err.text, pid));
	assert_non_null(strstr(err.text, "another mailweir"));
	state_close(state);
	state_close(open_state());
}

static void
rows_of_another_version_are_dropped(void **unused)
{
	struct state *state = open_state();
	struct err err;

	(void)unused;
	commit(state);
	state_close(state);
	state = open_state_version(2, &err);
	assert_non_null(state);
	assert_int_equal(counters[0].loaded, 0);
	commit(state);
	state_close(state);
	state = open_state_version(2, &err);
	assert_int_equal(counters[0].loaded, 1);
	state_close(state);
}

static void
a_damaged_row_is_dropped_and_the_rest_is_kept(void **unused)
{
	struct state *state = open_state();

	(void)unused;
	commit(state);
	state_close(state);
	counters[1].refuses = true;
	state = open_state();
	assert_int_equal(counters[0].loaded, 1);
	assert_int_equal(counters[1].loaded, 0);
	state_close(state);
	counters[1].refuses = false;
	state = open_state();
	assert_int_equal(counters[0].loaded, 1);
	assert_int_equal(counters[1].loaded, 0);
	state_close(state);
}

static void
damage(off_t from, size_t bytes)
{
	char path[256], junk[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/state.db", directory);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(path, O_WRONLY);
	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, junk, bytes, from), (ssize_t)bytes);
	close(fd);
}

static void
a_damaged_file_is_set_aside_and_a_new_one_begun(void **unused)
{
	static const struct {
		off_t from;
		size_t bytes;
	} cases[] = { { 0, 100 }, { 4096, 4096 }, { 100, 2000 } };
	char path[256];

	(void)unused;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct state *state = open_state();

		counters[0].value_bytes = 500;
		for (int n = 0; n < 50; n++)
			commit(state);
		state_close(state);
		damage(cases[i].from, cases[i].bytes);
		state = open_state();
		assert_int_equal(counters[0].loaded, 0);
		commit(state);
		state_close(state);
		snprintf(path, sizeof(path), "%s/state.db.broken-%zu",
		    directory, i + 1);
		assert_int_equal(access(path, F_OK), 0);
		state = open_state();
		assert_int_equal(counters[0].loaded, 1);
		state_close(state);
	}
}

static void
commit_until_killed(int out)
{
	struct state *state = open_state();
	struct err err;

	for (;;) {
		if (state_commit_now(state, &err) == -1)
			_exit(1);
		if (write(out, "x", 1) != 1)
			_exit(1);
	}
}

/* The same for as long as nobody kills it; nobody reads what it tells. */
static void
commit_beside_readers(int out)
{
	struct state *state;
	struct err err;
	ssize_t n;

	state = open_state();
	for (;;) {
		if (state_commit_now(state, &err) == -1)
			_exit(1);
		n = write(out, "x", 1);
		(void)n;
	}
}

static void
a_killed_process_leaves_all_parts_at_the_same_commit(void **unused)
{
	uint64_t acknowledged = 0;

	(void)unused;
	for (int round = 0; round < 40; round++) {
		struct timespec wait = { 0, (rand() % 1500) * 1000L };
		char bytes[256];
		int ends[2], status;
		ssize_t n;
		pid_t pid;

		for (size_t i = 0; i < PARTS; i++)
			counters[i].value_bytes = i * 3000;
		assert_int_equal(pipe(ends), 0);
		pid = fork();
		assert_int_not_equal(pid, -1);
		if (pid == 0)
			commit_until_killed(ends[1]);
		close(ends[1]);
		n = read(ends[0], bytes, 1 + (size_t)rand() % 20);
		assert_true(n > 0);
		acknowledged += (uint64_t)n;
		nanosleep(&wait, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		while ((n = read(ends[0], bytes, sizeof(bytes))) > 0)
			acknowledged += (uint64_t)n;
		close(ends[0]);
		state_close(open_state());
		all_parts_agree();
		/* One more may be in than was told of. */
		assert_in_range(
		    counters[0].largest, acknowledged, acknowledged + 1);
		acknowledged = counters[0].largest;
	}
}

static void
the_worker_commits_one_batch_at_a_time(void **unused)
{
	struct state *state = open_state();
	struct err err;
	struct worker *worker = worker_new(&err);

	(void)unused;
	assert_non_null(worker);
	for (int i = 0; i < 20; i++) {
		assert_true(state_commit(state, worker));
		/* Until worker_ready() gives it back, nothing is gathered. */
		assert_false(state_commit(state, worker));
		worker_drain(worker);
		assert_null(state_trouble(state));
	}
	worker_free(worker);
	state_close(state);
	state_close(open_state());
	all_parts_agree();
	assert_int_equal(counters[0].largest, 20);
}

static void
limit_file_size(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
what_a_full_disk_refused_is_written_when_there_is_room(void **unused)
{
	struct state *state = open_state();
	struct err err;

	(void)unused;
	commit(state);
	assert_null(state_trouble(state));
	signal(SIGXFSZ, SIG_IGN);
	limit_file_size(48 << 10);
	for (size_t i = 0; i < PARTS; i++)
		counters[i].value_bytes = 40000;
	for (int i = 0; i < 30; i++) {
		assert_int_equal(state_commit_now(state, &err), -1);
		assert_non_null(state_trouble(state));
		assert_non_null(strstr(err.text, "state.db"));
	}
	limit_file_size(RLIM_INFINITY);
	for (size_t i = 0; i < PARTS; i++)
		counters[i].idle = true;
	commit(state);
	assert_null(state_trouble(state));
	state_close(state);
	state_close(open_state());
	all_parts_agree();
	assert_int_equal(counters[0].largest, 31);
	assert_int_equal(counters[0].loaded, KEYS / 2);
}

static int
read_state_version(unsigned version, struct err *err)
{
	struct state_part parts[PARTS];

	for (size_t i = 0; i < PARTS; i++) {
		counters[i] = (struct counter){ .value_bytes = 0 };
		parts[i] = (struct state_part){ names[i], version, &counters[i],
			save, load };
	}
	return state_read(directory, parts, PARTS, err);
}

static void
read_state(void)
{
	struct err err = { "" };

	if (read_state_version(1, &err) == -1)
		fail_msg("%s", err.text);
	all_parts_agree();
}

/* Names, sizes and times of all that is in the directory. */
static uint64_t
look_at_directory(void)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	uint64_t sum = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		assert_int_equal(fstatat(dirfd(dir), entry->d_name, &st, 0), 0);
		sum +=
		    slice_hash(slice_of(entry->d_name)) ^
		    ((uint64_t)st.st_size * 31 +
			(uint64_t)st.st_mtim.tv_nsec * 7 + (uint64_t)st.st_ino);
	}
	closedir(dir);
	return sum;
}

static void
a_reader_sees_the_last_commit_and_leaves_no_trace(void **unused)
{
	struct state *state = open_state();
	struct counter kept[PARTS];
	uint64_t before;

	(void)unused;
	for (uint64_t i = 1; i < 50; i++) {
		commit(state);
		memcpy(kept, counters, sizeof(kept));
		before = look_at_directory();
		read_state();
		assert_true(look_at_directory() == before);
		assert_true(counters[0].largest == i);
		memcpy(counters, kept, sizeof(kept));
	}
	state_close(state);
	before = look_at_directory();
	read_state();
	assert_int_equal(counters[0].largest, 49);
	assert_int_equal(counters[0].loaded, KEYS / 2);
	assert_true(look_at_directory() == before);
}

static void
a_reader_beside_a_busy_agent_sees_whole_commits(void **unused)
{
	uint64_t seen = 0;
	int ends[2], status;
	char byte;
	pid_t pid;

	(void)unused;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		fcntl(ends[1], F_SETFL, O_NONBLOCK);
		for (size_t i = 0; i < PARTS; i++)
			counters[i].value_bytes = i * 3000;
		commit_beside_readers(ends[1]);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	for (int i = 0; i < 300; i++) {
		read_state();
		assert_true(counters[0].largest >= seen);
		seen = counters[0].largest;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	close(ends[0]);
	/* What the killed one left in its files is read as well. */
	for (int i = 0; i < 2; i++) {
		read_state();
		assert_true(counters[0].largest >= seen);
	}
	seen = counters[0].largest;
	state_close(open_state());
	assert_true(counters[0].largest == seen);
}

static void
a_reader_passes_over_what_is_of_another_version_or_damaged(void **unused)
{
	struct state *state = open_state();
	struct state_part odd[] = { { names[0], 1, &counters[0], save, load },
		{ "nowhere", 1, &counters[1], save, load },
		{ names[2], 1, &counters[2], save, load } };
	struct err err = { "" };

	(void)unused;
	commit(state);
	assert_int_equal(read_state_version(2, &err), 0);
	assert_int_equal(counters[0].loaded, 0);
	memset(counters, 0, sizeof(counters));
	counters[2].refuses = true;
	assert_int_equal(state_read(directory, odd, PARTS, &err), 0);
	assert_int_equal(counters[0].loaded, 1);
	assert_int_equal(counters[1].loaded, 0);
	assert_int_equal(counters[2].loaded, 0);
	state_close(state);
	/* It was passed over and not dropped. */
	read_state();
	assert_int_equal(counters[2].loaded, 1);
}

static void
a_reader_says_what_is_missing(void **unused)
{
	struct err err = { "" };
	char path[256];
	int status;
	pid_t pid;

	(void)unused;
	snprintf(path, sizeof(path), "%s/state.db", directory);
	assert_int_equal(read_state_version(1, &err), -1);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(access(directory, F_OK), -1);
	assert_int_equal(mkdir(directory, 0750), 0);
	assert_int_equal(read_state_version(1, &err), -1);
	assert_int_equal(access(path, F_OK), -1);
	state_close(open_state());
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		/* Root may read anything. */
		if ((geteuid() == 0 && setuid(65534) == -1) ||
		    (geteuid() != 65534 && chmod(path, 0) == -1))
			_exit(2);
		_exit(read_state_version(1, &err) == -1 &&
			      strstr(err.text, path) != NULL &&
			      strstr(err.text, "run as root") != NULL
			  ? 0
			  : 1);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
a_reader_refuses_what_is_no_database_and_leaves_it(void **unused)
{
	struct err err = { "" };
	uint64_t before;

	(void)unused;
	state_close(open_state());
	damage(0, 100);
	before = look_at_directory();
	assert_int_equal(read_state_version(1, &err), -1);
	assert_non_null(strstr(err.text, "state.db"));
	assert_non_null(strstr(err.text, "not a database"));
	assert_int_equal(counters[0].loaded, 0);
	assert_true(look_at_directory() == before);
}

static void
a_directory_of_any_name_can_be_read(void **unused)
{
	char *end = directory + strlen(directory);
	struct state *state;

	(void)unused;
	strcpy(end, "?mode=rw#x%41 &\"\xff");
	state = open_state();
	commit(state);
	state_close(state);
	read_state();
	assert_int_equal(counters[0].loaded, 1);
}

static void
numbers_and_texts_come_back_and_a_short_value_gives_none(void **unused)
{
	struct state_writer w = { 0 };
	struct slice all, at, text;
	uint64_t u64;
	uint32_t u32;
	uint8_t u8;
	char bytes[3];

	(void)unused;
	put_u8(&w, 200);
	put_u32(&w, 0xfedcba98);
	put_u64(&w, UINT64_MAX - 1);
	put_text(&w, SLICE("kim\0x"));
	put_bytes(&w, "abc", 3);
	all = (struct slice){ w.p, w.n };
	for (size_t n = 0; n <= all.n; n++) {
		char *exact = malloc(n ? n : 1);
		bool whole;

		memcpy(exact, all.p, n);
		at = (struct slice){ exact, n };
		whole = get_u8(&at, &u8) && get_u32(&at, &u32) &&
			get_u64(&at, &u64) && get_text(&at, &text) &&
			get_bytes(&at, bytes, 3);
		assert_int_equal(whole, n == all.n);
		if (!whole)
			assert_false(get_u8(&at, &u8));
		else
			assert_true(slice_is(text, "kim\0x"));
		free(exact);
	}
	assert_int_equal(u8, 200);
	assert_int_equal(u32, 0xfedcba98);
	assert_true(u64 == UINT64_MAX - 1);
	assert_memory_equal(bytes, "abc", 3);
	writer_fini(&w);
}

#define HERE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(what_was_committed_is_given_back),
		HERE(a_second_agent_is_told_who_holds_the_directory),
		HERE(rows_of_another_version_are_dropped),
		HERE(a_damaged_row_is_dropped_and_the_rest_is_kept),
		HERE(a_damaged_file_is_set_aside_and_a_new_one_begun),
		HERE(a_killed_process_leaves_all_parts_at_the_same_commit),
		HERE(the_worker_commits_one_batch_at_a_time),
		HERE(what_a_full_disk_refused_is_written_when_there_is_room),
		HERE(a_reader_sees_the_last_commit_and_leaves_no_trace),
		HERE(a_reader_beside_a_busy_agent_sees_whole_commits),
		HERE(
		    a_reader_passes_over_what_is_of_another_version_or_damaged),
		HERE(a_reader_says_what_is_missing),
		HERE(a_reader_refuses_what_is_no_database_and_leaves_it),
		HERE(a_directory_of_any_name_can_be_read),
		cmocka_unit_test(
		    numbers_and_texts_come_back_and_a_short_value_gives_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
