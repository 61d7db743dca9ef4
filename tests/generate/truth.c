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

static const char *mailers[MAILERS] = { "smtp", "local", "lmtp", "virtual",
	"esmtp", "prog", "*file*" };
static const char *columns[COLUMNS] = { "msgs_from", "bytes_from", "msgs_to",
	"bytes_to", "msgs_rejected", "deferred", "bounced" };

void
truth_add(unsigned what, uint64_t n)
{
	counts[what] += n;
}

/* With its comma, and its section's name where that is another. */
static void
print_count(FILE *out, const char *section, const char *key, uint64_t n)
{
	static const char *open = "";

	if (strcmp(open, section) == 0)
		fputs(",\n", out);
	else
		fprintf(out, "%s \"%s\": {\n", *open == '\0' ? "{\n" : "},\n",
		    section);
	fprintf(out, "  \"%s\": %" PRIu64, key, n);
	open = section;
}

static void
print_reasons(FILE *out)
{
	for (unsigned i = 0; i < REASONS; i++)
		if (counts[TRUTH_REASONS + i] != 0)
			print_count(out, "rejects", reason_name((enum reason)i),
			    counts[TRUTH_REASONS + i]);
}

static void
print_mailers(FILE *out, bool zeros)
{
	for (unsigned m = 0; m < MAILERS; m++) {
		const char *comma = "";

		fprintf(out, "%s\n  \"%s\": {", m == 0 ? "" : ",", mailers[m]);
		for (unsigned c = 0; c < COLUMNS; c++) {
			uint64_t n =
			    counts[mailer_cell((enum mailer)m, (enum column)c)];

			if (!zeros && n == 0)
				continue;
			fprintf(
			    out, "%s\"%s\": %" PRIu64, comma, columns[c], n);
			comma = ", ";
		}
		fputc('}', out);
	}
}

void
truth_print(FILE *out, bool zeros)
{
	for (unsigned i = 0; i < TRUTH_REASONS; i++)
		if (zeros || counts[i] != 0) {
			print_count(
			    out, places[i].section, places[i].key, counts[i]);
			if (i == TRUTH_REJECTS)
				print_reasons(out);
		}
	fprintf(out, "},\n \"mailers\": {");
	print_mailers(out, zeros);
	fprintf(out, "}\n}\n");
}
