/*
 * bench_capture.h - a capture of SMTP sessions, made up, and its packets counted
 *
 * Sixteen sessions at a time, whose packets are mixed: a greeting, one to three
 * recipients of which some are refused, a message of 1 to 60 KB, with headers and
 * maybe an attachment, in segments of 1448 bytes, each second one acknowledged.
 */
#ifndef TESTS_BENCH_CAPTURE_H
#define TESTS_BENCH_CAPTURE_H

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pcap/pcap.h>

#define TALKS         16
#define TALK_BYTES    (256u << 10)
#define SEGMENT_BYTES 1448u

/* A session: its frames, each behind its length. */
struct talk {
	unsigned char *p;
	size_t n, at;
	uint32_t client, client_seq, server_seq;
	uint16_t port;
};

static uint32_t bench_seed = 7;

static uint32_t
bench_random(uint32_t below)
{
	bench_seed = bench_seed * 1664525u + 1013904223u;
	return (bench_seed >> 8) % below;
}

static void
talk_number(struct talk *t, size_t n, uint64_t value)
{
	while (n-- > 0)
		t->p[t->n++] = (unsigned char)(value >> (8 * n));
}

static void
talk_frame(
    struct talk *t, bool client, unsigned flags, const char *data, size_t n)
{
	uint32_t length = (uint32_t)(14 + 20 + 32 + n);

	memcpy(t->p + t->n, &length, sizeof(length));
	t->n += sizeof(length);
	talk_number(t, 6, client ? 0x020000000001 : 0x020000000002);
	talk_number(t, 6, client ? 0x020000000002 : 0x020000000001);
	talk_number(t, 2, 0x0800);
	talk_number(t, 2, 0x4500);
	talk_number(t, 2, length - 14);
	talk_number(t, 8, 0x0000400040060000);
	talk_number(t, 4, client ? t->client : 0xc0000219);
	talk_number(t, 4, client ? 0xc0000219 : t->client);
	talk_number(t, 2, client ? t->port : 25);
	talk_number(t, 2, client ? 25 : t->port);
	talk_number(t, 4, client ? t->client_seq : t->server_seq);
	talk_number(t, 4, client ? t->server_seq : t->client_seq);
	talk_number(t, 2, 0x8000 | flags);
	talk_number(t, 6, 0xffff00000000);
	memset(t->p + t->n, 1, 12);
	t->n += 12;
	memcpy(t->p + t->n, data, n);
	t->n += n;
	if (client)
		t->client_seq += (uint32_t)n + ((flags & 3) != 0);
	else
		t->server_seq += (uint32_t)n + ((flags & 3) != 0);
}

static void
talk_say(struct talk *t, bool client, const char *text)
{
	talk_frame(t, client, 0x18, text, strlen(text));
	talk_frame(t, !client, 0x10, "", 0);
}

/* Header and text, and of every second one an attachment in base64. */
static size_t
talk_body(char *body, size_t lines, bool attached)
{
	static const char line[] =
	    "The quick brown fox jumps over the lazy dog "
	    "and goes on to the river, s\r\n";
	static const char base64[] =
	    "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZyBhbmQg"
	    "ZnJvbSB\r\n";
	size_t n = (size_t)sprintf(body,
	    "Received: from a.example by b.example\r\n"
	    "\tfor <kim@example.org>; Sun, 22 Nov 2026 09:00:01 +0000\r\n"
	    "From: A <a@example.net>\r\nSubject: =?utf-8?q?Hello_%zu?=\r\n%s",
	    lines,
	    attached ? "Content-Type: multipart/mixed; boundary=\"=_7f3a\"\r\n"
		       "\r\n--=_7f3a\r\n\r\n"
		     : "\r\n");

	for (size_t i = 0; i < lines; i++, n += sizeof(line) - 1) {
		if (attached && i == lines / 4)
			n += (size_t)sprintf(body + n,
			    "--=_7f3a\r\nContent-Disposition: attachment;\r\n"
			    " filename=\"report.pdf\"\r\n\r\n");
		memcpy(body + n, attached && i >= lines / 4 ? base64 : line,
		    sizeof(line) - 1);
	}
	return n + (size_t)sprintf(
		       body + n, "%s.\r\n", attached ? "--=_7f3a--\r\n" : "");
}

static void
talk_content(struct talk *t, size_t lines)
{
	static char body[61 * 1024];
	size_t n = talk_body(body, lines, bench_random(2) == 0);

	for (size_t at = 0, k = 0; at < n; at += SEGMENT_BYTES, k++) {
		talk_frame(t, true, 0x10, body + at,
		    n - at < SEGMENT_BYTES ? n - at : SEGMENT_BYTES);
		if (k % 2 == 1)
			talk_frame(t, false, 0x10, "", 0);
	}
}

static void
talk_make(struct talk *t, uint32_t number)
{
	char text[160];

	t->n = t->at = 0;
	t->client = 0x0a000000 + number % 200000;
	t->port = (uint16_t)(1024 + number % 60000);
	t->client_seq = bench_random(1u << 24);
	t->server_seq = bench_random(1u << 24);
	talk_frame(t, true, 2, "", 0);
	talk_frame(t, false, 0x12, "", 0);
	talk_frame(t, true, 0x10, "", 0);
	talk_say(t, false, "220 mx.example.org ESMTP\r\n");
	talk_say(t, true, "EHLO client.example.net\r\n");
	talk_say(
	    t, false, "250-mx.example.org\r\n250-SIZE\r\n250 8BITMIME\r\n");
	snprintf(text, sizeof(text), "MAIL FROM:<u%u@example.net>\r\n", number);
	talk_say(t, true, text);
	talk_say(t, false, "250 2.1.0 Ok\r\n");
	for (uint32_t i = bench_random(3); i < 3; i++) {
		snprintf(text, sizeof(text), "RCPT TO:<r%u@example.org>\r\n",
		    number + i);
		talk_say(t, true, text);
		talk_say(t, false,
		    i == 2 ? "250 2.1.5 Ok\r\n"
			   : "550 5.1.1 <r@example.org>: Recipient address "
			     "rejected: User unknown\r\n");
	}
	talk_say(t, true, "DATA\r\n");
	talk_say(t, false, "354 End data with <CR><LF>.<CR><LF>\r\n");
	talk_content(t, 13 + bench_random(800));
	talk_say(t, false, "250 2.0.0 Ok: queued as 4ABCDEF\r\n");
	talk_say(t, true, "QUIT\r\n");
	talk_say(t, false, "221 2.0.0 Bye\r\n");
	talk_frame(t, true, 0x11, "", 0);
	talk_frame(t, false, 0x11, "", 0);
	talk_frame(t, true, 0x10, "", 0);
}

static size_t
talk_write(struct talk *t, FILE *out, uint64_t micros)
{
	uint32_t head[4], length;

	memcpy(&length, t->p + t->at, sizeof(length));
	head[0] = 1795000000 + (uint32_t)(micros / 1000000);
	head[1] = (uint32_t)(micros % 1000000);
	head[2] = head[3] = length;
	fwrite(head, sizeof(head), 1, out);
	fwrite(t->p + t->at + sizeof(length), length, 1, out);
	t->at += sizeof(length) + length;
	return sizeof(head) + length;
}

static FILE *
open_capture(const char *path)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 262144,
		1 };
	FILE *out = fopen(path, "w");

	if (out == NULL)
		err(1, "%s", path);
	fwrite(head, sizeof(head), 1, out);
	return out;
}

/* Connections that are begun by as many clients, and answered; a session goes
   on all the while. */
static void
make_flood(const char *path, uint32_t streams)
{
	static unsigned char frames[1024];
	struct talk session = { .p = malloc(TALK_BYTES) }, t = { .p = frames };
	char half[4200];
	struct stat st;
	FILE *out;

	if (stat(path, &st) == 0)
		return;
	if (session.p == NULL)
		errx(1, "out of memory");
	printf("%s: being made\n", path);
	snprintf(half, sizeof(half), "%s.half", path);
	out = open_capture(half);
	talk_make(&session, 1);
	for (uint32_t i = 0; i < streams; i++) {
		if (i % (streams / 64) == 0 && session.at < session.n)
			(void)talk_write(&session, out, i * 20);
		t.n = t.at = 0;
		t.client = 0x0b000000 + i;
		t.port = (uint16_t)(1024 + i % 60000);
		talk_frame(&t, true, 2, "", 0);
		talk_frame(&t, false, 0x12, "", 0);
		(void)talk_write(&t, out, i * 20);
		(void)talk_write(&t, out, i * 20 + 10);
	}
	while (session.at < session.n)
		(void)talk_write(&session, out, streams * UINT64_C(20));
	free(session.p);
	if (fclose(out) == EOF || rename(half, path) == -1)
		err(1, "%s", path);
}

static void
make_capture(const char *path, size_t bytes)
{
	static struct talk talks[TALKS];
	uint32_t made = 0;
	uint64_t micros = 0;
	char half[4200];
	struct stat st;
	FILE *out;

	if (stat(path, &st) == 0)
		return;
	printf("%s: being made\n", path);
	snprintf(half, sizeof(half), "%s.half", path);
	out = open_capture(half);
	for (size_t n = 0; n < bytes; micros += 20) {
		struct talk *t = &talks[bench_random(TALKS)];

		if (t->p == NULL)
			t->p = malloc(TALK_BYTES);
		if (t->p == NULL)
			errx(1, "out of memory");
		if (t->at == t->n)
			talk_make(t, made++);
		n += talk_write(t, out, micros);
	}
	for (int i = 0; i < TALKS; i++)
		free(talks[i].p);
	if (fclose(out) == EOF || rename(half, path) == -1)
		err(1, "%s", path);
}

/* What libpcap itself takes to read it. */
static int
count_packets(const char *path)
{
	char text[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const unsigned char *bytes;
	pcap_t *pcap = pcap_open_offline(path, text);
	unsigned long n = 0;

	if (pcap == NULL)
		errx(1, "%s", text);
	while (pcap_next_ex(pcap, &head, &bytes) == 1)
		n++;
	pcap_close(pcap);
	printf("%lu\n", n);
	return 0;
}

#endif
