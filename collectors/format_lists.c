/*
 * format_lists.c - list managers: Mailman 2 and 3, Majordomo, SmartList, Sympa
 *
 * What goes to a list and what a list sends the mail system logs: a delivery to
 * a program or by a transport of that name, and messages of the list's own
 * (collectors/hops.h).  What the manager says of them is the same again, so
 * all of its lines mean nothing here.
 *
 * Mailman keeps logs of its own (smtp, post, bounce, vette, ...; mailman.log,
 * smtp.log, bounce.log of 3), whose lines begin with a stamp and the process
 * (Mailman/Logging/StampedLogger.py, Mailman/Handlers/SMTPDirect.py; mailman/
 * config/schema.cfg of 3):
 *
 * Nov 22 09:00:01 2026 (812) post to news from kim@example.org, size=1, success
 * Nov 22 09:00:01 2026 (812) <a@b> smtp to news for 3 recips, completed in 0.1
 *
 * Majordomo's Log is nearly syslog's form (main'log in majordomo.pl):
 *
 * Nov 22 09:00:01 mx1 majordomo[812] {Kim <kim@example.org>} subscribe news
 *
 * SmartList has no log but that of procmail, which runs it.
 */
#include <stdio.h>

#include "base/array.h"
#include "collectors/format.h"

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { { "mailman", 7 },
		{ "mailman3", 8 }, { "majordomo", 9 }, { "resend", 6 },
		{ "smartlist", 9 }, { "sympa", 5 }, { "sympa_msg", 9 },
		{ "ecartis", 7 }, { "ezmlm", 5 } };

	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

/* "Nov 22 09:00:01 2026 (812) ": the year is told, the zone is not. */
static bool
read_stamp(struct stamp_clock *clock, struct slice *text, struct header *header)
{
	char wall[32];
	int month, day;
	struct slice pid, stamp;

	if (text->n < 22 || !stamp_day(*text, &month, &day) ||
	    text->p[15] != ' ' || text->p[20] != ' ' || text->p[21] != '(')
		return false;
	snprintf(wall, sizeof(wall), "%.4s-%02d-%02d %.8s ", text->p + 16,
	    month, day, text->p + 7);
	stamp = slice_of(wall);
	*text = slice_from(*text, 22);
	return stamp_read_wall(clock, &stamp, &header->when) &&
	       slice_cut(text, SLICE(") "), &pid) &&
	       slice_number(pid, &header->pid);
}

/* The front of a line of Mailman's own; others, as a request of 3's REST
   server or a traceback, go on with the one before. */
static bool
front(struct stamp_clock *clock, struct slice line, struct header *header)
{
	header->text = line;
	header->program = SLICE("mailman");
	if (read_stamp(clock, &header->text, header)) {
		clock->last = header->when / 1000000;
		return true;
	}
	header->when = clock->last * 1000000;
	header->program = SLICE("");
	return true;
}

static bool
claims(const struct header *header)
{
	(void)header;
	return true;
}

const struct log_format format_lists = {
	.name = "mailman",
	.systems = "Mailman 2 and 3, Majordomo 1, SmartList, Sympa",
	.reads =
	    "nothing twice: what they take and send, the mail system logs; "
	    "Mailman's and Majordomo's own logs are known for what they are",
	.owns = owns,
	.parse = format_ignores,
	.front = front,
	.claims = claims,
};
