/*
 * limits.c - so many alert mails an hour and a day, the rest in a digest
 *
 * A digest comes some minutes after its first line, and an hour after the
 * last one: the limits keep silence short as well as mails few.
 */
#include <stdlib.h>
#include <string.h>

#include "alerts/mailout_impl.h"
#include "base/mem.h"

#define DIGEST_AFTER (10 * MINUTES)

/* When the n-th last mail went; 0: there were not so many. */
static int64_t
last_but(const struct mailout *mailout, unsigned n)
{
	if (n == 0 || n > MAIL_LIMIT)
		return INT64_MAX;
	return mailout
	    ->sent_at[(mailout->sent_next + MAIL_LIMIT - n) % MAIL_LIMIT];
}

/* A clock that was set back must not stop mails: later than now is long ago. */
static bool
is_over(const struct mailout *mailout, unsigned most, int64_t span, int64_t now)
{
	int64_t at = last_but(mailout, most);

	return at == INT64_MAX || (at != 0 && at <= now && now - at < span);
}

bool
limits_take(struct mailout *mailout, int64_t now)
{
	if (is_over(mailout, mailout->config->per_hour, HOURS, now) ||
	    is_over(mailout, mailout->config->per_day, 24 * HOURS, now))
		return false;
	mailout->sent_at[mailout->sent_next] = now;
	mailout->sent_next = (mailout->sent_next + 1) % MAIL_LIMIT;
	mailout->limits_dirty = true;
	return true;
}

void
limits_note(struct mailout *mailout, const char *subject, int64_t now)
{
	mailout->counts.digested++;
	mailout->limits_dirty = true;
	if (mailout->line_count < DIGEST_LINES)
		mailout->lines[mailout->line_count++] = mem_text(subject);
	else
		mailout->more_lines++;
	if (mailout->digest_due != 0)
		return;
	mailout->digest_due = now + DIGEST_AFTER;
	if (mailout->digest_last != 0 && mailout->digest_last <= now &&
	    mailout->digest_last + HOURS > mailout->digest_due)
		mailout->digest_due = mailout->digest_last + HOURS;
}

static void
forget_lines(struct mailout *mailout)
{
	for (size_t i = 0; i < mailout->line_count; i++)
		free(mailout->lines[i]);
	mailout->line_count = 0;
	mailout->more_lines = 0;
}

void
limits_run(struct mailout *mailout, int64_t now)
{
	struct compose compose;
	struct letter letter;

	if (mailout->digest_due == 0 || now < mailout->digest_due)
		return;
	compose = mailout_compose(mailout, now);
	compose_digest(&letter, (const char *const *)mailout->lines,
	    mailout->line_count, mailout->more_lines, &compose);
	(void)outbox_adopt(mailout, &letter, "", now);
	forget_lines(mailout);
	mailout->digest_due = 0;
	mailout->digest_last = now;
	mailout->limits_dirty = true;
}

void
limits_free(struct mailout *mailout)
{
	forget_lines(mailout);
}
