/* check_journal.h - may the journal be read, and if not, what is missing */
#ifndef AGENT_CHECK_JOURNAL_H
#define AGENT_CHECK_JOURNAL_H

#include "agent/privileges.h"
#include "collectors/collectors.h"

/* Prints it.  A journal that is not there is no mistake. */
bool check_journal(const struct source_config *, const struct privileges *);

#endif
