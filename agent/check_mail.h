/* check_mail.h - mailweir check: how alerts reach people */
#ifndef AGENT_CHECK_MAIL_H
#define AGENT_CHECK_MAIL_H

#include "agent/config.h"

/* Prints.  path NULL: the usual configuration.  False: mail cannot be sent. */
bool check_mail_ways(const struct config *, const char *path);

#endif
