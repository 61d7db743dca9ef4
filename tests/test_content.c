/*
 * test_content.c - a capture, made up, to what is said of content and passwords
 *
 * Twenty-two clients send messages whose subjects differ in a number alone,
 * each with a file; one logs in by POP3, another by IMAP, a third, on the host
 * itself, too.  The real binary reads it.
 */
#include "tests/captures.h"
#include "tests/frames.h"
#include "tests/judge.h"

#define CLIENTS 22

/* A connection, and the capture that it goes into. */
struct talk {
	struct capture_file *file;
	struct segment ends; /* from the client's side */
	uint32_t seq[2];
};

static int64_t now = 1795338000;

static void
send_segment(struct talk *talk, int from, uint8_t flags, const char *text)
{
	struct segment s = talk->ends;
	struct pcap_pkthdr head = { .ts = { now++, 0 } };
	struct bytes frame = { .n = 0 };

	if (from == 1) {
		s.from = talk->ends.to;
		s.to = talk->ends.from;
		s.from_port = talk->ends.to_port;
		s.to_port = talk->ends.from_port;
	}
	s.seq = talk->seq[from];
	s.ack = talk->seq[1 - from];
	s.flags = flags;
	s.payload = slice_of(text);
	talk->seq[from] += (uint32_t)s.payload.n;
	talk->seq[from] += (flags & (TCP_SYN | TCP_FIN)) != 0;
	put_ethernet(&frame, 0x0800);
	if (from == 1) { /* each end has its own address there, too */
		frame.p[5] ^= 3;
		frame.p[11] ^= 3;
	}
	put_ip(&frame, &s);
	head.caplen = head.len = (uint32_t)frame.n;
	capture_push(talk->file, &head, frame.p);
}

/* "S 220 ready", "C QUIT": each is a line; "C<" is text as it stands. */
static void
converse(struct capture_file *file, const char *client, uint16_t port,
    const char *const *lines)
{
	static uint16_t ports = 20000;
	struct talk talk = { file, some_segment(client, "192.0.2.25", ""),
		{ 1000, 5000 } };
	char line[1024];

	talk.ends.from_port = ports++;
	talk.ends.to_port = port;
	send_segment(&talk, 0, TCP_SYN, "");
	send_segment(&talk, 1, TCP_SYN | TCP_ACK, "");
	send_segment(&talk, 0, TCP_ACK, "");
	for (; *lines != NULL; lines++) {
		snprintf(line, sizeof(line), "%s%s", *lines + 2,
		    (*lines)[1] == '<' ? "" : "\r\n");
		send_segment(&talk, (*lines)[0] == 'S', TCP_ACK, line);
	}
	send_segment(&talk, 0, TCP_ACK | TCP_FIN, "");
	send_segment(&talk, 1, TCP_ACK | TCP_FIN, "");
	send_segment(&talk, 0, TCP_ACK, "");
}

static void
send_mail(struct capture_file *file, unsigned i)
{
	char client[32], text[512];

	snprintf(client, sizeof(client), "203.0.113.%u", i);
	snprintf(text, sizeof(text),
	    "C<Subject: Your  Invoice %u\r\nContent-Type: multipart/mixed;\r\n"
	    " boundary=b\r\n\r\n--b\r\nContent-Type: application/pdf;\r\n"
	    " name=\"invoice.%s\"\r\n\r\nAAAA\r\n--b--\r\n.\r\n",
	    i * 7919, i % 2 == 0 ? "scr" : "pdf");
	converse(file, client, 25,
	    (const char *const[]){ "S 220 mx.example.org ESMTP",
		"C EHLO client.example", "S 250 mx.example.org",
		"C MAIL FROM:<a@example.net>", "S 250 ok",
		"C RCPT TO:<kim@example.org>", "S 250 ok", "C DATA", "S 354 go",
		text, "S 250 2.0.0 Ok: queued as A", "C QUIT", "S 221 bye",
		NULL });
}

static void
make_capture(const char *path)
{
	static const char *const pop3[] = { "S +OK ready", "C USER kim",
		"S +OK", "C PASS secret", "S +OK Logged in", NULL };
	static const char *const imap[] = { "S * OK ready",
		"C a LOGIN sam secret", "S a NO no", NULL };
	struct capture_file file = { .link = DLT_EN10MB };

	for (unsigned i = 1; i <= CLIENTS; i++)
		send_mail(&file, i);
	converse(&file, "203.0.113.50", 110, pop3);
	converse(&file, "203.0.113.51", 143, imap);
	converse(&file, "192.0.2.25", 110, pop3);
	capture_save(&file, path);
	capture_drop(&file);
}

/* The number before the metric's name in the account. */
static void
expect(const char *account, const char *metric, unsigned wanted)
{
	char name[64];
	const char *at;

	snprintf(name, sizeof(name), "  %s ", metric);
	at = strstr(account, name);
	if (at == NULL) {
		if (wanted != 0)
			complain("%s: none, not %u", metric, wanted);
		return;
	}
	while (at > account && at[-1] != '\n')
		at--;
	if (strtoul(at, NULL, 10) != wanted)
		complain("%s: %.20s, not %u", metric, at, wanted);
}

static char *
output_of(const char *options, const char *path)
{
	char command[PATH_MAX * 2], *text = NULL;
	size_t size = 0;
	FILE *pipe;

	snprintf(command, sizeof(command), "%s replay %s %s", program(),
	    options, path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_not_equal(getdelim(&text, &size, '\0', pipe), -1);
	assert_int_equal(pclose(pipe), 0);
	return text;
}

static void
a_capture_tells_of_content_and_passwords(void **state)
{
	char path[] = "/tmp/mailweir-content-XXXXXX";
	char *account;

	(void)state;
	complaints = 0;
	close(mkstemp(path));
	make_capture(path);
	account = output_of("", path);
	expect(account, "wire.sessions", CLIENTS);
	expect(account, "wire.messages", CLIENTS);
	expect(account, "wire.attachments", CLIENTS);
	expect(account, "wire.attachments_listed", CLIENTS / 2);
	expect(account, "wire.login_ok", 2);
	expect(account, "wire.login_failed", 1);
	expect(account, "wire.cleartext", 2);
	expect(account, "wire.cleartext_taken", 1);
	expect(account, "logins.ok", 0); /* that is the log's */
	free(account);
	account = output_of("--events --rules", path);
	assert_null(strstr(account, "secret"));
	free(account);
	unlink(path);
	assert_int_equal(complaints, 0);
}

/* Of the configuration, the extensions; of a file, none is said to be listed. */
static void
the_configuration_lists_the_extensions(void **state)
{
	char path[] = "/tmp/mailweir-content-XXXXXX";
	char conf[] = "/tmp/mailweir-conf-XXXXXX", options[64];
	char *account;
	FILE *out;

	(void)state;
	complaints = 0;
	close(mkstemp(path));
	out = fdopen(mkstemp(conf), "w");
	assert_non_null(out);
	fputs("attachments = {\".PDF\"}\n", out);
	fclose(out);
	make_capture(path);
	snprintf(options, sizeof(options), "-c %s --events", conf);
	account = output_of(options, path);
	assert_non_null(strstr(account, "extension=pdf"));
	assert_null(strstr(account, "extension=scr"));
	free(account);
	unlink(path);
	unlink(conf);
}

static void
an_outbreak_and_a_password_are_alerts(void **state)
{
	char path[] = "/tmp/mailweir-content-XXXXXX", command[PATH_MAX * 2];
	const json_t *incidents, *row;
	const char *key;
	json_t *account;

	(void)state;
	close(mkstemp(path));
	make_capture(path);
	snprintf(command, sizeof(command), "%s replay --json --rules %s",
	    program(), path);
	account = json_of(command);
	incidents = json_object_get(account, "incidents");
	assert_int_equal(json_array_size(incidents), 2);
	row = json_array_get(incidents, 0);
	assert_string_equal(ledger_text(row, "rule"), "outbreak");
	/* Sixteen digits of a hash, and how the twentieth had it. */
	key = ledger_text(row, "key");
	assert_int_equal(strspn(key, "0123456789abcdef"), 16);
	assert_string_equal(key + 16, " Your  Invoice 158380");
	row = json_array_get(incidents, 1);
	assert_string_equal(ledger_text(row, "rule"), "cleartext-credentials");
	assert_string_equal(ledger_text(row, "key"), "kim");
	json_decref(account);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_tells_of_content_and_passwords),
		cmocka_unit_test(the_configuration_lists_the_extensions),
		cmocka_unit_test(an_outbreak_and_a_password_are_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
