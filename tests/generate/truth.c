/* truth.c - the account of what was written, in the shape of replay --json */
#include "tests/generate/generate.h"

#include <inttypes.h>
#include <string.h>

static uint64_t counts[TRUTHS];

static const struct {
	const char *section, *key;
} places[] = {
#define TRUTH_PLACE(name, section, key) { section, key },
	TRUTH_TABLE(TRUTH_PLACE)
#undef TRUTH_PLACE
};

static const char *mailers[MAILERS] = { "smtp", "local", "lmtp", "virtual" };
static const char *columns[COLUMNS] = { "msgs_from", "bytes_from", "msgs_to",
	"bytes_to", "msgs_rejected", "deferred", "bounced" };

void
truth_add(unsigned what, uint64_t n)
{
	counts[what] += n;
}

static void
print_reasons(FILE *out)
{
	for (unsigned i = 0; i < REASONS; i++)
		if (counts[TRUTH_REASONS + i] != 0)
			fprintf(out, ",\n  \"%s\": %" PRIu64,
			    reason_name((enum reason)i),
			    counts[TRUTH_REASONS + i]);
}

void
truth_print(FILE *out)
{
	const char *section = "";

	for (unsigned i = 0; i < TRUTH_REASONS; i++) {
		bool same = strcmp(section, places[i].section) == 0;

		if (!same && strcmp(section, "rejects") == 0)
			print_reasons(out);
		if (!same)
			fprintf(out, "%s \"%s\": {\n", i == 0 ? "{\n" : "},\n",
			    places[i].section);
		fprintf(out, "%s  \"%s\": %" PRIu64, same ? ",\n" : "",
		    places[i].key, counts[i]);
		section = places[i].section;
	}
	fprintf(out, "},\n \"mailers\": {");
	for (unsigned m = 0; m < MAILERS; m++) {
		fprintf(out, "%s\n  \"%s\": {", m == 0 ? "" : ",", mailers[m]);
		for (unsigned c = 0; c < COLUMNS; c++)
			fprintf(out, "%s\"%s\": %" PRIu64, c == 0 ? "" : ", ",
			    columns[c],
			    counts[mailer_cell(
				(enum mailer)m, (enum column)c)]);
		fputc('}', out);
	}
	fprintf(out, "}\n}\n");
}
