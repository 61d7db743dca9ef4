/* letter.c - a mail of ours before it is MIME */
#include "alerts/letter.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
letter_fini(struct letter *letter)
{
	for (size_t i = 0; i < letter->picture_count; i++) {
		free(letter->pictures[i].series);
		free(letter->pictures[i].host);
		free(letter->pictures[i].png);
	}
	free(letter->subject);
	free(letter->text);
	free(letter->html);
	free(letter->json);
	memset(letter, 0, sizeof(*letter));
}

void
letter_add_picture(struct letter *letter, const char *series, const char *host,
    int64_t from, int64_t to)
{
	struct letter_picture *picture =
	    &letter->pictures[letter->picture_count++];

	*picture = (struct letter_picture){ .series = mem_text(series),
		.host = mem_text(host),
		.from = from,
		.to = to };
}
