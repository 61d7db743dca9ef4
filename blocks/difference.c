/* difference.c - what a firewall holds, beside what it should */
#include "blocks/difference.h"

#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/mem.h"

#define SOON_SECS 3 /* an end so near may have come in the kernel */

struct difference {
	struct block_element *wanted; /* sorted */
	bool *seen;                   /* one each */
	size_t n;
	bool counts; /* its elements are counted */
	int out;
	FILE *report; /* writes into out */
};

struct difference *
difference_new(int list)
{
	struct difference *difference = mem_zero(1, sizeof(*difference));

	difference->out = memfd_create("difference", MFD_CLOEXEC);
	difference->wanted = wire_read(list, &difference->n);
	if (difference->out != -1)
		difference->report = fdopen(dup(difference->out), "w");
	if (difference->wanted == NULL || difference->report == NULL) {
		difference_free(difference);
		return NULL;
	}
	qsort(difference->wanted, difference->n, sizeof(*difference->wanted),
	    wire_order);
	difference->seen = mem_zero(difference->n, sizeof(*difference->seen));
	return difference;
}

void
difference_free(struct difference *difference)
{
	if (difference == NULL)
		return;
	if (difference->report != NULL)
		fclose(difference->report);
	if (difference->out != -1)
		close(difference->out);
	free(difference->wanted);
	free(difference->seen);
	free(difference);
}

/* What is one too many is told, and what was refused of the others. */
void
difference_take(struct difference *difference,
    const struct block_element *there, int64_t packets)
{
	const struct block_element *wanted = bsearch(there, difference->wanted,
	    difference->n, sizeof(*there), wire_order);
	struct block_element element = *there;

	difference->counts |= packets >= 0;
	element.remove = wanted == NULL;
	element.counted = wanted != NULL && packets > 0;
	if (element.counted)
		element.packets = (uint64_t)packets;
	if (wanted != NULL)
		difference->seen[wanted - difference->wanted] = true;
	if (element.remove || element.counted)
		fwrite(&element, sizeof(element), 1, difference->report);
}

static void
report_missing(struct difference *difference)
{
	for (size_t i = 0; i < difference->n; i++)
		if (!difference->seen[i] && difference->wanted[i].family != 0 &&
		    difference->wanted[i].seconds > SOON_SECS)
			fwrite(&difference->wanted[i],
			    sizeof(difference->wanted[i]), 1,
			    difference->report);
}

void
difference_tell(struct difference *difference, bool wiped)
{
	struct block_answer *answer = mem_zero(1, sizeof(*answer));

	answer->report = true;
	answer->wiped = wiped;
	answer->counts = difference->counts;
	report_missing(difference);
	if (fflush(difference->report) == 0 &&
	    lseek(difference->out, 0, SEEK_SET) == 0)
		helper_tell(answer, sizeof(*answer), difference->out);
	free(answer);
}
