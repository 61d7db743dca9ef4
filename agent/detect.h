/*
 * detect.h - the logs that this host has, where none are configured
 */
#ifndef AGENT_DETECT_H
#define AGENT_DETECT_H

#include <stdio.h>

#include "collectors/collectors.h"

/* Adds a source for what is found; the texts belong to the configuration. */
void detect_sources(struct collect_config *);
/* What was looked for, what was found, what counts and why: for people. */
void detect_explain(FILE *);

/* The same for queues and Sendmail's statistics file. */
void detect_polled(struct collect_config *);
void detect_polled_explain(FILE *);

#endif
