/* query.c - what a URL asks for */
#include "web/query.h"

#include <stdio.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "base/array.h"

#define MOST_PARAMETERS 128
#define DAY             86400
#define SHORTEST        60
#define LONGEST         (6 * 366 * (int64_t)DAY)
#define LATEST          253402300800 /* the year 10000 */

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* False: a half or wrong escape, a NUL, or no room. */
static bool
decode(struct slice in, bool plus, char *out, size_t size)
{
	size_t used = 0;
	int high, low;
	char c;

	for (size_t i = 0; i < in.n; i++) {
		c = in.p[i];
		if (c == '%') {
			if (in.n - i < 3 || (high = hex(in.p[i + 1])) == -1 ||
			    (low = hex(in.p[i + 2])) == -1)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == '\0' || used + 1 >= size)
			return false;
		out[used++] = c;
	}
	out[used] = '\0';
	return true;
}

bool
query_span(struct slice text, int64_t *seconds)
{
	static const struct {
		const char *word;
		int64_t seconds;
	} units[] = {
		{ "", 1 },
		{ "s", 1 },
		{ "min", 60 },
		{ "h", 3600 },
		{ "d", DAY },
		{ "w", 7 * DAY },
		{ "y", 365 * DAY },
	};
	uint64_t number;
	size_t digits = 0;

	while (
	    digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (!slice_number((struct slice){ text.p, digits }, &number) ||
	    number > LONGEST)
		return false;
	for (size_t i = 0; i < NELEMS(units); i++) {
		if (!slice_eq(
			slice_from(text, digits), slice_of(units[i].word)))
			continue;
		*seconds = (int64_t)number * units[i].seconds;
		return true;
	}
	return false;
}

bool
query_range(struct slice text, int64_t *seconds)
{
	return query_span(text, seconds) && *seconds >= SHORTEST &&
	       *seconds <= LONGEST;
}

/* `n' digits off the front of *s. */
static bool
digits(struct slice *s, size_t n, int least, int most, int *value)
{
	uint64_t number;

	if (s->n < n || !slice_number((struct slice){ s->p, n }, &number) ||
	    number > 9999)
		return false;
	*value = (int)number;
	*s = slice_from(*s, n);
	return *value >= least && *value <= most;
}

/* "Z", "+01:00"; seconds to take away for UTC. */
static bool
zone(struct slice s, int64_t *seconds)
{
	bool east = slice_skips(&s, "+") || slice_skips(&s, " ");
	int hour, minute;

	if (slice_is(s, "Z") || slice_is(s, "z")) {
		*seconds = 0;
		return !east;
	}
	if (!east && !slice_skips(&s, "-"))
		return false;
	if (!digits(&s, 2, 0, 23, &hour) || !slice_skips(&s, ":") ||
	    !digits(&s, 2, 0, 59, &minute) || s.n != 0)
		return false;
	*seconds = (hour * 3600 + minute * 60) * (east ? 1 : -1);
	return true;
}

/* RFC 3339, section 5.6; a '+' that a form made a space is one again. */
static bool
stamp(struct slice s, int64_t *seconds)
{
	static const int longest[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	struct tm tm = { 0 };
	int year, month;
	int64_t offset;

	if (!digits(&s, 4, 1970, 9999, &year) || !slice_skips(&s, "-") ||
	    !digits(&s, 2, 1, 12, &month) || !slice_skips(&s, "-") ||
	    !digits(&s, 2, 1, longest[month - 1], &tm.tm_mday))
		return false;
	if (!slice_skips(&s, "T") && !slice_skips(&s, "t") &&
	    !slice_skips(&s, " "))
		return false;
	if (!digits(&s, 2, 0, 23, &tm.tm_hour) || !slice_skips(&s, ":") ||
	    !digits(&s, 2, 0, 59, &tm.tm_min) || !slice_skips(&s, ":") ||
	    !digits(&s, 2, 0, 60, &tm.tm_sec))
		return false;
	if (slice_skips(&s, "."))
		while (s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9')
			s = slice_from(s, 1);
	if (!zone(s, &offset))
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	*seconds = (int64_t)timegm(&tm) - offset;
	return *seconds >= 0;
}

bool
query_time(struct slice text, int64_t *seconds)
{
	uint64_t number;

	if (!slice_number(text, &number))
		return stamp(text, seconds);
	*seconds = (int64_t)number;
	return number < LATEST;
}

struct given {
	bool from, to, range;
	int64_t range_seconds;
};

static int
set_number(const char *name, struct slice value, uint64_t least, uint64_t most,
    uint64_t *number, struct err *err)
{
	if (!slice_number(value, number) || *number < least || *number > most)
		return err_set(err, "%s: a number from %u to %u is expected",
		    name, (unsigned)least, (unsigned)most);
	return 0;
}

static int
set_when(const char *name, struct slice value, int64_t *when, bool *given,
    struct err *err)
{
	*given = true;
	if (!query_time(value, when))
		return err_set(err,
		    "%s: Unix seconds or an RFC 3339 time is expected", name);
	return 0;
}

static int
set_text(const char *name, struct slice value, char *text, size_t size,
    struct err *err)
{
	if (value.n >= size)
		return err_set(err, "%s: too long", name);
	slice_copy(value, text, size);
	return 0;
}

static int
set_name(struct web_query *query, struct slice value, struct err *err)
{
	if (query->name_count == QUERY_NAMES)
		return err_set(err, "name: at most %d", QUERY_NAMES);
	return set_text(
	    "name", value, query->names[query->name_count++], QUERY_NAME, err);
}

static int
set_parameter(struct web_query *query, struct given *given, struct slice name,
    struct slice value, struct err *err)
{
	uint64_t number = 0;
	int rc = 0;

	if (slice_is(name, "name")) {
		rc = set_name(query, value, err);
	} else if (slice_is(name, "host")) {
		rc = set_text("host", value, query->host, QUERY_HOST, err);
	} else if (slice_is(name, "range")) {
		given->range = true;
		if (!query_range(value, &given->range_seconds))
			rc = err_set(
			    err, "range: 15min, 24h, 7d, 2w or 1y is expected");
	} else if (slice_is(name, "from")) {
		rc = set_when("from", value, &query->from, &given->from, err);
	} else if (slice_is(name, "to")) {
		rc = set_when("to", value, &query->to, &given->to, err);
	} else if (slice_is(name, "points")) {
		rc = set_number("points", value, 1, QUERY_POINTS, &number, err);
		query->points = (size_t)number;
	} else if (slice_is(name, "limit")) {
		rc = set_number("limit", value, 1, QUERY_ROWS, &number, err);
		query->limit = (size_t)number;
	} else if (slice_is(name, "offset")) {
		rc = set_number("offset", value, 0, UINT_MAX, &number, err);
		query->offset = (size_t)number;
	} else if (slice_is(name, "width")) {
		rc = set_number("width", value, 60, 4000, &number, err);
		query->width = (unsigned)number;
	} else if (slice_is(name, "height")) {
		rc = set_number("height", value, 40, 2000, &number, err);
		query->height = (unsigned)number;
	} else if (slice_is(name, "sort")) {
		slice_copy(value, query->sort, QUERY_WORD);
	} else if (slice_is(name, "side")) {
		slice_copy(value, query->side, QUERY_WORD);
	} else if (slice_is(name, "filter")) {
		rc =
		    set_text("filter", value, query->filter, QUERY_FILTER, err);
	} else if (slice_is(name, "once")) {
		slice_copy(value, query->once, QUERY_WORD);
	}
	return rc;
}

static int
set_parameters(struct web_query *query, struct given *given,
    struct slice string, struct err *err)
{
	struct slice pair, name;
	char key[16], value[QUERY_FILTER];
	size_t count = 0;

	while (string.n > 0) {
		if (++count > MOST_PARAMETERS)
			return err_set(err, "too many parameters");
		if (!slice_cut(&string, SLICE("&"), &pair)) {
			pair = string;
			string.n = 0;
		}
		if (!slice_cut(&pair, SLICE("="), &name)) {
			name = pair;
			pair.n = 0;
		}
		/* A name that does not fit is none of ours. */
		if (!decode(name, true, key, sizeof(key)))
			continue;
		if (!decode(pair, true, value, sizeof(value)))
			return err_set(
			    err, "the query holds a value that cannot be read");
		if (set_parameter(query, given, slice_of(key), slice_of(value),
			err) == -1)
			return -1;
	}
	return 0;
}

/* Whatever of from, to and range is missing follows from the others. */
static int
settle_span(struct web_query *query, const struct given *given, int64_t now,
    struct err *err)
{
	int64_t range = given->range ? given->range_seconds : DAY;

	query->ranged = given->from || given->to || given->range;
	if (!given->to)
		query->to =
		    given->from && given->range ? query->from + range : now;
	if (!given->from)
		query->from = query->to - range;
	query->to_now = query->to >= now;
	if (query->from < 0)
		query->from = 0;
	if (query->from >= query->to)
		return err_set(err, "from: must be before to");
	if (query->to - query->from > LONGEST)
		return err_set(err, "from: at most 6 years before to");
	return 0;
}

int
query_parse(
    struct web_query *query, struct slice uri, int64_t now, struct err *err)
{
	struct given given = { 0 };
	struct slice path = uri, string = uri;

	memset(query, 0, sizeof(*query));
	query->points = 300;
	query->limit = 20;
	query->width = 900;
	query->height = 300;
	if (!slice_cut(&string, SLICE("?"), &path))
		string.n = 0;
	if (!decode(path, false, query->path, QUERY_PATH) ||
	    query->path[0] != '/') {
		query->path[0] = '\0';
		return err_set(err, "the path cannot be read");
	}
	if (set_parameters(query, &given, string, err) == -1)
		return -1;
	return settle_span(query, &given, now, err);
}

bool
query_form(struct slice body, struct slice name, char *value, size_t size)
{
	struct slice pair, key;

	while (body.n > 0) {
		if (!slice_cut(&body, SLICE("&"), &pair)) {
			pair = body;
			body.n = 0;
		}
		if (slice_cut(&pair, SLICE("="), &key) && slice_eq(key, name))
			return decode(pair, true, value, size);
	}
	return false;
}
