/*
 * transcript.c - the dialogues in what Sendmail writes with -X
 *
 * A line that others broke into is torn (speaker.h), and the rest of it may
 * imitate any line.  Who wrote it goes on with that rest: until it was heard
 * again nobody is listened to, and afterwards to nobody of whom anything was
 * missed.
 */
#include "collectors/transcript/transcript.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/tracker_impl.h"
#include "collectors/transcript/dialogue.h"
#include "collectors/transcript/speaker.h"

/* Who is not heard again for so long was killed. */
#define TORN_MOST (24 * 3600 * INT64_C(1000000))

struct transcripts {
	struct table dialogues;
	size_t torn;       /* of them */
	int64_t torn_last; /* Unix microseconds */
	bool dirty;
};

struct key {
	uint64_t pid;
	uint32_t host_index;
};

static bool
is_same(const void *row, const void *wanted)
{
	const struct dialogue *dialogue = row;
	const struct key *key = wanted;

	return dialogue->pid == key->pid &&
	       dialogue->host_index == key->host_index;
}

static void
drop(struct transcripts *transcripts, struct dialogue *dialogue)
{
	dialogue_end(dialogue, false, false);
	transcripts->torn -= dialogue->torn;
	table_remove(&transcripts->dialogues, dialogue);
}

static uint64_t
hash_key(const struct key *key)
{
	uint64_t hash = (key->pid + 1) * 0xff51afd7ed558ccdu;

	hash ^= (uint64_t)key->host_index << 32;
	return hash ^ (hash >> 31);
}

static struct transcripts *
transcripts_of(struct tracker *tracker)
{
	if (tracker->transcripts == NULL) {
		tracker->transcripts = mem_zero(1, sizeof(struct transcripts));
		table_init(&tracker->transcripts->dialogues,
		    sizeof(struct dialogue), TRANSCRIPT_MOST);
	}
	return tracker->transcripts;
}

/* Its row, made where there is none. */
static struct dialogue *
meet(struct tracker *tracker, const struct key *key)
{
	struct transcripts *transcripts = transcripts_of(tracker);
	struct table *table = &transcripts->dialogues;
	struct dialogue *dialogue =
	    table_find(table, hash_key(key), is_same, key);

	if (dialogue != NULL)
		return dialogue;
	if (table->count == table->most) {
		dialogue = (void *)table->oldest;
		tracker->counts.dropped += dialogue_is_on(dialogue);
		drop(transcripts, dialogue);
	}
	dialogue = table_add(table, hash_key(key));
	dialogue->pid = key->pid;
	dialogue->host_index = key->host_index;
	return dialogue;
}

static void
shun(struct tracker *tracker, struct dialogue *dialogue)
{
	tracker->counts.dropped += dialogue_is_on(dialogue);
	dialogue_end(dialogue, false, false);
	dialogue->shunned = true;
}

static void
tear(struct tracker *tracker, struct dialogue *dialogue, int64_t when)
{
	struct transcripts *transcripts = tracker->transcripts;
	struct dialogue *other, *next;

	if (transcripts->torn == 0)
		TABLE_EACH (&transcripts->dialogues, other, next)
			shun(tracker, other);
	transcripts->torn += !dialogue->torn;
	transcripts->torn_last = when;
	dialogue->torn = dialogue->shunned = true;
}

/* A line was too long to be read, and whose it was is not known. */
static void
tear_writers(struct tracker *tracker, int64_t when)
{
	struct dialogue *dialogue, *next;

	TABLE_EACH (&tracker->transcripts->dialogues, dialogue, next)
		if (!dialogue->shunned && role_may_write_much(&dialogue->role))
			tear(tracker, dialogue, when);
}

static void
forgive(struct transcripts *transcripts)
{
	struct dialogue *dialogue, *next;

	TABLE_EACH (&transcripts->dialogues, dialogue, next)
		dialogue->torn = false;
	transcripts->torn = 0;
}

/* Who wrote a whole block into another's line may go on, too. */
static void
tear_all_in(struct tracker *tracker, const struct log_line *line)
{
	struct key key = { line->pid, line->host_index };
	size_t front = speaker_length(line->pid), at = 0, next;
	struct dialogue *dialogue;
	uint64_t pid;

	for (;; at = next, key.pid = pid) {
		next = speaker_inside(line->text, front, at, &pid);
		dialogue = meet(tracker, &key);
		if (at == 0 ||
		    (next != 0 ? next : line->text.n) - at >= SPEAKER_BLOCK)
			tear(tracker, dialogue, line->when);
		else
			shun(tracker, dialogue);
		if (next == 0)
			return;
	}
}

/* Is it not known who said that?  The line, or one before it, is torn. */
static bool
is_torn(struct tracker *tracker, const struct log_line *line)
{
	struct transcripts *transcripts = tracker->transcripts;
	struct key key = { line->pid, line->host_index };
	size_t front = speaker_length(line->pid);
	struct dialogue *dialogue;
	uint64_t pid;
	bool was_torn;

	if (line->when - transcripts->torn_last > TORN_MOST)
		forgive(transcripts);
	was_torn = transcripts->torn != 0;
	if (was_torn) {
		dialogue = meet(tracker, &key);
		transcripts->torn -= dialogue->torn;
		dialogue->torn = false;
		dialogue->role.last = line->when;
		shun(tracker, dialogue);
	}
	if (line->text.n + front >= SPEAKER_BLOCK &&
	    (was_torn || speaker_inside(line->text, front, 0, &pid) != 0))
		tear_all_in(tracker, line);
	return was_torn || transcripts->torn != 0;
}

static enum meaning
take(struct tracker *tracker, const struct log_line *line)
{
	struct transcripts *transcripts = tracker->transcripts;
	struct key key = { line->pid, line->host_index };
	struct dialogue *dialogue =
	    table_find(&transcripts->dialogues, hash_key(&key), is_same, &key);
	struct role role = dialogue != NULL ? dialogue->role : (struct role){};
	enum role_says says;

	if (dialogue != NULL && dialogue->shunned) {
		if (!role_is_another(&dialogue->role, line->text, line->when)) {
			dialogue->role.last = line->when;
			return MEANS_NOTHING;
		}
		dialogue->shunned = false;
	}
	says = role_line(&role, line->text, line->when);
	if (dialogue == NULL && role_is_over(&role))
		return MEANS_NOTHING;
	if (dialogue == NULL)
		dialogue = meet(tracker, &key);
	table_touch(&transcripts->dialogues, dialogue);
	dialogue->role = role;
	if (says == ROLE_GREETS)
		dialogue_begin(dialogue, tracker, line->when);
	if (says != ROLE_NOTHING)
		dialogue_line(dialogue, line->text, line->when);
	if (role_is_over(&role) ||
	    (says != ROLE_NOTHING && !dialogue_is_on(dialogue)))
		drop(transcripts, dialogue);
	return says != ROLE_NOTHING ? MEANS_FACT : MEANS_NOTHING;
}

enum meaning
transcript_line(struct tracker *tracker, const struct log_line *line)
{
	transcripts_of(tracker)->dirty = true;
	if (line->behind_overlong)
		tear_writers(tracker, line->when);
	if (line->text.n < 4)
		return MEANS_UNKNOWN;
	return is_torn(tracker, line) ? MEANS_NOTHING : take(tracker, line);
}

void
transcripts_finish(struct tracker *tracker)
{
	struct transcripts *transcripts = tracker->transcripts;

	while (transcripts != NULL && transcripts->dialogues.oldest != NULL)
		drop(transcripts, (void *)transcripts->dialogues.oldest);
}

enum { TORN = 1, SHUNNED = 2 };

/* Of a session that is under way the rest will not be read. */
void
transcripts_save(struct tracker *tracker, struct state_rows *rows)
{
	struct transcripts *transcripts = tracker->transcripts;
	struct state_writer w = { 0 };
	struct dialogue *dialogue, *next;

	if (transcripts == NULL || !transcripts->dirty)
		return;
	transcripts->dirty = false;
	put_u64(&w, (uint64_t)transcripts->torn_last);
	TABLE_EACH (&transcripts->dialogues, dialogue, next) {
		bool shunned = dialogue->shunned || dialogue->role.serves;

		put_text(&w, tracker_host_name(tracker, dialogue->host_index));
		put_u64(&w, dialogue->pid);
		put_u8(
		    &w, (dialogue->torn ? TORN : 0) | (shunned ? SHUNNED : 0));
		put_u8(&w, (uint8_t)dialogue->role.call);
		put_u64(&w, (uint64_t)dialogue->role.last);
	}
	rows_put(rows, SLICE("x"), (struct slice){ w.p, w.n });
	writer_fini(&w);
}

static bool
load_one(struct tracker *tracker, struct slice *value)
{
	struct dialogue *dialogue;
	struct key key = { 0 };
	struct slice host;
	uint64_t last;
	uint8_t flags, call;

	if (!get_text(value, &host) || !get_u64(value, &key.pid) ||
	    !get_u8(value, &flags) || !get_u8(value, &call) ||
	    call > CALL_QUIT || !get_u64(value, &last))
		return false;
	(void)tracker_host(tracker, host, &key.host_index);
	dialogue = meet(tracker, &key);
	tracker->transcripts->torn += (flags & TORN) && !dialogue->torn;
	dialogue->torn |= (flags & TORN) != 0;
	dialogue->shunned = (flags & SHUNNED) != 0;
	dialogue->role =
	    (struct role){ .call = (enum call)call, .last = (int64_t)last };
	return true;
}

bool
transcripts_load(struct tracker *tracker, struct slice value)
{
	struct transcripts *transcripts = transcripts_of(tracker);
	uint64_t torn_last;

	if (!get_u64(&value, &torn_last))
		return false;
	transcripts->torn_last = (int64_t)torn_last;
	while (value.n > 0)
		if (!load_one(tracker, &value))
			return false;
	return true;
}

void
transcripts_free(struct transcripts *transcripts)
{
	if (transcripts == NULL)
		return;
	while (transcripts->dialogues.oldest != NULL)
		drop(transcripts, (void *)transcripts->dialogues.oldest);
	table_fini(&transcripts->dialogues);
	free(transcripts);
}
