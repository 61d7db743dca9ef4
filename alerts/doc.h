/*
 * doc.h - what a mail says, written as text and as HTML at once
 *
 * Everything given is text of strangers: it is made safe here, and escaped.
 * The HTML needs no style sheet (many readers drop them), sets no background
 * and only colours that can be read on light and on dark, and fits a phone.
 */
#ifndef ALERTS_DOC_H
#define ALERTS_DOC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct doc {
	FILE *text, *html;
	char *text_bytes, *html_bytes;
	size_t text_n, html_n;
	FILE *aside; /* where the text goes that only HTML is to have */
	char *aside_bytes;
	size_t aside_n;
	bool only;          /* now */
	const char *inside; /* what is to be closed before the next: "</pre>" */
};

enum doc_tone { TONE_WARN, TONE_ACT, TONE_GOOD, TONE_PLAIN };

void doc_open(struct doc *, const char *title, enum doc_tone);
/* A label and what there is to it: a sentence, or a command to be typed. */
void doc_fact(struct doc *, const char *label, const char *text);
void doc_command(struct doc *, const char *label, const char *text);
void doc_head(struct doc *, const char *title);
void doc_line(struct doc *, const char *line); /* as it stands */
void doc_item(struct doc *, const char *text);
void doc_row(struct doc *, uint64_t count, const char *text);
void doc_picture(struct doc *, unsigned i);
/* Many lines of fixed width. */
void doc_page(struct doc *, const char *title, const char *lines);
/* What follows is not for the text. */
void doc_html_only(struct doc *, bool only);
void doc_link(struct doc *, const char *words, const char *url);
/* The two texts, to be freed. */
void doc_close(struct doc *, char **text, char **html);

#endif
