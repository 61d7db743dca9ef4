/*
 * story.h - a log as it is told, and its telling: chunks and rotations
 *
 * A story is a whole log in one of its forms, dated yesterday so that it is
 * neither the future of the clock nor a year ago.  Its last line is harmless
 * and minutes later than the others: whatever waits for a proof is then
 * decided and every step before it closed, be the log read whole or in pieces.
 */
#ifndef TESTS_STORY_H
#define TESTS_STORY_H

#include "tests/daemon.h"

#define DAY        86400
#define TOLD       INT64_C(1795305600) /* 2026-11-22, when the corpus ran */
#define LAST_CLOCK 2 * 3600            /* the last line's, of that day */

enum form { TRADITIONAL, RFC3339, RFC5424, JOURNAL, GENERATED, FORMS };

static const char *const form_names[] = { "traditional", "rfc3339", "rfc5424",
	"journal", "generated" };

struct story {
	enum form form;
	int64_t midnight; /* of its day */
	char *text;
	size_t n, lines;
};

/* Where a writer is in it. */
struct telling {
	const struct story *story;
	struct logs *logs;
	size_t done, lines; /* bytes and whole lines */
	unsigned rotated;
	unsigned *seed;
};

static inline unsigned
chance(unsigned *seed, unsigned below)
{
	return (unsigned)rand_r(seed) % below;
}

static inline int64_t
yesterday(void)
{
	return ((int64_t)time(NULL) / DAY - 1) * DAY;
}

static inline char *
output_of(const char *command, size_t *n)
{
	FILE *pipe = popen(command, "re");
	size_t size = 1 << 20, got;
	char *text = malloc(size);

	MUST(pipe != NULL);
	*n = 0;
	while ((got = fread(text + *n, 1, size - *n - 4096, pipe)) > 0) {
		*n += got;
		if (size - *n <= 8192)
			MUST((text = realloc(text, size *= 2)) != NULL);
	}
	if (pclose(pipe) != 0)
		fail_msg("%s: failed", command);
	return text;
}

/* "...TIMESTAMP":"1795311185905413" */
static inline void
move_numbers(char *line, char *end, int64_t seconds)
{
	static const char mark[] = "TIMESTAMP\":\"17";
	char *p = line, number[32];

	while ((p = memmem(p, (size_t)(end - p), mark, sizeof(mark) - 1)) !=
	       NULL) {
		p += sizeof(mark) - 3;
		if (strspn(p, "0123456789") != 16)
			continue;
		snprintf(number, sizeof(number), "%016lld",
		    atoll(p) + (long long)seconds * 1000000);
		memcpy(p, number, 16);
	}
}

static inline void
move_line(const struct story *story, char *line, char *end)
{
	time_t day = (time_t)story->midnight;
	char text[16], *at = line;
	struct tm tm;

	gmtime_r(&day, &tm);
	/* Whose lines these are is learnt, and must not be forgotten. */
	if (story->form == RFC5424 &&
	    (at = memmem(line, 60, " mx1 postfix ", 13)) != NULL)
		memcpy(at, " mx1 mx_outs ", 13);
	if (story->form == TRADITIONAL) {
		strftime(text, sizeof(text), "%b %e", &tm);
		MUST(memcmp(line, "Nov 22", 6) == 0);
		memcpy(line, text, 6);
	} else if (story->form == JOURNAL) {
		move_numbers(line, end, story->midnight - TOLD);
	} else {
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
		at = memmem(line, 40, "2026-11-22", 10);
		MUST(at != NULL);
		memcpy(at, text, 10);
	}
}

/* The line that lets everything before it be decided. */
static inline void
end_story(struct story *story)
{
	time_t last = (time_t)story->midnight + LAST_CLOCK;
	static const char text[] = "statistics: max cache size 1 at that time";
	char stamp[80], *p = story->text + story->n;
	struct tm tm;

	gmtime_r(&last, &tm);
	if (story->form == TRADITIONAL)
		strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S mx1", &tm);
	else
		strftime(
		    stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S+00:00 mx1", &tm);
	if (story->form == JOURNAL)
		p += sprintf(p,
		    "{\"__REALTIME_TIMESTAMP\":\"%lld000000\",\"_HOSTNAME\":"
		    "\"mx1\",\"SYSLOG_IDENTIFIER\":\"postfix/anvil\","
		    "\"SYSLOG_FACILITY\":\"2\",\"_PID\":\"99\","
		    "\"MESSAGE\":\"%s\"}\n",
		    (long long)last, text);
	else if (story->form == RFC5424)
		p += sprintf(p, "<22>1 %s mx_outs 99 - - %s\n", stamp, text);
	else
		p += sprintf(p, "%s postfix/anvil[99]: %s\n", stamp, text);
	story->n = (size_t)(p - story->text);
}

static inline void
story_open(struct story *story, enum form form, int64_t midnight)
{
	static const char *const commands[] = { "log", "rfc3339.log",
		"rfc5424.log", "journal.json" };
	char command[PATH_MAX + 64], *p, *end, at[32];
	time_t until = (time_t)midnight;
	struct tm tm;

	*story = (struct story){ form, midnight, NULL, 0, 0 };
	gmtime_r(&until, &tm);
	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (form == GENERATED)
		snprintf(command, sizeof(command),
		    "${GENERATE:-%s/tests/generate/generate} --rfc3339 --truth "
		    "/dev/null "
		    "--days 1 --rate 300 --seed 5 --end %s",
		    dirname(strdupa(program())), at);
	else
		snprintf(command, sizeof(command),
		    "xz -dc tests/corpus/a-small.%s.xz", commands[form]);
	story->text = output_of(command, &story->n);
	end = story->text + story->n;
	for (p = story->text; form != GENERATED && p < end;
	     p = (char *)memchr(p, '\n', (size_t)(end - p)) + 1)
		move_line(story, p, memchr(p, '\n', (size_t)(end - p)));
	end_story(story);
	end = story->text + story->n;
	for (p = story->text; p < end; story->lines++)
		p = (char *)memchr(p, '\n', (size_t)(end - p)) + 1;
}

static inline void
story_close(struct story *story)
{
	free(story->text);
	story->text = NULL;
}

/* The next n bytes go to the log. */
static inline void
tell(struct telling *t, size_t n)
{
	const char *p = t->story->text + t->done;

	if (n > t->story->n - t->done)
		n = t->story->n - t->done;
	logs_write(t->logs, p, n);
	t->done += n;
	for (const char *end = p + n; p < end; p++)
		t->lines += *p == '\n';
}

/* A writer never splits a line between two files. */
static inline void
tell_line_end(struct telling *t)
{
	const char *p = t->story->text + t->done;
	const char *lf;

	if (t->done == 0 || t->done == t->story->n || p[-1] == '\n')
		return;
	lf = memchr(p, '\n', t->story->n - t->done);
	tell(t, (size_t)(lf + 1 - p));
}

/* mail.log.2.gz becomes .3.gz, mail.log.1 becomes .2 and is packed. */
static inline void
shift(struct telling *t)
{
	static const char *const endings[] = { "", ".gz", ".xz", ".zst" };
	char from[48], to[48];

	for (unsigned i = t->rotated; i >= 1; i--) {
		for (unsigned e = 0; e < 4; e++) {
			snprintf(
			    from, sizeof(from), "mail.log.%u%s", i, endings[e]);
			snprintf(
			    to, sizeof(to), "mail.log.%u%s", i + 1, endings[e]);
			if (logs_has(t->logs, from))
				logs_rename(t->logs, from, to);
		}
	}
	t->rotated++;
}

static inline void
rotate(struct telling *t, bool copy)
{
	static const char *const endings[] = { ".gz", ".xz", ".zst" };

	tell_line_end(t);
	shift(t);
	if (copy) {
		logs_copy_and_truncate(t->logs, "mail.log.1");
	} else {
		logs_rename(t->logs, "mail.log", "mail.log.1");
		logs_reopen(t->logs);
	}
	if (logs_has(t->logs, "mail.log.2"))
		logs_compress(
		    t->logs, "mail.log.2", endings[chance(t->seed, 3)]);
}

#endif
