/*
 * bench_formats.c - what a line of each format costs, against one of Postfix'
 *
 * bench_formats FLAVOUR DIRECTORY: as bench.c.  Of some systems the generator
 * makes a log; of each other format in formats[] the lines that tests/fixtures
 * and tests/corpus have of it are said again and again (bench_repeat.h): they
 * stand alone there, without those of the mail system that they belong to, and
 * are held against Postfix' lines said again in the same way.
 */
#include <glob.h>
#include <stdint.h>

#include "base/array.h"
#include "collectors/format.h"
#include "collectors/header.h"
#include "collectors/ownlog.h"
#include "collectors/zone.h"
#include "tests/bench_log.h"
#include "tests/bench_repeat.h"

#define ROUNDS         5
#define FORMATS        64
#define POSTFIX        0 /* of formats[]; it is made both ways */
#define REPEATED_BYTES (16l << 20)
#define A_SECOND       100        /* lines */
#define BEGIN          1795219200 /* 2026-11-21 */

static const struct {
	const char *format, *option; /* of the generator */
} generated[] = {
	{ "sendmail", "--sendmail" },
	{ "exim", "--exim" },
	{ "opensmtpd", "--opensmtpd" },
	{ "qmail", "--qmail" },
	{ "nullmailer", "--nullmailer" },
};

static const char *const sources[] = { "tests/fixtures/*/*.log",
	"tests/corpus/a-small.log.xz", "tests/corpus/*/*.log.xz" };

static struct subject {
	const char *how; /* the generator's option; NULL: repeated */
	struct repeat by_syslog, own;
	char path[4200];
	double seconds[ROUNDS];
} subjects[FORMATS + 1]; /* behind the last: Postfix' log, repeated */

static char program[4096];
static struct zone *utc;

static const char *
option_of(const char *format)
{
	for (size_t i = 0; i < NELEMS(generated); i++)
		if (strcmp(generated[i].format, format) == 0)
			return generated[i].option;
	return NULL;
}

static size_t
owner_of(struct slice name)
{
	unsigned kind;

	for (size_t i = 0; i < format_count; i++)
		if (formats[i]->owns(name, &kind))
			return i;
	return format_count;
}

/* A line of whoever's it is; one of a log of its own is told by its format. */
static void
take_line(struct slice line, struct ownlog *log, struct stamp_clock *clock)
{
	struct slice rest = line;
	struct header header;
	int64_t when;
	size_t i = 0;

	if (!log->decided)
		ownlog_decide(log, clock, line);
	if (log->format != NULL) {
		while (formats[i] != log->format)
			i++;
		repeat_add(&subjects[i].own, line.p, line.n, false);
	} else if (header_read(clock, line, &header) &&
		   (i = owner_of(header.program)) != format_count &&
		   stamp_read(clock, &rest, &when)) {
		repeat_add(&subjects[i].by_syslog, rest.p, rest.n, true);
	}
}

static void
take_file(const char *path)
{
	struct stamp_clock clock = { .zone = utc, .hint = BEGIN + 86400 };
	struct ownlog log = { 0 };
	char command[4300], *line = NULL;
	size_t room = 0;
	ssize_t n;
	FILE *in;

	snprintf(command, sizeof(command), "xz -dcf '%s'", path);
	in = popen(command, "re");
	if (in == NULL)
		err(1, "%s", command);
	while ((n = getline(&line, &room, in)) > 0)
		take_line((struct slice){ line, (size_t)n - 1 }, &log, &clock);
	if (pclose(in) != 0)
		errx(1, "%s: failed", command);
	free(line);
}

static void
gather(void)
{
	for (size_t i = 0; i < NELEMS(sources); i++) {
		glob_t found;

		if (glob(sources[i], 0, NULL, &found) != 0)
			errx(1, "%s: nothing there", sources[i]);
		for (size_t k = 0; k < found.gl_pathc; k++)
			take_file(found.gl_pathv[k]);
		globfree(&found);
	}
}

static void
make_one(const char *flavour, const char *directory, size_t i)
{
	struct subject *subject = &subjects[i];
	const char *name = formats[i < format_count ? i : POSTFIX]->name;
	const struct repeat *repeat =
	    subject->own.count > subject->by_syslog.count ? &subject->own
							  : &subject->by_syslog;

	subject->how = i == POSTFIX       ? ""
		       : i < format_count ? option_of(name)
					  : NULL;
	if (subject->how != NULL) {
		snprintf(subject->path, sizeof(subject->path), "%s/%s-100M.log",
		    directory, i == POSTFIX ? "mail" : name);
		make_log(
		    flavour, subject->path, i == POSTFIX ? NULL : subject->how);
		return;
	}
	snprintf(subject->path, sizeof(subject->path), "%s/%s-repeated.log",
	    directory, name);
	if (repeat->count == 0)
		errx(1, "%s: no line in tests/fixtures and tests/corpus", name);
	repeat_write(repeat, subject->path, REPEATED_BYTES, BEGIN, A_SECOND);
}

static double
take_turn(const char *path, long *anon_kib)
{
	const char *argv[] = { program, path == NULL ? "version" : "replay",
		path, NULL };
	double seconds;

	if (!run(argv, &seconds, anon_kib))
		errx(1, "%s: not there", program);
	return seconds;
}

static double
line_cost(struct subject *subject, double start_up)
{
	return (median_of(subject->seconds, ROUNDS) - start_up) /
	       lines_of(subject->path) * 1e9;
}

static int
judge_all(double start_up)
{
	double postfix = line_cost(&subjects[POSTFIX], start_up);
	double repeated = line_cost(&subjects[format_count], start_up);
	int over = 0;
	char what[80];

	printf("\nreplay, above start-up, a line of postfix: %.0f ns; of the "
	       "lines that are repeated %.0f ns\n",
	    postfix, repeated);
	for (size_t i = POSTFIX + 1; i < format_count; i++) {
		bool alone = subjects[i].how == NULL;
		double cost = line_cost(&subjects[i], start_up);

		snprintf(what, sizeof(what),
		    "%s%s, %.0f ns a line, in Postfix'", formats[i]->name,
		    alone ? " alone" : "", cost);
		over |= judge(
		    what, cost / (alone ? repeated : postfix), 2, 1.5, "x");
	}
	return over;
}

int
main(int argc, char **argv)
{
	double start_up[ROUNDS];
	struct err why;
	long anon_kib = 0;
	int over;

	if (argc != 3)
		errx(2, "usage: bench_formats FLAVOUR DIRECTORY");
	snprintf(program, sizeof(program), "%s/mailweir", argv[1]);
	snprintf(out_path, sizeof(out_path), "%s/out", argv[2]);
	(void)mkdir(argv[2], 0755);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (format_count > FORMATS || (utc = zone_new("UTC", &why)) == NULL)
		errx(1, "too many formats, or no UTC");
	gather();
	subjects[format_count].by_syslog = subjects[POSTFIX].by_syslog;
	for (size_t i = 0; i <= format_count; i++)
		make_one(argv[1], argv[2], i);
	for (unsigned round = 0; round < ROUNDS; round++) {
		start_up[round] = take_turn(NULL, NULL);
		for (size_t i = 0; i <= format_count; i++)
			subjects[i].seconds[round] =
			    take_turn(subjects[i].path, NULL);
	}
	for (size_t i = 0; i < format_count; i++)
		(void)take_turn(subjects[i].path, &anon_kib);
	over = judge_all(median_of(start_up, ROUNDS));
	over |= judge("highest anonymous memory of a format's account",
	    (double)anon_kib / 1024, 16, 8, " MiB");
	zone_free(utc);
	return over;
}
