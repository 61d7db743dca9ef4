/*
 * finished_capture.c - a capture file, read from end to end
 */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/compared.h"
#include "collectors/tap.h"
#include "collectors/wire/pcapfile.h"

#define AHEAD (4u << 20) /* bytes that are looked at before they are read */

/* The first frames, copied: whose the ends are is learnt from them first. */
struct ahead {
	char *bytes;
	size_t n;
	struct frame *frames;
	size_t count, room;
};

static void
keep(struct ahead *ahead, const struct frame *frame)
{
	if (ahead->count == ahead->room) {
		ahead->room = ahead->room ? ahead->room * 2 : 1024;
		ahead->frames =
		    mem_grow(ahead->frames, ahead->room, sizeof(*frame));
	}
	memcpy(ahead->bytes + ahead->n, frame->bytes.p, frame->bytes.n);
	ahead->frames[ahead->count] = *frame;
	ahead->frames[ahead->count++].bytes.p = ahead->bytes + ahead->n;
	ahead->n += frame->bytes.n;
}

/* Give out the frames that were kept. */
static void
take_kept(struct ahead *ahead, struct tap *tap)
{
	for (size_t i = 0; i < ahead->count; i++)
		wire_look(tap_wire(tap), &ahead->frames[i]);
	for (size_t i = 0; i < ahead->count; i++)
		tap_take(tap, &ahead->frames[i]);
	free(ahead->bytes);
	free(ahead->frames);
	ahead->bytes = NULL;
	ahead->frames = NULL;
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
	struct ahead ahead = { .bytes = mem_zero(1, AHEAD) };
	struct pcapfile *pcap = pcapfile_open(file, path, err);
	uint64_t told = 0, all = size_of(file);
	int64_t minute = 0; /* when it is over, Unix microseconds */
	struct frame frame;
	struct tap *tap;
	int rc;

	if (pcap == NULL) {
		free(ahead.bytes);
		return -1;
	}
	tap = tap_new(
	    c, options->ports, options->port_count, pcapfile_link(pcap));
	compared_open(c, tap_host(tap), true, 0);
	while ((rc = pcapfile_next(pcap, &frame, err)) == 1) {
		if (ahead.bytes != NULL && AHEAD - ahead.n > frame.bytes.n) {
			keep(&ahead, &frame);
			continue;
		}
		if (ahead.bytes != NULL)
			take_kept(&ahead, tap);
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
	if (ahead.bytes != NULL)
		take_kept(&ahead, tap);
	finish(c, tap);
	tap_free(tap);
	pcapfile_close(pcap);
	return rc;
}
