/*
 * finished_capture.c - a capture file, read from end to end
 */
#include <sys/stat.h>

#include <string.h>

#include "collectors/tap.h"
#include "collectors/wire/pcapfile.h"

#define LOOK_BYTES (8u << 20) /* to learn whose the ends are */

/* Its beginning is read twice where it can be: what comes first is told by
   what comes later. */
static void
look_ahead(struct wire *wire, const char *path)
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
		wire_look(wire, &frame);
	pcapfile_close(pcap);
	logfile_close(file);
}

/* The capture's time is the host's. */
static void
finish(struct collectors *c, struct tap *tap)
{
	struct wire_counts counts;

	wire_finish(tap_wire(tap));
	counts = wire_counts(tap_wire(tap));
	tap_tell(tap, counts.last);
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
	struct pcapfile *pcap = pcapfile_open(file, path, err);
	uint64_t told = 0, all = size_of(file);
	int64_t minute = 0; /* when it is over, Unix microseconds */
	struct frame frame;
	struct tap *tap;
	int rc;

	if (pcap == NULL)
		return -1;
	tap = tap_new(c, NULL, 0, pcapfile_link(pcap));
	look_ahead(tap_wire(tap), path);
	while ((rc = pcapfile_next(pcap, &frame, err)) == 1) {
		tap_take(tap, &frame);
		if (frame.when > minute) {
			minute = frame.when + 60 * 1000000LL;
			tap_complete(tap, frame.when);
		}
		if (options->progress != NULL &&
		    pcapfile_done(pcap) - told > LOGFILE_BLOCK) {
			told = pcapfile_done(pcap);
			options->progress(options->arg, path, told, all);
		}
	}
	finish(c, tap);
	tap_free(tap);
	pcapfile_close(pcap);
	return rc;
}
