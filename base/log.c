/* log.c - what the agent says of itself */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

static enum log_level lowest_level = LOG_LEVEL_INFO;
static bool use_syslog;

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_DEBUG] = { "debug: ", LOG_DEBUG },
	[LOG_LEVEL_INFO] = { "", LOG_INFO },
	[LOG_LEVEL_WARN] = { "warning: ", LOG_WARNING },
	[LOG_LEVEL_ERROR] = { "error: ", LOG_ERR },
};

void
log_open(enum log_level lowest, bool to_syslog)
{
	lowest_level = lowest;
	use_syslog = to_syslog;
	if (to_syslog)
		openlog("mailweir", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

static void __attribute__((format(printf, 2, 0)))
say(enum log_level level, const char *fmt, va_list ap)
{
	char line[2048];

	if (level < lowest_level)
		return;
	vsnprintf(line, sizeof(line), fmt, ap);
	if (use_syslog)
		syslog(
		    levels[level].priority, "%s%s", levels[level].name, line);
	else
		fprintf(stderr, "mailweir: %s%s\n", levels[level].name, line);
}

#define LOG_FUNCTION(name, level)                                              \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, fmt);                                             \
		say(level, fmt, ap);                                           \
		va_end(ap);                                                    \
	}

LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
