/*
 * blocks.h - who is refused, for how long, and who never is
 *
 * The list and the policy are pure: nothing here touches a kernel or a file
 * until blocks_enforce() is called, and time is an argument (Unix time in
 * microseconds).  The list is the truth; the firewall or map that enforces it
 * is a cache, restored at start and repaired when somebody wiped it.
 *
 * Bounded: max_blocks blocks, BLOCK_PAST that are over and remembered two weeks
 * for doubling, BLOCK_KNOWN clients of whom good is known.  At a cap the list
 * takes no more, the two others let the least useful go; both are counted.
 */
#ifndef BLOCKS_BLOCKS_H
#define BLOCKS_BLOCKS_H

#include <sys/types.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/event.h"
#include "base/state.h"

#define BLOCK_PORTS      16  /* that one configuration may name */
#define BLOCK_REASON     160 /* bytes of it that are kept */
#define BLOCK_SENDER     254 /* bytes of it at most */
#define BLOCK_ACCESS_MAP "/etc/mail/access"
#define BLOCK_MOST       (7u * 86400) /* seconds: no doubling goes beyond */
#define BLOCK_PAST       65536
#define BLOCK_KNOWN      65536
#define BLOCK_PARTS      3 /* of the state */
#define BLOCK_NEVERS     1000

enum block_mode {
	BLOCK_OBSERVE, /* record and show what would be blocked */
	BLOCK_ENFORCE
};

/*
 * Run "makemap" or "postmap" (with arguments, NULL) to its end, with that
 * standard input (-1: none).  The agent gives it, and knows where they are.
 */
typedef int block_run_fn(const char *const argv[], int in, struct err *);

struct block_config {
	enum block_mode mode;
	char *backend; /* name of a row in blocks/backends.c */
	struct prefix *never;
	size_t never_count;
	bool forward;                /* also what is passed on, to containers */
	uint16_t ports[BLOCK_PORTS]; /* "mail ports only" */
	size_t port_count;
	/* Of the backends access and postfix: "[TYPE:]PATH", or NULL; then
	   that of access is BLOCK_ACCESS_MAP. */
	char *map, *sender_map;
	block_run_fn *run;
	uint32_t max_blocks;
	uint32_t max_new; /* a minute; a person's do not count */
};

/* Sets of addresses that are never blocked, each replaced as a whole. */
enum block_exempt {
	EXEMPT_NEVER,    /* the configuration's `never' */
	EXEMPT_SAID,     /* blocks_never_add() */
	EXEMPT_NETWORKS, /* our networks */
	EXEMPT_HOSTS,    /* relay hosts, backup MX, proxy_interfaces */
	EXEMPT_OWN,      /* this host's addresses, gateway, resolvers */
	BLOCK_EXEMPTS    /* keep last: how many there are */
};

struct block_wish {
	/* A client's whole address; an IPv6 one is made its /64.  A person may
	   also name an IPv4 /24 or an IPv6 /64. */
	struct prefix what;
	struct slice sender; /* a person's, instead: "kim@example.org" or
				 "example.org"; only maps can refuse it */
	struct slice rule;   /* "relay-abuse"; empty: by a person */
	struct slice reason; /* why, for people; may be empty: a person who
				makes a block longer keeps its rule and reason */
	int64_t when;        /* of the offence */
	uint32_t seconds;    /* the first time; then twice as long each time */
};

enum block_outcome {
	BLOCK_DONE,
	BLOCK_EXTENDED, /* it was blocked; now for longer */
	BLOCK_ALREADY,  /* it is blocked as long, or this offence is known */
	BLOCK_OVER,     /* the offence is older than its block is long */
	BLOCK_NEVER,    /* it is, or holds, an address never to be blocked */
	BLOCK_AUTHENTICATED, /* within 24 h */
	BLOCK_SPARED,        /* good mail on 2 of the last 14 days */
	BLOCK_FULL,          /* max_blocks reached */
	BLOCK_TOO_FAST,      /* max_new reached */
	BLOCK_UNFIT,         /* of this length, or a sender, it cannot be */
	BLOCK_OUTCOMES       /* keep last: how many there are */
};

struct block {
	struct prefix what; /* address none: see sender */
	const char *sender; /* NULL: see what */
	const char *rule;   /* empty: by a person */
	const char *reason; /* may be empty */
	int64_t when;       /* of the last offence */
	int64_t at;         /* blocked since */
	int64_t until;
	uint32_t seconds; /* as it was given */
	uint32_t times;   /* blocked so often, this one included */
	bool enforced;    /* the backend has it */
	bool counted;     /* the backend told how many packets it refused, */
	uint64_t refused; /* since it is blocked, or since we began: so many */
};

/* *names: "nftables or none", what there is. */
bool blocks_is_backend(const char *name, char *names, size_t size);

struct blocks;

struct blocks *blocks_new(const struct block_config *);
void blocks_free(struct blocks *);
/* The configuration is borrowed until the next one or the end. */
void blocks_reconfigure(struct blocks *, const struct block_config *);
enum block_mode blocks_mode(const struct blocks *);

void blocks_exempt(
    struct blocks *, enum block_exempt, const struct prefix *, size_t n);
/* The set as it is; borrowed until it is replaced. */
const struct prefix *blocks_exempted(
    const struct blocks *, enum block_exempt, size_t *n);
/* Somebody uses the dashboard with the token, from there. */
void blocks_admin(struct blocks *, const struct addr *, int64_t now);
/* Who authenticated, who delivered good mail. */
void blocks_learn(struct blocks *, const struct mail_event *);

/* *block (where it is not NULL): what is in the list now, or NULL; borrowed. */
enum block_outcome blocks_add(struct blocks *, const struct block_wish *,
    int64_t now, const struct block **block);
/* Would that be blocked, by the policy alone? */
bool blocks_would(const struct blocks *, const struct block_wish *);
/* "never blocked: it is, or holds, one of our own addresses" */
const char *block_outcome_words(enum block_outcome);
/* False: it is not in the list. */
bool blocks_remove(struct blocks *, const struct prefix *, int64_t now);
bool blocks_remove_sender(struct blocks *, struct slice sender, int64_t now);
size_t blocks_remove_all(struct blocks *, int64_t now);

/*
 * A person says, while we run, that this is never to be blocked: a prefix of
 * any length.  Kept in the state, beside `never' of the configuration; what is
 * blocked of it is so no longer.
 */
enum never_outcome {
	NEVER_DONE,
	NEVER_ALREADY,
	NEVER_FULL /* there are BLOCK_NEVERS */
};

struct block_never {
	struct prefix what;
	const char *reason; /* may be empty */
	int64_t at;         /* Unix microseconds */
};

/* The prefix becomes what is kept: bits behind its length are 0. */
enum never_outcome blocks_never_add(
    struct blocks *, struct prefix *, struct slice reason, int64_t now);
/* False: it was not said. */
bool blocks_never_remove(struct blocks *, const struct prefix *);
/* In the order in which they were said. */
size_t blocks_never_count(const struct blocks *);
const struct block_never *blocks_never(const struct blocks *, size_t i);

/* The block that holds this address, or NULL. */
const struct block *blocks_find(
    const struct blocks *, const struct addr *, int64_t now);
/* The block of just that prefix, or (its address none) sender; or NULL. */
const struct block *blocks_look_up(const struct blocks *, const struct prefix *,
    struct slice sender, int64_t now);
/* Those in force, newest first: begin with NULL; NULL at the end. */
const struct block *blocks_next(
    const struct blocks *, const struct block *, int64_t now);

/* Let what is over go, and look after the backend: about each second. */
void blocks_tick(struct blocks *, int64_t now);

void blocks_parts(struct blocks *, struct state_part[BLOCK_PARTS]);

/*
 * From now on the list is enforced, where the mode says so: starts the helper,
 * before privileges are given up and any thread is made.  It becomes that user
 * (0: stays what we are).  The networks are the configuration's.  Nothing is
 * changed in the kernel before blocks_ready().
 */
int blocks_enforce(struct blocks *, const struct prefix *networks, size_t n,
    uid_t, gid_t, struct err *);
/* Watch it for reading; -1: none.  The helper may end: it is then -1. */
int blocks_fd(const struct blocks *);
void blocks_ready(struct blocks *, int64_t now);
/* Why the list is not enforced as it should be, or NULL. */
const char *blocks_trouble(const struct blocks *);
/* What somebody else undid and was made anew within 10 minutes, or NULL. */
const char *blocks_repair(const struct blocks *);
/*
 * Without an agent (mailweir unblock --all): remove all that a backend of this
 * host may have left.  Needs the backend's right.
 */
int blocks_clear(const struct block_config *, struct err *);

struct block_counts {
	uint64_t expected, enforced; /* blocks: by the list; by the backend */
	uint64_t refused;            /* packets, as the backend last told */
	uint64_t repaired;  /* times that what was gone was made anew */
	uint64_t over_cap;  /* wishes not met: full, too fast */
	uint64_t forgotten; /* clients of whom good was known */
	bool counts;        /* the backend can tell of each what it refused */
};

struct block_counts blocks_counts(const struct blocks *);
/*
 * Somebody looks at the list: a backend that counts is asked, once a minute at
 * most, for what it refused of each block.
 */
void blocks_ask_refused(struct blocks *);

/*
 * A sender as an administrator writes it: "someone@example.org" or
 * "example.org" (a domain with what is under it).  In lower case.  -1: it is
 * none, in words.
 */
int block_sender(
    struct slice text, char sender[BLOCK_SENDER + 1], struct err *);
/* NULL, or why no sender can be refused, in words. */
const char *block_no_senders(const struct block_config *);
/*
 * -1: map or sender_map are not to be used so, in words.  max_blocks becomes
 * what the map holds, where that is less.
 */
int block_check_maps(struct block_config *, struct err *);

#endif
