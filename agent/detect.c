/*
 * detect.c - where this host's mail system logs, where nothing is configured
 *
 * A syslog daemon writes either mail.log (Debian) or maillog (Red Hat, BSD):
 * the first with lines in it counts, for where both are, one is the other's
 * copy.  What it writes is in the journal as well; the journal counts where
 * no log is, or where the log is what an earlier syslog daemon left.  Exim has
 * a log of its own beside it, and perhaps its lines in both: which one tells is
 * decided when they are read (collectors/teller.h).  So has qmail, in parts.
 */
#include "agent/detect.h"

#include <sys/stat.h>

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/mem.h"

#define BEHIND_SECS 3600 /* a log that lacks more than this grows no more */

static const char *const places[] = {
	"/var/log/mail.log",
	"/var/log/maillog",
	"/var/log/postfix.log",
};

/* Exim's own: Debian's, Red Hat's, cPanel's, and where it puts it by itself. */
static const char *const mainlogs[] = {
	"/var/log/exim4/mainlog",
	"/var/log/exim/main.log",
	"/var/log/exim/mainlog",
	"/var/log/exim_mainlog",
	"/var/spool/exim/log/mainlog",
};

/* qmail's, where daemontools keep a directory for each service's log. */
static const char multilogs[] = "/var/log/qmail/*/current";
#define MULTILOGS 16

struct choice {
	const char *log; /* the one to read, or to wait for */
	struct journal_survey journal;
	bool is_journal;
};

static bool
is_log(const char *path, bool with_lines)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (!with_lines || st.st_size != 0);
}

static int64_t
written(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mtime : 0;
}

/* One with lines before one that is only there; else the usual one may come. */
static const char *
choose_log(void)
{
	for (size_t i = 0; i < NELEMS(places); i++)
		if (is_log(places[i], true))
			return places[i];
	for (size_t i = 0; i < NELEMS(places); i++)
		if (is_log(places[i], false))
			return places[i];
	return places[0];
}

bool
detect_is_journal(int64_t log, int64_t journal)
{
	return journal != 0 && log + BEHIND_SECS < journal;
}

static struct choice
choose(void)
{
	static const struct source_config host = { .type =
						       SOURCE_TYPE_JOURNAL };
	struct choice choice = { .log = choose_log() };

	collectors_survey_journal(&host, &choice.journal);
	choice.is_journal =
	    detect_is_journal(written(choice.log), choice.journal.newest);
	return choice;
}

static struct source_config *
add_source(struct collect_config *collect, const char *title)
{
	struct source_config *source;

	collect->sources = mem_grow(collect->sources, collect->source_count + 1,
	    sizeof(*collect->sources));
	source = &collect->sources[collect->source_count++];
	*source = (struct source_config){ .title = mem_text(title),
		.zone = mem_text("local") };
	return source;
}

static const char *
choose_mainlog(void)
{
	for (size_t i = 0; i < NELEMS(mainlogs); i++)
		if (is_log(mainlogs[i], false))
			return mainlogs[i];
	return NULL;
}

void
detect_multilogs(struct collect_config *collect, const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && i < MULTILOGS; i++)
			if (is_log(found.gl_pathv[i], false))
				add_source(collect, found.gl_pathv[i])->path =
				    mem_text(found.gl_pathv[i]);
	globfree(&found);
}

/* An interface stands beside the logs, not in their place. */
static bool
only_captures(const struct collect_config *collect)
{
	for (size_t i = 0; i < collect->source_count; i++)
		if (collect->sources[i].type != SOURCE_TYPE_CAPTURE)
			return false;
	return true;
}

void
detect_sources(struct collect_config *collect)
{
	struct choice choice;
	const char *mainlog = choose_mainlog();

	if (!only_captures(collect))
		return;
	choice = choose();
	collect->detected = true;
	if (choice.is_journal)
		add_source(collect, "journal")->type = SOURCE_TYPE_JOURNAL;
	else
		add_source(collect, "maillog")->path = mem_text(choice.log);
	if (mainlog != NULL)
		add_source(collect, "mainlog")->path = mem_text(mainlog);
	detect_multilogs(collect, multilogs);
	detect_polled(collect);
}

static void
explain_log(const char *path, const struct choice *choice, FILE *out)
{
	const char *why =
	    !is_log(path, false)                         ? "not there"
	    : path == choice->log && !choice->is_journal ? "found, counts"
	    : !is_log(path, true)                        ? "found, but empty"
	    : path == choice->log
		? "found, but not read: the journal has newer lines"
		: "found, but not read: the first one with lines counts";

	fprintf(out, "  %s: %s\n", path, why);
}

static void
explain_journal(const struct choice *choice, FILE *out)
{
	const struct journal_survey *journal = &choice->journal;
	time_t newest = (time_t)journal->newest;
	char text[32] = "";
	struct tm tm;

	if (journal->files == 0) {
		fputs("  journal: not there\n", out);
		return;
	}
	if (journal->newest != 0 && localtime_r(&newest, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(out, "  journal: found, %zu files, %zu of them not readable; ",
	    journal->files, journal->denied);
	if (journal->newest == 0)
		fputs("nothing of a mail system in it\n", out);
	else if (choice->is_journal)
		fprintf(out, "counts: no log has its lines up to %s\n", text);
	else
		fprintf(out, "not read: %s has its lines up to %s\n",
		    choice->log, text);
}

static void
explain_mainlogs(FILE *out)
{
	const char *mainlog = choose_mainlog();

	for (size_t i = 0; i < NELEMS(mainlogs); i++)
		fprintf(out, "  %s: %s\n", mainlogs[i],
		    !is_log(mainlogs[i], false) ? "not there"
		    : mainlogs[i] == mainlog
			? "found, counts for what no other log has of Exim"
			: "found, but not read: the first one counts");
}

static void
explain_multilogs(FILE *out)
{
	struct collect_config found = { 0 };

	detect_multilogs(&found, multilogs);
	for (size_t i = 0; i < found.source_count; i++) {
		fprintf(out, "  %s: found, counts for its part of qmail\n",
		    found.sources[i].path);
		free(found.sources[i].title);
		free(found.sources[i].path);
		free(found.sources[i].zone);
	}
	if (found.source_count == 0)
		fprintf(out, "  %s: not there\n", multilogs);
	free(found.sources);
}

void
detect_explain(FILE *out)
{
	struct choice choice = choose();

	for (size_t i = 0; i < NELEMS(places); i++)
		explain_log(places[i], &choice, out);
	explain_journal(&choice, out);
	explain_mainlogs(out);
	explain_multilogs(out);
	detect_polled_explain(out);
}
