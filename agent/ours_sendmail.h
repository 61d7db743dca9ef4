/* ours_sendmail.h - reading sendmail.cf; for the tests as well */
#ifndef AGENT_OURS_SENDMAIL_H
#define AGENT_OURS_SENDMAIL_H

#include "agent/ours.h"

/* A network as class R and the access map have it: "192.0.2". */
bool sendmail_network(struct slice text, struct prefix *);
void sendmail_read(struct ours *, struct slice cf);

#endif
