/*
 * agreement.h - Sendmail's statistics file held against its log
 *
 * Both count the same mail, at different moments: a process writes its log
 * line at once and its numbers when it drops the envelope, and the file is
 * looked at every few seconds.  So a column is only said to differ where no
 * delay explains it: where one of them now has less than the other had 5 to 10
 * minutes ago.  What differs in the first 10 minutes may have been under way
 * when the comparison began, and is allowed for from then on.
 */
#ifndef COLLECTORS_AGREEMENT_H
#define COLLECTORS_AGREEMENT_H

#include "base/state.h"
#include "base/statfile.h"

#define STATISTICS_NAME 24 /* a mailer's; its NUL; Sendmail's have 20 */

typedef uint64_t statistics_table[STATFILE_MAILERS][STATFILE_COLUMNS];

struct agreement {
	int64_t since; /* Unix seconds; 0: not begun */
	int64_t turned;
	struct agreement_cell {
		uint64_t file_base, log_base; /* when it began */
		/* What both had at the last turn, and at the one before. */
		uint64_t file_turn, log_turn, file_old, log_old;
		int64_t low, high; /* file - log while it began */
	} cells[STATFILE_MAILERS][STATFILE_COLUMNS];
};

/* What both have counted so far; true: what is to be kept has changed. */
bool agreement_look(struct agreement *, int64_t now,
    const statistics_table file, const statistics_table log);

/* Since the comparison began. */
uint64_t agreement_file(const struct agreement *, const statistics_table file,
    size_t mailer, enum statfile_column);
uint64_t agreement_log(const struct agreement *, const statistics_table log,
    size_t mailer, enum statfile_column);

/* In one sentence; `names' of the mailers, "" where there is none.  True: no
   column differs. */
bool agreement_words(const struct agreement *, const statistics_table file,
    const statistics_table log, const char names[][STATISTICS_NAME], char *text,
    size_t size);

void agreement_save(const struct agreement *, struct state_writer *);
bool agreement_load(struct agreement *, struct slice *value);

#endif
