/* fuzz_map.c - any bytes may be in a map; all but our region stay */
#include "blocks/map.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct prefix client = { { 4, { 203, 0, 113, 7 } }, 32 };
	struct map_wanted wanted = { map_form("access"), &client, 1, NULL, 0 };
	struct slice text = { (const char *)data, size };
	struct map_parts parts, again;
	struct map_lines lines;
	struct err err;
	char *after = NULL;
	size_t n;
	FILE *out;

	if (map_split(text, &parts, &err) == -1)
		return 0;
	map_make(&parts, &wanted, &lines);
	out = open_memstream(&after, &n);
	map_compose(out, &parts, &lines);
	fclose(out);
	/* Where something follows that continues our line, it is damaged. */
	if (map_split((struct slice){ after, n }, &again, &err) == 0 &&
	    (!slice_starts(again.before, parts.before) ||
		!slice_eq(again.after, parts.after) ||
		again.region.n != lines.n))
		abort();
	free(after);
	free(lines.text);
	return 0;
}
