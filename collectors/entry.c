/* entry.c - one line of a mail program, by what it begins with */
#include "collectors/entry.h"

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
