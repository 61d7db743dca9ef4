/* entry.c - one line of a mail program, by what it begins with */
#include "collectors/entry.h"

#include "base/array.h"

enum meaning
entry_nothing(struct entry *entry)
{
	(void)entry;
	return MEANS_NOTHING;
}

bool
entry_by_row(struct entry *entry, const struct entry_row *rows, size_t n,
    enum meaning *meaning)
{
	for (size_t i = 0; i < n; i++) {
		if (!slice_skip(&entry->text, rows[i].start))
			continue;
		*meaning = rows[i].parse(entry);
		return true;
	}
	return false;
}

bool
entry_is_alien(struct slice command)
{
	static const struct slice methods[] = { { "GET ", 4 }, { "POST ", 5 },
		{ "HEAD ", 5 }, { "PUT ", 4 }, { "OPTIONS ", 8 },
		{ "CONNECT ", 8 } };

	if (command.n == 0)
		return false;
	if ((command.p[0] | 0x20) < 'a' || (command.p[0] | 0x20) > 'z')
		return true;
	for (size_t i = 0; i < NELEMS(methods); i++)
		if (slice_starts(command, methods[i]))
			return true;
	return false;
}
