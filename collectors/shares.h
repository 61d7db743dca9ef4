/*
 * shares.h - how many lines each program has, and how many are understood
 *
 * Mail programs alone have a row of their own, SHARES of them at most; names
 * can be forged.  All other lines are counted together: those of programs that
 * nobody reads, of mail programs beyond the cap, and without a program.
 */
#ifndef COLLECTORS_SHARES_H
#define COLLECTORS_SHARES_H

#include <stdio.h>

#include "base/state.h"
#include "collectors/collectors.h"
#include "collectors/line.h"

#define SHARES       64
#define PROGRAM_TEXT 64

struct share {
	char program[PROGRAM_TEXT]; /* "": of all others */
	uint64_t lines[3];          /* by enum meaning */
};

struct shares;

struct shares *shares_new(void);
void shares_free(struct shares *);

/* Where that program's lines are counted; it holds as long as the shares. */
struct share *shares_of(struct shares *, struct slice program);
struct share *shares_others(struct shares *);

/* As collectors_programs(). */
size_t shares_top(const struct shares *, struct program_share *rows,
    size_t most, struct program_share *others);
/* "lines  not understood  program", the most lines first. */
void shares_print(const struct shares *, FILE *);

/* All of them, for the state; load() is false if the value is damaged. */
void shares_save(const struct shares *, struct state_writer *);
bool shares_load(struct shares *, struct slice value);

#endif
