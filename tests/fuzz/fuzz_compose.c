/*
 * fuzz_compose.c - whatever strangers wrote into an incident, the mail about it
 * has the header that we gave it, and its HTML no tag that we did not
 *
 * The bytes are cut at each NUL: key, lines of evidence.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/compose.h"
#include "alerts/mime.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const names[] = { "Content-Type: multipart/alternative",
	"Date: ", "From: mailweir <weir@example.org>", "To: postmaster",
	"Subject: ", "Message-ID: <id@example.org>",
	"Auto-Submitted: auto-generated", "MIME-Version: 1.0", " " };

static void
check_header(const char *bytes)
{
	struct slice rest = slice_of(bytes), line;
	size_t known;

	while (slice_cut(&rest, SLICE("\r\n"), &line) && line.n > 0) {
		for (known = 0; known < 9; known++)
			if (slice_starts(line, slice_of(names[known])))
				break;
		assert(known < 9);
		for (size_t i = 0; i < line.n; i++)
			assert(line.p[i] >= ' ' && line.p[i] <= '~');
	}
	assert(rest.n > 0);
}

/* Those of the same mail about nothing. */
static size_t
tags(const char *html)
{
	size_t n = 0;

	while ((html = strchr(html, '<')) != NULL) {
		html++;
		n++;
	}
	return n;
}

static void
compose(struct letter *letter, const struct incident *incident)
{
	static const struct compose with = { "example.org", "http://127.0.0.1/",
		1795305600, 0 };
	struct alert_mail mail = { NOTICE_OPEN, { incident }, 1, 1 };

	compose_alert(letter, &mail, &with);
	strcpy(letter->id, "id@example.org");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char postmaster[] = "postmaster", from[] = "weir@example.org";
	static char plain[] = "x";
	char *to[] = { postmaster }, *bytes;
	const struct mime_people people = { from, to, 1 };
	struct slice rest = { (const char *)data, size }, piece;
	struct evidence evidence = { 0 }, none = { 0 };
	struct incident incident = { .rule = "account-volume",
		.host = "mx1",
		.kind = KEY_ACCOUNT,
		.usual = -1,
		.evidence = &evidence };
	struct letter letter, other;
	struct err err;
	size_t n;

	if (!slice_cut(&rest, SLICE("\0"), &piece))
		piece = rest;
	slice_copy(piece, incident.key, sizeof(incident.key));
	while (evidence.line_count < ALERTS_LINES &&
	       slice_cut(&rest, SLICE("\0"), &piece)) {
		none.lines[none.line_count++] = plain;
		evidence.lines[evidence.line_count++] = mem_slice(piece);
	}
	compose(&letter, &incident);
	assert(strchr(letter.subject, '\n') == NULL);
	assert(letter.json != NULL);
	incident.evidence = &none;
	strcpy(incident.key, "x");
	compose(&other, &incident);
	assert(tags(letter.html) == tags(other.html));
	bytes = mime_bytes(&letter, &people, &n, &err);
	assert(bytes != NULL);
	check_header(bytes);
	free(bytes);
	letter_fini(&letter);
	letter_fini(&other);
	for (size_t i = 0; i < evidence.line_count; i++)
		free(evidence.lines[i]);
	return 0;
}
