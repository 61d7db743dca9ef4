/*
 * err.h - why a call failed, in words
 *
 * A function that can fail takes a struct err and returns -1 or NULL; both
 * setters return -1 so that "return err_set(...)" reads as the failure it is.
 * The text is one line and names the object first.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
	char text[512];
};

int err_set(struct err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, with ": " and the words for errno behind it. */
int err_sys(struct err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
