/*
 * web.h - the dashboard and its API, served out of the loop
 *
 * The public header of web/.  libmicrohttpd runs inside the caller's loop and
 * without threads of its own, so handlers read live state with no lock.  What
 * needs history is asked of rrd/ and answered when the worker replies.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include <stdbool.h>
#include <stdint.h>

#include "alerts/alerts.h"
#include "base/err.h"
#include "base/pseudonym.h"
#include "base/messages.h"
#include "base/stats.h"
#include "base/tally.h"
#include "blocks/blocks.h"
#include "collectors/collectors.h"
#include "rrd/series.h"

struct web_config {
	char *listen;   /* "127.0.0.1:8025", "[::1]:0"; port 0: any free one */
	char *tls_cert; /* PEM files; NULL: no TLS */
	char *tls_key;
	bool plain;   /* off loopback without TLS: the operator insists */
	char **names; /* Host: names allowed beside the address itself */
	size_t name_count;
};

/* One source of facts, as the coverage panel shows it. */
struct web_source {
	const char *title;
	const char *path;
	const char *state; /* "reading", "missing", "catching up", ... */
	uint64_t lines;
	int64_t lag_seconds;
	const char *trouble; /* what is missing and how to give it; or NULL */
	bool polled;         /* looked at now and then: it has no lines */
	const char *format;  /* of its lines: "syslog", "exim"; or NULL */
};

/* How the agent is, filled anew for each question. */
struct web_status {
	int64_t now; /* Unix seconds */
	int64_t started;
	const char *note;    /* "This is sample traffic...", or NULL */
	const char *trouble; /* why /healthz is 503, or NULL */
	/* The same for whoever has no token: it names nobody. */
	const char *trouble_open;
	int catching_up; /* per cent of the backlog read, or -1 */
	const char *config_path;
	const char *block_right; /* that enforcing blocks lacks, or NULL */
	size_t source_count;
	const struct web_source *sources;
	/* Sendmail's statistics files beside the log. */
	size_t statistics_count;
	const struct statistics_status *statistics;
	struct mail_counts mails;
	/* The loop's longest turns in the last minute: on the wall's clock, and
	   of the processor. */
	double turn_seconds, turn_cpu_seconds;
	int32_t zone_seconds; /* the host's local time, east of UTC */
};

/* What a request with the token may have done; `arg' is web_sources'. */
struct web_changes {
	/* By a person, now: `when' is not filled.  *block: what is in the list
	   for it, or NULL. */
	enum block_outcome (*block)(
	    void *arg, const struct block_wish *, const struct block **block);
	/* False: it is not blocked. */
	bool (*unblock)(void *arg, const struct prefix *, struct slice sender);
	size_t (*unblock_all)(void *arg); /* how many */
	/* That is never to be blocked, or may be again (false: it was not
	   said by a person). */
	enum never_outcome (*never)(
	    void *arg, struct prefix *, struct slice reason);
	bool (*not_never)(void *arg, const struct prefix *);
	/* Whoever asked from there has the token. */
	void (*admin)(void *arg, const struct addr *);
	/* Send a test mail: `done' is called once, perhaps later, with what
	   became of it.  -1: it is not, and why.  NULL: no mail is sent. */
	int (*test_mail)(void *arg,
	    void (*done)(void *arg, bool sent, const char *words),
	    void *done_arg, struct err *);
};

/* What the pages may read; borrowed until web_close(). */
struct web_sources {
	const struct stats *stats;
	const struct tally *tally;
	struct series *series;
	void (*status)(void *arg, struct web_status *);
	/* As collectors_shapes(). */
	size_t (*shapes)(
	    void *arg, struct line_shape *rows, size_t most, uint64_t *others);
	/* As collectors_programs(). */
	size_t (*programs)(void *arg, struct program_share *rows, size_t most,
	    struct program_share *others);
	void *arg;
	struct alerts *alerts;
	struct blocks *blocks;
	const struct block_config *block_config;
	const struct web_changes *changes;
	struct messages *messages; /* their history; NULL: it is not kept */
	struct pseudonyms *names;  /* that people have; NULL: their own */
};

struct web;

/*
 * Opens the port; makes DATA/web.token, mode 0600, if there is none.  While it
 * is open DATA/web.address holds its address, for other processes.
 */
struct web *web_open(const struct web_config *, const char *data,
    const struct web_sources *, struct err *);
/* Others to read from now on, before the first request. */
void web_use(struct web *, const struct web_sources *);
void web_close(struct web *);

int web_fd(const struct web *);      /* readable when web_run() has work */
void web_run(struct web *);          /* also when web_due() has passed */
int64_t web_due(const struct web *); /* milliseconds from now; -1: never */

/* One that just happened, for whoever looks on: it is copied. */
void web_event(struct web *, const struct mail_event *);

/* Once a second: what changed goes to the open streams. */
void web_tick(struct web *);

/* "http://127.0.0.1:8025", with the port that was really taken. */
const char *web_address(const struct web *);

/* "libmicrohttpd 0.9.75", for mailweir version. */
const char *web_library(void);

/*
 * How another process (mailweir block) asks the agent that runs on DATA: its
 * address and its token.  -1: none is running (errno is ENOENT), or no right to
 * read them.
 */
#define WEB_TOKEN 65 /* with its NUL */
int web_access(const char *data, char *address, size_t size,
    char token[WEB_TOKEN], struct err *);

/*
 * A link that signs a browser in once, within ten minutes.  Its secret is left
 * in DATA/web.signin, mode 0600, so another process (mailweir open) can make
 * one for the running agent.  -1: no agent is running on DATA, or no right to
 * write there.
 */
int web_sign_in_link(
    const char *data, int64_t now, char *link, size_t size, struct err *);

#endif
