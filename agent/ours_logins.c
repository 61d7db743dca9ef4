/*
 * ours_logins.c - signs that a login by POP or IMAP lets its address relay
 *
 * rpc.dracd(8): dracd.db; pop-before-smtp(8): pop-before-smtp.db, popauth for
 * Sendmail; poprelayd: popip.db; vpopmail: open-smtp; relay-ctrl: its spool;
 * whoson: a lookup of its own in Exim (chapter 9).
 */
#include "agent/ours_logins.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/mem.h"

#define TEXT_BYTES 256

static const struct slice names[] = { { "dracd", 5 }, { "/drac.", 6 },
	{ "pop-before", 10 }, { "pop_before", 10 }, { "popbefore", 9 },
	{ "popbsmtp", 8 }, { "popb4smtp", 9 }, { "popauth", 7 }, { "popip", 5 },
	{ "poprelay", 8 }, { "pop-relay", 9 }, { "imap-before", 11 },
	{ "open-smtp", 9 }, { "relay-ctrl", 10 }, { "whoson", 6 } };

bool
ours_is_login_table(struct slice text)
{
	for (size_t i = 0; i < NELEMS(names); i++)
		if (slice_find(text, names[i]) != -1)
			return true;
	return slice_ends(text, SLICE("/drac"));
}

void
ours_by_login(struct ours *ours, const char *fmt, ...)
{
	char raw[TEXT_BYTES], text[TEXT_BYTES];
	va_list ap;

	if (ours->by_login != NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	slice_escape(slice_of(raw), text, sizeof(text));
	ours->by_login = mem_text(text[0] != '\0' ? text : "?");
}

void
ours_login_files(struct ours *ours, const char *const *paths)
{
	for (; *paths != NULL; paths++)
		if (access(*paths, F_OK) == 0)
			ours_by_login(ours, "%s", *paths);
}
