/* damaged.c - archives that cannot be read, or not yet */
#include "collectors/damaged.h"

#include "base/log.h"

static const struct damaged_file *
find(const struct damaged *damaged, const struct sibling *sibling)
{
	for (size_t i = 0; i < damaged->n; i++) {
		const struct damaged_file *f = &damaged->of[i];

		if (f->device == sibling->device &&
		    f->inode == sibling->inode && f->bytes == sibling->bytes)
			return f;
	}
	return NULL;
}

bool
damaged_is_given_up(const struct damaged *damaged,
    const struct sibling *sibling, int64_t now_ms)
{
	const struct damaged_file *file = find(damaged, sibling);

	return file != NULL && now_ms >= file->until_ms;
}

int64_t
damaged_wait(struct damaged *damaged, const struct sibling *sibling,
    int64_t now_ms, const struct err *err)
{
	const struct damaged_file *known = find(damaged, sibling);
	struct damaged_file *file;

	if (known != NULL) {
		file = &damaged->of[known - damaged->of];
	} else {
		if (damaged->n < DAMAGED_FILES)
			damaged->n++;
		file = &damaged->of[damaged->n - 1];
		*file = (struct damaged_file){ sibling->device, sibling->inode,
			sibling->bytes, now_ms + DAMAGED_MS, false };
	}
	if (now_ms < file->until_ms)
		return file->until_ms;
	if (!file->said)
		log_warn("%s; given up, what follows is read", err->text);
	file->said = true;
	return 0;
}
