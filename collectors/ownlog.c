/* ownlog.c - logs whose lines name no program: whose are they? */
#include "collectors/ownlog.h"

#include "collectors/format.h"

#define SYSLOG "syslog"

bool
ownlog_named(struct ownlog *log, struct slice name)
{
	if (slice_is(name, SYSLOG)) {
		*log = (struct ownlog){ true, NULL };
		return true;
	}
	for (size_t i = 0; i < format_count; i++) {
		if (formats[i]->front == NULL ||
		    !slice_eq(slice_of(formats[i]->name), name))
			continue;
		*log = (struct ownlog){ true, formats[i] };
		return true;
	}
	return false;
}

const char *
ownlog_name(const struct ownlog *log)
{
	if (!log->decided)
		return NULL;
	return log->format != NULL ? log->format->name : SYSLOG;
}

/* The format whose line it can only be; NULL: none. */
static const struct log_format *
claimed(const struct stamp_clock *clock, struct slice line, bool like_syslog)
{
	struct stamp_clock tried;
	struct header header;

	for (size_t i = 0; i < format_count; i++) {
		tried = *clock;
		if (formats[i]->front != NULL &&
		    formats[i]->like_syslog == like_syslog &&
		    formats[i]->front(&tried, line, &header) &&
		    header.program.n != 0 && formats[i]->claims(&header))
			return formats[i];
	}
	return NULL;
}

void
ownlog_decide(
    struct ownlog *log, const struct stamp_clock *clock, struct slice line)
{
	struct stamp_clock tried = *clock;
	const struct log_format *format;
	struct header header;
	bool syslog;

	if (log->decided || line.n == 0)
		return;
	format = claimed(clock, line, true);
	/* A host's name has no colon at its end; a program's has, where there
	   is no host before it. */
	syslog =
	    format == NULL &&
	    (line.p[0] == '{' || (header_read(&tried, line, &header) &&
				     !slice_ends(header.host, SLICE(":"))));
	if (format == NULL && !syslog)
		format = claimed(clock, line, false);
	if (format != NULL || syslog)
		*log = (struct ownlog){ true, format };
}
