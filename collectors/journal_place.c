/*
 * journal_place.c - the place in the journal, kept and found again
 *
 * A cursor ("s=...;i=...;b=...;m=...;t=...;x=...") names one entry: s and i
 * are the file's sequence and the number in it, which an entry loses when it
 * is copied (as from /run to /var), the rest is of the entry alone.  Sought,
 * it leads to the entry or to the next one that is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "collectors/journal_impl.h"

static struct slice
without_sequence(struct slice cursor)
{
	struct slice before;

	return slice_cut(&cursor, SLICE(";b="), &before) ? cursor
							 : (struct slice){ 0 };
}

/* Is it the entry at hand? */
static bool
is_at(sd_journal *handle, const char *cursor)
{
	struct slice ours = without_sequence(slice_of(cursor));
	char *here = NULL;
	bool same = sd_journal_test_cursor(handle, cursor) > 0;

	if (!same && ours.n != 0 && sd_journal_get_cursor(handle, &here) >= 0)
		same = slice_eq(ours, without_sequence(slice_of(here)));
	free(here);
	return same;
}

/* The sequence, and the hexadecimal number in it. */
static bool
read_sequence(const char *cursor, struct slice *sequence, uint64_t *number)
{
	struct slice text = slice_of(cursor);
	char *end;

	if (!slice_skips(&text, "s=") ||
	    !slice_cut(&text, SLICE(";i="), sequence))
		return false;
	*number = strtoull(text.p, &end, 16);
	return end != text.p && *end == ';';
}

static bool
follows_at_once(const char *before, const char *after)
{
	struct slice a, b;
	uint64_t i, j;

	return read_sequence(before, &a, &i) && read_sequence(after, &b, &j) &&
	       slice_eq(a, b) && j == i + 1;
}

/*
 * The entry read last is not among ours.  Is it gone, and were there others
 * behind it that went with it?  Asked of all entries, whatever is matched:
 * which of those that are gone were ours nobody can tell.
 */
static bool
has_hole(const struct journal *journal)
{
	const char *cursor = journal->place.cursor;
	sd_journal *all;
	char *next = NULL;
	bool hole = false;

	if (journal_open_handle(journal->config, &all) < 0)
		return false;
	if (sd_journal_seek_cursor(all, cursor) >= 0 &&
	    sd_journal_next(all) > 0 && !is_at(all, cursor) &&
	    sd_journal_get_cursor(all, &next) >= 0)
		hole = !follows_at_once(cursor, next);
	free(next);
	sd_journal_close(all);
	return hole;
}

static void
say_hole(struct journal *journal)
{
	time_t when = (time_t)(journal->place.realtime / 1000000);
	char text[32] = "";
	struct tm tm;

	journal->lost++;
	if (gmtime_r(&when, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	log_warn("%s: entries that followed %s were removed, perhaps before "
		 "they were read; going on with what is there",
	    journal_name(journal->config), text);
}

static int
seek_cursor(struct journal *journal)
{
	int rc = sd_journal_seek_cursor(journal->handle, journal->place.cursor);

	if (rc >= 0)
		rc = sd_journal_next(journal->handle);
	if (rc < 0)
		return rc;
	journal->in_hand =
	    rc > 0 && !is_at(journal->handle, journal->place.cursor);
	/* What was at its end has lost nothing that it should have read. */
	if ((rc == 0 || journal->in_hand) && !journal->at_end &&
	    has_hole(journal))
		say_hole(journal);
	return 0;
}

int
place_seek(struct journal *journal, struct err *err)
{
	const struct journal_place *place = &journal->place;
	int rc = -EINVAL;

	journal->in_hand = false;
	if (place->cursor != NULL)
		rc = seek_cursor(journal);
	else if (place->realtime == 0)
		rc = sd_journal_seek_head(journal->handle);
	/* A cursor that libsystemd cannot read: the time is left. */
	if (rc == -EINVAL)
		rc = sd_journal_seek_realtime_usec(
		    journal->handle, place->realtime + 1);
	if (rc >= 0)
		return 0;
	errno = -rc;
	return err_sys(err, "%s: seek", journal_name(journal->config));
}

void
place_remember(struct journal_place *place, sd_journal *handle)
{
	char *cursor = NULL;
	uint64_t realtime;

	if (sd_journal_get_cursor(handle, &cursor) < 0)
		cursor = NULL;
	free(place->cursor);
	place->cursor = cursor;
	if (sd_journal_get_realtime_usec(handle, &realtime) >= 0)
		place->realtime = realtime;
}

int
journal_load(struct journal *journal, struct slice value, struct err *err)
{
	struct slice cursor;
	uint64_t realtime;

	if (!get_u64(&value, &realtime) || !get_text(&value, &cursor))
		return err_set(err, "%s: the saved place is damaged",
		    journal_name(journal->config));
	free(journal->place.cursor);
	journal->place.cursor =
	    cursor.n == 0 ? NULL : strndup(cursor.p, cursor.n);
	journal->place.realtime = realtime;
	return 0;
}

void
journal_save(const struct journal *journal, struct state_writer *w)
{
	const char *cursor = journal->place.cursor;

	put_u64(w, journal->place.realtime);
	put_text(w, cursor != NULL ? slice_of(cursor) : SLICE(""));
}
