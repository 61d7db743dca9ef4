/* doc.c - what a mail says, written as text and as HTML at once */
#include "alerts/doc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/letter.h"
#include "base/safe.h"
#include "base/wrap.h"

#define TEXT_BYTES 2048 /* of one piece, made safe */
#define LABEL      10   /* columns */
#define WIDTH      76

static void
put_html(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			putc(*text, out);
		}
}

static const char *
safe(const char *text, char out[TEXT_BYTES])
{
	safe_text(slice_of(text), 0, out, TEXT_BYTES);
	return out;
}

static void
end_inside(struct doc *doc)
{
	if (doc->inside != NULL)
		fprintf(doc->html, "%s\n", doc->inside);
	doc->inside = NULL;
}

static void
begin_inside(struct doc *doc, const char *begin, const char *end)
{
	if (doc->inside == end)
		return;
	end_inside(doc);
	fputs(begin, doc->html);
	doc->inside = end;
}

void
doc_open(struct doc *doc, const char *title, enum doc_tone tone)
{
	static const char *const colours[] = {
		[TONE_WARN] = "#c77c02",
		[TONE_ACT] = "#d0392b",
		[TONE_GOOD] = "#2a9455",
		[TONE_PLAIN] = "#3a7fb5",
	};
	char text[TEXT_BYTES];

	memset(doc, 0, sizeof(*doc));
	doc->text = open_memstream(&doc->text_bytes, &doc->text_n);
	doc->html = open_memstream(&doc->html_bytes, &doc->html_n);
	safe(title, text);
	fprintf(doc->text, "%s\n\n", text);
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head>"
	      "<meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width\">"
	      "<meta name=\"color-scheme\" content=\"light dark\">"
	      "<title>",
	    doc->html);
	put_html(doc->html, text);
	fprintf(doc->html,
	    "</title></head>\n"
	    "<body style=\"margin:0;padding:16px;font:15px/1.45 "
	    "-apple-system,'Segoe UI',Roboto,'DejaVu Sans',Arial,sans-serif\">"
	    "<div style=\"max-width:640px;margin:0 auto\">\n"
	    "<h1 style=\"font-size:19px;line-height:1.3;margin:0 0 14px;"
	    "padding:2px 0 2px 12px;border-left:5px solid %s;"
	    "overflow-wrap:anywhere\">",
	    colours[tone]);
	put_html(doc->html, text);
	fputs("</h1>\n", doc->html);
}

static void
begin_facts(struct doc *doc)
{
	begin_inside(doc,
	    "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" "
	    "style=\"border-collapse:collapse;width:100%;font-size:15px\">\n",
	    "</table>");
}

static void
begin_fact(struct doc *doc, const char *label)
{
	begin_facts(doc);
	fputs("<tr><td style=\"padding:4px 14px 4px 0;vertical-align:top;"
	      "opacity:.65;white-space:nowrap\">",
	    doc->html);
	put_html(doc->html, label);
	fputs("</td><td style=\"padding:4px 0;vertical-align:top;"
	      "overflow-wrap:anywhere;width:100%\">",
	    doc->html);
	fprintf(doc->text, "%-*s", LABEL, label);
}

void
doc_fact(struct doc *doc, const char *label, const char *text)
{
	char line[TEXT_BYTES];

	begin_fact(doc, label);
	safe(text, line);
	wrap_text(doc->text, line, WIDTH, LABEL, LABEL);
	put_html(doc->html, line);
	fputs("</td></tr>\n", doc->html);
}

void
doc_command(struct doc *doc, const char *label, const char *text)
{
	char line[TEXT_BYTES];

	begin_fact(doc, label);
	safe(text, line);
	fprintf(doc->text, "%s\n", line);
	fputs("<code style=\"font:13px ui-monospace,'DejaVu Sans Mono',Menlo,"
	      "Consolas,monospace;border:1px solid #8888;border-radius:4px;"
	      "padding:1px 6px;display:inline-block\">",
	    doc->html);
	put_html(doc->html, line);
	fputs("</code></td></tr>\n", doc->html);
}

void
doc_head(struct doc *doc, const char *title)
{
	end_inside(doc);
	fprintf(doc->text, "\n%s\n", title);
	fputs("<h2 style=\"font-size:15px;margin:22px 0 6px\">", doc->html);
	put_html(doc->html, title);
	fputs("</h2>\n", doc->html);
}

void
doc_line(struct doc *doc, const char *text)
{
	char line[TEXT_BYTES];

	begin_inside(doc,
	    "<pre style=\"font:12px/1.5 ui-monospace,'DejaVu Sans Mono',Menlo,"
	    "Consolas,monospace;margin:0;padding:8px 10px;border:1px solid "
	    "#8886;border-radius:6px;white-space:pre-wrap;"
	    "overflow-wrap:anywhere\">",
	    "</pre>");
	safe(text, line);
	fprintf(doc->text, "  %s\n", line);
	fputs("<span style=\"display:block;padding:2px 0\">", doc->html);
	put_html(doc->html, line);
	fputs("</span>", doc->html);
}

void
doc_item(struct doc *doc, const char *text)
{
	char line[TEXT_BYTES];

	begin_inside(
	    doc, "<ul style=\"margin:0;padding-left:20px\">\n", "</ul>");
	safe(text, line);
	fputs("  * ", doc->text);
	wrap_text(doc->text, line, WIDTH, 4, 4);
	fputs("<li style=\"overflow-wrap:anywhere;margin:3px 0\">", doc->html);
	put_html(doc->html, line);
	fputs("</li>\n", doc->html);
}

void
doc_row(struct doc *doc, uint64_t count, const char *text)
{
	char line[TEXT_BYTES];

	begin_facts(doc);
	safe(text, line);
	fprintf(doc->text, "  %6" PRIu64 "  %s\n", count, line);
	fprintf(doc->html,
	    "<tr><td style=\"padding:2px 14px 2px 0;text-align:right;"
	    "vertical-align:top;white-space:nowrap;"
	    "font-variant-numeric:tabular-nums\">%" PRIu64
	    "</td><td style=\"padding:2px 0;overflow-wrap:anywhere;"
	    "width:100%%\">",
	    count);
	put_html(doc->html, line);
	fputs("</td></tr>\n", doc->html);
}

void
doc_picture(struct doc *doc, unsigned i)
{
	end_inside(doc);
	fprintf(doc->html, LETTER_PICTURE "\n", i);
}

/* Too wide for a phone: there it is moved, as broken lines tell less. */
void
doc_page(struct doc *doc, const char *title, const char *lines)
{
	struct slice rest = slice_of(lines), line;
	char text[TEXT_BYTES];

	doc_head(doc, title);
	fputs(
	    "<pre style=\"font:11px/1.4 ui-monospace,'DejaVu Sans Mono',Menlo,"
	    "Consolas,monospace;margin:0;padding:8px 10px;border:1px solid "
	    "#8886;border-radius:6px;overflow-x:auto\">",
	    doc->html);
	putc('\n', doc->text);
	while (rest.n > 0) {
		if (!slice_cut(&rest, SLICE("\n"), &line)) {
			line = rest;
			rest = SLICE("");
		}
		safe_text(line, 0, text, sizeof(text));
		fprintf(doc->text, "%s\n", text);
		put_html(doc->html, text);
		putc('\n', doc->html);
	}
	fputs("</pre>\n", doc->html);
}

void
doc_html_only(struct doc *doc, bool only)
{
	FILE *text = doc->text;

	if (doc->aside == NULL)
		doc->aside = open_memstream(&doc->aside_bytes, &doc->aside_n);
	if (only == doc->only)
		return;
	doc->text = doc->aside;
	doc->aside = text;
	doc->only = only;
}

void
doc_link(struct doc *doc, const char *words, const char *url)
{
	char line[TEXT_BYTES];

	end_inside(doc);
	safe(url, line);
	fprintf(doc->text, "\n%s: %s\n", words, line);
	fputs("<p style=\"margin:20px 0 0\"><a href=\"", doc->html);
	put_html(doc->html, line);
	fputs("\" style=\"color:#3a7fb5\">", doc->html);
	put_html(doc->html, words);
	fputs("</a></p>\n", doc->html);
}

void
doc_close(struct doc *doc, char **text, char **html)
{
	end_inside(doc);
	fputs("</div></body></html>\n", doc->html);
	doc_html_only(doc, false);
	fclose(doc->aside);
	free(doc->aside_bytes);
	fclose(doc->text);
	fclose(doc->html);
	*text = doc->text_bytes;
	*html = doc->html_bytes;
}
