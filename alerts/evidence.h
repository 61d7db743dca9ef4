/*
 * evidence.h - lines of recent offences, and what an incident keeps of them
 *
 * The lines before a crossing matter as well, and nobody knows yet whose they
 * will be: the last LINES_KEPT offences are remembered, by the keys that rules
 * may have for them.
 */
#ifndef ALERTS_EVIDENCE_H
#define ALERTS_EVIDENCE_H

#include "alerts/rule.h"

#define LINES_KEPT 2048 /* of all keys; then the oldest is forgotten */

struct lines;

/* The hashes of an event's keys, by enum alert_key, as in a mark; 0: none. */
struct key_hashes {
	uint64_t of[KEY_AGENT];
};

struct lines *lines_new(void);
void lines_free(struct lines *);
/* An offence for these rules, a bit each. */
void lines_add(struct lines *, const struct mail_event *,
    const struct key_hashes *, uint32_t rules);
/* What is remembered of the key, from then on: into the evidence. */
void lines_gather(const struct lines *, struct evidence *, unsigned rule,
    enum alert_key, uint64_t hash, int64_t from);

/* One more; texts are copied. */
void evidence_add(struct evidence *, const struct mail_event *, bool clients);
void evidence_add_line(struct evidence *, struct slice line);
void evidence_add_row(struct evidence_row rows[ALERTS_TOP], size_t *n,
    struct slice text, uint64_t count);
void evidence_free(struct evidence *);

void evidence_put(struct state_writer *, const struct evidence *);
bool evidence_get(struct slice *at, struct evidence *);

#endif
