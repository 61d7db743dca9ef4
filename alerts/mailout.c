/* mailout.c - incidents told to people: what is where, and when it is due */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/mailout_impl.h"
#include "base/mem.h"

#define DAY_SECONDS 86400

const char *
mail_way_name(enum mail_way way)
{
	static const char *const names[MAIL_WAYS] = {
		[WAY_SMARTHOST] = "smarthost",
		[WAY_LOCAL] = "local",
		[WAY_SENDMAIL] = "sendmail",
		[WAY_WEBHOOK] = "webhook",
	};

	return names[way];
}

struct mailout *
mailout_new(const struct mail_config *config, const struct mail_sinks *sinks,
    struct err *err)
{
	struct mailout *mailout = mem_zero(1, sizeof(*mailout));

	mailout->config = config;
	mailout->sinks = *sinks;
	mailout->next_number = 1;
	mailout->sender = sender_new(err);
	if (mailout->sender != NULL)
		return mailout;
	mailout_free(mailout);
	return NULL;
}

void
mailout_free(struct mailout *mailout)
{
	if (mailout == NULL)
		return;
	sender_free(mailout->sender);
	outbox_free(mailout);
	topics_free(mailout);
	limits_free(mailout);
	test_free(mailout);
	free(mailout);
}

void
mailout_reconfigure(struct mailout *mailout, const struct mail_config *config)
{
	mailout->config = config;
	for (size_t i = 0; i < mailout->queued; i++)
		mailout->queue[i]->way_since = 0;
}

struct compose
mailout_compose(const struct mailout *mailout, int64_t now)
{
	const struct mail_sinks *sinks = &mailout->sinks;

	return (struct compose){ mailout->config->host, mailout->config->link,
		now / SECONDS, sinks->offset(sinks->arg, now / SECONDS) };
}

unsigned
mailout_ask_pictures(
    struct mailout *mailout, uint64_t ticket, struct letter *letter)
{
	unsigned asked = 0;

	for (unsigned i = 0; i < letter->picture_count; i++) {
		const struct letter_picture *picture = &letter->pictures[i];
		struct mail_wish wish = { ticket, i, picture->series,
			picture->host, picture->from, picture->to };

		asked += picture->png == NULL &&
			 mailout->sinks.draw(mailout->sinks.arg, &wish);
	}
	return asked;
}

void
mailout_picture(struct mailout *mailout, uint64_t ticket, unsigned picture,
    const void *png, size_t n)
{
	struct test *test = &mailout->test;
	struct entry *entry;

	if (ticket != TEST_TICKET) {
		entry = outbox_find(mailout, ticket);
		if (entry != NULL)
			outbox_picture(mailout, entry, picture, png, n);
		return;
	}
	if (!test->running || test->asked || test->missing == 0)
		return;
	test->missing--;
	if (png != NULL && picture < test->letter.picture_count &&
	    test->letter.pictures[picture].png == NULL) {
		test->letter.pictures[picture].png = mem_copy(png, n);
		test->letter.pictures[picture].n = n;
	}
}

void
mailout_trouble(struct mailout *mailout, const char *words)
{
	const struct mail_sinks *sinks = &mailout->sinks;

	if (words == NULL && !mailout->troubled)
		return;
	mailout->troubled = words != NULL;
	sinks->trouble(sinks->arg, "mail", words, mailout->now);
}

void
mailout_sent(struct mailout *mailout, const struct err *err, int64_t now)
{
	struct send_result result = { .end = SEND_DONE };

	mailout->now = now;
	mailout->sendmail_busy = false;
	snprintf(result.words, sizeof(result.words), "%.399s",
	    err != NULL ? err->text : "taken");
	if (err != NULL)
		result.end = SEND_LATER;
	if (mailout->sendmail_has_test) {
		mailout->sendmail_has_test = false;
		test_result(mailout, &result);
	} else {
		outbox_result(mailout, &result, now);
	}
}

/* Of the day before, once the clock has come to its minute. */
static int64_t
day_due(const struct mailout *mailout, int64_t now)
{
	int64_t local = now / SECONDS, minute = mailout->config->daily;

	local += mailout->sinks.offset(mailout->sinks.arg, local);
	return local / DAY_SECONDS -
	       (local % DAY_SECONDS >= minute * 60 ? 1 : 2);
}

/* A report is of a day later than the last: clocks are set back, too. */
bool
mailout_wants_daily(const struct mailout *mailout, int64_t now, int64_t *day)
{
	*day = day_due(mailout, now);
	return mailout->config->daily >= 0 && mailout->config->way_count != 0 &&
	       mailout->daily_day != 0 && *day > mailout->daily_day;
}

void
mailout_daily(struct mailout *mailout, int64_t day,
    const struct mail_daily *daily, int64_t now)
{
	struct compose compose = mailout_compose(mailout, now);
	struct letter letter;

	mailout->now = now;
	mailout->daily_day = day;
	mailout->daily_dirty = true;
	if (daily == NULL)
		return;
	compose_daily(
	    &letter, daily, mailout->sinks.nth, mailout->sinks.arg, &compose);
	(void)outbox_adopt(mailout, &letter, "", now);
}

int
mailout_fd(const struct mailout *mailout)
{
	return sender_fd(mailout->sender);
}

void
mailout_ready(struct mailout *mailout, int64_t now)
{
	mailout->now = now;
	/* Who has just started wants no report of the day before. */
	if (mailout->daily_day == 0) {
		mailout->daily_day = day_due(mailout, now);
		mailout->daily_dirty = true;
	}
	sender_ready(mailout->sender);
	topics_run(mailout, now);
	limits_run(mailout, now);
	outbox_run(mailout, now);
	test_run(mailout, now);
	heartbeat_run(mailout, now);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
mailout_due(const struct mailout *mailout)
{
	int64_t due = earlier(topics_due(mailout), outbox_due(mailout));

	due = earlier(due, test_due(mailout));
	if (mailout->digest_due != 0)
		due = earlier(due, mailout->digest_due);
	if (mailout->config->heartbeat != NULL && !mailout->beating)
		due = earlier(due, mailout->beat_due);
	return due;
}

struct mail_counts
mailout_counts(const struct mailout *mailout)
{
	struct mail_counts counts = mailout->counts;

	counts.waiting = mailout->queued;
	return counts;
}

const char *
mailout_library(void)
{
	return sender_library();
}
