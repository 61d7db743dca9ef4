/*
 * finished_capture.c - a capture file, read from end to end
 */
#include <sys/stat.h>
#include <sys/utsname.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/collectors_impl.h"
#include "collectors/wire/pcapfile.h"
#include "collectors/wire/wire.h"

#define LOOK_BYTES (8u << 20) /* to learn whose the ends are */
#define STEP_USECS (60 * 1000000LL)

struct capturing {
	struct collectors *collectors;
	struct wire *wire;
	struct wire_config config;
	struct wire_counts told;
	uint32_t host_index;
	int64_t step; /* of the frames at hand, Unix microseconds */
};

static bool
is_ours(void *arg, struct slice domain)
{
	return tracker_is_our_domain(arg, domain);
}

/* The host that the capture is of is this one. */
static void
configure(struct capturing *capturing)
{
	struct collectors *c = capturing->collectors;
	struct utsname name = { .nodename = "localhost" };

	(void)uname(&name);
	capturing->config = (struct wire_config){ .ports = { 25, 465, 587 },
		.port_count = 3,
		.host = collectors_name_host(c, slice_of(name.nodename)),
		.events = c->sinks.events,
		.is_ours = is_ours,
		.arg = c->tracker };
	(void)tracker_host(
	    c->tracker, capturing->config.host, &capturing->host_index);
}

static void
tell(struct capturing *capturing, enum metric metric, uint64_t now,
    uint64_t *told)
{
	struct collectors *c = capturing->collectors;

	if (now == *told || c->sinks.count == NULL)
		return;
	c->sinks.count(c->sinks.arg, capturing->config.host,
	    capturing->step / 1000000, metric, now - *told);
	*told = now;
}

static void
tell_counts(struct capturing *capturing)
{
	struct wire_counts now = wire_counts(capturing->wire);
	struct wire_counts *told = &capturing->told;

	tell(capturing, METRIC_WIRE_PACKETS, now.packets, &told->packets);
	tell(capturing, METRIC_WIRE_GAPS, now.gaps, &told->gaps);
	tell(capturing, METRIC_WIRE_EVICTED, now.evicted, &told->evicted);
}

/* Another minute begins. */
static void
next_step(struct capturing *capturing, int64_t when)
{
	tell_counts(capturing);
	capturing->step = when - when % STEP_USECS;
	collectors_complete(capturing->collectors, capturing->host_index,
	    when / 1000000 - GRACE_SECS);
}

/* Its beginning is read twice where it can be: what comes first is told by
   what comes later. */
static void
look_ahead(struct capturing *capturing, const char *path)
{
	struct err err;
	struct logfile *file;
	struct pcapfile *pcap;
	struct frame frame;

	if (strcmp(path, "-") == 0)
		return;
	file = logfile_open(path, &err);
	pcap = file != NULL ? pcapfile_open(file, path, &err) : NULL;
	while (pcap != NULL && pcapfile_done(pcap) < LOOK_BYTES &&
	       pcapfile_next(pcap, &frame, &err) == 1)
		wire_look(capturing->wire, &frame);
	pcapfile_close(pcap);
	logfile_close(file);
}

static void
finish(struct capturing *capturing)
{
	struct collectors *c = capturing->collectors;
	struct wire_counts counts;

	wire_finish(capturing->wire);
	tell_counts(capturing);
	counts = wire_counts(capturing->wire);
	if (c->captured_first == 0 ||
	    (counts.first != 0 && counts.first < c->captured_first))
		c->captured_first = counts.first;
	if (counts.last > c->captured_last)
		c->captured_last = counts.last;
}

static uint64_t
size_of(const struct logfile *file)
{
	struct stat st;

	return fstat(logfile_fd(file), &st) == 0 ? (uint64_t)st.st_size : 0;
}

int
finished_capture(struct collectors *c, struct logfile *file, const char *path,
    const struct finished_options *options, struct err *err)
{
	struct capturing capturing = { .collectors = c };
	struct pcapfile *pcap = pcapfile_open(file, path, err);
	uint64_t told = 0, all = size_of(file);
	struct frame frame;
	int rc;

	if (pcap == NULL)
		return -1;
	configure(&capturing);
	capturing.wire = wire_new(&capturing.config, pcapfile_link(pcap));
	look_ahead(&capturing, path);
	while ((rc = pcapfile_next(pcap, &frame, err)) == 1) {
		if (frame.when - capturing.step >= STEP_USECS)
			next_step(&capturing, frame.when);
		wire_take(capturing.wire, &frame);
		if (options->progress != NULL &&
		    pcapfile_done(pcap) - told > LOGFILE_BLOCK) {
			told = pcapfile_done(pcap);
			options->progress(options->arg, path, told, all);
		}
	}
	finish(&capturing);
	wire_free(capturing.wire);
	pcapfile_close(pcap);
	return rc;
}
