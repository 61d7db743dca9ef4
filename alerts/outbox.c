/*
 * outbox.c - mails that wait, and the ways they go
 *
 * One mail is under way at a time, the oldest that is due.  It is tried by one
 * way for 5 minutes, with longer and longer pauses, then by the next, and after
 * the last by the first again; a refusal for good is not tried again by that
 * way before its turn comes.
 */
#include <sys/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/mailout_impl.h"
#include "alerts/mime.h"
#include "base/log.h"
#include "base/mem.h"

#define KEEP_MS     (5 * SECONDS)  /* until it goes out without being kept */
#define PICTURE_MS  (10 * SECONDS) /* until it goes out without pictures */
#define WAY_MS      (5 * MINUTES)
#define PAUSE_MS    (30 * SECONDS) /* after the first failure, then doubled */
#define MOST_PAUSE  (15 * MINUTES)
#define MOST_AGE_MS (MAIL_DAYS * 24 * HOURS)

static void
entry_free(struct entry *entry)
{
	letter_fini(&entry->letter);
	free(entry);
}

/* Nobody can guess it: who could would hide his mail from the rules. */
void
outbox_name(struct mailout *mailout, struct letter *letter)
{
	const char *host = mailout->config->host;
	unsigned char bytes[12];
	char hex[2 * sizeof(bytes) + 1];
	char *own = mailout->own[mailout->own_next];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		abort();
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	snprintf(letter->id, LETTER_ID, "%s.mailweir@%.100s", hex, host);
	memcpy(own, letter->id, LETTER_ID);
	mailout->own_dirty[mailout->own_next] = true;
	mailout->own_next = (mailout->own_next + 1) % MAIL_OWN;
	mailout->sinks.own(mailout->sinks.arg, slice_of(letter->id));
}

static size_t
place_of(const struct mailout *mailout, const struct entry *entry)
{
	size_t i = 0;

	while (mailout->queue[i] != entry)
		i++;
	return i;
}

static void
take_out(struct mailout *mailout, struct entry *entry)
{
	size_t i = place_of(mailout, entry);

	mailout->queued--;
	memmove(&mailout->queue[i], &mailout->queue[i + 1],
	    (mailout->queued - i) * sizeof(mailout->queue[0]));
	/* A row that was never stored is dropped for nothing. */
	if (mailout->gone_count < MAIL_QUEUE + 1)
		mailout->gone[mailout->gone_count++] = entry->number;
	entry_free(entry);
}

static void
drop(struct mailout *mailout, struct entry *entry, const char *why)
{
	log_error("mail \"%s\": %s; it is lost", entry->letter.subject, why);
	mailout->counts.dropped++;
	take_out(mailout, entry);
}

/* The oldest that is not under way makes room. */
static void
make_room(struct mailout *mailout)
{
	size_t i = mailout->queue[0] == mailout->flying;

	if (mailout->queued == MAIL_QUEUE)
		drop(mailout, mailout->queue[i], "too many mails wait");
}

const char *
outbox_adopt(struct mailout *mailout, struct letter *adopted,
    const char *thread, int64_t now)
{
	struct entry *entry = mem_zero(1, sizeof(*entry));

	make_room(mailout);
	entry->letter = *adopted;
	memset(adopted, 0, sizeof(*adopted));
	outbox_name(mailout, &entry->letter);
	snprintf(entry->letter.thread, LETTER_ID, "%s", thread);
	entry->number = mailout->next_number++;
	entry->created = entry->next = now;
	entry->dirty = true;
	mailout->queue[mailout->queued++] = entry;
	return entry->letter.id;
}

struct entry *
outbox_find(struct mailout *mailout, uint64_t number)
{
	for (size_t i = 0; i < mailout->queued; i++)
		if (mailout->queue[i]->number == number)
			return mailout->queue[i];
	return NULL;
}

void
outbox_picture(struct mailout *mailout, struct entry *entry, unsigned picture,
    const void *png, size_t n)
{
	struct letter *letter = &entry->letter;

	(void)mailout;
	if (entry->missing > 0)
		entry->missing--;
	if (picture >= letter->picture_count || png == NULL ||
	    letter->pictures[picture].png != NULL)
		return;
	letter->pictures[picture].png = mem_copy(png, n);
	letter->pictures[picture].n = n;
	entry->dirty = true;
}

static struct mime_people
people_of(const struct mail_config *config)
{
	return (
	    struct mime_people){ config->from, config->to, config->to_count };
}

static struct send_order
order_of(const struct mailout *mailout, enum mail_way way, char url[600])
{
	const struct mail_config *config = mailout->config;
	struct send_order order = { .url = url, .ca = config->ca };

	if (way == WAY_WEBHOOK) {
		order.url = config->webhook;
		return order;
	}
	/* libcurl says EHLO with what stands behind the host. */
	snprintf(url, 600, "%s%s/%s", way == WAY_LOCAL ? "smtp://" : "",
	    way == WAY_LOCAL ? config->local : config->smarthost, config->host);
	order.tls = way == WAY_SMARTHOST;
	order.user = way == WAY_SMARTHOST ? config->user : NULL;
	order.password = config->password;
	order.from = config->from;
	order.to = config->to;
	order.to_count = config->to_count;
	return order;
}

/* A program reads lines that end as those of this host do. */
static int
hand_to_sendmail(
    struct mailout *mailout, const char *bytes, size_t n, struct err *err)
{
	char *lines = mem_grow(NULL, n + 1, 1);
	size_t used = 0;
	int rc;

	for (size_t i = 0; i < n; i++)
		if (bytes[i] != '\r')
			lines[used++] = bytes[i];
	rc = mailout->sinks.sendmail(mailout->sinks.arg, lines, used, err);
	free(lines);
	mailout->sendmail_busy = rc == 0;
	return rc;
}

int
outbox_hand(struct mailout *mailout, enum mail_way way,
    const struct letter *letter, const char *bytes, size_t n,
    send_done_fn *done, void *arg, struct err *err)
{
	struct send_order order;
	char url[600];

	if (way == WAY_SENDMAIL && mailout->sendmail_busy)
		return err_set(err, "sendmail: it has another mail");
	if (way == WAY_SENDMAIL)
		return hand_to_sendmail(mailout, bytes, n, err);
	order = order_of(mailout, way, url);
	order.bytes = way == WAY_WEBHOOK ? letter->json : bytes;
	order.n = way == WAY_WEBHOOK ? strlen(letter->json) : n;
	if (!sender_send(mailout->sender, &order, done, arg))
		return err_set(err, "too many transfers wait");
	return 0;
}

static void
sender_done(void *arg, const struct send_result *result)
{
	struct mailout *mailout = arg;

	outbox_result(mailout, result, mailout->now);
}

/* By its way, or the one whose turn it is now. */
static enum mail_way
way_now(struct mailout *mailout, struct entry *entry, int64_t now)
{
	const struct mail_config *config = mailout->config;

	if (entry->way_since == 0)
		entry->way_since = now;
	if (now - entry->way_since >= WAY_MS) {
		entry->way++;
		entry->way_since = now;
	}
	entry->way %= config->way_count;
	return config->ways[entry->way];
}

static void
try(struct mailout *mailout, struct entry *entry, int64_t now)
{
	struct mime_people people = people_of(mailout->config);
	enum mail_way way = way_now(mailout, entry, now);
	struct send_result failed = { .end = SEND_LATER };
	struct err err;
	char *bytes;
	size_t n;

	mailout->flying = entry;
	entry->tries++;
	bytes = mime_bytes(&entry->letter, &people, &n, &err);
	if (bytes == NULL || outbox_hand(mailout, way, &entry->letter, bytes, n,
				 sender_done, mailout, &err) == -1) {
		snprintf(
		    failed.words, sizeof(failed.words), "%.399s", err.text);
		outbox_result(mailout, &failed, now);
	}
	free(bytes);
}

static int64_t
pause_of(unsigned tries)
{
	int64_t pause = PAUSE_MS;

	while (--tries > 0 && pause < MOST_PAUSE)
		pause *= 2;
	return pause < MOST_PAUSE ? pause : MOST_PAUSE;
}

/* A way that refused is left; where it is the only one, it is tried later. */
static void
plan(struct mailout *mailout, struct entry *entry, bool refused, int64_t now)
{
	size_t ways = mailout->config->way_count;
	int64_t change = entry->way_since + WAY_MS;

	entry->next = now + pause_of(entry->tries);
	if (ways < 2)
		return;
	if (refused) {
		entry->way++;
		entry->way_since = now;
		/* Each way once at once, then with pauses. */
		if (entry->tries < ways)
			entry->next = now;
	} else if (entry->next > change) {
		entry->next = change > now ? change : now;
	}
}

void
outbox_result(
    struct mailout *mailout, const struct send_result *result, int64_t now)
{
	struct entry *entry = mailout->flying;
	const struct mail_config *config = mailout->config;
	char words[600];

	mailout->flying = NULL;
	if (entry == NULL)
		return;
	snprintf(words, sizeof(words), "%s: %s",
	    config->way_count == 0
		? "no way"
		: mail_way_name(config->ways[entry->way % config->way_count]),
	    result->words);
	if (result->end == SEND_DONE) {
		mailout->counts.sent++;
		log_info("mail \"%s\": sent: %s", entry->letter.subject, words);
		take_out(mailout, entry);
		mailout_trouble(mailout, NULL);
		return;
	}
	mailout->counts.failed++;
	log_warn("mail \"%s\": not sent: %s", entry->letter.subject, words);
	if (now - entry->created >= MOST_AGE_MS) {
		drop(mailout, entry, "no way took it in 3 days");
	} else if (config->way_count != 0) {
		plan(mailout, entry, result->end == SEND_REFUSED, now);
	}
	/* "Not now" is what a greylist says to everybody. */
	if (result->words[0] != '4' || entry->tries > 1)
		mailout_trouble(mailout, words);
}

/* May it go out already? */
static bool
is_ready(const struct entry *entry, int64_t now)
{
	if (!entry->asked || entry->next > now)
		return false;
	if (entry->missing > 0 && now - entry->created < PICTURE_MS)
		return false;
	return entry->kept == ENTRY_KEPT || now - entry->created >= KEEP_MS;
}

void
outbox_run(struct mailout *mailout, int64_t now)
{
	for (size_t i = 0; i < mailout->queued; i++) {
		struct entry *entry = mailout->queue[i];

		if (!entry->asked) {
			entry->asked = true;
			entry->missing = mailout_ask_pictures(
			    mailout, entry->number, &entry->letter);
		}
	}
	if (mailout->flying != NULL || mailout->config->way_count == 0)
		return;
	for (size_t i = 0; i < mailout->queued; i++)
		if (is_ready(mailout->queue[i], now)) {
			try(mailout, mailout->queue[i], now);
			return;
		}
}

int64_t
outbox_due(const struct mailout *mailout)
{
	int64_t due = INT64_MAX;

	if (mailout->flying != NULL || mailout->config->way_count == 0)
		return due;
	for (size_t i = 0; i < mailout->queued; i++) {
		const struct entry *entry = mailout->queue[i];
		int64_t at = entry->next;

		/* What it waits for beside that comes within seconds. */
		if (at <= mailout->now)
			at = mailout->now + SECONDS / 2;
		due = at < due ? at : due;
	}
	return due;
}

void
outbox_free(struct mailout *mailout)
{
	for (size_t i = 0; i < mailout->queued; i++)
		entry_free(mailout->queue[i]);
}
