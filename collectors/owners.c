/* owners.c - whose lines a program's are: asked once, then remembered */
#include "collectors/owners.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CACHE_ROWS 64 /* six bits */
#define LEARNT     16
#define PROOF_TEXT 256

/* A name that was learnt, and from what. */
struct learnt {
	struct owner owner;
	char line[PROOF_TEXT]; /* so far */
	uint64_t pid;
};

struct owners {
	struct shares *shares;
	struct owner cache[CACHE_ROWS];
	struct learnt learnt[LEARNT];
	size_t count, saved;
};

struct owners *
owners_new(struct shares *shares)
{
	struct owners *owners = mem_zero(1, sizeof(*owners));

	owners->shares = shares;
	return owners;
}

void
owners_free(struct owners *owners)
{
	free(owners);
}

static struct slice
name_of(const struct owner *owner)
{
	return (struct slice){ owner->program, owner->length };
}

/* May two logs have the same? */
static bool
is_told_twice(const struct log_format *format)
{
	return format->front != NULL && !format->apart;
}

static void
set_format(struct owner *owner, size_t i)
{
	owner->format = formats[i];
	owner->own = is_told_twice(formats[i]) ? formats_own(i + 1) : 0;
}

static void
find(const struct owners *owners, struct owner *owner)
{
	for (size_t i = 0; i < owners->count; i++) {
		if (slice_eq(
			name_of(owner), name_of(&owners->learnt[i].owner))) {
			*owner = owners->learnt[i].owner;
			return;
		}
	}
	for (size_t i = 0; i < format_count; i++) {
		if (formats[i]->owns(name_of(owner), &owner->kind)) {
			set_format(owner, i);
			return;
		}
	}
}

/* By its length and its ends: "postfix/smtpd" and "postfix/qmgr" differ. */
static size_t
cache_row(struct slice program)
{
	uint32_t head = 0, tail = 0;

	if (program.n >= sizeof(head)) {
		memcpy(&head, program.p, sizeof(head));
		memcpy(
		    &tail, program.p + program.n - sizeof(tail), sizeof(tail));
	}
	head = (head ^ tail * 31 ^ (uint32_t)program.n) * 2654435761u;
	return head >> 26;
}

static bool
proves(const struct log_format *format, const struct header *header,
    unsigned *kind)
{
	if (header->facility == FACILITY_MAIL && format->knows != NULL &&
	    format->knows(header->text, kind))
		return true;
	return (header->facility == FACILITY_MAIL || header->facility == -1) &&
	       header->pid != 0 && format->signs != NULL &&
	       format->signs(header->text, header->pid, kind);
}

/* A name that nobody owns: is it that of the system that alone writes so? */
static void
learn(struct owners *owners, struct owner *owner, const struct header *header)
{
	struct learnt *learnt = &owners->learnt[owners->count];

	if (owner->length == 0 || owners->count == LEARNT)
		return;
	for (size_t i = 0; i < format_count; i++) {
		if (!proves(formats[i], header, &owner->kind))
			continue;
		set_format(owner, i);
		slice_copy(header->text, learnt->line, PROOF_TEXT);
		learnt->pid = header->pid;
		learnt->owner = *owner;
		owners->count++;
		return;
	}
}

/* Names that nobody owns have no share of their own. */
static void
set_share(struct owners *owners, struct owner *owner)
{
	owner->share = owner->format != NULL
			   ? shares_of(owners->shares, name_of(owner))
			   : shares_others(owners->shares);
}

const struct owner *
owners_get(struct owners *owners, const struct header *header)
{
	struct slice program = header->program;
	struct owner *owner;

	if (program.n >= PROGRAM_TEXT)
		program.n = PROGRAM_TEXT - 1;
	owner = &owners->cache[cache_row(program)];
	if (owner->length != program.n ||
	    memcmp(owner->program, program.p, program.n) != 0) {
		memset(owner, 0, sizeof(*owner));
		owner->length =
		    slice_copy(program, owner->program, PROGRAM_TEXT);
		find(owners, owner);
		set_share(owners, owner);
	}
	if (owner->format == NULL) {
		learn(owners, owner, header);
		set_share(owners, owner);
	}
	return owner;
}

bool
owners_save(
    struct owners *owners, struct pseudonyms *names, struct state_writer *w)
{
	if (owners->saved == owners->count)
		return false;
	for (size_t i = 0; i < owners->count; i++) {
		put_text(w, name_of(&owners->learnt[i].owner));
		put_text(w,
		    pseudonyms_text(names, slice_of(owners->learnt[i].line)));
		put_u64(w, owners->learnt[i].pid);
	}
	owners->saved = owners->count;
	return true;
}

bool
owners_load(struct owners *owners, struct slice value)
{
	struct header header = { .facility = FACILITY_MAIL };

	while (value.n != 0) {
		struct owner owner = { 0 };

		if (!get_text(&value, &header.program) ||
		    !get_text(&value, &header.text) ||
		    !get_u64(&value, &header.pid))
			return false;
		owner.length =
		    slice_copy(header.program, owner.program, PROGRAM_TEXT);
		learn(owners, &owner, &header);
	}
	owners->saved = owners->count;
	return true;
}
