/* ours_qmail.h - qmail's control files, as they are in a directory */
#ifndef AGENT_OURS_QMAIL_H
#define AGENT_OURS_QMAIL_H

#include "agent/ours.h"

/* What is not there is read as qmail-control(5) has it. */
void qmail_read(struct ours *, const char *directory);

#endif
