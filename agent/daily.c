/* daily.c - the report of a day, for its mail: what "mailweir report" prints */
#include "agent/daily.h"

#include <stdlib.h>

#include "agent/local.h"
#include "agent/report.h"
#include "base/mem.h"

#define DAY_SECONDS 86400
#define WEEK        7
#define TOP         20

/* Midnight here, in Unix seconds: an offset is that of its own time. */
static int64_t
midnight(int64_t day)
{
	int64_t guess = day * DAY_SECONDS;

	guess -= local_offset(NULL, guess);
	return day * DAY_SECONDS - local_offset(NULL, guess);
}

static const char *
host_of(const struct digest *digest, char text[64])
{
	size_t n = 0;

	while (digest_host(digest, n) != NULL)
		n++;
	if (n == 1)
		return digest_host(digest, 0);
	snprintf(text, 64, "%zu hosts", n);
	return text;
}

static void
send_page(struct mailout *mailout, const struct report *report, int64_t now)
{
	struct findings *findings = mem_zero(1, sizeof(*findings));
	const char *list[FINDINGS];
	char day[DAY_TEXT], *page = NULL;
	size_t size;
	FILE *out = open_memstream(&page, &size);
	struct mail_daily daily = { .host = report->host,
		.day = day,
		.from = midnight(report->from),
		.to = midnight(report->from + 1),
		.findings = list };

	report_print(out, report);
	fclose(out);
	report_judge(report, findings);
	for (size_t i = 0; i < findings->n; i++)
		list[i] = findings->list[i].text;
	day_print(report->from, true, day);
	daily.finding_count = findings->n;
	daily.page = page;
	mailout_daily(mailout, report->from, &daily, now);
	free(page);
	free(findings);
}

void
daily_send(struct mailout *mailout, const struct digest *digest, int64_t day,
    int64_t now)
{
	struct digest_page *page = digest_page(digest, SLICE(""), day, day);
	struct digest_page *before =
	    digest_page(digest, SLICE(""), day - WEEK, day - WEEK);
	char hosts[64];
	struct report report = { .page = page,
		.before = before,
		.host = host_of(digest, hosts),
		.from = day,
		.to = day,
		.top = TOP };

	if (page == NULL)
		mailout_daily(mailout, day, NULL, now);
	else
		send_page(mailout, &report, now);
	digest_page_free(before);
	digest_page_free(page);
}
