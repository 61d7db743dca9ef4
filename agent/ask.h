/*
 * ask.h - a question to the running agent, over its HTTP API
 *
 * By libcurl, which is linked for the mail anyway and knows TLS: the agent may
 * have no other address than one with `tls'.  It is then known by its
 * certificate, as the configuration names it.
 */
#ifndef AGENT_ASK_H
#define AGENT_ASK_H

#include <jansson.h>

#include "agent/config.h"

enum ask_answer {
	ASK_DONE,    /* *answer is its object, the caller's */
	ASK_NOBODY,  /* no agent is running */
	ASK_WRONG,   /* it refused the question as none */
	ASK_REFUSED, /* it refused, or could not */
};

/*
 * METHOD on PATH ("/api/v1/blocks", escaped by ask_path()), with the token of
 * the data directory.  Adopts the body (NULL: none).  Anything but ASK_DONE
 * leaves the reason in err.
 */
enum ask_answer ask(const struct config *, const char *method, const char *path,
    json_t *body, json_t **answer, struct err *);

/* The rows called `name' of all its pages, in one object. */
enum ask_answer ask_rows(const struct config *, const char *path,
    const char *name, json_t **answer, struct err *);

/* "/api/v1/blocks/" and the text with its escapes, to be freed. */
char *ask_path(const char *start, const char *text);

#endif
