/*
 * digest_page.h - some days of the digest, put together for a report
 */
#ifndef BASE_DIGEST_PAGE_H
#define BASE_DIGEST_PAGE_H

#include "base/digest.h"

/*
 * The tables, and the columns of each.  A column's weight says how much it
 * matters when a table is full: BYTES counts one for 100,000.
 */
enum digest_table {
	DIGEST_SENDING,   /* domains that mail came from; "<>", "(no domain)" */
	DIGEST_RECEIVING, /* domains it was for */
	DIGEST_SENDERS,   /* domain in lower case; "<>" */
	DIGEST_RECIPIENTS, /* who it was delivered to */
	DIGEST_ACCOUNTS,
	DIGEST_CLIENTS,    /* what is against them; addresses */
	DIGEST_DEFERRALS,  /* remote host or domain, '\n', gist of the reply */
	DIGEST_BOUNCES,    /* the same */
	DIGEST_REJECTS,    /* gist of the text; tag: reason << 16 | code */
	DIGEST_SET_ASIDE,  /* the rule's words; tag: enum event_kind */
	DIGEST_COMPLAINTS, /* program, '\n', gist; tag: enum severity */
	DIGEST_TABLES
};

enum {
	SENDING_MESSAGES,
	SENDING_BYTES,
};
enum {
	RECEIVING_SENT,
	RECEIVING_BYTES,
	RECEIVING_DEFERRED,
	RECEIVING_BOUNCED,
	RECEIVING_REJECTED,
	RECEIVING_DELAY_MS, /* of the sent, added up */
	RECEIVING_MAX_DELAY_MS,
};
enum {
	SENDERS_MESSAGES,
	SENDERS_BYTES,
	SENDERS_RECIPIENTS,
};
enum {
	RECIPIENTS_SENT,
	RECIPIENTS_BYTES,
};
enum {
	ACCOUNTS_MESSAGES,
	ACCOUNTS_BYTES,
	ACCOUNTS_RECIPIENTS,
	ACCOUNTS_SENT,
	ACCOUNTS_DEFERRED,
	ACCOUNTS_BOUNCED,
};
enum {
	CLIENTS_REJECTED,
	CLIENTS_RELAY_DENIED,
	CLIENTS_AUTH_FAILED, /* SMTP, POP and IMAP */
	CLIENTS_RELAY_OPEN,
};
#define TEXTS_COUNT  0 /* of the tables of texts */
#define DIGEST_CELLS 7

struct digest_row {
	struct slice name; /* any bytes; long ones without their middle */
	uint64_t hash;     /* of the whole name */
	uint32_t tag;
	uint64_t cells[DIGEST_CELLS];
	int64_t first, last; /* Unix seconds */
};

struct digest_list {
	struct digest_row *rows; /* by the first column, most first */
	size_t n;
	uint64_t named;    /* different names; less exact with `unlisted' */
	uint64_t unlisted; /* what was turned away, as the table weighs it */
};

struct digest_day {
	int64_t number; /* days since 1970-01-01, of the local calendar */
	uint64_t counts[DIGEST_COUNTS];
};

struct digest_page {
	uint64_t counts[DIGEST_COUNTS];
	uint64_t hours[24][DIGEST_COUNTS];
	uint64_t reasons[REASONS];
	struct digest_queue queue; /* of several hosts: added up */
	struct digest_list lists[DIGEST_TABLES];
	struct digest_day *days; /* oldest first */
	size_t day_count;
	char *text; /* of the rows */
};

/* The name of a table and of its column, as JSON has it; NULL: no such. */
const char *digest_table_name(enum digest_table);
const char *digest_cell_name(enum digest_table, unsigned cell);

/*
 * Days `from' to `to' (inclusive, INT64_MIN and _MAX: all) of the host (empty:
 * all of them).  NULL if nothing is known of any of them.
 */
struct digest_page *digest_page(
    const struct digest *, struct slice host, int64_t from, int64_t to);
void digest_page_free(struct digest_page *);
/* Most first, by that column; equals by name. */
void digest_sort(struct digest_list *, unsigned cell);

/* Names of the hosts, in the order they were met; NULL behind the last. */
const char *digest_host(const struct digest *, size_t i);

#endif
