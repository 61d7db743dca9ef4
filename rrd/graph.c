/*
 * graph.c - a series drawn, as PNG or SVG
 *
 * rrd_graph_v() is the one call without a form for threads; it is made in the
 * worker's only.  The total in the legend is summed from the archives as every
 * other number is, not from the pixels.
 */
#include "rrd/graph.h"

#include <math.h>
#include <rrd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/mem.h"

#define WORDS (64 + 4 * STORE_HOSTS)

/* The command line of rrdgraph(1). */
struct words {
	char *word[WORDS];
	int n;
};

static const struct {
	const char *begins;
	const char *line, *area;
} colours[] = {
	{ "rejects.", "#c0392b", "#f2c6c1" },
	{ "relay.", "#c0392b", "#f2c6c1" },
	{ "messages.sent", "#1e8449", "#c3e6cf" },
	{ "messages.deferred", "#b9770e", "#f6dfb5" },
	{ "messages.bounced", "#c0392b", "#f2c6c1" },
	{ "messages.expired", "#c0392b", "#f2c6c1" },
	{ "auth.", "#b9770e", "#f6dfb5" },
	{ "logins.", "#b9770e", "#f6dfb5" },
	{ "verdicts.", "#7d3c98", "#e3d0ec" },
	{ "", "#1f618d", "#c2dcef" },
};

static void add(struct words *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct words *words, const char *fmt, ...)
{
	va_list ap;

	if (words->n == WORDS)
		return;
	va_start(ap, fmt);
	if (vasprintf(&words->word[words->n++], fmt, ap) == -1)
		abort();
	va_end(ap);
}

static void
words_fini(struct words *words)
{
	for (int i = 0; i < words->n; i++)
		free(words->word[i]);
}

/* In a DEF a path ends at a colon, unless that is escaped. */
static char *
escaped(const char *path)
{
	char *text = mem_grow(NULL, 2 * strlen(path) + 1, 1), *at = text;

	for (; *path != '\0'; path++) {
		if (*path == ':' || *path == '\\')
			*at++ = '\\';
		*at++ = *path;
	}
	*at = '\0';
	return text;
}

/* The files behind the picture end where the host is known to. */
static bool
bring_up(struct store *store, const struct batch_host *as,
    const struct series_name *name, const char *mailer, const char *path)
{
	struct store_host *host = store_host(store, as->name, as->first);
	struct series_file *file;
	struct err err;
	bool there = access(path, F_OK) == 0;
	size_t before;

	if (host == NULL || (mailer != NULL && !there))
		return there;
	if (name_kind(name) == SERIES_GAUGE || as->known == 0)
		return there;
	file = store_file(store, host, mailer, name->metric);
	if (file == NULL)
		return there;
	store_begin(store);
	if (store_ready(
		store, host, file, as->first != 0 ? as->first : as->known)) {
		before = file->n;
		file_push_zeros(file, as->known / SCHEMA_STEP * SCHEMA_STEP);
		store_waits(store, file, before);
	}
	(void)store_end(store, &err); /* then it is drawn as it is */
	return access(path, F_OK) == 0;
}

/* How many hosts have the series; theirs are a0, m0, a1, ... */
static unsigned
add_sources(struct words *words, struct store *store,
    const struct question *question, const struct series_name *name)
{
	char host[NAME_BYTES], mailer[NAME_BYTES], *text, *path, *plain = NULL;
	unsigned n = 0;

	name_of_mailer(name->mailer, mailer);
	if (name->mailer.n > 0) {
		plain = mem_zero(1, name->mailer.n + 1);
		slice_copy(name->mailer, plain, name->mailer.n + 1);
	}
	for (size_t i = 0; i < question->host_count; i++) {
		name_of_host(slice_of(question->hosts[i].name), host);
		path = name_path(store->root, host,
		    plain != NULL ? mailer : NULL, name->metric);
		if (bring_up(store, &question->hosts[i], name, plain, path)) {
			text = escaped(path);
			add(words, "DEF:a%u=%s:value:AVERAGE", n, text);
			add(words, "DEF:m%u=%s:value:MAX", n, text);
			free(text);
			n++;
		}
		free(path);
	}
	free(plain);
	return n;
}

/*
 * CDEF:as=a0,UN,0,a0,IF,a1,UN,0,a1,IF,+,60,* and the same for the peaks;
 * of gauges the mean of those that are known.
 */
static void
add_sum(struct words *words, char letter, unsigned n, bool gauge)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (unsigned i = 0; i < n; i++) {
		if (gauge || n == 1)
			fprintf(out, "%c%u,", letter, i);
		else
			fprintf(out, "%c%u,UN,0,%c%u,IF,%s", letter, i, letter,
			    i, i ? "+," : "");
	}
	if (gauge)
		fprintf(out, "%u,AVG", n);
	else
		fputs("60,*", out);
	fclose(out);
	add(words, "CDEF:%cs=%s", letter, text);
	free(text);
}

static void
add_frame(struct words *words, const struct drawing *drawing, const char *unit,
    bool gauge)
{
	const struct question *question = &drawing->question;
	char host[2 * STATS_NAME];

	slice_escape(drawing->all_hosts || question->host_count == 0
			 ? SLICE("all hosts")
			 : slice_of(question->hosts[0].name),
	    host, sizeof(host));
	add(words, "graph");
	add(words, "-");
	add(words, "--imgformat=%s", drawing->svg ? "SVG" : "PNG");
	add(words, "--start=%lld", (long long)question->from);
	add(words, "--end=%lld", (long long)question->to);
	add(words, "--width=%u", drawing->width);
	add(words, "--height=%u", drawing->height);
	add(words, "--full-size-mode");
	add(words, "--title=%s on %s", question->name[0], host);
	add(words, "--vertical-label=%s%s", unit, gauge ? "" : " per minute");
	add(words, "--lower-limit=0");
	add(words, "--border=0");
	add(words, "--slope-mode");
	add(words, "--disable-rrdtool-tag");
	add(words, "--font=DEFAULT:0:sans");
	add(words, "--color=BACK#ffffff");
	add(words, "--color=CANVAS#ffffff");
	add(words, "--color=GRID#e8e8e8");
	add(words, "--color=MGRID#d0d0d0");
	add(words, "--color=FONT#333333");
	add(words, "--color=AXIS#999999");
	add(words, "--color=ARROW#999999");
}

static double
total_of(const struct store *store, const struct question *asked)
{
	struct question question = *asked;
	struct series_span span;
	double total = 0;

	question.points = 4096;
	fetch_span(store, &question, &span);
	for (size_t i = 0; i < span.points; i++)
		if (!isnan(span.values[0][i]))
			total += span.values[0][i];
	span_fini(&span);
	return total;
}

/* Where the log was not read, by the host's own word. */
static void
add_gaps(
    struct words *words, const struct store *store, const struct batch_host *as)
{
	char host[NAME_BYTES], *path, *text;

	name_of_host(slice_of(as->name), host);
	path = name_path(store->root, host, NULL, METRIC_AGENT_KNOWN);
	if (access(path, F_OK) == 0) {
		text = escaped(path);
		add(words, "DEF:known=%s:value:AVERAGE", text);
		add(words, "CDEF:gap=known,0.5,LT,INF,UNKN,IF");
		add(words, "AREA:gap#e4e4e4: not observed  ");
		free(text);
	}
	free(path);
}

static void
add_curve(struct words *words, const struct drawing *drawing,
    const struct store *store, bool gauge, const char *unit)
{
	const char *name = drawing->question.name[0];
	size_t i = 0;

	while (strncmp(name, colours[i].begins, strlen(colours[i].begins)) != 0)
		i++;
	if (drawing->question.host_count == 1)
		add_gaps(words, store, &drawing->question.hosts[0]);
	add(words, "AREA:as%s", colours[i].area);
	add(words, "LINE1.5:as%s: %s", colours[i].line, unit);
	if (!gauge)
		add(words, "COMMENT: total %.0f   ",
		    total_of(store, &drawing->question));
	add(words, "VDEF:most=ms,MAXIMUM");
	add(words, "GPRINT:most:highest %%.6lg%s\\l",
	    gauge ? "" : " per minute");
}

static void *
run_graph(struct words *words, size_t *n, struct err *err)
{
	rrd_info_t *info, *at;
	void *bytes = NULL;

	rrd_clear_error();
	info = rrd_graph_v(words->n, words->word);
	for (at = info; at != NULL && bytes == NULL; at = at->next)
		if (at->type == RD_I_BLO && strcmp(at->key, "image") == 0) {
			*n = at->value.u_blo.size;
			bytes = mem_copy(at->value.u_blo.ptr, *n);
		}
	if (bytes == NULL)
		err_set(err, "graph: %s",
		    rrd_test_error() ? rrd_get_error() : "nothing was drawn");
	rrd_info_free(info);
	return bytes;
}

void *
graph_draw(struct store *store, const struct drawing *drawing, size_t *n,
    struct err *err)
{
	const struct question *question = &drawing->question;
	struct words words = { { NULL }, 0 };
	struct series_name name;
	void *bytes = NULL;
	unsigned sources;
	const char *unit;
	bool gauge;

	if (!name_parse(question->name[0], &name)) {
		err_set(err, "graph: no series of that name");
		return NULL;
	}
	gauge = name_kind(&name) == SERIES_GAUGE;
	unit = unit_name(name_unit(&name));
	add_frame(&words, drawing, unit, gauge);
	sources = add_sources(&words, store, question, &name);
	if (sources == 0) {
		err_set(err, "graph: nothing is known of that series");
	} else {
		add_sum(&words, 'a', sources, gauge);
		add_sum(&words, 'm', sources, gauge);
		add_curve(&words, drawing, store, gauge, unit);
		bytes = run_graph(&words, n, err);
	}
	words_fini(&words);
	return bytes;
}
