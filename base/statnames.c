/* statnames.c - the names of the mailers that a statistics file numbers */
#include "base/statnames.h"

#include "base/array.h"

static bool
is_there(char names[][STATFILE_NAME], size_t n, struct slice name)
{
	for (size_t i = 0; i < n; i++)
		if (slice_same_word(name, slice_of(names[i])))
			return true;
	return false;
}

/* "Mlocal, P=..." */
static struct slice
name_of(struct slice line)
{
	size_t n = 1;

	while (n < line.n && strchr(", \t\r", line.p[n]) == NULL)
		n++;
	return (struct slice){ line.p + 1, n - 1 };
}

size_t
statnames_read(struct slice cf, char names[STATFILE_MAILERS][STATFILE_NAME])
{
	static const char *const first[] = { "prog", "*file*", "*include*" };
	struct slice line, name;
	size_t n = 0;

	memset(names, 0, STATFILE_MAILERS * STATFILE_NAME);
	while (n < NELEMS(first)) {
		slice_copy(slice_of(first[n]), names[n], STATFILE_NAME);
		n++;
	}
	while (cf.n > 0 && n < STATFILE_MAILERS) {
		if (!slice_cut(&cf, SLICE("\n"), &line)) {
			line = cf;
			cf.n = 0;
		}
		if (!slice_begins(line, "M"))
			continue;
		name = name_of(line);
		if (name.n > 0 && !is_there(names, n, name))
			slice_copy(name, names[n++], STATFILE_NAME);
	}
	return n;
}
