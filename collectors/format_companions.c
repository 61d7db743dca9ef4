/*
 * format_companions.c - milters and policy services beside the mail system
 *
 * What they decide, the mail system logs as its own reject, hold or discard;
 * their lines would count it a second time, so all of them mean nothing here.
 */
#include "base/array.h"
#include "collectors/format.h"

static const struct slice names[] = {
	{ "opendkim", 8 },
	{ "opendmarc", 9 },
	{ "postgrey", 8 },
	{ "policyd-spf", 11 },
	{ "policy-spf", 10 },
	{ "postsrsd", 8 },
	{ "sqlgrey", 7 },
	{ "postfwd", 7 },
	{ "postfwd2", 8 },
	{ "milter-greylist", 15 },
	{ "dkimproxy.in", 12 },
	{ "dkimproxy.out", 13 },
	{ "openarc", 7 },
	{ "saslauthd", 9 },
	{ "mlmmj-receive", 13 },
	{ "mlmmj-send", 10 },
};

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

const struct log_format format_companions = {
	.name = "companions",
	.systems = "OpenDKIM, OpenDMARC, postgrey, policyd-spf and others",
	.reads = "nothing twice: what they decide, the mail system logs",
	.owns = owns,
	.parse = format_ignores,
};
