/*
 * fuzz_ours.c - what mail systems say of themselves, in any bytes
 *
 * The first byte picks the reader.  No file is read: as if too many had been.
 */
#include <stdlib.h>

#include "agent/ours_exim.h"
#include "agent/ours_files.h"
#include "agent/ours_opensmtpd.h"
#include "agent/ours_postfix.h"
#include "agent/ours_sendmail.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char *
no_list(void *arg, struct slice name)
{
	(void)arg;
	(void)name;
	return NULL;
}

static void
read_one(struct ours *ours, unsigned which, struct slice text)
{
	struct exim exim = { ours, SLICE("mx.example.org"), no_list, NULL };

	switch (which % 6) {
	case 0:
		sendmail_read(ours, text);
		return;
	case 1:
		exim_domains(&exim, text, "local_domains", false);
		return;
	case 2:
		exim_hosts(&exim, text, "relay_from_hosts");
		return;
	case 3:
		(void)ours_parse(ours, text);
		return;
	case 4:
		opensmtpd_read(ours, "smtpd.conf", text);
		return;
	default:
		postfix_read(ours, text);
	}
}

/* What was read can be told to the agent, whatever it was. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ours ours = { .files = OURS_FILES }, again = { 0 };
	char *bytes = NULL;
	size_t n = 0;
	FILE *out;

	if (size == 0)
		return 0;
	read_one(
	    &ours, data[0], (struct slice){ (const char *)data + 1, size - 1 });
	out = open_memstream(&bytes, &n);
	ours_write(&ours, out);
	fclose(out);
	if (!ours_parse(&again, (struct slice){ bytes, n }) ||
	    again.network_count != ours.network_count ||
	    again.domain_count != ours.domain_count)
		abort();
	free(bytes);
	ours_free(&ours);
	ours_free(&again);
	return 0;
}
