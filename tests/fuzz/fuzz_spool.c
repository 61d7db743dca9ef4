/* fuzz_spool.c - heads of queue files, and showq's list, of any bytes */
#include <stdint.h>
#include <stdlib.h>

#include "collectors/showq.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
read_head(const struct spool_system *system, struct slice head)
{
	struct spool_message message = { QUEUE_INCOMING, 0 };

	if (head.n > SPOOL_HEAD)
		head.n = SPOOL_HEAD;
	if (system->read(head, &message) &&
	    (message.queue >= QUEUE_NAMES || message.arrived < 0 ||
		message.arrived > UINT32_MAX))
		abort();
}

/* A list must tell the same however it is cut. */
static void
read_list(struct slice list, size_t cut)
{
	struct showq_answer whole = { 0 }, parts = { 0 };
	bool good, same;

	good = showq_take(&whole, list);
	same = showq_take(&parts, (struct slice){ list.p, cut }) &&
	       showq_take(&parts, slice_from(list, cut));
	if (good != same ||
	    (good && (whole.ended != parts.ended ||
			 whole.count.oldest != parts.count.oldest ||
			 whole.count.messages[0] != parts.count.messages[0])))
		abort();
}

/* The first byte picks what is read. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct spool_system *const systems[] = { &spool_postfix,
		&spool_sendmail, &spool_exim };
	struct slice text;

	if (size < 2)
		return 0;
	text = (struct slice){ (const char *)data + 1, size - 1 };
	if (data[0] % 4 < 3)
		read_head(systems[data[0] % 4], text);
	else
		read_list(text, data[0] % text.n);
	return 0;
}
