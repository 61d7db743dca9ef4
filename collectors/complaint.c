/* complaint.c - what a mail program complains of, beside the mail itself */
#include "collectors/complaint.h"

#include "base/array.h"

struct mark {
	struct slice start;
	enum severity severity;
};

#define M(text, how)                                                           \
	{                                                                      \
		{ text, sizeof(text) - 1 }, SEVERITY_##how                     \
	}

/* At the beginning of the text. */
static const struct mark first_marks[] = { M("warning: ", WARNING),
	M("error: ", ERROR), M("fatal: ", FATAL), M("panic: ", PANIC) };

/* Behind the first ": ". */
static const struct mark later_marks[] = { M("Warning: ", WARNING),
	M("Error: ", ERROR), M("Fatal: ", FATAL), M("Panic: ", PANIC),
	M("SYSERR(", ERROR) };

static bool
find_mark(struct slice *text, const struct mark *marks, size_t n,
    enum severity *severity)
{
	for (size_t i = 0; i < n; i++) {
		if (!slice_skip(text, marks[i].start))
			continue;
		*severity = marks[i].severity;
		return true;
	}
	return false;
}

bool
complaint_read(
    struct slice text, bool fact, enum severity *severity, struct slice *words)
{
	struct slice before;

	*words = text;
	if (find_mark(words, first_marks, NELEMS(first_marks), severity))
		return true;
	if (fact)
		return false;
	if (slice_begins(text, "SYSERR("))
		*severity = SEVERITY_ERROR;
	else if (!slice_cut(words, SLICE(": "), &before) ||
		 !find_mark(words, later_marks, NELEMS(later_marks), severity))
		return false;
	return true;
}
