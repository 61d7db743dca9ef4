/* digest_rig.h - a digest in a zone of the test's own, and events for it */
#ifndef TESTS_DIGEST_RIG_H
#define TESTS_DIGEST_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest_page.h"

#define MIDNIGHT 1795219200 /* 2026-11-21 00:00 UTC */
#define THE_DAY  20778      /* its number */
#define HOURS    3600
#define DAYS     86400

/* Two hours east until that moment, one hour from then on; 0: always UTC. */
static int64_t rig_change;

static inline int64_t
rig_offset(void *arg, int64_t when)
{
	(void)arg;
	if (rig_change == 0)
		return 0;
	return when < rig_change ? 2 * HOURS : HOURS;
}

static inline struct digest *
rig_digest(void)
{
	struct digest_config config = { .offset = rig_offset };

	rig_change = 0;
	return digest_new(&config);
}

static inline struct mail_event
rig_event(enum event_kind kind, int64_t when)
{
	return (struct mail_event){ .when = when * 1000000,
		.kind = kind,
		.count = 1,
		.host = SLICE("mx1") };
}

static inline void
rig_received(
    struct digest *digest, int64_t when, const char *sender, uint64_t bytes)
{
	struct mail_event event = rig_event(EVENT_RECEIVED, when);

	event.message.sender = slice_of(sender);
	event.message.bytes = bytes;
	event.message.recipients = 1;
	digest_add(digest, &event);
}

static inline void
rig_deferred(struct digest *digest, int64_t when, const char *recipient,
    const char *reply)
{
	struct mail_event event = rig_event(EVENT_DEFERRED, when);

	event.delivery.recipient = slice_of(recipient);
	event.delivery.relay = SLICE("none");
	event.delivery.reply = slice_of(reply);
	digest_add(digest, &event);
}

static inline struct digest_page *
rig_page(const struct digest *digest, int64_t day)
{
	return digest_page(digest, SLICE(""), day, day);
}

/* All that a page says, as text; to be freed. */
static inline char *
rig_text(const struct digest_page *page)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (unsigned h = 0; h < 24; h++)
		for (unsigned c = 0; c < DIGEST_COUNTS; c++)
			if (page->hours[h][c] != 0)
				fprintf(out, "%u %u %ju\n", h, c,
				    (uintmax_t)page->hours[h][c]);
	fprintf(out, "%d %ju %ju %ju %ju\n", page->queue.known,
	    (uintmax_t)page->queue.first, (uintmax_t)page->queue.last,
	    (uintmax_t)page->queue.highest,
	    (uintmax_t)page->queue.oldest_seconds);
	for (unsigned r = 0; r < REASONS; r++)
		fprintf(out, "%ju ", (uintmax_t)page->reasons[r]);
	for (unsigned t = 0; t < DIGEST_TABLES; t++) {
		const struct digest_list *list = &page->lists[t];

		fprintf(out, "\n%u: %ju %ju\n", t, (uintmax_t)list->named,
		    (uintmax_t)list->unlisted);
		for (size_t i = 0; i < list->n; i++) {
			const struct digest_row *row = &list->rows[i];

			fprintf(out, "%.*s %u %jx %jd %jd", (int)row->name.n,
			    row->name.p, row->tag, (uintmax_t)row->hash,
			    (intmax_t)row->first, (intmax_t)row->last);
			for (unsigned c = 0; c < DIGEST_CELLS; c++)
				fprintf(out, " %ju", (uintmax_t)row->cells[c]);
			putc('\n', out);
		}
	}
	fclose(out);
	return text;
}

/* The row of that name, or NULL. */
static inline const struct digest_row *
rig_row(
    const struct digest_page *page, enum digest_table table, const char *name)
{
	for (size_t i = 0; i < page->lists[table].n; i++)
		if (slice_eq(page->lists[table].rows[i].name, slice_of(name)))
			return &page->lists[table].rows[i];
	return NULL;
}

#endif
