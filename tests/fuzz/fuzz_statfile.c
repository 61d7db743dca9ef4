/*
 * fuzz_statfile.c - a statistics file and a sendmail.cf of any bytes, and the
 * tables made of them
 *
 * The first byte says which of the two the rest is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/mailstats.h"
#include "agent/sendmail_cf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static FILE *null;

static void
print(const struct statfile *file, const struct sendmail_cf *cf)
{
	struct mailstats table;

	mailstats_of_file(&table, file, cf);
	mailstats_print(null, &table, true);
	mailstats_print_program(null, &table, false);
	if (mailstats_print_json(null, &table) == -1)
		abort();
}

static void
read_statfile(const uint8_t *data, size_t size)
{
	struct statfile file;
	struct sendmail_cf cf;
	struct err err = { "" };

	if (statfile_decode(&file, data, size, &err) == -1) {
		if (err.text[0] == '\0')
			abort();
		return;
	}
	sendmail_cf_usual(&cf);
	print(&file, &cf);
}

static void
read_cf(const uint8_t *data, size_t size)
{
	static const struct statfile file = { .columns = {
						  { 1, 2, 3, 4, 5 } } };
	struct sendmail_cf cf;
	FILE *in = fmemopen((void *)(uintptr_t)data, size, "r");

	if (in == NULL)
		return;
	if (sendmail_cf_read(&cf, in)) {
		if (cf.mailer_count < 3 || cf.mailer_count > STATFILE_MAILERS ||
		    strlen(cf.status_file) >= SENDMAIL_CF_LINE)
			abort();
		for (size_t i = 0; i < STATFILE_MAILERS; i++)
			if (memchr(cf.mailers[i], '\0', SENDMAIL_CF_NAME) ==
			    NULL)
				abort();
		print(&file, &cf);
	}
	fclose(in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (null == NULL)
		null = fopen("/dev/null", "w");
	if (size == 0)
		return 0;
	if (data[0] % 2 == 0)
		read_statfile(data + 1, size - 1);
	else if (size > 1)
		read_cf(data + 1, size - 1);
	return 0;
}
