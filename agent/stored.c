/* stored.c - the account that a running agent committed, for other commands */
#include "agent/stored.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "rrd/series.h"

#define TRIES   150      /* while the series are being written */
#define WAIT_NS 20000000 /* between them */

/* The same names as the account's own, which has the same bound. */
static struct stats_mailer *
get_mailer(struct stats_host *sum, const char *name)
{
	struct stats_mailer *mailer;

	for (size_t i = 0; i < sum->mailer_count; i++)
		if (strcmp(sum->mailers[i].name, name) == 0)
			return &sum->mailers[i];
	if (sum->mailer_count >= STATS_MAILERS - 1 &&
	    strcmp(name, "other") != 0)
		return get_mailer(sum, "other");
	mailer = &sum->mailers[sum->mailer_count++];
	slice_copy(slice_of(name), mailer->name, sizeof(mailer->name));
	return mailer;
}

static void
add_host(struct stats_host *sum, const struct stats_host *host)
{
	if (sum->first == 0 || (host->first != 0 && host->first < sum->first))
		sum->first = host->first;
	if (host->last > sum->last)
		sum->last = host->last;
	for (size_t i = 0; i < METRICS; i++)
		sum->totals[i] += host->totals[i];
	for (size_t i = 0; i < host->mailer_count; i++) {
		struct stats_mailer *to =
		    get_mailer(sum, host->mailers[i].name);

		for (size_t m = 0; m < MAILER_METRICS; m++)
			to->totals[m] += host->mailers[i].totals[m];
	}
}

static bool
is_meant(const struct stats_host *host, const char *name)
{
	return name == NULL ||
	       slice_same_word(slice_of(host->name), slice_of(name));
}

static int
no_such_host(const struct stats *stats, const char *name, struct err *err)
{
	char known[400] = "none";
	size_t n = 0;

	for (size_t i = 0; i < stats_host_count(stats); i++) {
		char host[STATS_NAME];

		slice_escape(
		    slice_of(stats_host(stats, i)->name), host, sizeof(host));
		n += (size_t)snprintf(known + n, sizeof(known) - n, "%s%s",
		    n != 0 ? ", " : "", host);
		if (n >= sizeof(known))
			break;
	}
	return err_set(
	    err, "host %s: not in the account, which has: %s", name, known);
}

int
stored_sum(const struct stats *stats, const char *host, struct stats_host *sum,
    struct err *err)
{
	bool found = host == NULL;

	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < stats_host_count(stats); i++) {
		if (!is_meant(stats_host(stats, i), host))
			continue;
		add_host(sum, stats_host(stats, i));
		found = true;
	}
	return found ? 0 : no_such_host(stats, host, err);
}

/* What was committed; a file that is not there is said with the way out. */
static int
read_state(const char *data, struct stats *stats, struct series *series,
    struct err *err)
{
	struct state_part parts[2] = { stats_part(stats) };
	char path[PATH_MAX];
	size_t n = 1;

	if (series != NULL)
		parts[n++] = series_part(series);
	if (state_read(data, parts, n, err) == 0)
		return 0;
	snprintf(path, sizeof(path), "%s/state.db", data);
	if (access(path, F_OK) == -1 && errno == ENOENT)
		err_set(err,
		    "%s: no account here; start mailweir run, or name its "
		    "directory, a log or a statistics file",
		    path);
	return -1;
}

int
stored_totals(
    const char *data, const char *host, struct stats_host *sum, struct err *err)
{
	struct stats *stats = stats_new();
	int rc = read_state(data, stats, NULL, err);

	if (rc == 0)
		rc = stored_sum(stats, host, sum, err);
	stats_free(stats);
	return rc;
}

static void
take_step(void *arg, struct stats_step *step)
{
	series_submit(arg, step);
}

/* The open steps as well: to the series they are steps that wait. */
static int
read_steps(const char *data, struct stats *stats, struct series *series,
    struct err *err)
{
	if (read_state(data, stats, series, err) == -1)
		return -1;
	stats_on_step(stats, take_step, series);
	for (size_t i = 0; i < stats_host_count(stats); i++)
		stats_close_steps(
		    stats, slice_of(stats_host(stats, i)->name), INT64_MAX);
	return 0;
}

/* A counter of the host, or of its mailer; added to *to. */
static int
add_counter(struct series *series, const struct stats_host *host,
    const char *mailer, unsigned metric, int64_t from, uint64_t *to,
    struct err *err)
{
	char name[2 * STATS_NAME + 16];
	uint64_t sum;

	if (mailer != NULL)
		snprintf(name, sizeof(name), "mailer.%s.%s", mailer,
		    mailer_metric_name((enum mailer_metric)metric));
	else
		snprintf(
		    name, sizeof(name), "%s", metric_name((enum metric)metric));
	if (series_sum(series, slice_of(host->name), name, from, &sum, err) ==
	    -1)
		return -1;
	*to += sum;
	return 0;
}

static int
sum_host(struct series *series, const struct stats_host *host, int64_t from,
    struct stats_host *sum, struct err *err)
{
	int64_t begin = series_begin(series, slice_of(host->name), from);

	if (sum->first == 0 || begin < sum->first)
		sum->first = begin;
	if (host->last > sum->last)
		sum->last = host->last;
	for (unsigned i = 0; i < METRICS; i++)
		if (host->totals[i] != 0 &&
		    metric_kind((enum metric)i) == METRIC_COUNTER &&
		    add_counter(series, host, NULL, i, from, &sum->totals[i],
			err) == -1)
			return -1;
	for (size_t i = 0; i < host->mailer_count; i++) {
		const struct stats_mailer *mailer = &host->mailers[i];
		struct stats_mailer *to = get_mailer(sum, mailer->name);

		for (unsigned m = 0; m < MAILER_METRICS; m++)
			if (mailer->totals[m] != 0 &&
			    add_counter(series, host, mailer->name, m, from,
				&to->totals[m], err) == -1)
				return -1;
	}
	return 0;
}

/* To the series a host is the same in small and capital letters. */
static bool
came_before(const struct stats *stats, size_t i)
{
	const char *name = stats_host(stats, i)->name;

	for (size_t k = 0; k < i; k++)
		if (is_meant(stats_host(stats, k), name))
			return true;
	return false;
}

static int
sum_hosts(struct series *series, const struct stats *stats, const char *name,
    int64_t from, struct stats_host *sum, struct err *err)
{
	struct stats_host *host = mem_zero(1, sizeof(*host));
	int rc = 0;

	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; rc == 0 && i < stats_host_count(stats); i++) {
		const char *own = stats_host(stats, i)->name;

		if (!is_meant(stats_host(stats, i), name) ||
		    came_before(stats, i))
			continue;
		rc = stored_sum(stats, own, host, err);
		slice_copy(slice_of(own), host->name, sizeof(host->name));
		if (rc == 0)
			rc = sum_host(series, host, from, sum, err);
	}
	free(host);
	return rc;
}

int
stored_since(const char *data, const char *host, int64_t from,
    struct stats_host *sum, struct err *err)
{
	const struct timespec wait = { 0, WAIT_NS };
	int rc = -1;

	for (int try = 0; rc == -1 && try < TRIES; try++) {
		struct series *series = series_look(data);
		struct stats *stats = stats_new();
		bool final;

		if (try > 0)
			nanosleep(&wait, NULL);
		rc = read_steps(data, stats, series, err);
		final = rc == -1 || stored_sum(stats, host, sum, err) == -1;
		rc =
		    final ? -1 : sum_hosts(series, stats, host, from, sum, err);
		stats_free(stats);
		series_close(series);
		if (final)
			break;
	}
	return rc;
}
