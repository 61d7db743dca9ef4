/*
 * topics.c - when there is a mail to write: one of a host and rule and level
 *
 * A topic gathers for some seconds before it speaks, so that its first mail
 * names who came together, and is over only after some minutes of calm, so
 * that one who comes and goes is not two mails each time.
 */
#include <stdlib.h>
#include <string.h>

#include "alerts/mailout_impl.h"
#include "base/log.h"
#include "base/mem.h"

#define GATHER_MS (5 * SECONDS)
#define CALM_MS   (5 * MINUTES)

static bool
is_of(const struct topic *topic, const char *host, const char *rule)
{
	return strcmp(topic->host, host) == 0 && strcmp(topic->rule, rule) == 0;
}

/* Its row is dropped at the next commit. */
static void
drop(struct mailout *mailout, size_t i)
{
	struct topic *topic = mailout->topics[i];

	mailout->topic_count--;
	memmove(&mailout->topics[i], &mailout->topics[i + 1],
	    (mailout->topic_count - i) * sizeof(mailout->topics[0]));
	mailout->dropped = mem_grow(mailout->dropped,
	    mailout->dropped_count + 1, sizeof(*mailout->dropped));
	mailout->dropped[mailout->dropped_count++] = *topic;
	free(topic);
}

struct topic *
topics_get(
    struct mailout *mailout, const char *host, const char *rule, bool make)
{
	struct topic *topic;

	for (size_t i = 0; i < mailout->topic_count; i++)
		if (is_of(mailout->topics[i], host, rule))
			return mailout->topics[i];
	if (!make)
		return NULL;
	if (mailout->topic_count == MAIL_TOPICS) {
		log_warn("mail: more than %d hosts and rules have open "
			 "incidents; the oldest is forgotten",
		    MAIL_TOPICS);
		drop(mailout, 0);
	}
	topic = mem_zero(1, sizeof(*topic));
	slice_copy(slice_of(host), topic->host, sizeof(topic->host));
	slice_copy(slice_of(rule), topic->rule, sizeof(topic->rule));
	topic->mailed = -1;
	topic->dirty = true;
	mailout->topics[mailout->topic_count++] = topic;
	return topic;
}

/* Behind the others, or before them where it is the worst by now. */
static void
remember(struct topic *topic, uint64_t number, bool worst)
{
	size_t i = 0;

	while (i < topic->n && topic->numbers[i] != number)
		i++;
	if (i == topic->n && topic->n == COMPOSE_KEYS && !worst)
		return;
	if (i == topic->n && topic->n < COMPOSE_KEYS)
		topic->n++;
	else if (i == topic->n)
		i--;
	if (worst) {
		memmove(&topic->numbers[1], &topic->numbers[0],
		    i * sizeof(topic->numbers[0]));
		i = 0;
	}
	topic->numbers[i] = number;
}

static void
plan(struct topic *topic, enum notice notice, int64_t due)
{
	topic->pending = true;
	topic->notice = notice;
	topic->due = due;
}

static void
worsens(struct topic *topic, const struct incident *incident, bool is_new,
    int64_t now)
{
	bool worst = (int)incident->level > topic->level || topic->n == 0;

	if (is_new) {
		topic->keys++;
		topic->open++;
	}
	if ((int)incident->level > topic->level)
		topic->level = (int)incident->level;
	remember(topic, incident->number, worst);
	topic->dirty = true;
	if (topic->pending && topic->notice == NOTICE_OVER)
		topic->pending = false;
	if (topic->mailed < topic->level && !topic->pending)
		plan(topic, topic->mailed == -1 ? NOTICE_OPEN : NOTICE_GROW,
		    now + GATHER_MS);
}

static void
calms(struct topic *topic, int64_t now)
{
	if (topic->open > 0)
		topic->open--;
	topic->dirty = true;
	if (topic->open == 0 && !topic->pending)
		plan(topic, NOTICE_OVER, now + CALM_MS);
}

void
mailout_notice(struct mailout *mailout, const struct incident *incident,
    enum notice notice, int64_t now)
{
	struct topic *topic;

	mailout->now = now;
	if (incident->past || mailout->config->way_count == 0)
		return;
	topic = topics_get(mailout, incident->host, incident->rule,
	    incident->mails && notice != NOTICE_OVER);
	if (topic == NULL)
		return;
	if (notice == NOTICE_OVER)
		calms(topic, now);
	else
		worsens(topic, incident, notice == NOTICE_OPEN, now);
}

/*
 * Copies, as a found incident holds until the next call; the one that is shown
 * whole is found last.  How many are still known.
 */
static size_t
find_incidents(struct mailout *mailout, const struct topic *topic,
    struct incident copies[COMPOSE_KEYS])
{
	const struct mail_sinks *sinks = &mailout->sinks;
	const struct incident *found;
	size_t n = 0;

	for (size_t i = 0; i < topic->n; i++) {
		found = sinks->find(sinks->arg, topic->numbers[i]);
		if (found == NULL)
			continue;
		copies[n] = *found;
		copies[n++].evidence = NULL;
	}
	if (n == 0)
		return 0;
	found = sinks->find(sinks->arg, copies[0].number);
	if (found != NULL)
		copies[0] = *found;
	return n;
}

static void
speak(struct mailout *mailout, struct topic *topic, int64_t now)
{
	struct incident *copies = mem_zero(COMPOSE_KEYS, sizeof(*copies));
	struct compose compose = mailout_compose(mailout, now);
	struct alert_mail mail = { .notice = topic->notice,
		.keys = topic->keys };
	struct letter letter;
	const char *id;

	mail.n = find_incidents(mailout, topic, copies);
	for (size_t i = 0; i < mail.n; i++)
		mail.incidents[i] = &copies[i];
	if (mail.keys < mail.n)
		mail.keys = mail.n;
	if (mail.n != 0) {
		compose_alert(&letter, &mail, &compose);
		if (limits_take(mailout, now)) {
			id = outbox_adopt(mailout, &letter, topic->thread, now);
			if (topic->thread[0] == '\0')
				memcpy(topic->thread, id, LETTER_ID);
		} else {
			limits_note(mailout, letter.subject, now);
		}
		letter_fini(&letter);
	}
	free(copies);
}

/* False: the topic is at its end. */
static bool
run(struct mailout *mailout, struct topic *topic, int64_t now)
{
	topic->pending = false;
	topic->dirty = true;
	speak(mailout, topic, now);
	if (topic->notice == NOTICE_OVER)
		return false;
	topic->mailed = topic->level;
	if (topic->open == 0)
		plan(topic, NOTICE_OVER, now + CALM_MS);
	return true;
}

void
topics_run(struct mailout *mailout, int64_t now)
{
	for (size_t i = 0; i < mailout->topic_count;) {
		struct topic *topic = mailout->topics[i];

		if (topic->pending && topic->due <= now &&
		    !run(mailout, topic, now))
			drop(mailout, i);
		else
			i++;
	}
}

int64_t
topics_due(const struct mailout *mailout)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < mailout->topic_count; i++)
		if (mailout->topics[i]->pending &&
		    mailout->topics[i]->due < due)
			due = mailout->topics[i]->due;
	return due;
}

void
topics_free(struct mailout *mailout)
{
	for (size_t i = 0; i < mailout->topic_count; i++)
		free(mailout->topics[i]);
	free(mailout->dropped);
}
