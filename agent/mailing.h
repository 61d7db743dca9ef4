/*
 * mailing.h - mails of the agent: what alerts/ composes meets the loop, the
 * series that it wants drawn, and the helper that runs sendmail
 */
#ifndef AGENT_MAILING_H
#define AGENT_MAILING_H

#include "alerts/alerts.h"

struct agent;

/* Its job for the helper programs, which is started after it. */
void mailing_prepare(struct agent *);
/* After privileges are dropped; its part has to be opened with the state. */
int mailing_open(struct agent *, struct err *);
/* After the state is closed. */
void mailing_close(struct agent *);

struct mailout *mailing_mailout(struct agent *);

/* Watch it in the loop. */
void mailing_start(struct agent *);
/* The configuration is another one. */
void mailing_reload(struct agent *);
/* Each second: is it time for the daily report? */
void mailing_tick(struct agent *);

/* A notice of the alerts; `arg' is the agent. */
void mailing_noticed(void *arg, const struct incident *, enum notice);

/* As mailout_test(); the first is the agent. */
int mailing_test(void *agent,
    void (*done)(void *arg, bool sent, const char *words), void *done_arg,
    struct err *);

#endif
