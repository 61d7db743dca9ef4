/*
 * ours.h - our networks and domains, as the mail system itself has them
 *
 * Each with where it comes from, and beside them the gaps: what may be ours
 * and cannot be listed (a map in a database, a pattern).  A mail system is a
 * file ours_NAME.c and a row in ours_systems[].
 */
#ifndef AGENT_OURS_H
#define AGENT_OURS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/err.h"

#define OURS_DOMAINS  500000 /* then a gap says so */
#define OURS_NETWORKS 10000  /* the same */
#define OURS_GAPS     64     /* the rest is left out */
#define OURS_HOSTS    64     /* the same */
#define OURS_HOST     200    /* bytes of its name */
#define OURS_ORIGINS  1000   /* then the last one stands for others */

struct our_network {
	struct prefix prefix;
	size_t origin;
};

struct our_domain {
	char *name; /* as in collectors/home.h */
	bool relayed;
	size_t origin;
};

struct our_gap {
	char *text;      /* "virtual_mailbox_domains = mysql:/etc/..." */
	bool of_domains; /* else of networks */
};

struct ours {
	struct our_network *networks;
	size_t network_count;
	struct our_domain *domains;
	size_t domain_count;
	struct our_gap *gaps;
	size_t gap_count;
	char **hosts; /* "[mail.example.org]", "192.0.2.25", a domain */
	size_t host_count;
	char *by_login; /* what says that a login lets its address relay;
			   NULL: nothing (ours_logins.h) */
	char **origins; /* "postconf mydestination" */
	size_t origin_count, origin; /* the one at work */
	unsigned files;              /* read so far */
};

#define OURS_EXCEPTIONS 256 /* of one list; what follows is not excepted */

/* What a list has excepted so far: the first item that fits decides. */
struct our_exceptions {
	struct prefix of[OURS_EXCEPTIONS];
	size_t count;
};

/* Where one mail system is; what is NULL is looked for. */
struct our_place {
	const char *program, *directory;
};

struct ours_system {
	const char *name; /* title of its section in the configuration */
	/* False if it is not on this host. */
	bool (*find)(struct our_place *);
	void (*read)(const struct our_place *, int stop, struct ours *);
};

extern const struct ours_system *const ours_systems[];
extern const size_t ours_system_count;
const struct ours_system *ours_system(const char *name); /* or NULL */

/* A section of the configuration; NULL: not set. */
struct our_system_config {
	char *name, *program, *directory;
};

/*
 * Of the systems named (n 0: those found here): runs their programs and reads
 * their files, here and now.
 */
void ours_gather(
    struct ours *, const struct our_system_config *, size_t n, int stop);

void ours_free(struct ours *);

/* What is added from now on comes from there. */
void ours_origin(struct ours *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* False if it is no name of a domain; any case. */
bool ours_domain(struct ours *, struct slice name, bool relayed);
void ours_network(struct ours *, const struct prefix *);
/* A host that passes mail on, to us or for us: "smtp:[mail.example.org]:587" */
void ours_host(struct ours *, struct slice);
/* The next item of a list that has exceptions: "!192.0.2.7" is negated. */
void ours_listed(struct ours *, struct our_exceptions *, bool negated,
    const struct prefix *);
void ours_gap(struct ours *, bool of_domains, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

bool ours_has_gap(const struct ours *, bool of_domains);

/* As bytes, from the helper to the agent; false where they are not such. */
void ours_write(const struct ours *, FILE *);
bool ours_parse(struct ours *, struct slice bytes);

#endif
