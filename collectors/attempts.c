/* attempts.c - deliveries that have begun, by number */
#include "collectors/attempts.h"

#include "collectors/people.h"
#include "collectors/tracker_impl.h"

struct key {
	uint32_t host_index;
	uint64_t number;
};

static uint64_t
hash_key(uint32_t host_index, uint64_t number)
{
	return (number + 1) * 0x9e3779b97f4a7c15u ^ (uint64_t)host_index << 40;
}

static bool
same_attempt(const void *row, const void *wanted)
{
	const struct begun *begun = row;
	const struct key *key = wanted;

	return begun->number == key->number &&
	       begun->host_index == key->host_index;
}

struct begun *
attempt_find(struct tracker *tracker, uint32_t host_index, uint64_t number)
{
	struct key key = { host_index, number };

	return table_find(&tracker->attempts, hash_key(host_index, number),
	    same_attempt, &key);
}

static void
begun_key(const struct tracker *tracker, const struct begun *begun,
    struct state_writer *key)
{
	put_u8(key, 'a');
	put_text(key, tracker_host_name(tracker, begun->host_index));
	put_u64(key, begun->number);
}

void
attempt_end(struct tracker *tracker, struct begun *begun)
{
	struct state_writer key = { 0 };

	if (begun->saved) {
		begun_key(tracker, begun, &key);
		state_forget(tracker, &key);
	}
	tracker->hosts[begun->host_index].begun -= !begun->outbound;
	table_remove(&tracker->attempts, begun);
}

struct begun *
attempt_begin(struct tracker *tracker, const struct log_line *line,
    uint64_t number, struct slice id, struct slice recipient, bool outbound)
{
	struct begun *begun = attempt_find(tracker, line->host_index, number);
	uint64_t hash = hash_key(line->host_index, number);

	if (begun != NULL)
		attempt_end(tracker, begun);
	begun = table_add(&tracker->attempts, hash);
	if (begun == NULL) {
		attempt_end(tracker, (void *)tracker->attempts.oldest);
		tracker->counts.dropped++;
		begun = table_add(&tracker->attempts, hash);
	}
	begun->number = number;
	begun->host_index = line->host_index;
	begun->outbound = outbound;
	begun->id_length =
	    (uint8_t)slice_copy(id, begun->id, sizeof(begun->id));
	begun->length = (uint16_t)slice_copy(
	    recipient, begun->recipient, sizeof(begun->recipient));
	begun->dirty = true;
	tracker->hosts[begun->host_index].begun += !outbound;
	return begun;
}

/* nullmailer's are a list, each in <>. */
static void
put_recipients(const struct tracker *tracker, struct state_writer *w,
    struct slice recipients)
{
	if (slice_begins(recipients, "<"))
		put_words(tracker, w, recipients);
	else
		put_person(tracker, w, recipients);
}

/* "unknown user: kim" is of the one that it was for. */
static void
put_reply(const struct tracker *tracker, struct state_writer *w,
    const struct begun *begun)
{
	struct mail_event event = { .kind = EVENT_DEFERRED,
		.delivery = { .recipient = begun_recipient(begun),
		    .reply = slice_of(begun->reply) } };

	put_text(w, pseudonyms_event(tracker->names, &event)->delivery.reply);
}

void
attempts_save(struct tracker *tracker, struct state_rows *rows)
{
	struct begun *begun, *next;

	TABLE_EACH (&tracker->attempts, begun, next) {
		struct state_writer key = { 0 }, w = { 0 };

		if (!begun->dirty)
			continue;
		begun_key(tracker, begun, &key);
		put_u8(&w, begun->outbound);
		put_text(&w, begun_id(begun));
		put_recipients(tracker, &w, begun_recipient(begun));
		put_u8(&w, begun->failed);
		put_text(&w, slice_of(begun->mailer));
		put_text(&w, slice_of(begun->relay));
		put_reply(tracker, &w, begun);
		rows_put(rows, (struct slice){ key.p, key.n },
		    (struct slice){ w.p, w.n });
		writer_fini(&key);
		writer_fini(&w);
		begun->dirty = false;
		begun->saved = true;
	}
}

bool
attempts_load(struct tracker *tracker, struct slice key, struct slice value)
{
	struct log_line line = { .count = 1 };
	struct slice host, id, recipient, mailer, relay, reply;
	struct begun *begun;
	uint64_t number;
	uint8_t outbound, failed;

	if (!get_text(&key, &host) || !get_u64(&key, &number) ||
	    !get_u8(&value, &outbound) || !get_text(&value, &id) ||
	    !get_text(&value, &recipient) || !get_u8(&value, &failed) ||
	    !get_text(&value, &mailer) || !get_text(&value, &relay) ||
	    !get_text(&value, &reply))
		return false;
	line.host = tracker_host(tracker, host, &line.host_index);
	begun =
	    attempt_begin(tracker, &line, number, id, recipient, outbound != 0);
	begun->failed = failed;
	slice_copy(mailer, begun->mailer, sizeof(begun->mailer));
	slice_copy(relay, begun->relay, sizeof(begun->relay));
	slice_copy(reply, begun->reply, sizeof(begun->reply));
	begun->dirty = false;
	begun->saved = true;
	return true;
}
