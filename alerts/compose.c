/*
 * compose.c - the alert mail: what happened, to whom, since when, how bad, what
 * was done, how to undo it, and what it is known from
 */
#include "alerts/compose.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/compose_json.h"
#include "alerts/doc.h"
#include "alerts/words.h"
#include "base/addr.h"
#include "base/mem.h"
#include "base/safe.h"

#define SECOND        INT64_C(1000000) /* in the times of incidents */
#define GRAPH_SECONDS (6 * 3600)
#define GRAPH_AFTER   600
#define SUBJECT_BYTES 400

static int64_t
seconds(int64_t microseconds)
{
	return microseconds / SECOND;
}

static const struct incident *
lead(const struct alert_mail *mail)
{
	return mail->incidents[0];
}

static const char *
nouns(enum alert_key kind)
{
	return kind == KEY_CLIENT    ? "clients"
	       : kind == KEY_ACCOUNT ? "accounts"
	       : kind == KEY_SUBJECT ? "subjects"
	       : kind == KEY_AGENT   ? "troubles"
				     : "hosts";
}

/* "[mx1] relay-abuse: 203.0.113.7 refused 3 times in 10 min, blocked 1 h" */
static char *
subject_of(const struct alert_mail *mail)
{
	const struct incident *first = lead(mail);
	char sentence[WORDS_TEXT], action[WORDS_TEXT], more[80] = "";
	char subject[3 * WORDS_TEXT], safe[SUBJECT_BYTES];

	incident_sentence(first, sentence);
	words_action(first, action);
	if (mail->notice == NOTICE_OVER)
		action[0] = '\0';
	if (mail->keys > 1)
		snprintf(more, sizeof(more), ", and %" PRIu64 " more %s",
		    mail->keys - 1, nouns(first->kind));
	snprintf(subject, sizeof(subject), "[%s] %s%s: %s%s%s%s", first->host,
	    first->rule, mail->notice == NOTICE_OVER ? " is over" : "",
	    sentence, more, action[0] != '\0' ? ", " : "", action);
	safe_text(slice_of(subject), 0, safe, sizeof(safe));
	return mem_text(safe);
}

static void
put_who(struct doc *doc, const struct alert_mail *mail)
{
	const struct incident *first = lead(mail);
	char text[2 * WORDS_TEXT];

	if (first->kind == KEY_HOST)
		snprintf(text, sizeof(text), "host %s", first->host);
	else if (first->kind == KEY_AGENT)
		snprintf(
		    text, sizeof(text), "mailweir itself, on %s", first->host);
	else
		snprintf(text, sizeof(text), "%s %s, on %s",
		    alert_key_name(first->kind), first->key, first->host);
	if (mail->keys > 1)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    ", and %" PRIu64 " more %s", mail->keys - 1,
		    nouns(first->kind));
	doc_fact(doc, "Who", text);
}

static void
put_since(struct doc *doc, const struct alert_mail *mail,
    const struct compose *compose)
{
	int64_t first = INT64_MAX, last = 0;
	char begin[WORDS_TEXT], end[WORDS_TEXT], text[2 * WORDS_TEXT + 40];

	for (size_t i = 0; i < mail->n; i++) {
		if (mail->incidents[i]->first < first)
			first = mail->incidents[i]->first;
		if (mail->incidents[i]->last > last)
			last = mail->incidents[i]->last;
	}
	words_time(seconds(first), compose->offset, begin);
	words_time(seconds(last), compose->offset, end);
	if (seconds(first) == seconds(last))
		snprintf(text, sizeof(text), "%s", begin);
	else
		snprintf(text, sizeof(text), "%s, last %s", begin, end);
	doc_fact(doc, "Since", text);
}

static void
put_how_bad(struct doc *doc, const struct alert_mail *mail)
{
	const struct incident *first = lead(mail);
	char measure[WORDS_TEXT], usual[WORDS_TEXT], text[3 * WORDS_TEXT];
	struct incident as_usual = *first;
	uint64_t count = 0;
	int n;

	for (size_t i = 0; i < mail->n; i++)
		count += mail->incidents[i]->count;
	words_measure(first, measure);
	n = snprintf(text, sizeof(text),
	    "%slevel %s: ", first->critical ? "critical, " : "",
	    alert_level_name(first->level));
	if (first->kind == KEY_AGENT) {
		snprintf(text, sizeof(text), "mailweir works on without it");
	} else if (first->usual < 0) {
		snprintf(text + n, sizeof(text) - (size_t)n,
		    "%s; %" PRIu64 " in all so far; no usual is known", measure,
		    count);
	} else {
		as_usual.value = first->usual;
		as_usual.within = 0;
		words_measure(&as_usual, usual);
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "%s; usual: %s", measure, usual);
		if (first->usual > 0)
			snprintf(text + n, sizeof(text) - (size_t)n,
			    ", this is %.1f times as much",
			    first->value / first->usual);
	}
	doc_fact(doc, "How bad", text);
}

static void
put_done(struct doc *doc, const struct incident *first)
{
	char span[WORDS_TEXT], text[2 * WORDS_TEXT];

	words_span(first->block_seconds, span);
	switch (first->action) {
	case ACTION_BLOCK:
		snprintf(text, sizeof(text), "%s is blocked for %s", first->key,
		    span);
		break;
	case ACTION_OBSERVED:
		snprintf(text, sizeof(text),
		    "nothing: mailweir only observes; it would have blocked %s",
		    first->key);
		break;
	case ACTION_SPARED:
		snprintf(text, sizeof(text),
		    "nothing: %s has delivered good mail lately, and is spared",
		    first->key);
		break;
	default:
		snprintf(text, sizeof(text), "nothing but this mail");
	}
	doc_fact(doc, "Done", text);
}

/* Commands are printed from the address alone: they are pasted into shells. */
static void
put_undo(struct doc *doc, const struct alert_mail *mail)
{
	const struct incident *first = lead(mail);
	const char *advice = words_phrase(first->rule)->advice;
	char address[ADDR_TEXT], text[2 * WORDS_TEXT];
	bool blocked = first->action == ACTION_BLOCK;

	if (first->kind != KEY_CLIENT || addr_is_none(&first->client)) {
		doc_fact(doc, "Undo", "there is nothing to undo");
		if (advice != NULL)
			doc_fact(doc, "To do", advice);
		return;
	}
	addr_print(&first->client, address);
	snprintf(text, sizeof(text), "mailweir %s %s",
	    blocked ? "unblock" : "block", address);
	doc_command(doc, blocked ? "Undo" : "To block", text);
	if (blocked) {
		snprintf(text, sizeof(text),
		    "blocks { never = {\"%s\"} }   # in mailweir.conf",
		    address);
		doc_command(doc, "For good", text);
	}
	if (blocked && mail->keys > 1)
		doc_fact(doc, "",
		    "and so for the others; mailweir blocks "
		    "lists them");
}

static void
put_keys(struct doc *doc, const struct alert_mail *mail,
    const struct compose *compose)
{
	char clock[WORDS_TEXT], action[WORDS_TEXT], text[3 * WORDS_TEXT];

	if (mail->keys < 2)
		return;
	doc_head(doc, "The first of them");
	for (size_t i = 0; i < mail->n; i++) {
		const struct incident *one = mail->incidents[i];

		words_clock(seconds(one->first), compose->offset, clock);
		words_action(one, action);
		snprintf(text, sizeof(text), "%s since %s%s%s", one->key, clock,
		    action[0] != '\0' ? ", " : "", action);
		doc_row(doc, one->count, text);
	}
	if (mail->keys > mail->n) {
		snprintf(text, sizeof(text),
		    "mailweir alerts lists all %" PRIu64, mail->keys);
		doc_fact(doc, "", text);
	}
}

static void
put_rows(struct doc *doc, const char *title, const struct evidence_row *rows,
    size_t n)
{
	if (n == 0)
		return;
	doc_head(doc, title);
	for (size_t i = 0; i < n; i++)
		doc_row(doc, rows[i].count, rows[i].text);
}

static void
put_evidence(struct doc *doc, const struct alert_mail *mail)
{
	const struct evidence *evidence = lead(mail)->evidence;

	if (evidence == NULL)
		return;
	if (evidence->line_count != 0) {
		doc_head(doc, "Evidence");
		for (size_t i = 0; i < evidence->line_count; i++)
			doc_line(doc, evidence->lines[i]);
	}
	put_rows(doc, "Clients", evidence->clients, evidence->client_count);
	put_rows(
	    doc, "Remote replies", evidence->replies, evidence->reply_count);
}

static void
add_graph(struct letter *letter, struct doc *doc, const struct alert_mail *mail,
    const struct compose *compose)
{
	const char *series = words_phrase(lead(mail)->rule)->series;
	int64_t from = seconds(lead(mail)->first) - GRAPH_SECONDS / 2;

	if (series == NULL)
		return;
	if (from > compose->now - GRAPH_SECONDS)
		from = compose->now - GRAPH_SECONDS;
	if (from < compose->now - 7 * 86400)
		from = compose->now - 7 * 86400;
	letter_add_picture(
	    letter, series, lead(mail)->host, from, compose->now + GRAPH_AFTER);
	doc_picture(doc, 0);
}

void
compose_alert(struct letter *letter, const struct alert_mail *mail,
    const struct compose *compose)
{
	const struct incident *first = lead(mail);
	char sentence[WORDS_TEXT];
	struct doc doc;

	memset(letter, 0, sizeof(*letter));
	letter->when = compose->now;
	letter->offset = compose->offset;
	letter->subject = subject_of(mail);
	doc_open(&doc, letter->subject,
	    mail->notice == NOTICE_OVER  ? TONE_GOOD
	    : first->level == LEVEL_WARN ? TONE_WARN
					 : TONE_ACT);
	incident_sentence(first, sentence);
	doc_fact(&doc, "What", sentence);
	put_who(&doc, mail);
	put_since(&doc, mail, compose);
	put_how_bad(&doc, mail);
	put_done(&doc, first);
	put_undo(&doc, mail);
	put_keys(&doc, mail, compose);
	put_evidence(&doc, mail);
	add_graph(letter, &doc, mail, compose);
	if (compose->link != NULL)
		doc_link(&doc, "Dashboard", compose->link);
	doc_close(&doc, &letter->text, &letter->html);
	letter->json = compose_json(mail, letter, compose);
}
