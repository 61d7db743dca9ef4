/*
 * collectors_state.c - how far each source was read, in the state
 *
 * A row a source by its path, a journal's with "journal:" in front; one without
 * a key: what was learnt; one of who told of what, one of the programs' lines.
 */
#include "collectors/reader.h"
#include "collectors/shares.h"

#define STATE_VERSION 2
#define TELLERS       "told:" /* a path begins with a slash */
#define PROGRAMS      "programs:"

/* Formats by their number, of which another version may have others. */
#define FORMER_TELLERS "tellers:"

struct row_key {
	char text[4096];
};

static struct slice
key_of(const struct source *source, struct row_key *key)
{
	const struct source_config *config = source->config;
	int n;

	if (config->type != SOURCE_TYPE_JOURNAL)
		return slice_of(config->path);
	n = snprintf(key->text, sizeof(key->text), "journal:%s",
	    config->path != NULL ? config->path : "");
	return (struct slice){ key->text, n < (int)sizeof(key->text)
					      ? (size_t)n
					      : sizeof(key->text) - 1 };
}

/* Up to when the source has told of each host, and the line said last. */
static void
put_hosts(const struct source *source, struct state_writer *w)
{
	const struct collectors *c = source->owner;
	uint32_t n = 0;

	for (uint32_t i = 0; i < TRACKER_HOSTS; i++)
		n += source->hosts[i] != 0;
	put_u32(w, n);
	for (uint32_t i = 0; i < TRACKER_HOSTS; i++) {
		if (source->hosts[i] == 0)
			continue;
		put_text(w, c->hosts[i]);
		put_u64(w, (uint64_t)source->hosts[i]);
	}
	put_text(w, pseudonyms_text(c->names, (struct slice){ source->log.last,
						  source->log.last_length }));
}

/* What its lines are, if that is decided; the configuration comes first. */
static void
put_format(const struct source *source, struct state_writer *w)
{
	const char *name = ownlog_name(&source->log.own);

	put_text(w, slice_of(name != NULL ? name : ""));
}

static void
get_format(struct source *source, struct slice *value)
{
	struct slice name;

	if (get_text(value, &name) && source->config->format == NULL)
		(void)ownlog_named(&source->log.own, name);
}

static bool
get_hosts(struct collectors *c, int64_t *times, struct slice *value)
{
	struct slice name;
	uint32_t n, index;
	uint64_t when;

	if (!get_u32(value, &n))
		return false;
	while (n-- > 0) {
		if (!get_text(value, &name) || !get_u64(value, &when))
			return false;
		name = tracker_host(c->tracker, name, &index);
		if ((int64_t)when > times[index])
			times[index] = (int64_t)when;
		if (times != c->told)
			c->hosts[index] = name;
	}
	return true;
}

static bool
get_last_line(struct source *source, struct slice *value)
{
	struct slice last;

	if (!get_text(value, &last))
		return false;
	source->log.last_length =
	    slice_copy(last, source->log.last, sizeof(source->log.last));
	return true;
}

static void
save_learnt(struct collectors *c, struct state_rows *rows)
{
	struct state_writer w = { 0 };

	if (maillog_save(c->maillog, &w))
		rows_put(rows, SLICE(""), (struct slice){ w.p, w.n });
	writer_fini(&w);
}

static void
save_tellers(struct collectors *c, struct state_rows *rows)
{
	struct state_writer w = { 0 };

	if (maillog_save_tellers(c->maillog, &w))
		rows_put(rows, SLICE(TELLERS), (struct slice){ w.p, w.n });
	writer_fini(&w);
}

static void
save_programs(struct collectors *c, struct state_rows *rows)
{
	struct state_writer w = { 0 };

	shares_save(maillog_shares(c->maillog), &w);
	rows_put(rows, SLICE(PROGRAMS), (struct slice){ w.p, w.n });
	writer_fini(&w);
}

static void
save(void *arg, struct state_rows *rows)
{
	struct collectors *c = arg;
	bool read = false;

	for (size_t i = 0; i < c->source_count; i++) {
		struct source *source = &c->sources[i];
		struct state_writer w = { 0 }, place = { 0 };
		struct row_key key;

		if (!source->dirty)
			continue;
		read = true;
		source->reader->save(source->it, &place);
		put_u64(&w, (uint64_t)source->log.clock.last);
		put_u32(&w, (uint32_t)source->log.clock.year);
		put_u64(&w, source->lines);
		put_text(&w, (struct slice){ place.p, place.n });
		put_hosts(source, &w);
		put_format(source, &w);
		rows_put(
		    rows, key_of(source, &key), (struct slice){ w.p, w.n });
		writer_fini(&w);
		writer_fini(&place);
		source->dirty = false;
	}
	save_learnt(c, rows);
	save_tellers(c, rows);
	if (read)
		save_programs(c, rows);
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct collectors *c = arg;
	struct slice place;
	uint64_t last, lines;
	uint32_t year;

	if (key.n == 0)
		return maillog_load(c->maillog, value)
			   ? 0
			   : err_set(err, "learnt names: damaged");
	if (slice_is(key, TELLERS))
		return maillog_load_tellers(c->maillog, value)
			   ? 0
			   : err_set(err, "who told of what: damaged");
	if (slice_is(key, FORMER_TELLERS))
		return 0;
	if (slice_is(key, PROGRAMS))
		return shares_load(maillog_shares(c->maillog), value)
			   ? 0
			   : err_set(err, "lines of programs: damaged");
	if (!get_u64(&value, &last) || !get_u32(&value, &year) ||
	    !get_u64(&value, &lines) || !get_text(&value, &place))
		return err_set(err, "place of a source: damaged");
	for (size_t i = 0; i < c->source_count; i++) {
		struct source *source = &c->sources[i];
		struct row_key its;

		if (!slice_eq(key, key_of(source, &its)))
			continue;
		source->log.clock.last = (int64_t)last;
		source->log.clock.year = (int)year;
		source->lines = lines;
		if (!get_hosts(c, source->hosts, &value) ||
		    !get_last_line(source, &value))
			return err_set(err, "hosts of a source: damaged");
		get_format(source, &value);
		source->known = true;
		return source->reader->load(source->it, place, err);
	}
	/* No longer read; its place is kept. */
	if (!get_hosts(c, c->told, &value))
		return err_set(err, "hosts of a source: damaged");
	return 0;
}

void
collectors_parts(
    struct collectors *c, struct state_part parts[COLLECTORS_PARTS])
{
	parts[0] =
	    (struct state_part){ "sources", STATE_VERSION, c, save, load };
	parts[1] = tracker_part(c->tracker);
	parts[2] = polled_part(c->polled);
}
