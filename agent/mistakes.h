/*
 * mistakes.h - what is wrong in the configuration, and what was expected
 */
#ifndef AGENT_MISTAKES_H
#define AGENT_MISTAKES_H

#include <confuse.h>

#include "base/err.h"

/*
 * From now on the first mistake that libconfuse finds is told there, with file
 * and line; both are borrowed until the next call.
 */
void mistakes_report(cfg_t *, const char *path, struct err *);

#endif
