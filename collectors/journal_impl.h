/*
 * journal_impl.h - what the files of journal share
 *
 * journal.c opens and follows, journal_place.c finds the place again,
 * journal_entry.c reads an entry, journal_match.c says which entries,
 * journal_survey.c looks without following.
 */
#ifndef COLLECTORS_JOURNAL_IMPL_H
#define COLLECTORS_JOURNAL_IMPL_H

#include <systemd/sd-journal.h>

#include "collectors/journal.h"
#include "collectors/lines.h"

#define ENTRY_NAME_BYTES 256 /* of a host's or program's name */

/* Fields of an entry that matter. */
enum journal_field {
	FIELD_MESSAGE,
	FIELD_HOSTNAME,
	FIELD_IDENTIFIER,
	FIELD_COMM,
	FIELD_SYSLOG_PID,
	FIELD_PID,
	FIELD_FACILITY,
	FIELD_SOURCE_TIME,
	FIELDS
};

/* An entry's fields, copied: libsystemd's own last until the next call. */
struct journal_entry {
	struct slice value[FIELDS]; /* p NULL: it has none */
	char message[LINE_MAX_BYTES + 1];
	char others[FIELDS][ENTRY_NAME_BYTES];
	size_t bytes; /* of all fields together */
	bool overlong;
};

/* The entry read last. */
struct journal_place {
	char *cursor;      /* NULL: none yet, or libsystemd gave none */
	uint64_t realtime; /* of the entry, Unix microseconds; 0: none yet */
};

struct journal {
	const struct source_config *config;
	sd_journal *handle; /* NULL: not open */
	int fd;
	int64_t now_ms, look_ms;
	uint64_t roots; /* the directories as they were when it was opened */
	struct journal_place place;
	bool seek;    /* to the place, before reading on */
	bool in_hand; /* the entry that is at hand was not given out yet */
	bool at_end;
	uint64_t lost;
	struct err trouble; /* empty: none */
	struct journal_entry entry;
};

/* --- journal_match.c --- */

/* Of all entries only those.  0, or libsystemd's negative errno. */
int journal_match(sd_journal *, const struct source_config *);
/* Is what journald says of its own news of our lines? */
bool journal_is_ours(const struct source_config *, struct slice message);

/* --- journal_entry.c --- */

/* The fields of the entry at hand.  False: it cannot be read. */
bool journal_entry_read(struct journal_entry *, sd_journal *);
/* What they say; what is not there is empty.  False: the text is too long. */
bool journal_entry_header(
    const struct journal_entry *, sd_journal *, struct header *);

/* --- journal_place.c --- */

/* Behind the entry read last.  -1: the journal cannot be read. */
int place_seek(struct journal *, struct err *);
/* The entry at hand is the one read last. */
void place_remember(struct journal_place *, sd_journal *);

/* --- journal_survey.c --- */

/* Open the configured journal, no entry of it left out. */
int journal_open_handle(const struct source_config *, sd_journal **);
/* Changes when a directory of it comes, goes or is replaced. */
uint64_t journal_roots(const struct source_config *);
/* Are there entries of several machines? */
bool journal_is_mixed(sd_journal *);
/* Its files and which may be read; not its entries. */
void journal_look(const struct source_config *, struct journal_survey *);
const char *journal_name(const struct source_config *);

#endif
