/*
 * mail_rig.h - a mailout with a clock, incidents and a sendmail of the test's
 */
#ifndef TESTS_MAIL_RIG_H
#define TESTS_MAIL_RIG_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/alerts.h"
#include "base/mem.h"

#define RIG_START     INT64_C(1795305600000) /* 2026-11-22 00:00 UTC, ms */
#define RIG_INCIDENTS 64
#define RIG_MAILS     200

struct rig {
	struct mailout *mailout;
	struct mail_config config;
	int64_t now;
	struct incident incidents[RIG_INCIDENTS];
	size_t incident_count;
	char *mails[RIG_MAILS]; /* what sendmail was given */
	size_t mail_count;
	bool asked;      /* sendmail has one that is not answered */
	const char *bad; /* what sendmail complains of; NULL: it takes all */
	bool draws;      /* pictures can be had */
	struct mail_wish wishes[RIG_MAILS];
	size_t wish_count;
	char trouble[600];
	char own[RIG_MAILS][200];
	size_t own_count;
};

/* A configuration owns its texts. */
static char rig_postmaster[] = "postmaster", rig_kim[] = "kim@example.org";
static char rig_host[] = "mx1.example.org", rig_from[] = "weir@mx1.example.org";
static char rig_program[] = "/usr/sbin/sendmail";
static char rig_link[] = "https://mx1.example.org/weir/";
static char *rig_to[] = { rig_postmaster, rig_kim };

static inline const struct incident *
rig_find(void *arg, uint64_t number)
{
	struct rig *rig = arg;

	for (size_t i = 0; i < rig->incident_count; i++)
		if (rig->incidents[i].number == number)
			return &rig->incidents[i];
	return NULL;
}

static inline const struct incident *
rig_nth(void *arg, size_t i)
{
	struct rig *rig = arg;

	return i < rig->incident_count ? &rig->incidents[i] : NULL;
}

static inline bool
rig_draw(void *arg, const struct mail_wish *wish)
{
	struct rig *rig = arg;

	if (rig->draws)
		rig->wishes[rig->wish_count++] = *wish;
	return rig->draws;
}

static inline int
rig_sendmail(void *arg, const char *bytes, size_t n, struct err *err)
{
	struct rig *rig = arg;

	(void)err;
	assert_false(rig->asked);
	assert_true(rig->mail_count < RIG_MAILS);
	rig->mails[rig->mail_count++] = mem_slice((struct slice){ bytes, n });
	rig->asked = true;
	return 0;
}

static inline void
rig_trouble(void *arg, const char *what, const char *words, int64_t now)
{
	struct rig *rig = arg;

	(void)now;
	snprintf(rig->trouble, sizeof(rig->trouble), "%s%s%s",
	    words != NULL ? what : "", words != NULL ? ": " : "",
	    words != NULL ? words : "");
}

static inline void
rig_own(void *arg, struct slice id)
{
	struct rig *rig = arg;

	slice_copy(id, rig->own[rig->own_count++], sizeof(rig->own[0]));
}

static inline int64_t
rig_offset(void *arg, int64_t when)
{
	(void)arg;
	(void)when;
	return 3600;
}

static inline void
rig_restart(struct rig *rig)
{
	const struct mail_sinks sinks = { rig_find, rig_nth, rig_draw,
		rig_sendmail, rig_trouble, rig_own, rig_offset, rig };
	struct err err;

	mailout_free(rig->mailout);
	rig->asked = false;
	rig->mailout = mailout_new(&rig->config, &sinks, &err);
	if (rig->mailout == NULL)
		fail_msg("%s", err.text);
}

static inline struct rig *
rig_new(void)
{
	struct rig *rig = mem_zero(1, sizeof(*rig));

	rig->now = RIG_START;
	rig->config = (struct mail_config){ .host = rig_host,
		.to = rig_to,
		.to_count = 2,
		.from = rig_from,
		.ways = { WAY_SENDMAIL },
		.way_count = 1,
		.sendmail = rig_program,
		.per_hour = 6,
		.per_day = 30,
		.link = rig_link,
		.daily = -1 };
	rig_restart(rig);
	return rig;
}

static inline void
rig_forget_mails(struct rig *rig)
{
	for (size_t i = 0; i < rig->mail_count; i++)
		free(rig->mails[i]);
	rig->mail_count = 0;
}

static inline void
rig_free(struct rig *rig)
{
	mailout_free(rig->mailout);
	rig_forget_mails(rig);
	free(rig);
}

/* sendmail answers, if it was asked; then all that is due is done. */
static inline void
rig_turn(struct rig *rig)
{
	struct err err;

	mailout_ready(rig->mailout, rig->now);
	while (rig->asked) {
		rig->asked = false;
		if (rig->bad != NULL)
			err_set(&err, "%s", rig->bad);
		mailout_sent(
		    rig->mailout, rig->bad != NULL ? &err : NULL, rig->now);
		mailout_ready(rig->mailout, rig->now);
	}
}

/* Time passes, and what is due on the way is done when it is. */
static inline void
rig_pass(struct rig *rig, int64_t ms)
{
	int64_t end = rig->now + ms, due;

	for (;;) {
		rig_turn(rig);
		due = mailout_due(rig->mailout);
		if (due > end)
			break;
		rig->now = due > rig->now ? due : rig->now + 1;
	}
	rig->now = end;
	rig_turn(rig);
}

static inline struct incident *
rig_incident(struct rig *rig, const char *rule, const char *key)
{
	struct incident *one = &rig->incidents[rig->incident_count++];

	assert_true(rig->incident_count <= RIG_INCIDENTS);
	memset(one, 0, sizeof(*one));
	one->number = rig->incident_count;
	one->rule = rule;
	strcpy(one->host, "mx1");
	one->kind = KEY_CLIENT;
	snprintf(one->key, sizeof(one->key), "%s", key);
	(void)addr_parse(slice_of(key), &one->client);
	one->level = LEVEL_ACT;
	one->open = one->mails = true;
	one->first = (rig->now - 8000) * 1000;
	one->crossed = one->last = rig->now * 1000;
	one->count = 3;
	one->value = 3;
	one->usual = -1;
	one->within = 600;
	one->action = ACTION_BLOCK;
	one->block_seconds = 3600;
	one->what = "refused to relay";
	one->unit = "times";
	return one;
}

#endif
