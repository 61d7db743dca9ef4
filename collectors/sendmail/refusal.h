/* refusal.h - what refusals by rules and by milters share; for sendmail/ alone
 */
#ifndef SENDMAIL_REFUSAL_H
#define SENDMAIL_REFUSAL_H

#include "collectors/sendmail/sendmail.h"

/* A refusal in the line's words, without a client; code 0: not told yet. */
struct mail_event refusal_event(
    const struct entry *, enum reason, uint16_t code);
/* "550 5.7.1 <a@b>... Relaying denied": code, enhanced code and text of it;
   false if it does not begin with 4xx or 5xx. */
bool refusal_reply(struct slice text, struct mail_event *);
/* Without a client in the line, it waits for the one that tells. */
void refusal_emit(
    struct entry *, struct envelope *envelope, struct mail_event *);

/* The process is a server's, whoever its client is: its message. */
struct envelope *refusal_server(struct entry *);
void refusal_quarantine(struct entry *, struct slice words);
/* For `refused_to' of an envelope. */
uint32_t refusal_recipient(struct slice recipient);

#endif
