/*
 * ours_opensmtpd.c - OpenSMTPD: the statements of smtpd.conf
 *
 * smtpd.conf(5).  Tables and actions stand before the rules that use them.
 */
#include "agent/ours_opensmtpd.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/ours_opensmtpd_rule.h"
#include "base/array.h"

/* OpenBSD's; Debian's; FreeBSD's; Arch's, Alpine's; Fedora's. */
static const char *const usual[] = { "/etc/mail/smtpd.conf", "/etc/smtpd.conf",
	"/usr/local/etc/mail/smtpd.conf", "/etc/smtpd/smtpd.conf",
	"/etc/opensmtpd/smtpd.conf", NULL };

/* "listen on all port 587 tls-require auth tag SUBMISSION" */
static void
take_listen(struct opensmtpd *smtpd, struct slice words)
{
	struct opensmtpd_word word = { 0 }, tag = { 0 };
	struct opensmtpd_name *name;
	bool authenticated = false;

	while (words.n != 0)
		if (opensmtpd_skips(&words, "auth"))
			authenticated = true;
		else if (opensmtpd_skips(&words, "tag"))
			(void)opensmtpd_word(&words, &tag);
		else if (!opensmtpd_word(&words, &word))
			break;
	if (tag.text.n == 0)
		return;
	name = opensmtpd_find(smtpd, 'l', tag.text);
	if (name != NULL)
		authenticated &= name->authenticated;
	else
		name = opensmtpd_name(smtpd, 'l', tag.text, tag.text);
	if (name != NULL)
		name->authenticated = authenticated;
}

static void
take_include(struct opensmtpd *smtpd, struct slice path)
{
	struct err err;
	char *text;
	size_t n;

	if (smtpd->depth == OURS_DEPTH)
		err_set(&err, "%s: files name files too deeply", smtpd->path);
	else if (ours_file_at(smtpd->ours, path, &text, &n, &err) == 0) {
		smtpd->depth++;
		opensmtpd_text(smtpd, (struct slice){ text, n });
		smtpd->depth--;
		free(text);
		return;
	}
	ours_gap(smtpd->ours, true, "%s", err.text);
	ours_gap(smtpd->ours, false, "%s", err.text);
}

void
opensmtpd_statement(struct opensmtpd *smtpd, struct slice words)
{
	struct opensmtpd_word first, name;
	struct slice rest = words;

	if (opensmtpd_skips(&rest, "match")) {
		smtpd->rules++;
		opensmtpd_match(smtpd, rest);
	} else if (opensmtpd_skips(&rest, "accept")) {
		smtpd->rules++;
		opensmtpd_accept(smtpd, rest, false);
	} else if (opensmtpd_skips(&rest, "reject")) {
		opensmtpd_accept(smtpd, rest, true);
	} else if (opensmtpd_skips(&rest, "listen")) {
		take_listen(smtpd, rest);
	} else if (opensmtpd_word(&rest, &first)) {
		if (opensmtpd_skips(&rest, "=") && opensmtpd_word(&rest, &name))
			(void)opensmtpd_name(smtpd, 'm', first.text, name.text);
		else if (!opensmtpd_word(&rest, &name))
			return;
		else if (slice_is(first.text, "table"))
			(void)opensmtpd_name(smtpd, 't', name.text, rest);
		else if (slice_is(first.text, "action"))
			(void)opensmtpd_name(smtpd, 'a', name.text, rest);
		else if (slice_is(first.text, "include"))
			take_include(smtpd, name.text);
	}
}

/* The server's name, which "for local" is for: hostname(1), or a file's. */
static void
add_own_names(struct opensmtpd *smtpd)
{
	static const char *const names[] = { "/etc/mail/mailname",
		"/etc/mailname" };
	struct slice rest, line;
	struct err err;
	char *text;
	size_t n;

	ours_own_names(smtpd->ours);
	(void)ours_domain(smtpd->ours, SLICE("localhost"), false);
	for (size_t i = 0; i < NELEMS(names); i++) {
		if (ours_file(smtpd->ours, names[i], &text, &n, &err) == -1)
			continue;
		rest = (struct slice){ text, n };
		if (ours_line(&rest, &line))
			(void)ours_domain(smtpd->ours, line, false);
		free(text);
	}
}

void
opensmtpd_read(struct ours *ours, const char *path, struct slice conf)
{
	struct opensmtpd smtpd = {
		.ours = ours, .path = path, .left = OPENSMTPD_BYTES
	};
	struct opensmtpd_name *name, *next;

	table_init(&smtpd.names, sizeof(*name), OPENSMTPD_NAMES);
	opensmtpd_text(&smtpd, conf);
	if (smtpd.rules == 0)
		for (unsigned i = 0; i < 2; i++)
			ours_gap(ours, i == 0, "%s: has no rules", path);
	if (smtpd.relays_here) {
		ours_origin(ours, "this host's addresses");
		if (ours_own_addresses(ours) == -1)
			ours_gap(ours, false, "%s: from local: %s", path,
			    strerror(errno));
	}
	add_own_names(&smtpd);
	TABLE_EACH (&smtpd.names, name, next) {
		free(name->name);
		free(name->bytes);
	}
	table_fini(&smtpd.names);
}

static bool
find(struct our_place *place)
{
	if (place->directory != NULL)
		return true;
	for (size_t i = 0; usual[i] != NULL; i++)
		if (access(usual[i], F_OK) == 0)
			return true;
	return false;
}

static void
read_all(const struct our_place *place, int stop, struct ours *ours)
{
	char path[PATH_MAX] = "";
	struct err err;
	char *text;
	size_t n;

	(void)stop; /* files alone: nothing to wait for */
	if (place->directory != NULL)
		snprintf(path, sizeof(path), "%s/smtpd.conf", place->directory);
	for (size_t i = 0; path[0] == '\0' && usual[i] != NULL; i++)
		if (access(usual[i], F_OK) == 0)
			slice_copy(slice_of(usual[i]), path, sizeof(path));
	if (ours_file(ours, path, &text, &n, &err) == -1) {
		ours_gap(ours, true, "%s", err.text);
		ours_gap(ours, false, "%s", err.text);
		return;
	}
	opensmtpd_read(ours, path, (struct slice){ text, n });
	free(text);
}

const struct ours_system ours_opensmtpd = {
	.name = "opensmtpd",
	.find = find,
	.read = read_all,
};
