/*
 * journal.h - follow the systemd journal, every entry once
 *
 * Reads the entries of the mail system, the oldest first, and then what comes,
 * in small parts.  The place is libsystemd's cursor: after a rotation, a
 * restart or a vacuum it goes on behind the entry read last, or, where that
 * entry was removed meanwhile, with the first that is still there.
 *
 * It is opened by the first journal_ready(), which also brings the time:
 * nothing here asks the clock.  A journal that is not there is waited for.
 *
 * Facts: sd-journal(3), systemd.journal-fields(7), journal-remote's and
 * journald's directories as in systemd-journald.service(8).  A directory is to
 * hold the journal of one host: libsystemd steps over what another host's file
 * gets late.
 */
#ifndef COLLECTORS_JOURNAL_H
#define COLLECTORS_JOURNAL_H

#include "base/state.h"
#include "collectors/collectors.h"
#include "collectors/header.h"

/* The entry is borrowed for the call; a time, a host and a text it has. */
typedef void journal_take_fn(void *arg, const struct header *entry);

struct journal;

/* Whose journal and which entries of it; borrowed.  Opens nothing yet. */
struct journal *journal_open(const struct source_config *);
void journal_close(struct journal *);

/* What journal_save() gave; before the first journal_read(). */
int journal_load(struct journal *, struct slice value, struct err *);
void journal_save(const struct journal *, struct state_writer *);

/* As tail's. */
int journal_fd(const struct journal *);
void journal_ready(struct journal *, int64_t now_ms);
int64_t journal_due(const struct journal *);
size_t journal_read(
    struct journal *, size_t most, journal_take_fn *take, void *arg);

/* An estimate of what is still to read; 0 at the end. */
uint64_t journal_backlog_bytes(const struct journal *);
/* Entries that were too long or damaged, and holes that a vacuum left. */
uint64_t journal_lost(const struct journal *);
/* Why nothing can be read, or NULL.  Each is logged once. */
const char *journal_trouble(const struct journal *);

#endif
