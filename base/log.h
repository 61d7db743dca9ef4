/*
 * log.h - what the agent says of itself
 *
 * Four levels, to stderr or to syslog.  A message is one line; text that came
 * from outside goes through slice_escape() first.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR
};

/* Before any thread is started.  Without it: stderr, from LOG_LEVEL_INFO. */
void log_open(enum log_level lowest, bool to_syslog);

void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
