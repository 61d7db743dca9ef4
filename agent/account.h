/*
 * account.h - the account as one JSON object: replay --json's contract
 */
#ifndef AGENT_ACCOUNT_H
#define AGENT_ACCOUNT_H

#include <stdio.h>

#include "base/stats.h"
#include "base/tally.h"
#include "collectors/collectors.h"

/* `top' rows of clients and accounts; 0: all. */
int account_print_json(FILE *, const struct stats *, const struct tally *,
    const struct coverage_counts *, size_t top);
/* The same for people, on a page. */
void account_print(FILE *, const struct stats *, const struct tally *,
    const struct coverage_counts *, size_t top);

#endif
