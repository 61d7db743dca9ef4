/* teller.c - which source tells of a mail system that has logs of its own */
#include "collectors/teller.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/format.h"
#include "collectors/tracker_impl.h"

struct teller_span {
	uint64_t origin;
	int64_t first, last; /* Unix seconds, of what it told; 0: nothing */
};

struct teller {
	size_t formats;
	struct teller_span (*spans)[TELLER_SPANS]; /* of each host and format */
	bool dirty;
};

struct teller *
teller_new(void)
{
	struct teller *teller = mem_zero(1, sizeof(*teller));

	teller->formats = formats_own(format_count);
	teller->spans =
	    mem_zero(TRACKER_HOSTS * teller->formats, sizeof(*teller->spans));
	return teller;
}

void
teller_free(struct teller *teller)
{
	if (teller == NULL)
		return;
	free(teller->spans);
	free(teller);
}

static struct teller_span *
spans_of(const struct teller *teller, uint32_t host, size_t format)
{
	return teller->spans[host * teller->formats + format];
}

static bool
is_copy(struct slice base)
{
	return slice_find(base, SLICE("reject")) != -1 ||
	       slice_find(base, SLICE("panic")) != -1;
}

static struct slice
base_of(struct slice path)
{
	ptrdiff_t slash = slice_find_last(path, SLICE("/"));

	return slice_from(path, slash == -1 ? 0 : (size_t)slash + 1);
}

/* "mainlog.2.gz", "mail.log-20261122", "mainlog.20261122": to their stem */
struct teller_name
teller_name(const char *path, bool followed)
{
	struct slice text = slice_of(path), base = base_of(text);
	size_t directory = text.n - base.n;

	for (size_t i = 1; i + 1 < base.n; i++) {
		if ((base.p[i] != '.' && base.p[i] != '-') ||
		    base.p[i + 1] < '0' || base.p[i + 1] > '9')
			continue;
		base.n = i;
		break;
	}
	text.n = directory + base.n;
	return (struct teller_name){ slice_hash(text) | 1, is_copy(base),
		followed, false };
}

bool
teller_is_beside(const char *copies, const char *path)
{
	struct slice a = slice_of(copies), b = slice_of(path);

	if (!is_copy(base_of(a)) || is_copy(base_of(b)))
		return false;
	a.n -= base_of(a).n;
	b.n -= base_of(b).n;
	return slice_eq(a, b);
}

/* Its own, or the one that is longest ago. */
static struct teller_span *
span_of(struct teller_span *spans, uint64_t origin)
{
	struct teller_span *oldest = &spans[0];

	for (size_t i = 0; i < TELLER_SPANS; i++) {
		if (spans[i].last != 0 && spans[i].origin == origin)
			return &spans[i];
		if (spans[i].last < oldest->last)
			oldest = &spans[i];
	}
	*oldest = (struct teller_span){ origin, 0, 0 };
	return oldest;
}

bool
teller_has_told(const struct teller *teller, const struct teller_name *name,
    uint32_t host, unsigned format, int64_t when)
{
	const struct teller_span *span = spans_of(teller, host, format);
	int64_t patience = name->followed ? TELLER_SECS : 0;

	if (name->beside)
		return true;
	for (size_t i = 0; i < TELLER_SPANS; i++, span++)
		if (span->last != 0 && span->origin != name->origin &&
		    when >= span->first && when <= span->last + patience)
			return true;
	return false;
}

void
teller_note(struct teller *teller, const struct teller_name *name,
    uint32_t host, unsigned format, int64_t when)
{
	struct teller_span *own;

	if (name->copies)
		return;
	own = span_of(spans_of(teller, host, format), name->origin);
	if (own->last == 0 || when < own->first)
		own->first = when;
	if (when > own->last)
		own->last = when;
	teller->dirty = true;
}

static void
put_span(struct state_writer *w, struct slice host, struct slice format,
    const struct teller_span *span)
{
	put_text(w, host);
	put_text(w, format);
	put_u64(w, span->origin);
	put_u64(w, (uint64_t)span->first);
	put_u64(w, (uint64_t)span->last);
}

bool
teller_save(struct teller *teller, const struct tracker *tracker,
    struct state_writer *w)
{
	const struct teller_span *span;

	if (!teller->dirty)
		return false;
	for (uint32_t host = 0; host < tracker->host_count; host++) {
		for (size_t row = 0; row < format_count; row++) {
			if (formats[row]->front == NULL)
				continue;
			span = spans_of(teller, host, formats_own(row));
			for (size_t i = 0; i < TELLER_SPANS; i++)
				if (span[i].last != 0)
					put_span(w,
					    tracker_host_name(tracker, host),
					    slice_of(formats[row]->name),
					    &span[i]);
		}
	}
	teller->dirty = false;
	return true;
}

/* A format that there is no more told of nothing. */
static void
load_span(struct teller *teller, uint32_t host, struct slice name,
    const struct teller_span *loaded)
{
	for (size_t row = 0; row < format_count; row++)
		if (formats[row]->front != NULL &&
		    slice_eq(slice_of(formats[row]->name), name))
			*span_of(spans_of(teller, host, formats_own(row)),
			    loaded->origin) = *loaded;
}

bool
teller_load(struct teller *teller, struct tracker *tracker, struct slice value)
{
	struct teller_span span;
	struct slice name, format;
	uint32_t host;
	uint64_t first, last;

	while (value.n != 0) {
		if (!get_text(&value, &name) || !get_text(&value, &format) ||
		    !get_u64(&value, &span.origin) ||
		    !get_u64(&value, &first) || !get_u64(&value, &last))
			return false;
		(void)tracker_host(tracker, name, &host);
		span.first = (int64_t)first;
		span.last = (int64_t)last;
		load_span(teller, host, format, &span);
	}
	return true;
}
