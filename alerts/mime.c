/*
 * mime.c - a letter as the bytes that are sent
 *
 * libcurl writes MIME only into a transfer.  So that what is sent is the same
 * by every way, also by a program, it gets one here: it dictates the message
 * by SMTP to a socket of ours, and we write down what stands between DATA and
 * the dot (RFC 5321, 4.1.1.4 and 4.5.2).  A socket pair will not do: libcurl
 * 7.88 forgets CURL_SOCKOPT_ALREADY_CONNECTED and connects it again.  The
 * kernel names the socket, unix(7); only this process is let in.  And libcurl
 * does not return before the dot and QUIT are answered: that is said ahead.
 */
#include "alerts/mime.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/slice.h"

#define PATIENCE_MS 5000L /* milliseconds would do */

struct dictation {
	int listening, fd; /* -1: not open */
	char name[32];     /* of the listening one */
	char *bytes;       /* all that was said */
	size_t n, room;
	size_t answered; /* of it, up to here */
	size_t begin;    /* of the message; 0: not yet */
	size_t end;      /* 0: not yet */
};

static int
start_listening(struct dictation *d, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t n = sizeof(address.sun_family);

	d->listening =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->listening == -1 ||
	    bind(d->listening, (struct sockaddr *)&address, n) == -1 ||
	    listen(d->listening, 1) == -1)
		return err_sys(err, "mail: a socket");
	n = sizeof(address);
	if (getsockname(d->listening, (struct sockaddr *)&address, &n) == -1)
		return err_sys(err, "mail: a socket");
	/* A byte of 0, then the name, and none behind it. */
	slice_copy((struct slice){ address.sun_path + 1,
		       n - offsetof(struct sockaddr_un, sun_path) - 1 },
	    d->name, sizeof(d->name));
	return 0;
}

static bool
say(const struct dictation *d, const char *text)
{
	return send(d->fd, text, strlen(text), MSG_NOSIGNAL) ==
	       (ssize_t)strlen(text);
}

/* To each command its answer; within the message only its end counts. */
static bool
answer(struct dictation *d)
{
	struct slice line,
	    rest = { d->bytes + d->answered, d->n - d->answered };
	const char *words;

	while (slice_cut(&rest, SLICE("\r\n"), &line)) {
		d->answered = (size_t)(rest.p - d->bytes);
		if (d->begin != 0 && d->end == 0) {
			if (slice_is(line, "."))
				d->end = (size_t)(line.p - d->bytes);
			continue;
		}
		words = "250 \r\n";
		if (slice_is(line, "DATA")) {
			d->begin = d->answered;
			words = "354 \r\n250 \r\n221 \r\n";
		}
		if (!say(d, words))
			return false;
	}
	return true;
}

/* Whoever else finds the socket is hung up on. */
static bool
let_in(struct dictation *d)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	d->fd = accept4(d->listening, NULL, NULL, SOCK_CLOEXEC);
	if (d->fd == -1)
		return errno == EAGAIN || errno == EINTR ||
		       errno == ECONNABORTED;
	if (getsockopt(d->fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	    who.pid == getpid())
		return say(d, "220 \r\n");
	close(d->fd);
	d->fd = -1;
	return true;
}

static bool
listen_and_answer(struct dictation *d)
{
	ssize_t got;

	if (d->fd == -1 && !let_in(d))
		return false;
	while (d->fd != -1) {
		if (d->room - d->n < 4096) {
			d->room = 2 * d->room + 65536;
			d->bytes = mem_grow(d->bytes, d->room, 1);
		}
		got =
		    recv(d->fd, d->bytes + d->n, d->room - d->n, MSG_DONTWAIT);
		if (got <= 0)
			return got == 0 || errno == EAGAIN || errno == EINTR;
		d->n += (size_t)got;
		if (!answer(d))
			return false;
	}
	return true;
}

/* Without the dots that the dialogue put before dots. */
static char *
message_of(const struct dictation *d, size_t *n)
{
	char *text = mem_grow(NULL, d->end - d->begin + 1, 1), *at = text;
	bool begins = true; /* a line */

	for (size_t i = d->begin; i < d->end; i++) {
		char c = d->bytes[i];

		if (!begins || c != '.')
			*at++ = c;
		begins = c == '\n';
	}
	*at = '\0';
	*n = (size_t)(at - text);
	return text;
}

static int
dictate(struct dictation *d, CURL *curl, struct err *err)
{
	CURLM *multi = curl_multi_init();
	int running = 1, left;
	const CURLMsg *said;
	int rc = 0;

	curl_multi_add_handle(multi, curl);
	while (running > 0 && rc == 0) {
		if (curl_multi_perform(multi, &running) != CURLM_OK ||
		    !listen_and_answer(d))
			rc = err_set(err, "mail: it could not be put together");
	}
	said = curl_multi_info_read(multi, &left);
	if (rc == 0 &&
	    (said == NULL || said->data.result != CURLE_OK || d->end == 0))
		rc = err_set(err, "mail: it could not be put together: %s",
		    said == NULL ? "no end"
				 : curl_easy_strerror(said->data.result));
	curl_multi_remove_handle(multi, curl);
	curl_multi_cleanup(multi);
	return rc;
}

/* As the encoder wants it: lines that end in CRLF. */
static void
add_text(curl_mime *mime, const char *type, const char *text)
{
	curl_mimepart *part = curl_mime_addpart(mime);
	char *lines = NULL;
	size_t size;
	FILE *out = open_memstream(&lines, &size);

	for (; *text != '\0'; text++)
		fprintf(out, *text == '\n' ? "\r\n" : "%c", *text);
	fclose(out);
	curl_mime_data(part, lines, size);
	curl_mime_type(part, type);
	curl_mime_encoder(part, "quoted-printable");
	free(lines);
}

/* RFC 2392: the identification is an address, like a Message-ID. */
static void
picture_id(const struct letter *letter, unsigned i, char *text, size_t size)
{
	snprintf(text, size, "picture%u.%s", i, letter->id);
}

static void
add_picture(curl_mime *mime, const struct letter *letter, unsigned i)
{
	const struct letter_picture *picture = &letter->pictures[i];
	curl_mimepart *part = curl_mime_addpart(mime);
	char id[LETTER_ID + 16], field[LETTER_ID + 40];
	struct curl_slist *fields;

	picture_id(letter, i, id, sizeof(id));
	curl_mime_data(part, picture->png, picture->n);
	curl_mime_type(part, "image/png");
	curl_mime_encoder(part, "base64");
	snprintf(field, sizeof(field), "Content-ID: <%s>", id);
	fields = curl_slist_append(NULL, field);
	snprintf(field, sizeof(field),
	    "Content-Disposition: inline; filename=\"graph%u.png\"", i + 1);
	fields = curl_slist_append(fields, field);
	curl_mime_headers(part, fields, 1);
}

/* The HTML with its pictures in their places. */
static char *
finished_html(const struct letter *letter)
{
	static const char unfinished[] =
	    "<p style=\"font-size:12px;opacity:.65;margin:4px 0\">The last "
	    "minutes are drawn when they are over.</p>";
	struct slice rest = slice_of(letter->html), before;
	char *html = NULL, mark[40], id[LETTER_ID + 16];
	size_t size;
	FILE *out = open_memstream(&html, &size);

	for (unsigned i = 0; i < letter->picture_count; i++) {
		snprintf(mark, sizeof(mark), LETTER_PICTURE, i);
		if (!slice_cut(&rest, slice_of(mark), &before))
			continue;
		fwrite(before.p, 1, before.n, out);
		if (letter->pictures[i].png == NULL)
			continue;
		picture_id(letter, i, id, sizeof(id));
		fprintf(out,
		    "<p><img src=\"cid:%s\" alt=\"%s\" width=\"600\" "
		    "style=\"width:100%%;max-width:600px;height:auto;"
		    "border-radius:6px\"></p>%s",
		    id, letter->pictures[i].series,
		    letter->pictures[i].to >= letter->when ? unfinished : "");
	}
	fwrite(rest.p, 1, rest.n, out);
	fclose(out);
	return html;
}

/* text | (HTML + pictures); what it is as a whole is said by a field. */
static curl_mime *
make_mime(CURL *curl, const struct letter *letter)
{
	curl_mime *mime = curl_mime_init(curl), *related = curl_mime_init(curl);
	char *html = finished_html(letter);
	curl_mimepart *part;

	add_text(mime, "text/plain; charset=utf-8", letter->text);
	add_text(related, "text/html; charset=utf-8", html);
	for (unsigned i = 0; i < letter->picture_count; i++)
		if (letter->pictures[i].png != NULL)
			add_picture(related, letter, i);
	part = curl_mime_addpart(mime);
	curl_mime_subparts(part, related);
	curl_mime_type(part, "multipart/related; type=\"text/html\"");
	free(html);
	return mime;
}

static struct curl_slist *
add_field(struct curl_slist *fields, const char *name, const char *text)
{
	char *field = header_text(name, text);

	fields = curl_slist_append(fields, field);
	free(field);
	return fields;
}

/* Identifications are ours, of letters that need no encoding, and addresses
   were checked: a field of them is only broken between them. */
static struct curl_slist *
add_id(struct curl_slist *fields, const char *name, const char *id)
{
	char text[LETTER_ID + 40];

	snprintf(text, sizeof(text), "%s: <%s>", name, id);
	return curl_slist_append(fields, text);
}

static struct curl_slist *
add_people(struct curl_slist *fields, const struct mime_people *people)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < people->to_count; i++)
		fprintf(out, "%s%s", i != 0 ? ",\r\n " : "To: ", people->to[i]);
	fclose(out);
	fields = curl_slist_append(fields, text);
	free(text);
	return fields;
}

static struct curl_slist *
make_fields(const struct letter *letter, const struct mime_people *people)
{
	struct curl_slist *fields = NULL;
	char date[HEADER_DATE], from[300];

	header_date(letter->when, letter->offset, date);
	snprintf(from, sizeof(from), "From: mailweir <%s>", people->from);
	fields = add_field(fields, "Date", date);
	fields = curl_slist_append(fields, from);
	fields = add_people(fields, people);
	fields = add_field(fields, "Subject", letter->subject);
	fields = add_id(fields, "Message-ID", letter->id);
	if (letter->thread[0] != '\0') {
		fields = add_id(fields, "In-Reply-To", letter->thread);
		fields = add_id(fields, "References", letter->thread);
	}
	/* RFC 3834, 5: nobody is to answer it by himself. */
	fields = curl_slist_append(fields, "Auto-Submitted: auto-generated");
	fields = curl_slist_append(fields, "MIME-Version: 1.0");
	return curl_slist_append(fields, "Content-Type: multipart/alternative");
}

char *
mime_bytes(const struct letter *letter, const struct mime_people *people,
    size_t *n, struct err *err)
{
	struct dictation d = { .listening = -1, .fd = -1 };
	struct curl_slist *fields = make_fields(letter, people);
	struct curl_slist *to = curl_slist_append(NULL, "reader");
	CURL *curl = curl_easy_init();
	curl_mime *mime = make_mime(curl, letter);
	char *bytes = NULL;

	if (start_listening(&d, err) == -1)
		goto done;
	curl_easy_setopt(curl, CURLOPT_URL, "smtp://localhost/writer");
	curl_easy_setopt(curl, CURLOPT_ABSTRACT_UNIX_SOCKET, d.name);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, PATIENCE_MS);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, "");
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
	if (dictate(&d, curl, err) == 0)
		bytes = message_of(&d, n);
done:
	curl_easy_cleanup(curl);
	curl_mime_free(mime);
	curl_slist_free_all(fields);
	curl_slist_free_all(to);
	if (d.listening != -1)
		close(d.listening);
	if (d.fd != -1)
		close(d.fd);
	free(d.bytes);
	return bytes;
}
