/*
 * messages_pack.h - events in few bytes: a block of the message history
 *
 * Events stand one behind the other in the order they came.  Times are
 * differences, numbers as short as they are, and a text that the block has
 * already is a number too.  What a kind of event has is a table in
 * messages_pack.c, walked alike by writing and reading.
 */
#ifndef BASE_MESSAGES_PACK_H
#define BASE_MESSAGES_PACK_H

#include "base/event.h"
#include "base/state.h"

#define PACK_TEXTS      4096 /* that can be referred to; later ones cannot */
#define PACK_SLOTS      8192
#define PACK_TEXT_BYTES 1000 /* of one text; the rest is cut off */

struct packer {
	struct state_writer bytes;
	int64_t when, first, last; /* Unix microseconds */
	size_t events, texts;
	struct {
		uint32_t at, n; /* in `bytes' */
	} text[PACK_TEXTS];
	uint16_t slots[PACK_SLOTS]; /* number of a text + 1; 0: free */
};

struct unpacker {
	struct slice rest;
	int64_t when;
	size_t texts;
	struct slice text[PACK_TEXTS];
};

/* Is the event one that belongs to a message, or refused one? */
bool pack_wants(const struct mail_event *);
void pack_event(struct packer *, const struct mail_event *);
/* Empty again; the memory is kept. */
void pack_reset(struct packer *);

/* `block' is borrowed, by the texts of the events too. */
void unpack_begin(struct unpacker *, struct slice block);
/* 1: an event, 0: the end, -1: the rest is damaged. */
int unpack_event(struct unpacker *, struct mail_event *);

/* Would they be packed alike? */
bool pack_same(const struct mail_event *, const struct mail_event *);
/* Call for each text of the event, to be changed. */
void pack_walk_texts(struct mail_event *,
    void (*each)(void *arg, struct slice *text), void *arg);

#endif
