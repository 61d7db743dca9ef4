/*
 * shapes.h - what lines that are not understood look like
 *
 * Digits, addresses and names are masked, so that a thousand lines of one kind
 * are one shape.  At most SHAPES are kept; more are only counted.
 */
#ifndef COLLECTORS_SHAPES_H
#define COLLECTORS_SHAPES_H

#include <stdio.h>

#include "base/slice.h"
#include "collectors/collectors.h"

#define SHAPES     256
#define SHAPE_TEXT 120

struct shapes;

struct shapes *shapes_new(void);
void shapes_free(struct shapes *);
void shapes_add(struct shapes *, struct slice program, struct slice text);
/* "count  program: shape", the most frequent first. */
void shapes_print(const struct shapes *, FILE *);
/* As collectors_shapes(). */
size_t shapes_top(const struct shapes *, struct line_shape *rows, size_t most,
    uint64_t *others);

#endif
