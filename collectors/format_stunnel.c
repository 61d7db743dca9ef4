/*
 * format_stunnel.c - stunnel: whose session goes on to which server
 *
 * LOG5[3]: Service [imaps] accepted connection from 198.51.100.7:43839
 * LOG5[3]: s_connect: connected 127.0.0.1:143
 * LOG5[3]: Service [imaps] connected remote server from 127.0.0.1:49676
 * LOG5[3]: Connection closed: 8 byte(s) sent to TLS, 3 byte(s) sent to socket
 *
 * (stunnel 5.68; src/client.c, log.c.)  stunnel 4 has "LOG5[PID:THREAD]: Service
 * imaps accepted connection from ..." and, before 4.2x, "imaps connected from
 * ...".  The lines come at the level that stunnel has by itself; stunnel(8)'s
 * `debug = mail.5' sends them to the mail log.  Its own file (`output') begins
 * a line with "2026.12.01 03:05:09 ", in the host's zone.
 *
 * An address is followed by ":" and the port, IPv6 without brackets.  A
 * client's certificate is all of a line that a stranger chooses, and stands
 * behind words of its own.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/wrapped.h"

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { { "stunnel", 7 },
		{ "stunnel4", 8 }, { "stunnel5", 8 } };

	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

/* "LOG5[3]: ": the session is known by what stands in the brackets, and by the
   process where the line has one. */
static bool
cut_name(const struct log_line *line, struct slice *text, uint64_t *session)
{
	struct slice name, level = *text;

	if (!slice_skips(&level, "LOG") || level.n < 2 || level.p[1] != '[')
		return false;
	level = slice_from(level, 2);
	if (!slice_cut(&level, SLICE("]: "), &name))
		return false;
	*text = level;
	*session = slice_hash(name) ^ line->pid << 32;
	return true;
}

/* "2001:db8::7:45193", "::ffff:198.51.100.7:43839" */
static bool
read_end(struct slice text, struct addr *addr, uint64_t *port)
{
	ptrdiff_t at = slice_find_last(text, SLICE(":"));

	return at > 0 && slice_number(slice_from(text, (size_t)at + 1), port) &&
	       *port <= UINT16_MAX &&
	       addr_parse((struct slice){ text.p, (size_t)at }, addr);
}

/* "Service [imaps] ", "Service imaps ", "imaps " */
static struct slice
behind_service(struct slice text)
{
	struct slice name;

	(void)slice_skips(&text, "Service ");
	return slice_cut(&text, SLICE(" "), &name) ? text : SLICE("");
}

static bool
is_end(struct slice text)
{
	static const struct slice ends[] = { { "Connection closed", 17 },
		{ "Connection reset", 16 } };

	for (size_t i = 0; i < NELEMS(ends); i++)
		if (slice_starts(text, ends[i]))
			return true;
	return false;
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text, rest;
	uint64_t session, port;
	struct addr addr;

	(void)kind;
	if (!cut_name(line, &text, &session))
		return MEANS_NOTHING;
	if (is_end(text)) {
		wrapped_end(tracker, line, session);
		return MEANS_FACT;
	}
	rest = behind_service(text);
	if ((slice_skips(&rest, "accepted connection from ") ||
		slice_skips(&rest, "connected from ")) &&
	    read_end(rest, &addr, &port)) {
		wrapped_begin(tracker, line, session, &addr);
		return MEANS_FACT;
	}
	if (slice_skips(&rest, "connected remote server from ") &&
	    read_end(rest, &addr, &port) && addr_is_loopback(&addr)) {
		wrapped_from(tracker, line, session, port);
		return MEANS_FACT;
	}
	return MEANS_NOTHING;
}

/* "2026.12.01 03:05:09 LOG5[3]: ..." */
static bool
front(struct stamp_clock *clock, struct slice line, struct header *header)
{
	char wall[21];
	struct slice stamp;

	if (line.n < 24 || line.p[4] != '.' || line.p[7] != '.' ||
	    !slice_begins(slice_from(line, 20), "LOG"))
		return false;
	(void)slice_copy((struct slice){ line.p, 20 }, wall, sizeof(wall));
	wall[4] = wall[7] = '-';
	stamp = slice_of(wall);
	if (!stamp_read_wall(clock, &stamp, &header->when))
		return false;
	header->program = SLICE("stunnel");
	header->text = slice_from(line, 20);
	return true;
}

static bool
claims(const struct header *header)
{
	(void)header;
	return true;
}

const struct log_format format_stunnel = {
	.name = "stunnel",
	.systems = "stunnel 4 and 5",
	.reads = "the client of a session that it brings to Postfix, Exim, "
		 "Dovecot or Courier, by their port",
	.owns = owns,
	.parse = parse,
	.front = front,
	.claims = claims,
	.apart = true,
};
