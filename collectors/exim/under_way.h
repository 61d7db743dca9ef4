/*
 * under_way.h - what Exim's lines leave to be decided, in the tracker
 *
 * Arrivals: a message whose recipients an ACL discards has the line of its
 * arrival first and "=> blackhole" right behind it, from the same process.  So
 * an arrival counts at the next line of its message, or when ARRIVAL_WAIT of
 * its host's time has gone by, at its own time.
 *
 * Begun entries and copies are syslog's (syslog.c).
 */
#ifndef EXIM_UNDER_WAY_H
#define EXIM_UNDER_WAY_H

#include "collectors/tracker_impl.h"

#define ARRIVALS     64      /* then the oldest counts at once */
#define ARRIVAL_WAIT 5000000 /* microseconds */
#define BEGUN        16      /* then the oldest is taken as it is */
#define BEGUN_TEXT   8192    /* LOG_BUFFER_SIZE in Exim's config.h.defaults */
#define COPIES       64      /* then the oldest is no longer waited for */
#define SAID_WAIT    1000000 /* microseconds */

struct exim_arrival {
	uint32_t host_index;
	uint8_t id_length;
	char id[QUEUE_ID_TEXT];
	int64_t when; /* Unix microseconds */
	uint64_t bytes;
	uint32_t recipients;
	size_t sender_length;
	char sender[320];
};

/* An entry of which not all pieces have come. */
struct exim_begun {
	uint32_t host_index;
	uint64_t pid;
	int64_t when;
	uint32_t next, total; /* pieces */
	size_t n;
	char *text; /* BEGUN_TEXT bytes, our own */
};

/* A line that is said to the reject log too, by the same process. */
struct exim_copy {
	uint32_t host_index;
	uint64_t pid;
	int64_t when;
	uint64_t hash;
	bool sure;
};

/* The last command that was refused, and counted (protocol.c). */
struct exim_said {
	uint32_t host_index;
	uint64_t pid, command;
	int64_t when;
	struct addr client;
};

/* Is the line at hand said to the reject log as well? */
enum exim_twice {
	SAID_ONCE,
	SAID_PERHAPS, /* the main log has it if log_selector says so */
	SAID_TWICE
};

struct exim_state {
	struct exim_arrival arrivals[ARRIVALS];
	struct exim_begun begun[BEGUN];
	struct exim_copy copies[COPIES];
	size_t arrival_count, begun_count, copy_count;
	/* Above 0: lines had their copy of late; below: they had none. */
	int8_t pairs[TRACKER_HOSTS];
	enum exim_twice twice; /* the line at hand */
	struct exim_said said;
	bool dirty;
};

struct exim_state *exim_state(struct tracker *);
void exim_free(struct exim_state *);

/* For the tracker. */
void exim_time(struct tracker *, uint32_t host_index, int64_t now);
void exim_finish(struct tracker *);
int64_t exim_floor(const struct tracker *, uint32_t host_index);
void exim_save(struct tracker *, struct state_rows *);
bool exim_load(struct tracker *, struct slice value);

#endif
