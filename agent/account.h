/*
 * account.h - the account as one JSON object: replay --json's contract
 */
#ifndef AGENT_ACCOUNT_H
#define AGENT_ACCOUNT_H

#include <stdio.h>

#include "agent/verdicts.h"
#include "base/stats.h"
#include "base/tally.h"
#include "collectors/collectors.h"

/* `top' rows of clients and accounts; 0: all.  What the rules say of it; NULL:
   they were not asked. */
int account_print_json(FILE *, const struct stats *, const struct tally *,
    const struct coverage_counts *, const struct verdicts *, size_t top);
/* The same for people, on a page. */
void account_print(FILE *, const struct stats *, const struct tally *,
    const struct coverage_counts *, size_t top);

#endif
