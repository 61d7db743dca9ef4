/*
 * siblings.c - a log and its rotated siblings, oldest first
 *
 * Numbers and dates in names say the order better than modification times,
 * which are cut to seconds by some compressors and new after a copy.  So each
 * kind of name is ordered by itself; only the two kinds are joined by time.
 */
#include "collectors/siblings.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/mem.h"

#define LOOKS 5 /* at a directory that changes under our eyes */

static const char *const compressed[] = { ".gz", ".xz", ".zst", ".bz2" };

enum name_kind { NAME_NONE, NAME_LIVE, NAME_NUMBER, NAME_DATE };

/* The name without what says that it is compressed. */
static struct slice
stem(struct slice name)
{
	for (size_t i = 0; i < NELEMS(compressed); i++) {
		struct slice ending = slice_of(compressed[i]);

		if (slice_ends(name, ending))
			return (struct slice){ name.p, name.n - ending.n };
	}
	return name;
}

bool
siblings_is_compressed(struct slice name)
{
	return stem(name).n != name.n;
}

/* multilog's: "current", and "@400000006b02447727e8647c.s" or ".u" before. */
static bool
is_multilog(struct slice base, struct slice name, struct slice *suffix)
{
	struct slice text = stem(name);

	if (!slice_is(base, "current") || text.n != 27 || text.p[0] != '@' ||
	    text.p[25] != '.' || (text.p[26] != 's' && text.p[26] != 'u'))
		return false;
	*suffix = (struct slice){ text.p + 1, 24 };
	for (size_t i = 0; i < suffix->n; i++)
		if (memchr("0123456789abcdef", suffix->p[i], 16) == NULL)
			return false;
	return true;
}

/* *suffix is the digits. */
static enum name_kind
kind_of(struct slice base, struct slice name, struct slice *suffix)
{
	size_t digits = 0;

	if (name.n < SIBLING_BYTES && is_multilog(base, name, suffix))
		return NAME_DATE;
	if (name.n >= SIBLING_BYTES || !slice_starts(name, base))
		return NAME_NONE;
	if (name.n == base.n)
		return NAME_LIVE;
	*suffix = slice_from(stem(name), base.n);
	if (suffix->n < 2 || (suffix->p[0] != '.' && suffix->p[0] != '-'))
		return NAME_NONE;
	*suffix = slice_from(*suffix, 1);
	for (size_t i = 0; i < suffix->n; i++) {
		char c = suffix->p[i];

		if (c >= '0' && c <= '9')
			digits++;
		else if (i == 0 || memchr("-_.T:", c, 5) == NULL)
			return NAME_NONE;
	}
	if (digits == suffix->n && digits <= 5)
		return NAME_NUMBER;
	return digits >= 6 ? NAME_DATE : NAME_NONE;
}

bool
siblings_is_name(struct slice base, struct slice name)
{
	struct slice suffix;

	return kind_of(base, name, &suffix) != NAME_NONE;
}

struct found {
	struct sibling sibling;
	enum name_kind kind;
	size_t suffix_at, suffix_bytes; /* in sibling.name */
	uint64_t number;
};

static struct slice
suffix_of(const struct found *found)
{
	return (struct slice){ found->sibling.name + found->suffix_at,
		found->suffix_bytes };
}

/* By kind, and in a kind the oldest first; plain before compressed. */
static int
by_name(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	struct slice s = suffix_of(x), t = suffix_of(y);
	int diff;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kind == NAME_NUMBER && x->number != y->number)
		return x->number > y->number ? -1 : 1;
	diff = memcmp(s.p, t.p, s.n < t.n ? s.n : t.n);
	if (diff == 0 && s.n != t.n)
		diff = s.n < t.n ? -1 : 1;
	if (diff != 0 && x->kind == NAME_DATE)
		return diff;
	return strcmp(x->sibling.name, y->sibling.name);
}

static bool
look_at(int directory, struct slice base, const char *name, struct found *found)
{
	struct slice suffix = SLICE("");
	struct stat st;

	found->kind = kind_of(base, slice_of(name), &suffix);
	if (found->kind == NAME_NONE ||
	    fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode))
		return false;
	strcpy(found->sibling.name, name); /* kind_of() knows that it fits */
	if (suffix.n != 0)
		found->suffix_at = (size_t)(suffix.p - name);
	found->suffix_bytes = suffix.n;
	if (found->kind == NAME_NUMBER)
		(void)slice_number(suffix, &found->number);
	found->sibling.mtime_ns =
	    (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	found->sibling.bytes = (uint64_t)st.st_size;
	found->sibling.device = st.st_dev;
	found->sibling.inode = st.st_ino;
	return true;
}

static struct found *
read_directory(DIR *directory, const char *base, size_t *n)
{
	struct found *found = NULL;
	struct dirent *entry;
	size_t room = 0;

	*n = 0;
	rewinddir(directory);
	while ((entry = readdir(directory)) != NULL && *n < 16 * SIBLINGS) {
		struct found one = { 0 };

		if (!look_at(
			dirfd(directory), slice_of(base), entry->d_name, &one))
			continue;
		if (*n == room) {
			room = room == 0 ? 32 : room * 2;
			found = mem_grow(found, room, sizeof(*found));
		}
		found[(*n)++] = one;
	}
	if (*n != 0)
		qsort(found, *n, sizeof(*found), by_name);
	return found;
}

static bool
is_same(const struct sibling *a, const struct sibling *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/*
 * A file that is renamed while the directory is read may be seen under both
 * names or under none; so look until two looks agree.
 */
static struct found *
read_quiet_directory(DIR *directory, const char *base, size_t *n)
{
	struct found *before = read_directory(directory, base, n), *now;

	for (int look = 1; look < LOOKS; look++) {
		bool same;
		size_t n_now;

		now = read_directory(directory, base, &n_now);
		same = n_now == *n;
		for (size_t i = 0; same && i < n_now; i++)
			same = is_same(&before[i].sibling, &now[i].sibling) &&
			       strcmp(before[i].sibling.name,
				   now[i].sibling.name) == 0;
		free(before);
		before = now;
		*n = n_now;
		if (same)
			break;
	}
	return before;
}

/* Still being compressed beside itself, or the log by a second name. */
static bool
is_double(const struct found *found, size_t n, size_t i)
{
	struct slice name = slice_of(found[i].sibling.name);

	for (size_t j = 0; j < n; j++) {
		struct slice other = slice_of(found[j].sibling.name);

		if (j != i && slice_eq(stem(name), other))
			return true;
		if ((j < i ? found[j].kind == NAME_LIVE
			   : j > i && found[i].kind != NAME_LIVE) &&
		    is_same(&found[i].sibling, &found[j].sibling))
			return true;
	}
	return false;
}

/* The numbered and the dated ones joined by time, and the log itself last. */
static void
join(const struct found *found, size_t n, struct siblings *list)
{
	size_t a = 0, b = 0, end;

	while (a < n && found[a].kind == NAME_LIVE)
		a++;
	for (b = a; b < n && found[b].kind == NAME_NUMBER; b++)
		;
	end = b;
	list->left_out = n - a > SIBLINGS ? (uint32_t)(n - a - SIBLINGS) : 0;
	for (uint32_t i = 0; a < end || b < n; i++) {
		bool first =
		    b == n || (a < end && found[a].sibling.mtime_ns <=
					      found[b].sibling.mtime_ns);
		const struct found *next = &found[first ? a++ : b++];

		if (i >= list->left_out)
			list->of[list->count++] = next->sibling;
	}
	list->live = n != 0 && found[0].kind == NAME_LIVE;
	if (list->live)
		list->of[list->count++] = found[0].sibling;
}

int
siblings_list(const char *path, const char *base, struct siblings *list)
{
	DIR *directory = opendir(path);
	struct found *found, *single;
	size_t n, kept = 0;

	list->count = list->left_out = 0;
	list->live = false;
	if (directory == NULL)
		return errno;
	found = read_quiet_directory(directory, base, &n);
	closedir(directory);
	single = mem_zero(n, sizeof(*single));
	for (size_t i = 0; i < n; i++)
		if (!is_double(found, n, i))
			single[kept++] = found[i];
	join(single, kept, list);
	free(single);
	free(found);
	return 0;
}
