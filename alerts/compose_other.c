/* compose_other.c - the daily report, the digest of what was too much, a test */
#include "alerts/compose.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "alerts/compose_json.h"
#include "alerts/doc.h"
#include "alerts/words.h"
#include "base/mem.h"
#include "base/safe.h"

#define DAILY_INCIDENTS 50 /* named */

static void begin(struct letter *, struct doc *, const struct compose *,
    enum doc_tone, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void
begin(struct letter *letter, struct doc *doc, const struct compose *compose,
    enum doc_tone tone, const char *fmt, ...)
{
	char subject[1000], safe[400];
	va_list ap;

	memset(letter, 0, sizeof(*letter));
	letter->when = compose->now;
	letter->offset = compose->offset;
	va_start(ap, fmt);
	vsnprintf(subject, sizeof(subject), fmt, ap);
	va_end(ap);
	safe_text(slice_of(subject), 0, safe, sizeof(safe));
	letter->subject = mem_text(safe);
	doc_open(doc, letter->subject, tone);
}

static void
end(struct letter *letter, struct doc *doc, const char *kind,
    const struct compose *compose)
{
	if (compose->link != NULL)
		doc_link(doc, "Dashboard", compose->link);
	doc_close(doc, &letter->text, &letter->html);
	letter->json = compose_json_plain(kind, letter, compose);
}

void
compose_digest(struct letter *letter, const char *const *lines, size_t n,
    uint64_t more, const struct compose *compose)
{
	struct doc doc;
	char text[WORDS_TEXT];

	begin(letter, &doc, compose, TONE_WARN,
	    "[%s] digest: %" PRIu64 " more alerts", compose->host, n + more);
	doc_fact(&doc, "What",
	    "more alerts than the limit allows; these had no mail of their "
	    "own:");
	doc_head(&doc, "Alerts");
	for (size_t i = 0; i < n; i++)
		doc_item(&doc, lines[i]);
	if (more != 0) {
		snprintf(text, sizeof(text), "and %" PRIu64 " more", more);
		doc_item(&doc, text);
	}
	end(letter, &doc, "digest", compose);
}

static bool
is_of(const struct incident *incident, const struct mail_daily *daily)
{
	return incident->first / 1000000 < daily->to &&
	       incident->last / 1000000 >= daily->from;
}

static void
put_incidents(struct doc *doc, const struct mail_daily *daily,
    const struct incident *(*nth)(void *arg, size_t i), void *arg,
    const struct compose *compose)
{
	const struct incident *one;
	char text[4 * WORDS_TEXT], clock[WORDS_TEXT], sentence[WORDS_TEXT],
	    action[WORDS_TEXT];
	uint64_t more = 0;
	size_t n = 0;

	doc_head(doc, "Incidents of the day");
	for (size_t i = 0; (one = nth(arg, i)) != NULL; i++) {
		if (!is_of(one, daily) || ++n > DAILY_INCIDENTS) {
			more += is_of(one, daily);
			continue;
		}
		words_clock(one->first / 1000000, compose->offset, clock);
		incident_sentence(one, sentence);
		words_action(one, action);
		snprintf(text, sizeof(text), "%s %s on %s: %s%s%s", clock,
		    one->rule, one->host, sentence,
		    action[0] != '\0' ? ", " : "", action);
		doc_item(doc, text);
	}
	if (more != 0) {
		snprintf(text, sizeof(text), "and %" PRIu64 " more", more);
		doc_item(doc, text);
	}
	if (n == 0)
		doc_item(doc, "none");
}

void
compose_daily(struct letter *letter, const struct mail_daily *daily,
    const struct incident *(*nth)(void *arg, size_t i), void *arg,
    const struct compose *compose)
{
	static const char *const series[LETTER_PICTURES] = {
		"messages.received", "messages.sent", "rejects.total"
	};
	struct doc doc;

	begin(letter, &doc, compose, TONE_PLAIN, "[%s] mail report of %s",
	    daily->host, daily->day);
	/* The page of text has the findings at its top. */
	doc_html_only(&doc, true);
	doc_head(&doc, "What needs a hand");
	for (size_t i = 0; i < daily->finding_count; i++)
		doc_item(&doc, daily->findings[i]);
	if (daily->finding_count == 0)
		doc_item(&doc, "nothing");
	doc_html_only(&doc, false);
	put_incidents(&doc, daily, nth, arg, compose);
	for (unsigned i = 0; i < LETTER_PICTURES; i++) {
		letter_add_picture(
		    letter, series[i], "", daily->from, daily->to);
		doc_picture(&doc, i);
	}
	doc_page(&doc, "The whole report", daily->page);
	end(letter, &doc, "daily", compose);
}

void
compose_test(struct letter *letter, const struct compose *compose)
{
	struct doc doc;

	begin(letter, &doc, compose, TONE_GOOD,
	    "[%s] test: this is how alerts arrive", compose->host);
	doc_fact(&doc, "What",
	    "a test, sent by mailweir alerts test: alerts arrive");
	doc_fact(&doc, "Undo", "there is nothing to undo");
	letter_add_picture(letter, "messages.received", "",
	    compose->now - 86400, compose->now);
	doc_picture(&doc, 0);
	end(letter, &doc, "test", compose);
}
