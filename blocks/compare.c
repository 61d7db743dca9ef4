/* compare.c - what a firewall holds, beside what it should */
#include "blocks/compare.h"

#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/mem.h"

#define SOON_SECS 3 /* an end so near may have come in the kernel */

struct comparison {
	struct block_element *wanted; /* sorted */
	bool *seen;                   /* one each */
	size_t n;
	int out;
	FILE *report; /* writes into out */
};

struct comparison *
compare_new(int list)
{
	struct comparison *comparison = mem_zero(1, sizeof(*comparison));

	comparison->out = memfd_create("difference", MFD_CLOEXEC);
	comparison->wanted = wire_read(list, &comparison->n);
	if (comparison->out != -1)
		comparison->report = fdopen(dup(comparison->out), "w");
	if (comparison->wanted == NULL || comparison->report == NULL) {
		compare_free(comparison);
		return NULL;
	}
	qsort(comparison->wanted, comparison->n, sizeof(*comparison->wanted),
	    wire_order);
	comparison->seen = mem_zero(comparison->n, sizeof(*comparison->seen));
	return comparison;
}

void
compare_free(struct comparison *comparison)
{
	if (comparison == NULL)
		return;
	if (comparison->report != NULL)
		fclose(comparison->report);
	if (comparison->out != -1)
		close(comparison->out);
	free(comparison->wanted);
	free(comparison->seen);
	free(comparison);
}

void
compare_take(struct comparison *comparison, const struct block_element *there)
{
	const struct block_element *wanted = bsearch(there, comparison->wanted,
	    comparison->n, sizeof(*there), wire_order);
	struct block_element excess = *there;

	excess.remove = true;
	if (wanted != NULL)
		comparison->seen[wanted - comparison->wanted] = true;
	else
		fwrite(&excess, sizeof(excess), 1, comparison->report);
}

static void
report_missing(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->n; i++)
		if (!comparison->seen[i] && comparison->wanted[i].family != 0 &&
		    comparison->wanted[i].seconds > SOON_SECS)
			fwrite(&comparison->wanted[i],
			    sizeof(comparison->wanted[i]), 1,
			    comparison->report);
}

void
compare_tell(struct comparison *comparison, bool wiped)
{
	struct block_answer *answer = mem_zero(1, sizeof(*answer));

	answer->report = true;
	answer->wiped = wiped;
	report_missing(comparison);
	if (fflush(comparison->report) == 0 &&
	    lseek(comparison->out, 0, SEEK_SET) == 0)
		helper_tell(answer, sizeof(*answer), comparison->out);
	free(answer);
}
