/* journal.c - follow the systemd journal, every entry once */
#include "collectors/journal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "collectors/journal_impl.h"

#define LOOK_MS      15000 /* between looks at the directories */
#define LOOK_POOR_MS 2000  /* and where changes cannot be watched */

struct journal *
journal_open(const struct source_config *config)
{
	struct journal *journal = mem_zero(1, sizeof(*journal));

	journal->config = config;
	journal->fd = -1;
	return journal;
}

static void
let_go(struct journal *journal)
{
	sd_journal_close(journal->handle);
	journal->handle = NULL;
	journal->fd = -1;
}

void
journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	let_go(journal);
	free(journal->place.cursor);
	free(journal);
}

static void
say(struct journal *journal, const struct err *err)
{
	if (strcmp(journal->trouble.text, err->text) != 0)
		log_warn("%s; the other sources go on", err->text);
	journal->trouble = *err;
}

/* The files that libsystemd steps over without a word. */
static void
say_rights(struct journal *journal)
{
	const char *name = journal_name(journal->config);
	struct journal_survey survey;
	struct err err;

	journal_look(journal->config, &survey);
	if (survey.files == 0)
		err_set(&err, "%s: there is no journal", name);
	else if (survey.denied != 0)
		err_set(&err,
		    "%s: %zu of %zu files may not be read; the group "
		    "systemd-journal may",
		    name, survey.denied, survey.files);
	else
		err.text[0] = '\0';
	if (err.text[0] != '\0')
		say(journal, &err);
	else
		journal->trouble.text[0] = '\0';
}

static int
open_it(struct journal *journal, struct err *err)
{
	int rc = journal_open_handle(journal->config, &journal->handle);

	if (rc < 0) {
		journal->handle = NULL;
		errno = -rc;
		return err_sys(err, "%s", journal_name(journal->config));
	}
	rc = journal_match(journal->handle, journal->config);
	/* Of a longer text it is enough to know that it is. */
	if (rc >= 0)
		rc = sd_journal_set_data_threshold(
		    journal->handle, LINE_MAX_BYTES * 2);
	if (rc >= 0)
		rc = sd_journal_get_fd(journal->handle);
	if (rc < 0) {
		let_go(journal);
		errno = -rc;
		return err_sys(err, "%s", journal_name(journal->config));
	}
	if (journal->config->path != NULL && journal_is_mixed(journal->handle))
		log_warn("%s: has entries of several machines; what comes late "
			 "of one may be missed, a directory each would not",
		    journal_name(journal->config));
	journal->fd = rc;
	journal->seek = true;
	return 0;
}

/* Open it where it is not, or anew where its directories are others now. */
static void
look(struct journal *journal)
{
	uint64_t roots = journal_roots(journal->config);
	struct err err;

	if (journal->handle != NULL && roots != journal->roots)
		let_go(journal);
	journal->roots = roots;
	if (journal->handle == NULL && open_it(journal, &err) == -1)
		say(journal, &err);
	else
		say_rights(journal);
}

void
journal_ready(struct journal *journal, int64_t now_ms)
{
	int rc;

	journal->now_ms = now_ms;
	if (journal->handle != NULL) {
		rc = sd_journal_process(journal->handle);
		/* Files came or went, perhaps the one that is read. */
		if (rc == SD_JOURNAL_INVALIDATE)
			journal->seek = true;
	}
	/* A clock that was set back must not put the next look off. */
	if (now_ms < journal->look_ms && journal->look_ms <= now_ms + LOOK_MS)
		return;
	journal->look_ms = now_ms + LOOK_MS;
	look(journal);
}

int
journal_fd(const struct journal *journal)
{
	return journal->fd;
}

int64_t
journal_due(const struct journal *journal)
{
	int64_t poor = journal->now_ms + LOOK_POOR_MS;

	if (journal->handle != NULL &&
	    sd_journal_reliable_fd(journal->handle) == 0 &&
	    poor < journal->look_ms)
		return poor;
	return journal->look_ms;
}

static void
give(struct journal *journal, journal_take_fn *take, void *arg)
{
	struct journal_entry *entry = &journal->entry;
	struct header header;

	if (!journal_entry_read(entry, journal->handle) ||
	    !journal_entry_header(entry, journal->handle, &header))
		journal->lost++;
	else if (!slice_is(header.program, "systemd-journald") ||
		 journal_is_ours(journal->config, header.text))
		take(arg, &header);
}

/* False: nothing more for now. */
static bool
step(struct journal *journal)
{
	int rc;

	if (journal->in_hand) {
		journal->in_hand = false;
		return true;
	}
	rc = sd_journal_next(journal->handle);
	if (rc < 0)
		log_warn(
		    "%s: %s", journal_name(journal->config), strerror(-rc));
	return rc > 0;
}

size_t
journal_read(
    struct journal *journal, size_t most, journal_take_fn *take, void *arg)
{
	struct err err;
	size_t used = 0;

	if (journal->handle == NULL)
		return 0;
	if (journal->seek && place_seek(journal, &err) == -1) {
		say(journal, &err);
		return 0;
	}
	journal->seek = false;
	while (used < most && step(journal)) {
		give(journal, take, arg);
		used += journal->entry.bytes + 1;
	}
	if (used != 0)
		place_remember(&journal->place, journal->handle);
	journal->at_end = used == 0;
	return used;
}

/* Of its bytes, the part that is as large as that of its time. */
uint64_t
journal_backlog_bytes(const struct journal *journal)
{
	uint64_t from, to, bytes, read = journal->place.realtime;

	if (journal->at_end || journal->handle == NULL ||
	    sd_journal_get_cutoff_realtime_usec(journal->handle, &from, &to) <=
		0 ||
	    sd_journal_get_usage(journal->handle, &bytes) < 0 || read >= to)
		return 0;
	if (read < from)
		return bytes;
	return (uint64_t)((double)bytes * (double)(to - read) /
			  (double)(to - from + 1));
}

uint64_t
journal_lost(const struct journal *journal)
{
	return journal->lost;
}

const char *
journal_trouble(const struct journal *journal)
{
	return journal->trouble.text[0] != '\0' ? journal->trouble.text : NULL;
}
