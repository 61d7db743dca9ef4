/*
 * pcapfile.h - a finished capture, pcap or pcapng, compressed or not
 *
 * Read by libpcap out of what logfile.h unpacks.
 */
#ifndef WIRE_PCAPFILE_H
#define WIRE_PCAPFILE_H

#include "base/err.h"
#include "collectors/logfile.h"
#include "collectors/wire/decode.h"

/* Do these first bytes of a file begin a capture?  It takes four. */
bool pcapfile_begins(struct slice bytes);

struct pcapfile;

/* Nothing of the file was read yet, but peeked at; it is borrowed.  The name is
   for messages. */
struct pcapfile *pcapfile_open(
    struct logfile *, const char *name, struct err *);
void pcapfile_close(struct pcapfile *);
enum link_type pcapfile_link(const struct pcapfile *);
/* 1: *frame is the next, until the next call; 0: the end; -1: damaged. */
int pcapfile_next(struct pcapfile *, struct frame *, struct err *);
/* About how many bytes of it were read. */
uint64_t pcapfile_done(const struct pcapfile *);

#endif
