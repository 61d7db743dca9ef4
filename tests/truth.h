/*
 * truth.h - two data directories hold the same account, to the last number
 *
 * Totals, mailers, clients and accounts are read from the states; every series
 * is fetched by librrd, in its 1 and 5 minute archives.  Left out is what tells
 * of the process and not of the mail: gauges.
 */
#ifndef TESTS_TRUTH_H
#define TESTS_TRUTH_H

#include <ftw.h>
#include <math.h>
#include <rrd.h>

#include "base/state.h"
#include "base/stats.h"
#include "base/tally.h"
#include "tests/story.h"
#include "tests/tables_text.h"

#define SERIES_FILES 2048

struct account {
	struct stats *stats;
	struct tally *tally;
};

static inline struct account
account_load(const char *data)
{
	struct account account = { stats_new(), tally_new() };
	struct state_part parts[] = { stats_part(account.stats),
		tally_part(account.tally) };
	struct state *state;
	struct err err;

	tally_widen(account.tally);
	state = state_open(data, parts, 2, &err);
	if (state == NULL)
		fail_msg("%s: %s", data, err.text);
	state_close(state);
	return account;
}

static inline void
account_unload(struct account *account)
{
	stats_free(account->stats);
	tally_free(account->tally);
}

static inline unsigned
differs(const char *what, const char *name, const char *more, uint64_t want,
    uint64_t got)
{
	if (want == got)
		return 0;
	print_error("%s: %s%s is %llu, undisturbed %llu\n", what, name, more,
	    (unsigned long long)got, (unsigned long long)want);
	return 1;
}

static inline const uint64_t *
mailer_of(const struct stats_host *host, const char *name)
{
	static const uint64_t none[MAILER_METRICS];

	for (size_t i = 0; i < host->mailer_count; i++)
		if (strcmp(host->mailers[i].name, name) == 0)
			return host->mailers[i].totals;
	return none;
}

static inline unsigned
compare_host(const char *what, const struct stats_host *want,
    const struct stats_host *got)
{
	unsigned n = 0;

	n +=
	    differs(what, "mailers", "", want->mailer_count, got->mailer_count);
	for (unsigned m = 0; m < METRICS; m++)
		if (metric_kind(m) == METRIC_COUNTER)
			n += differs(what, metric_name(m), "", want->totals[m],
			    got->totals[m]);
	for (size_t i = 0; i < want->mailer_count; i++)
		for (unsigned m = 0; m < MAILER_METRICS; m++)
			n += differs(what, want->mailers[i].name,
			    mailer_metric_name(m), want->mailers[i].totals[m],
			    mailer_of(got, want->mailers[i].name)[m]);
	return n;
}

static inline int
by_address(const void *a, const void *b)
{
	return memcmp(&((const struct client_row *)a)->address,
	    &((const struct client_row *)b)->address, sizeof(struct addr));
}

static inline int
by_account(const void *a, const void *b)
{
	return strcmp(((const struct account_row *)a)->account,
	    ((const struct account_row *)b)->account);
}

static inline unsigned
compare_client(const char *what, const struct client_row *want,
    const struct client_row *got)
{
	char name[ADDR_TEXT];

	addr_print(&want->address, name);
	return (by_address(want, got) != 0) +
	       differs(what, name, " rejected", want->rejected, got->rejected) +
	       differs(what, name, " relay_denied", want->relay_denied,
		   got->relay_denied) +
	       differs(what, name, " auth_failed", want->auth_failed,
		   got->auth_failed) +
	       differs(what, name, " login_failed", want->login_failed,
		   got->login_failed) +
	       differs(what, name, " received", want->received, got->received);
}

static inline unsigned
compare_tallies(const char *what, struct tally *want, struct tally *got)
{
	struct client_row *a, *b;
	struct account_row *x, *y;
	size_t n, m;
	unsigned bad;

	a = tally_clients(want, CLIENTS_BY_RECEIVED, 0, &n);
	b = tally_clients(got, CLIENTS_BY_RECEIVED, 0, &m);
	bad = differs(what, "clients", "", n, m);
	qsort(a, n, sizeof(*a), by_address);
	qsort(b, m, sizeof(*b), by_address);
	for (size_t i = 0; i < n && bad == 0; i++)
		bad += compare_client(what, &a[i], &b[i]);
	x = tally_accounts(want, ACCOUNTS_BY_RECEIVED, 0, &n);
	y = tally_accounts(got, ACCOUNTS_BY_RECEIVED, 0, &m);
	bad += differs(what, "accounts", "", n, m);
	qsort(x, n, sizeof(*x), by_account);
	qsort(y, m, sizeof(*y), by_account);
	for (size_t i = 0; i < n && i < m; i++) {
		bad += strcmp(x[i].account, y[i].account) != 0;
		bad += differs(what, x[i].account, " received", x[i].received,
		    y[i].received);
		bad += differs(what, x[i].account, " recipients",
		    x[i].recipients, y[i].recipients);
	}
	free(a);
	free(b);
	free(x);
	free(y);
	return bad;
}

/* The numbers that differ; each is named. */
static inline unsigned
compare_tables(const char *what, const struct tally *a, const struct tally *b)
{
	int64_t now = 2000000000; /* what is lately is compared as it stands */
	char *want = tables_print(a, now), *got = tables_print(b, now);
	unsigned bad = strcmp(want, got) != 0;

	if (bad)
		print_error(
		    "%s: the tables are\n%s, undisturbed\n%s", what, got, want);
	free(want);
	free(got);
	return bad;
}

static inline unsigned
compare_accounts(const char *what, const char *want, const char *got)
{
	struct account a = account_load(want), b = account_load(got);
	size_t hosts = stats_host_count(a.stats);
	unsigned n;

	n = differs(what, "hosts", "", hosts, stats_host_count(b.stats));
	for (size_t i = 0; i < hosts && n == 0; i++)
		n += compare_host(
		    what, stats_host(a.stats, i), stats_host(b.stats, i));
	n += compare_tallies(what, a.tally, b.tally);
	n += compare_tables(what, a.tally, b.tally);
	account_unload(&a);
	account_unload(&b);
	return n;
}

/* nftw() takes no argument. */
static struct {
	const char *root;
	char *paths[SERIES_FILES]; /* below the root */
	size_t n;
} found;

static inline int
find_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base;

	(void)st;
	if (type != FTW_F || strncmp(name, "gauge-", 6) == 0)
		return 0;
	MUST(found.n < SERIES_FILES);
	found.paths[found.n++] = strdup(path + strlen(found.root) + 1);
	return 0;
}

static inline int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline size_t
find_series(const char *data, char ***paths)
{
	char root[PATH_MAX];

	snprintf(root, sizeof(root), "%s/rrd", data);
	found.root = root;
	found.n = 0;
	MUST(nftw(root, find_one, 16, FTW_PHYS) == 0);
	qsort(found.paths, found.n, sizeof(char *), by_text);
	*paths = malloc(sizeof(char *) * (found.n + 1));
	memcpy(*paths, found.paths, sizeof(char *) * found.n);
	return found.n;
}

struct cells {
	double *values;
	size_t n;
	time_t start, last;
	unsigned long step;
};

static inline struct cells
fetch(const char *data, const char *file, const char *cf, unsigned long step,
    time_t from, time_t to)
{
	char path[PATH_MAX], **names;
	struct cells cells = { NULL, 0, from, 0, step };
	unsigned long columns;
	time_t end = to;

	snprintf(path, sizeof(path), "%s/rrd/%s", data, file);
	cells.last = rrd_last_r(path);
	if (rrd_fetch_r(path, cf, &cells.start, &end, &cells.step, &columns,
		&names, &cells.values) != 0)
		fail_msg("%s: %s", path, rrd_get_error());
	assert_int_equal(columns, 1);
	cells.n = (size_t)(end - cells.start) / cells.step;
	free(names[0]);
	free(names);
	return cells;
}

/*
 * A quiet series is brought up to date every 5 minutes: behind its last update
 * nothing is known yet, which is 0.  Before it, every cell is known from the
 * host's first step on.
 */
static inline double
cell(const struct cells *cells, size_t i)
{
	time_t end = cells->start + (time_t)((i + 1) * cells->step);

	return end > cells->last && isnan(cells->values[i]) ? 0
							    : cells->values[i];
}

static inline unsigned
compare_cells(const char *what, const char *file, const char *cf,
    const struct cells *want, const struct cells *got)
{
	bool known = false;
	unsigned bad = 0;

	if (want->n != got->n || want->start != got->start ||
	    want->step != got->step) {
		print_error("%s: %s: other cells\n", what, file);
		return 1;
	}
	for (size_t i = 0; i < want->n; i++) {
		double a = cell(want, i), b = cell(got, i);

		known |= !isnan(a);
		if (fabs(a - b) <= 1e-9 * fabs(a) ||
		    (!known && isnan(a) && isnan(b)))
			continue;
		if (bad++ < 3)
			print_error("%s: %s: %s at %lld is %g, undisturbed "
				    "%g\n",
			    what, file, cf,
			    (long long)(want->start + (time_t)(i * want->step)),
			    b * (double)want->step, a * (double)want->step);
	}
	return bad;
}

static inline unsigned
compare_file(const char *what, const char *file, const char *want,
    const char *got, time_t from, time_t to)
{
	static const struct {
		const char *cf;
		unsigned long step;
	} archives[] = { { "AVERAGE", 60 }, { "MAX", 60 }, { "AVERAGE", 300 } };
	unsigned bad = 0;

	for (size_t i = 0; i < 3; i++) {
		time_t step = (time_t)archives[i].step;
		struct cells a = fetch(want, file, archives[i].cf,
		    archives[i].step, from, to / step * step - step);
		struct cells b = fetch(got, file, archives[i].cf,
		    archives[i].step, from, to / step * step - step);

		bad += compare_cells(what, file, archives[i].cf, &a, &b);
		free(a.values);
		free(b.values);
	}
	return bad;
}

/* Over the story's day, up to its last line. */
static inline unsigned
compare_series(const char *what, const struct story *story, const char *want,
    const char *got)
{
	time_t to = (time_t)story->midnight + LAST_CLOCK;
	char **a, **b;
	size_t n = find_series(want, &a), m = find_series(got, &b), i, j;
	unsigned bad = 0;

	for (i = j = 0; i < n || j < m;) {
		int order = i == n ? 1 : j == m ? -1 : strcmp(a[i], b[j]);

		if (order == 0)
			bad += compare_file(
			    what, a[i], want, got, to - DAY - 3 * 3600, to);
		else
			print_error("%s: %s is %s\n", what,
			    order < 0 ? a[i] : b[j],
			    order < 0 ? "missing" : "too much");
		bad += order != 0;
		if (order <= 0)
			free(a[i++]);
		if (order >= 0)
			free(b[j++]);
	}
	assert_true(n > 40);
	free(a);
	free(b);
	return bad;
}

/* "mailweir replay --data" over the whole story. */
static inline void
truth_make(const struct story *story, struct name *data, struct logs *logs)
{
	char command[4 * PATH_MAX];
	struct name log = in(logs, form_names[story->form]);
	char name[64];

	snprintf(name, sizeof(name), "truth.%s", form_names[story->form]);
	*data = in(logs, name);
	write_whole(log.path, story->text, story->n);
	snprintf(command, sizeof(command),
	    "%s replay --json --zone UTC --data %s %s >%s.json", program(),
	    data->path, log.path, log.path);
	if (system(command) != 0)
		fail_msg("%s: failed", command);
}

static inline void
assert_same(const char *what, const struct story *story,
    const struct name *truth, const struct name *data)
{
	unsigned totals = compare_accounts(what, truth->path, data->path);
	unsigned series = compare_series(what, story, truth->path, data->path);

	if (totals + series != 0)
		fail_msg(
		    "%s: %u numbers and %u cells differ", what, totals, series);
}

#endif
