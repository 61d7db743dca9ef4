/* digest_impl.h - what the digest is made of; for digest*.c alone */
#ifndef BASE_DIGEST_IMPL_H
#define BASE_DIGEST_IMPL_H

#include "base/digest_page.h"
#include "base/gist.h"
#include "base/table.h"

#define HOST_TEXT    64
#define NAME_TEXT    64   /* of a name, what is kept of it */
#define GIST_TEXT    160  /* the same of a text */
#define DAYS_AT_ONCE 4000 /* of all hosts, for a report over finished logs */
#define DOORS        4096
#define HOUR         3600
#define DAY          86400
#define FURTHEST_DAY 2932896 /* the end of the year 9999 */

struct table_note {
	uint64_t named, unlisted;
	uint64_t pruned; /* weight of the rows that packing dropped */
};

/* One day of a host. */
struct day {
	struct day *older;
	struct digest_host *host;
	int64_t number;
	uint64_t salt; /* makes its rows differ from other days' */
	uint64_t hours[24][DIGEST_COUNTS];
	uint64_t reasons[REASONS];
	struct digest_queue queue;
	struct table_note notes[DIGEST_TABLES];
	char *packed; /* its tables; NULL: they are open */
	size_t packed_length;
	bool dirty;        /* counts and notes */
	bool packed_dirty; /* the state has to learn of `packed' */
	bool saved, packed_saved;
};

struct digest_host {
	char name[HOST_TEXT];
	size_t length;
	struct day *days; /* newest first */
	size_t day_count;
	/* The quarter of an hour at hand, from `begin' to before `end', Unix
	   microseconds: offsets change between quarters only. */
	int64_t begin, end;
	struct day *day;
	unsigned hour;
	int64_t packed_at; /* `begin' when days were last packed */
};

/* A row of a table; `hash' is the name's, the tag's and the day's. */
struct digest_line {
	struct table_row row;
	struct day *day;
	uint64_t cells[DIGEST_CELLS];
	int64_t first, last;
	uint32_t tag;
	uint16_t length;
	bool dirty, saved;
	char name[];
};

/* A table of all hosts and open days. */
struct lines {
	struct table table;
	bool dirty;
	bool was_full; /* a new name must knock at its door first */
	uint32_t doors[DOORS];
};

struct digest {
	struct digest_config config;
	struct digest_host hosts[DIGEST_HOSTS];
	size_t host_count;
	struct digest_host *last_host;
	struct lines lines[DIGEST_TABLES];
	size_t packed_bytes, day_total;
	struct gist_memo memos[GIST_MEMOS]; /* of refusals */
	int64_t now;                        /* 0: not known */
	uint64_t dropped;
	struct state_writer gone; /* keys of saved rows that are gone */
};

/* How a table's column weighs. */
enum cell_kind { CELL_NONE, CELL_COUNT, CELL_BYTES, CELL_SILENT };

struct table_shape {
	const char *name;
	bool is_text;
	unsigned sums, n; /* of the n columns, those behind are maxima */
	struct {
		const char *name;
		enum cell_kind kind;
	} cells[DIGEST_CELLS];
};

extern const struct table_shape digest_shapes[DIGEST_TABLES];

uint64_t digest_weight(enum digest_table, const uint64_t *cells);

static inline size_t
digest_name_room(enum digest_table table)
{
	return digest_shapes[table].is_text ? GIST_TEXT : NAME_TEXT;
}

static inline bool
digest_at_once(const struct digest *digest)
{
	return digest->config.whole || digest->config.one_day;
}

/* digest_days.c */
struct digest_host *digest_get_host(struct digest *, struct slice name);
/* The day of that number, made if need be; NULL: too old to be kept. */
struct day *digest_get_day(
    struct digest *, struct digest_host *, int64_t number);
/* The same at a time (Unix microseconds), and the hour of the clock. */
struct day *digest_day_seek(
    struct digest *, struct slice host, int64_t when, unsigned *hour);

/* The host of the event before, and its quarter of an hour: for every event. */
static inline struct day *
digest_day_at(
    struct digest *digest, struct slice name, int64_t when, unsigned *hour)
{
	const struct digest_host *host = digest->last_host;

	if (host == NULL || when < host->begin || when >= host->end ||
	    name.n != host->length || memcmp(host->name, name.p, name.n) != 0)
		return digest_day_seek(digest, name, when, hour);
	*hour = host->hour;
	return host->day;
}
/* Whose tables the day's events go to; NULL: nobody's. */
struct day *digest_table_day(struct digest *, struct day *);
void digest_day_free(struct digest *, struct day *);
void digest_fini_days(struct digest *);

/* digest_lines.c */
void digest_lines_init(struct digest *);
void digest_lines_fini(struct digest *);
/* What is to be added to a row. */
struct increment {
	int64_t when; /* Unix seconds */
	uint64_t cells[DIGEST_CELLS];
};
void digest_line_add(struct digest *, struct day *, enum digest_table,
    uint32_t tag, struct slice name, const struct increment *);
/* The row of that hash, made if need be, also where others have to go. */
struct digest_line *digest_line_get(struct digest *, struct day *,
    enum digest_table, uint32_t tag, struct slice name, uint64_t name_hash);
/* The hash of its whole name, of which the row may have the beginning. */
uint64_t digest_name_hash(const struct digest_line *);
void digest_line_merge(enum digest_table, uint64_t *cells, const uint64_t *add);

/* digest_pack.c */
void digest_day_pack(struct digest *, struct day *);
void digest_day_unpack(struct digest *, struct day *);
void digest_put_line(
    struct state_writer *, enum digest_table, const struct digest_line *);
/* The next such row; false at the end, or where it is damaged. */
struct packed_row {
	enum digest_table table;
	struct digest_row row;
};
bool digest_packed_next(struct slice *at, struct packed_row *);

/* digest_state.c */
void digest_forget_line(
    struct digest *, enum digest_table, const struct digest_line *);
void digest_forget_day(struct digest *, const struct day *, char kind);

#endif
