/*
 * mailout_impl.h - what mailout is made of; for its files alone
 */
#ifndef ALERTS_MAILOUT_IMPL_H
#define ALERTS_MAILOUT_IMPL_H

#include "alerts/compose.h"
#include "alerts/letter.h"
#include "alerts/mail.h"
#include "alerts/sender.h"

#define MAIL_OWN     256 /* Message-IDs that are remembered */
#define MAIL_LIMIT   200 /* mails a day, at most to be set */
#define DIGEST_LINES 50
#define SECONDS      INT64_C(1000)
#define MINUTES      (60 * SECONDS)
#define HOURS        (60 * MINUTES)

/* A mail that waits. */
struct entry {
	uint64_t number;
	struct letter letter;
	int64_t created, next; /* ms; the next try */
	int64_t way_since;     /* 0: not tried yet */
	size_t way;
	unsigned tries;
	unsigned missing; /* pictures that were asked for */
	bool asked;       /* for pictures */
	/* What a crash must bring again is not sent before it is kept. */
	enum { ENTRY_FRESH, ENTRY_HANDED, ENTRY_KEPT } kept;
	bool dirty; /* for the state */
};

/* Of one host and rule: what was said of it. */
struct topic {
	char host[64], rule[32];
	int level, mailed; /* reached; said: -1: nothing yet */
	uint64_t keys;     /* incidents since it opened */
	uint32_t open;     /* of them, now */
	uint64_t numbers[COMPOSE_KEYS];
	size_t n;
	bool pending;
	enum notice notice; /* to be said at `due' */
	int64_t due;
	char thread[LETTER_ID];
	bool dirty;
};

struct test {
	struct letter letter;
	bool running, asked;
	unsigned missing;
	int64_t until; /* pictures are waited for */
	size_t way;
	char *bytes;
	char words[2048];
	void (*done)(void *arg, bool sent, const char *words);
	void *arg;
};

struct mailout {
	const struct mail_config *config;
	struct mail_sinks sinks;
	struct sender *sender;
	int64_t now; /* as last told */
	struct entry *queue[MAIL_QUEUE];
	size_t queued;
	struct entry *flying; /* with the sender or sendmail; or NULL */
	bool sendmail_has_test, sendmail_busy;
	uint64_t next_number, gone[MAIL_QUEUE + 1];
	size_t gone_count; /* rows to drop from the state */
	struct topic *topics[MAIL_TOPICS];
	size_t topic_count;
	struct topic *dropped; /* rows to drop; host and rule only */
	size_t dropped_count;
	/* limits.c */
	int64_t sent_at[MAIL_LIMIT]; /* a ring: the last alert mails */
	size_t sent_next;
	char *lines[DIGEST_LINES];
	size_t line_count;
	uint64_t more_lines;
	int64_t digest_due, digest_last; /* 0: none */
	bool limits_dirty;
	char own[MAIL_OWN][LETTER_ID]; /* a ring */
	size_t own_next;
	bool own_dirty[MAIL_OWN];
	int64_t daily_day; /* the last one that was reported; 0: none */
	bool daily_dirty;
	bool beating, troubled;
	int64_t beat_due;
	unsigned beats_missed;
	struct test test;
	struct mail_counts counts;
};

/* mailout.c */
struct compose mailout_compose(const struct mailout *, int64_t now);
/* Ask for the pictures of a letter; how many will come. */
unsigned mailout_ask_pictures(
    struct mailout *, uint64_t ticket, struct letter *);
void mailout_trouble(struct mailout *, const char *words);

/* outbox.c: mails that wait, and the ways they go */
/* Takes the letter over; gives it its Message-ID, which is returned. */
const char *outbox_adopt(
    struct mailout *, struct letter *adopted, const char *thread, int64_t now);
void outbox_picture(struct mailout *, struct entry *, unsigned picture,
    const void *png, size_t n);
struct entry *outbox_find(struct mailout *, uint64_t number);
void outbox_run(struct mailout *, int64_t now);
void outbox_result(struct mailout *, const struct send_result *, int64_t now);
int64_t outbox_due(const struct mailout *);
void outbox_free(struct mailout *);
void outbox_name(struct mailout *, struct letter *);
/* Hand bytes to a way.  -1: it cannot be tried now. */
int outbox_hand(struct mailout *, enum mail_way, const struct letter *,
    const char *bytes, size_t n, send_done_fn *, void *arg, struct err *);

/* topics.c */
void topics_run(struct mailout *, int64_t now);
int64_t topics_due(const struct mailout *);
void topics_free(struct mailout *);
struct topic *topics_get(
    struct mailout *, const char *host, const char *rule, bool make);

/* limits.c */
/* May one more alert mail go?  If so it is counted. */
bool limits_take(struct mailout *, int64_t now);
/* It may not: a line of the next digest.  Copied. */
void limits_note(struct mailout *, const char *subject, int64_t now);
void limits_run(struct mailout *, int64_t now);
void limits_free(struct mailout *);

/* mailout_test.c: a test, and the heartbeat */
void test_run(struct mailout *, int64_t now);
int64_t test_due(const struct mailout *);
void test_result(struct mailout *, const struct send_result *);
void test_free(struct mailout *);
void heartbeat_run(struct mailout *, int64_t now);

#define TEST_TICKET UINT64_MAX

#endif
