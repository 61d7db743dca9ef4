/* mailout_test.c - a mail to see that mails arrive; and the heartbeat */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/mailout_impl.h"
#include "alerts/mime.h"
#include "base/log.h"

#define PICTURE_MS (3 * SECONDS)
#define BEAT_MS    (5 * MINUTES)

static void
add_words(struct test *test, const char *how, const char *words)
{
	size_t n = strlen(test->words);

	snprintf(test->words + n, sizeof(test->words) - n, "%s%s: %s",
	    n != 0 ? "; " : "", how, words);
}

static void
end(struct mailout *mailout, bool sent)
{
	struct test *test = &mailout->test;

	test->running = false;
	letter_fini(&test->letter);
	free(test->bytes);
	test->bytes = NULL;
	test->done(test->arg, sent, test->words);
}

static void
sender_done(void *arg, const struct send_result *result)
{
	test_result(arg, result);
}

/* From way to way, until one is under way or none is left. */
static void
try_ways(struct mailout *mailout)
{
	const struct mail_config *config = mailout->config;
	struct mime_people people = { config->from, config->to,
		config->to_count };
	struct test *test = &mailout->test;
	struct err err;
	size_t n = 0;

	for (; test->way < config->way_count; test->way++) {
		enum mail_way way = config->ways[test->way];

		free(test->bytes);
		test->bytes = mime_bytes(&test->letter, &people, &n, &err);
		if (test->bytes != NULL &&
		    outbox_hand(mailout, way, &test->letter, test->bytes, n,
			sender_done, mailout, &err) == 0) {
			mailout->sendmail_has_test = way == WAY_SENDMAIL;
			return;
		}
		add_words(test, mail_way_name(way), err.text);
	}
	end(mailout, false);
}

void
test_result(struct mailout *mailout, const struct send_result *result)
{
	struct test *test = &mailout->test;
	const struct mail_config *config = mailout->config;
	char how[64];

	/* The configuration may be another by now. */
	if (!test->running || test->way >= config->way_count)
		return;
	snprintf(how, sizeof(how), "%s %s",
	    mail_way_name(config->ways[test->way]),
	    result->end == SEND_DONE ? "took it" : "did not take it");
	add_words(test, how, result->words);
	if (result->end == SEND_DONE) {
		end(mailout, true);
		return;
	}
	test->way++;
	try_ways(mailout);
}

int
mailout_test(struct mailout *mailout, int64_t now,
    void (*done)(void *arg, bool sent, const char *words), void *arg,
    struct err *err)
{
	struct test *test = &mailout->test;
	struct compose compose = mailout_compose(mailout, now);

	mailout->now = now;
	if (test->running)
		return err_set(err, "a test is under way already");
	if (mailout->config->way_count == 0)
		return err_set(err, "mail is off: there is nobody in `to', "
				    "or no way");
	memset(test, 0, sizeof(*test));
	test->running = true;
	test->done = done;
	test->arg = arg;
	test->until = now + PICTURE_MS;
	compose_test(&test->letter, &compose);
	outbox_name(mailout, &test->letter);
	test->missing =
	    mailout_ask_pictures(mailout, TEST_TICKET, &test->letter);
	test_run(mailout, now);
	return 0;
}

/* Once its picture is there, or does not come. */
void
test_run(struct mailout *mailout, int64_t now)
{
	struct test *test = &mailout->test;

	if (!test->running || test->asked ||
	    (test->missing > 0 && now < test->until))
		return;
	test->asked = true;
	try_ways(mailout);
}

int64_t
test_due(const struct mailout *mailout)
{
	const struct test *test = &mailout->test;

	return test->running && !test->asked ? test->until : INT64_MAX;
}

void
test_free(struct mailout *mailout)
{
	letter_fini(&mailout->test.letter);
	free(mailout->test.bytes);
}

static void
beat_done(void *arg, const struct send_result *result)
{
	struct mailout *mailout = arg;
	const struct mail_sinks *sinks = &mailout->sinks;

	mailout->beating = false;
	if (result->end == SEND_DONE) {
		if (mailout->beats_missed > 0)
			log_info("heartbeat: fetched again");
		if (mailout->beat_troubled)
			sinks->trouble(
			    sinks->arg, "heartbeat", NULL, mailout->now);
		mailout->beat_troubled = false;
		mailout->beats_missed = 0;
		return;
	}
	if (mailout->beats_missed++ == 0)
		log_warn("heartbeat: not fetched: %s", result->words);
	/* The one that misses it says so by itself; once may be chance. */
	if (mailout->beats_missed < 2)
		return;
	mailout->beat_troubled = true;
	sinks->trouble(sinks->arg, "heartbeat", result->words, mailout->now);
}

void
heartbeat_run(struct mailout *mailout, int64_t now)
{
	struct send_order order = { .url = mailout->config->heartbeat,
		.ca = mailout->config->ca };

	if (mailout->beat_due - now > BEAT_MS)
		mailout->beat_due = now; /* the clock was set back */
	if (order.url == NULL || mailout->beating || now < mailout->beat_due)
		return;
	mailout->beat_due = now + BEAT_MS;
	mailout->beating =
	    sender_send(mailout->sender, &order, beat_done, mailout);
}
