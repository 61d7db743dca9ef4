/*
 * ours_opensmtpd_tables.c - what the operands of smtpd.conf's rules hold
 *
 * table(5): a file has a value a line, or a key and its value behind a blank or
 * a colon; a db: is made by makemap(8) of a file that is called the same without
 * ".db".  What is in a database of another kind cannot be listed.
 */
#include "agent/ours_opensmtpd.h"

#include <stdlib.h>

struct slice
opensmtpd_operand(struct slice *words)
{
	struct slice rest = *words, operand = { words->p, 0 };
	struct opensmtpd_word word;
	char end = '\0';

	do {
		if (!opensmtpd_word(&rest, &word))
			break;
		if (end == '\0' && word.kind == '{')
			end = '}';
		else if (end == '\0' && word.kind == '<')
			end = '>';
	} while (end != '\0' && word.kind != end);
	operand.n = words->n - rest.n;
	*words = rest;
	return operand;
}

/* "{ a, b }", "{ a = b, c => d }" */
static void
each_inline(struct opensmtpd_list *list, struct slice words)
{
	struct opensmtpd_word key, value;

	while (opensmtpd_word(&words, &key)) {
		value.text = (struct slice){ 0 };
		if (key.kind != OPENSMTPD_PLAIN && key.kind != OPENSMTPD_QUOTED)
			continue;
		if (opensmtpd_skips(&words, "=")) {
			(void)opensmtpd_skips(&words, ">");
			(void)opensmtpd_word(&words, &value);
		}
		list->take(list, key.text, value.text);
	}
}

static void
each_line(struct opensmtpd_list *list, struct slice text)
{
	struct slice line, head, key, value;

	while (ours_line(&text, &line)) {
		if (slice_cut(&line, SLICE("#"), &head))
			line = head;
		if (!ours_word(&line, &key))
			continue;
		value = ours_trim(line);
		if (key.n > 1 && key.p[key.n - 1] == ':')
			key.n--;
		else if (list->gap_of_domains &&
			 slice_find_char(key, ':') != -1)
			(void)slice_cut(&key, SLICE(":"), &key);
		list->take(list, key, value);
	}
}

static void
gap_of_table(struct opensmtpd_list *list, struct slice name,
    struct slice source, const char *why)
{
	ours_gap(list->smtpd->ours, list->gap_of_domains,
	    "%s: table %.*s %.*s%s%s", list->smtpd->path,
	    (int)(name.n < 64 ? name.n : 64), name.p,
	    (int)(source.n < 200 ? source.n : 200), source.p,
	    why[0] != '\0' ? ": " : "", why);
}

static void
each_of_file(
    struct opensmtpd_list *list, struct slice name, struct slice source)
{
	struct ours *ours = list->smtpd->ours;
	size_t origin = ours->origin, n;
	struct slice path = source;
	struct err err;
	char *text;

	if (slice_skips(&path, "db:")) {
		if (slice_ends(path, SLICE(".db")))
			path.n -= 3;
	} else if (!slice_skips(&path, "file:") &&
		   !slice_skips(&path, "static:") && path.n != 0 &&
		   path.p[0] != '/') {
		gap_of_table(list, name, source, "");
		return;
	}
	if (ours_file_at(ours, path, &text, &n, &err) == -1) {
		gap_of_table(list, name, source, err.text);
		return;
	}
	ours_origin(ours, "%.*s", (int)path.n, path.p);
	if (opensmtpd_may_read(list->smtpd, n))
		each_line(list, (struct slice){ text, n });
	ours->origin = origin;
	free(text);
}

static void
each_of_table(struct opensmtpd_list *list, struct slice name)
{
	struct opensmtpd *smtpd = list->smtpd;
	struct opensmtpd_name *table = opensmtpd_find(smtpd, 't', name);
	size_t origin = smtpd->ours->origin;
	struct opensmtpd_word word;
	struct slice words, rest;

	if (table == NULL) {
		gap_of_table(list, name, SLICE("is not there"), "");
		return;
	}
	words = (struct slice){ table->bytes, table->n };
	rest = words;
	if (!opensmtpd_word(&rest, &word))
		return;
	if (word.kind != '{') {
		each_of_file(list, name, word.text);
		return;
	}
	ours_origin(smtpd->ours, "%s table %s", smtpd->path, table->name);
	if (opensmtpd_may_read(smtpd, words.n))
		each_inline(list, words);
	smtpd->ours->origin = origin;
}

void
opensmtpd_each(struct opensmtpd_list *list, struct slice operand)
{
	struct opensmtpd *smtpd = list->smtpd;
	struct slice rest = operand;
	struct opensmtpd_word word;

	if (opensmtpd_skips(&rest, "<")) {
		if (opensmtpd_word(&rest, &word))
			each_of_table(list, word.text);
		return;
	}
	ours_origin(smtpd->ours, "%s", smtpd->path);
	each_inline(list, operand);
}
