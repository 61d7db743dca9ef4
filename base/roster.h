/*
 * roster.h - capped tables of named rows: domains, hosts, accounts
 *
 * Rows are the caller's structs; each begins with a struct roster_row.  Anybody
 * can send names by the million: when a table is full the half of its rows that
 * is worth least makes room, which is counted.  Names are any bytes.
 */
#ifndef BASE_ROSTER_H
#define BASE_ROSTER_H

#include "base/listing.h"
#include "base/slice.h"
#include "base/state.h"
#include "base/table.h"

#define ROSTER_TEXT 64 /* of a longer name the end is kept, and they are one */

struct roster_row {
	struct table_row row;
	bool dirty, saved;
	uint8_t length;
	char name[ROSTER_TEXT];
};

struct roster {
	struct table table;
	uint64_t (*worth)(const void *row);
	uint64_t evicted;
	char mark;                /* its rows' keys in the state begin so */
	struct state_writer gone; /* such keys of rows that are gone */
};

/* `row_bytes' of a row, `most' of them. */
void roster_init(struct roster *, char mark, size_t row_bytes, size_t most,
    uint64_t (*worth)(const void *row));
void roster_fini(struct roster *);

void *roster_find(const struct roster *, struct slice name); /* NULL: none */
/* The same, made if need be, where others may have to go; it is dirty. */
void *roster_get(struct roster *, struct slice name);

static inline struct slice
roster_name(const void *row)
{
	const struct roster_row *named = row;

	return (struct slice){ named->name, named->length };
}

/*
 * What a row is worth of whom the account holds `weight', seen last at `last'
 * (Unix seconds): the order of magnitude, and among equals who came last.
 */
uint64_t roster_worth(uint64_t weight, int64_t last);

/*
 * The domain of an address, in small letters: "<>" of the null sender,
 * "(no domain)" of a name alone.  A host's name goes through the second.
 */
struct slice roster_domain(struct slice address, char text[ROSTER_TEXT]);
struct slice roster_host(struct slice host, char text[ROSTER_TEXT]);
/* "mx.example.org. [192.0.2.1]", as Sendmail has it: the name alone. */
struct slice roster_relay(struct slice relay);

/* The name holds `filter'; ASCII letters are compared without their case. */
bool roster_match(struct slice name, struct slice filter);
/* Rows whose name does; the listing's compare() is set. */
void roster_list(const struct roster *, struct listing *);
/* For it, where all else is equal. */
int roster_compare(const void *a, const void *b);

/* Each dirty row goes into the state, as put() writes it. */
void roster_save(struct roster *, struct state_rows *,
    void (*put)(struct state_writer *, const void *row));
/* The row that a key, behind its mark, is of: to be filled. */
void *roster_load(struct roster *, struct slice key);

#endif
