/*
 * feed.h - a log fed line by line to the parsers, its events printed
 *
 * What the tests of formats, filters and state share.  Times are UTC, the year
 * is 2026 where a stamp has none.
 */
#ifndef TESTS_FEED_H
#define TESTS_FEED_H

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pseudonym.h"
#include "base/rows.h"
#include "collectors/maillog.h"

struct feed {
	struct tracker *tracker;
	struct maillog *maillog;
	struct maillog_source source;
	struct state_writer names; /* as they were saved */
	struct pseudonyms *people; /* names in state and events; or NULL */
	/* Each event goes there and, if it is not NULL, is printed to `out'. */
	struct event_sink sink;
	char *text;
	size_t size;
	FILE *out;
};

static inline void
feed_take(void *arg, const struct mail_event *event)
{
	struct feed *feed = arg;

	event = pseudonyms_event(feed->people, event);
	if (feed->out != NULL)
		event_print(feed->out, event);
	if (feed->sink.take != NULL)
		feed->sink.take(feed->sink.arg, event);
}

/* `prints': feed_events() will be asked. */
static inline struct feed *
feed_new(bool prints)
{
	static char domain[] = "example.com";
	static char *const domains[] = { domain };
	static const struct tracker_config config = { .domains = domains,
		.domain_count = 1 };
	static struct zone *utc; /* of all feeds, for it takes its time */
	struct feed *feed = calloc(1, sizeof(*feed));
	struct err err;

	feed->tracker =
	    tracker_new(&config, (struct event_sink){ feed_take, feed });
	feed->maillog =
	    maillog_new(feed->tracker, (struct line_counter){ .count = NULL });
	if (utc == NULL)
		utc = zone_new("UTC", &err);
	feed->source.here = SLICE("mx1");
	feed->source.clock = (struct stamp_clock){
		.zone = utc, .year = 2026, .hint = INT64_MAX / 2
	};
	if (prints)
		feed->out = open_memstream(&feed->text, &feed->size);
	return feed;
}

/* People have these names from now on; borrowed. */
static inline void
feed_pseudonyms(struct feed *feed, struct pseudonyms *people)
{
	feed->people = people;
	tracker_pseudonyms(feed->tracker, people);
	maillog_pseudonyms(feed->maillog, people);
}

static inline void
feed_free(struct feed *feed)
{
	maillog_free(feed->maillog);
	tracker_free(feed->tracker);
	writer_fini(&feed->names);
	if (feed->out != NULL)
		fclose(feed->out);
	free(feed->text);
	free(feed);
}

static inline enum meaning
feed_line(struct feed *feed, struct slice line)
{
	return maillog_read(feed->maillog, &feed->source, line);
}

/* Whole lines, in text. */
static inline void
feed_text(struct feed *feed, const char *text)
{
	struct slice rest = slice_of(text), line;

	while (slice_cut(&rest, SLICE("\n"), &line))
		(void)feed_line(feed, line);
}

/* What was printed so far; holds until the next line. */
static inline const char *
feed_events(struct feed *feed)
{
	fflush(feed->out);
	return feed->text;
}

static inline void
feed_hand_names(struct feed *from, struct feed *to)
{
	struct state_writer names = { 0 };

	if (maillog_save(from->maillog, &names)) {
		writer_fini(&from->names);
		from->names = names;
	}
	to->names = from->names;
	from->names = (struct state_writer){ 0 };
	if (to->names.n != 0 && !maillog_load(to->maillog,
				    (struct slice){ to->names.p, to->names.n }))
		abort();
}

/*
 * The other has what is under way here, as after a restart; `kept' is all that
 * was ever saved.
 */
static inline void
feed_hand_over(struct feed *from, struct feed *to, struct state_rows *kept)
{
	struct state_part old = tracker_part(from->tracker);
	struct state_part new = tracker_part(to->tracker);
	struct state_rows rows = { 0 };
	struct row row;
	struct err err;

	old.save(old.arg, &rows);
	rows_merge(&rows, kept);
	*kept = rows;
	for (size_t at = 0; rows_next(kept, &at, &row);)
		if (!row.dropped &&
		    new.load(new.arg, row.key, row.value, &err) == -1) {
			fprintf(stderr, "%s\n", err.text);
			abort();
		}
	to->source.clock.last = from->source.clock.last;
	to->source.clock.year = from->source.clock.year;
	to->source.own = from->source.own;
	to->source.last_length = slice_copy(
	    pseudonyms_text(from->people,
		(struct slice){ from->source.last, from->source.last_length }),
	    to->source.last, sizeof(to->source.last));
	feed_hand_names(from, to);
}

/* A file as text, to be freed; NULL if it cannot be read. */
static inline char *
feed_file(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *in = fopen(path, "r");

	if (in == NULL)
		return NULL;
	if (getdelim(&text, &size, '\0', in) == -1 && text != NULL)
		text[0] = '\0';
	fclose(in);
	return text;
}

#endif
