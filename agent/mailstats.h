/*
 * mailstats.h - the table of mailstats(8), and its three ways to be printed
 *
 * Byte for byte as Sendmail's mailstats prints it; what is too wide for its
 * column pushes the rest of the line aside there as well.
 */
#ifndef AGENT_MAILSTATS_H
#define AGENT_MAILSTATS_H

#include <stdio.h>

#include "base/statfile.h"
#include "base/stats.h"

#define MAILSTATS_ROWS STATS_MAILERS

struct mailstats_row {
	size_t number; /* Sendmail's, of the mailer */
	char name[STATS_NAME];
	int64_t columns[STATFILE_COLUMNS];
	uint64_t bytes_from, bytes_to;
};

struct mailstats {
	int64_t since, now; /* Unix seconds */
	size_t count;
	struct mailstats_row rows[MAILSTATS_ROWS];
	int64_t connections_from, connections_to, connections_rejected;
	bool has_bytes; /* else bytes_from and bytes_to mean nothing */
};

/* Rows without a message or a refusal are left out. */
void mailstats_print(FILE *, const struct mailstats *, bool names);
/* Without words: Unix times, numbers. */
void mailstats_print_program(FILE *, const struct mailstats *, bool names);
int mailstats_print_json(FILE *, const struct mailstats *);

struct sendmail_cf;

/* Of a statistics file; the mailers' names as the configuration has them. */
void mailstats_of_file(
    struct mailstats *, const struct statfile *, const struct sendmail_cf *);
/*
 * Of an account: mailers have the numbers of the configuration; those that are
 * not in it follow, in their order in the account.
 */
void mailstats_of_account(
    struct mailstats *, const struct stats_host *, const struct sendmail_cf *);

#endif
