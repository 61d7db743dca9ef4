/*
 * mailout_state.c - what mailout keeps: mails that wait, whole; what was said
 * of which host and rule; limits; the Message-IDs that are ours
 *
 * Keys: "q" and the mail's number, "t" host NUL rule, "o" and a place in the
 * ring, "limits", "daily".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/mailout_impl.h"
#include "base/mem.h"

#define LONG_BYTES (8u << 20) /* of one text or picture */

static void
put_long(struct state_writer *out, const void *bytes, size_t n)
{
	put_u32(out, (uint32_t)n);
	put_bytes(out, bytes, n);
}

static bool
get_long(struct slice *at, struct slice *value)
{
	uint32_t n;

	if (!get_u32(at, &n) || n > LONG_BYTES || n > at->n)
		return false;
	*value = (struct slice){ at->p, n };
	*at = slice_from(*at, n);
	return true;
}

static void
put_string(struct state_writer *out, const char *text)
{
	put_long(out, text, text == NULL ? 0 : strlen(text));
}

static bool
get_string(struct slice *at, char **text)
{
	struct slice value;

	if (!get_long(at, &value))
		return false;
	*text = mem_slice(value);
	return true;
}

static bool
get_name(struct slice *at, char *text, size_t size)
{
	struct slice value;

	if (!get_long(at, &value) || value.n >= size)
		return false;
	slice_copy(value, text, size);
	return true;
}

static void
put(struct state_rows *rows, struct slice key, struct state_writer *value)
{
	rows_put(rows, key, (struct slice){ value->p, value->n });
	writer_fini(value);
}

static struct slice
number_key(char letter, uint64_t number, char key[32])
{
	return (struct slice){ key,
		(size_t)snprintf(key, 32, "%c%016" PRIx64, letter, number) };
}

static void
save_entry(const struct entry *entry, struct state_rows *rows)
{
	const struct letter *letter = &entry->letter;
	struct state_writer out = { 0 };
	char key[32];

	put_u64(&out, (uint64_t)entry->created);
	put_string(&out, letter->id);
	put_string(&out, letter->thread);
	put_u64(&out, (uint64_t)letter->when);
	put_u64(&out, (uint64_t)letter->offset);
	put_string(&out, letter->subject);
	put_string(&out, letter->text);
	put_string(&out, letter->html);
	put_string(&out, letter->json);
	put_u8(&out, (uint8_t)letter->picture_count);
	for (size_t i = 0; i < letter->picture_count; i++) {
		const struct letter_picture *picture = &letter->pictures[i];

		put_string(&out, picture->series);
		put_string(&out, picture->host);
		put_u64(&out, (uint64_t)picture->from);
		put_u64(&out, (uint64_t)picture->to);
		put_long(&out, picture->png, picture->n);
	}
	put(rows, number_key('q', entry->number, key), &out);
}

static bool
get_picture(struct slice *at, struct letter_picture *picture)
{
	struct slice png;

	if (!get_string(at, &picture->series) ||
	    !get_string(at, &picture->host) ||
	    !get_u64(at, (uint64_t *)&picture->from) ||
	    !get_u64(at, (uint64_t *)&picture->to) || !get_long(at, &png))
		return false;
	picture->png = png.n == 0 ? NULL : mem_copy(png.p, png.n);
	picture->n = png.n;
	return true;
}

static bool
get_letter(struct slice *at, struct letter *letter)
{
	uint8_t pictures;

	if (!get_name(at, letter->id, LETTER_ID) ||
	    !get_name(at, letter->thread, LETTER_ID) ||
	    !get_u64(at, (uint64_t *)&letter->when) ||
	    !get_u64(at, (uint64_t *)&letter->offset) ||
	    !get_string(at, &letter->subject) ||
	    !get_string(at, &letter->text) || !get_string(at, &letter->html) ||
	    !get_string(at, &letter->json) || !get_u8(at, &pictures) ||
	    pictures > LETTER_PICTURES)
		return false;
	for (; letter->picture_count < pictures; letter->picture_count++)
		if (!get_picture(
			at, &letter->pictures[letter->picture_count])) {
			letter->picture_count++; /* what is there is freed */
			return false;
		}
	return true;
}

/* In the order of their numbers. */
static void
insert(struct mailout *mailout, struct entry *entry)
{
	size_t i = mailout->queued++;

	for (; i > 0 && mailout->queue[i - 1]->number > entry->number; i--)
		mailout->queue[i] = mailout->queue[i - 1];
	mailout->queue[i] = entry;
	if (entry->number >= mailout->next_number)
		mailout->next_number = entry->number + 1;
}

static bool
load_entry(struct mailout *mailout, uint64_t number, struct slice value)
{
	struct entry *entry = mem_zero(1, sizeof(*entry));

	entry->number = number;
	entry->kept = ENTRY_KEPT;
	if (mailout->queued < MAIL_QUEUE && number < TEST_TICKET - 1 &&
	    get_u64(&value, (uint64_t *)&entry->created) &&
	    get_letter(&value, &entry->letter) && value.n == 0) {
		entry->next = entry->created;
		insert(mailout, entry);
		return true;
	}
	letter_fini(&entry->letter);
	free(entry);
	return false;
}

static struct slice
topic_key(const struct topic *topic, char key[128])
{
	size_t host = strlen(topic->host), rule = strlen(topic->rule);

	key[0] = 't';
	memcpy(key + 1, topic->host, host + 1);
	memcpy(key + 2 + host, topic->rule, rule);
	return (struct slice){ key, 2 + host + rule };
}

static void
save_topic(const struct topic *topic, struct state_rows *rows)
{
	struct state_writer out = { 0 };
	char key[128];

	put_u8(&out, (uint8_t)topic->level);
	put_u8(&out, (uint8_t)(topic->mailed + 1));
	put_u64(&out, topic->keys);
	put_u32(&out, topic->open);
	put_u8(&out, topic->pending);
	put_u8(&out, (uint8_t)topic->notice);
	put_u64(&out, (uint64_t)topic->due);
	put_string(&out, topic->thread);
	put_u8(&out, (uint8_t)topic->n);
	for (size_t i = 0; i < topic->n; i++)
		put_u64(&out, topic->numbers[i]);
	put(rows, topic_key(topic, key), &out);
}

static bool
get_topic(struct slice *at, struct topic *topic)
{
	uint8_t level, mailed, pending, notice, n;

	if (!get_u8(at, &level) || level >= ALERT_LEVELS ||
	    !get_u8(at, &mailed) || mailed > ALERT_LEVELS ||
	    !get_u64(at, &topic->keys) || !get_u32(at, &topic->open) ||
	    !get_u8(at, &pending) || !get_u8(at, &notice) ||
	    notice > NOTICE_OVER || !get_u64(at, (uint64_t *)&topic->due) ||
	    !get_name(at, topic->thread, LETTER_ID) || !get_u8(at, &n) ||
	    n > COMPOSE_KEYS)
		return false;
	topic->level = level;
	topic->mailed = (int)mailed - 1;
	topic->pending = pending != 0;
	topic->notice = (enum notice)notice;
	topic->n = n;
	for (size_t i = 0; i < n; i++)
		if (!get_u64(at, &topic->numbers[i]))
			return false;
	return at->n == 0;
}

static bool
load_topic(struct mailout *mailout, struct slice key, struct slice value)
{
	struct topic read = { .mailed = -1 }, *topic;
	struct slice host;

	if (!get_topic(&value, &read) || !slice_cut(&key, SLICE("\0"), &host) ||
	    host.n >= sizeof(read.host) || key.n >= sizeof(read.rule) ||
	    mailout->topic_count == MAIL_TOPICS)
		return false;
	slice_copy(host, read.host, sizeof(read.host));
	slice_copy(key, read.rule, sizeof(read.rule));
	topic = topics_get(mailout, read.host, read.rule, true);
	*topic = read;
	return true;
}

static void
save_limits(const struct mailout *mailout, struct state_rows *rows)
{
	struct state_writer out = { 0 };

	put_u64(&out, (uint64_t)mailout->digest_due);
	put_u64(&out, (uint64_t)mailout->digest_last);
	put_u64(&out, mailout->more_lines);
	put_u32(&out, (uint32_t)mailout->sent_next);
	for (size_t i = 0; i < MAIL_LIMIT; i++)
		put_u64(&out, (uint64_t)mailout->sent_at[i]);
	put_u32(&out, (uint32_t)mailout->line_count);
	for (size_t i = 0; i < mailout->line_count; i++)
		put_string(&out, mailout->lines[i]);
	put(rows, SLICE("limits"), &out);
}

static bool
load_limits(struct mailout *mailout, struct slice value)
{
	uint32_t next, lines;

	if (!get_u64(&value, (uint64_t *)&mailout->digest_due) ||
	    !get_u64(&value, (uint64_t *)&mailout->digest_last) ||
	    !get_u64(&value, &mailout->more_lines) || !get_u32(&value, &next) ||
	    next >= MAIL_LIMIT)
		return false;
	mailout->sent_next = next;
	for (size_t i = 0; i < MAIL_LIMIT; i++)
		if (!get_u64(&value, (uint64_t *)&mailout->sent_at[i]))
			return false;
	if (!get_u32(&value, &lines) || lines > DIGEST_LINES)
		return false;
	while (mailout->line_count < lines)
		if (!get_string(&value, &mailout->lines[mailout->line_count++]))
			return false;
	return value.n == 0;
}

/* What a save was given is durable when the next one asks. */
static void
save_entries(struct mailout *mailout, struct state_rows *rows)
{
	char key[32];

	for (size_t i = 0; i < mailout->queued; i++) {
		struct entry *entry = mailout->queue[i];

		if (entry->kept != ENTRY_KEPT)
			entry->kept++;
		if (entry->dirty)
			save_entry(entry, rows);
		entry->dirty = false;
	}
	for (size_t i = 0; i < mailout->gone_count; i++)
		rows_drop(rows, number_key('q', mailout->gone[i], key));
	mailout->gone_count = 0;
}

static void
save_topics(struct mailout *mailout, struct state_rows *rows)
{
	char key[128];

	for (size_t i = 0; i < mailout->dropped_count; i++)
		rows_drop(rows, topic_key(&mailout->dropped[i], key));
	mailout->dropped_count = 0;
	for (size_t i = 0; i < mailout->topic_count; i++) {
		struct topic *topic = mailout->topics[i];

		if (topic->dirty)
			save_topic(topic, rows);
		topic->dirty = false;
	}
}

static void
save_daily(const struct mailout *mailout, struct state_rows *rows)
{
	struct state_writer out = { 0 };

	put_u64(&out, (uint64_t)mailout->daily_day);
	put(rows, SLICE("daily"), &out);
}

static void
save(void *arg, struct state_rows *rows)
{
	struct mailout *mailout = arg;
	char key[32];

	save_entries(mailout, rows);
	save_topics(mailout, rows);
	for (size_t i = 0; i < MAIL_OWN; i++) {
		if (mailout->own_dirty[i])
			rows_put(rows, number_key('o', i, key),
			    slice_of(mailout->own[i]));
		mailout->own_dirty[i] = false;
	}
	if (mailout->limits_dirty)
		save_limits(mailout, rows);
	if (mailout->daily_dirty)
		save_daily(mailout, rows);
	mailout->limits_dirty = mailout->daily_dirty = false;
}

static bool
load_own(struct mailout *mailout, uint64_t i, struct slice value)
{
	if (i >= MAIL_OWN || value.n >= LETTER_ID)
		return false;
	slice_copy(value, mailout->own[i], LETTER_ID);
	mailout->sinks.own(mailout->sinks.arg, slice_of(mailout->own[i]));
	/* Goes on somewhere: which is overwritten first hardly matters. */
	mailout->own_next = (size_t)(i + 1) % MAIL_OWN;
	return true;
}

static bool
read_number(struct slice text, uint64_t *number)
{
	char digits[20], *end;

	if (text.n != 16)
		return false;
	slice_copy(text, digits, sizeof(digits));
	*number = strtoull(digits, &end, 16);
	return *end == '\0';
}

static bool
load_row(struct mailout *mailout, struct slice key, struct slice value)
{
	uint64_t number;

	if (slice_is(key, "daily"))
		return get_u64(&value, (uint64_t *)&mailout->daily_day);
	if (slice_is(key, "limits"))
		return load_limits(mailout, value);
	if (slice_skips(&key, "t"))
		return load_topic(mailout, key, value);
	if (slice_skips(&key, "q"))
		return read_number(key, &number) &&
		       load_entry(mailout, number, value);
	return slice_skips(&key, "o") && read_number(key, &number) &&
	       load_own(mailout, number, value);
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	return load_row(arg, key, value) ? 0
					 : err_set(err, "mail: a damaged row");
}

struct state_part
mailout_part(struct mailout *mailout)
{
	return (struct state_part){ "mail", 1, mailout, save, load };
}
