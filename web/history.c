/*
 * history.c - numbers over time for an answer, however many names it needs
 *
 * Whoever asks may be gone when the numbers come; `take' is called all the
 * same and its owner knows (panels.c).
 */
#include "web/history.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct asking {
	struct history_question question;
	char host[QUERY_HOST];
	size_t done, piece; /* names that are read; names being read */
	struct history history;
};

void
names_add(struct names *names, const char *fmt, ...)
{
	va_list ap;

	if (names->count == HISTORY_NAMES)
		return;
	if (names->count % SERIES_NAMES == 0)
		names->text = mem_grow(names->text, names->count + SERIES_NAMES,
		    sizeof(*names->text));
	va_start(ap, fmt);
	vsnprintf(names->text[names->count++], QUERY_NAME, fmt, ap);
	va_end(ap);
}

void
names_add_metric(struct names *names, enum metric metric)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->text[i], metric_name(metric)) == 0)
			return;
	names_add(names, "%s", metric_name(metric));
}

void
names_fini(struct names *names)
{
	free(names->text);
	*names = (struct names){ 0 };
}

double
history_sum(const struct history *history, size_t i)
{
	const double *values = history_values(history, i);
	double sum = (double)history->open[i];

	for (size_t k = 0; k < history->points; k++)
		if (isfinite(values[k]))
			sum += values[k];
	return sum;
}

size_t
history_find(const struct history *history, enum metric metric)
{
	size_t i = 0;

	while (i < history->names.count &&
	       strcmp(history->names.text[i], metric_name(metric)) != 0)
		i++;
	return i;
}

static void
asking_free(struct asking *asking)
{
	names_fini(&asking->history.names);
	free(asking->history.times);
	free(asking->history.values);
	free(asking->history.open);
	free(asking->history.before);
	free(asking);
}

static void
shape(struct history *history, const struct series_span *span)
{
	size_t cells = history->names.count * span->points;

	history->from = span->from;
	history->to = span->to;
	history->step = span->step;
	history->points = span->points;
	history->times = mem_grow(NULL, span->points, sizeof(int64_t));
	if (span->points > 0)
		memcpy(history->times, span->times,
		    span->points * sizeof(int64_t));
	history->values = mem_grow(NULL, cells, sizeof(double));
	for (size_t i = 0; i < cells; i++)
		history->values[i] = NAN;
}

/* What the name has counted in steps not yet closed, of that time. */
static uint64_t
open_of(
    const struct asking *asking, struct slice name, int64_t from, int64_t to)
{
	const struct stats *stats = asking->question.stats;
	struct slice host = slice_of(asking->host);
	enum metric metric = metric_find(name);
	ptrdiff_t dot = slice_find_last(name, SLICE("."));
	enum mailer_metric column;

	if (metric < METRICS)
		return metric_kind(metric) != METRIC_COUNTER
			   ? 0
			   : stats_open(stats, host, metric, from, to);
	if (dot < 0 || !slice_skips(&name, "mailer."))
		return 0;
	dot -= (ptrdiff_t)strlen("mailer.");
	column = mailer_metric_find(slice_from(name, (size_t)(dot + 1)));
	if (dot <= 0 || column == MAILER_METRICS)
		return 0;
	name.n = (size_t)dot;
	return stats_open_mailer(stats, host, name, column, from, to);
}

/* A step may be open for minutes, while what is of it waits to be decided: the
   point of its time has it.  How much that was. */
static uint64_t
open_points(struct asking *asking, size_t i)
{
	struct history *history = &asking->history;
	struct slice name = slice_of(history->names.text[i]);
	double *values = history->values + i * history->points;
	int64_t first =
	    stats_open_from(asking->question.stats, slice_of(asking->host));
	uint64_t sum = 0, n;

	for (size_t k = history->points; k-- > 0;) {
		if (history->times[k] + history->step <= first)
			break;
		n = open_of(asking, name, history->times[k],
		    history->times[k] + history->step);
		if (n > 0)
			values[k] =
			    (isfinite(values[k]) ? values[k] : 0) + (double)n;
		sum += n;
	}
	return sum;
}

static void
add_open(struct asking *asking)
{
	struct history *history = &asking->history;

	for (size_t i = 0; i < history->names.count; i++)
		history->open[i] =
		    open_of(asking, slice_of(history->names.text[i]), INT64_MIN,
			INT64_MAX) -
		    open_points(asking, i);
}

static int64_t
end_of(const struct asking *asking)
{
	return asking->question.to_now ? asking->question.to
				       : asking->history.to;
}

/* The same names, earlier: then there is an answer. */
static void
take_earlier(void *arg, const struct history *earlier)
{
	struct asking *asking = arg;
	struct history *history = &asking->history;

	if (earlier != NULL)
		history_compare(
		    history, earlier, asking->question.earlier, end_of(asking));
	asking->question.take(
	    asking->question.arg, earlier == NULL ? NULL : history);
	asking_free(asking);
}

static bool
ask_earlier(struct asking *asking)
{
	const struct history *history = &asking->history;
	struct history_question question = asking->question;
	struct names names = { 0 };
	bool asked;

	for (size_t i = 0; i < history->names.count; i++)
		names_add(&names, "%s", history->names.text[i]);
	question.host = slice_of(asking->host);
	question.from = history->from - asking->question.earlier;
	question.to = end_of(asking) - asking->question.earlier;
	question.to_now = false;
	question.earlier = 0;
	question.take = take_earlier;
	question.arg = asking;
	asked = history_ask(&question, &names);
	names_fini(&names);
	return asked;
}

static void
finish(struct asking *asking)
{
	if (asking->question.to_now)
		add_open(asking);
	if (asking->question.earlier != 0) {
		if (!ask_earlier(asking))
			take_earlier(asking, NULL);
		return;
	}
	asking->question.take(asking->question.arg, &asking->history);
	asking_free(asking);
}

static bool ask_next(struct asking *);

/* Every piece asks for the same span; one of another shape is not known. */
static void
take_piece(void *arg, const struct series_span *span)
{
	struct asking *asking = arg;
	struct history *history = &asking->history;
	size_t bytes = span->points * sizeof(double);

	if (history->times == NULL)
		shape(history, span);
	if (span->points == history->points && bytes > 0)
		for (size_t i = 0; i < asking->piece && i < span->names; i++)
			memcpy(
			    history->values + (asking->done + i) * span->points,
			    span->values[i], bytes);
	asking->done += asking->piece;
	if (asking->done < history->names.count) {
		if (ask_next(asking))
			return;
		asking->question.take(asking->question.arg, NULL);
		asking_free(asking);
	} else {
		finish(asking);
	}
}

static bool
ask_next(struct asking *asking)
{
	const struct history_question *question = &asking->question;
	size_t left = asking->history.names.count - asking->done;
	const char *names[SERIES_NAMES];

	asking->piece = left < SERIES_NAMES ? left : SERIES_NAMES;
	for (size_t i = 0; i < asking->piece; i++)
		names[i] = asking->history.names.text[asking->done + i];
	return series_fetch(question->series, slice_of(asking->host), names,
	    asking->piece, question->from, question->to, question->points,
	    take_piece, asking);
}

bool
history_ask(const struct history_question *question, struct names *adopted)
{
	struct asking *asking = mem_zero(1, sizeof(*asking));

	asking->question = *question;
	slice_copy(question->host, asking->host, sizeof(asking->host));
	asking->history.names = *adopted;
	*adopted = (struct names){ 0 };
	asking->history.open =
	    mem_zero(asking->history.names.count, sizeof(uint64_t));
	asking->history.before =
	    mem_grow(NULL, asking->history.names.count, sizeof(double));
	for (size_t i = 0; i < asking->history.names.count; i++)
		asking->history.before[i] = NAN;
	if (ask_next(asking))
		return true;
	asking_free(asking);
	return false;
}
