/*
 * fuzz_smtp.c - both sides of a dialogue may say anything
 *
 * A byte says who speaks next (or that bytes are missing, or that one closes)
 * and how much of what follows it says.
 */
#include <stdlib.h>

#include "collectors/wire/smtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
take(void *arg, const struct mail_event *event)
{
	unsigned *seen = arg;

	*seen += event->kind;
	for (size_t i = 0; i < event->account.n; i++)
		*seen += (unsigned char)event->account.p[i];
	if (event->kind == EVENT_REJECTED && event->reject.text.n > 512)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t tls_ports[] = { 465 };
	unsigned seen = 0;
	uint64_t tls_bytes = 0;
	struct smtp_context context = { .events = { take, &seen },
		.host = SLICE("mx"),
		.tls_bytes = &tls_bytes,
		.tls_ports = tls_ports,
		.tls_port_count = 1 };
	struct flow_start start = { .begun = true };
	struct flow_end end = { .complete = true };
	bool reading = true;
	void *smtp;

	if (size == 0)
		return 0;
	start.begun = (data[0] & 1) == 0;
	start.ends.server_port = data[0] & 2 ? 465 : 25;
	smtp = smtp_start(&context, &start);
	for (size_t at = 1; at < size && reading;) {
		struct stream_data said = { .from =
						data[at] & 1 ? CLIENT : SERVER,
			.current = (data[at] & 2) != 0 };
		size_t n = data[at] >> 2;
		char *exact;

		at++;
		if (n == 0) {
			reading = smtp_gap(smtp, said.from, 1 + n, 0);
			continue;
		}
		if (n == 63) {
			smtp_closed(smtp, said.from);
			continue;
		}
		n = n < size - at ? n : size - at;
		exact = malloc(n ? n : 1);
		memcpy(exact, data + at, n);
		said.bytes = (struct slice){ exact, n };
		reading = smtp_data(smtp, &said);
		free(exact);
		at += n;
	}
	smtp_end(smtp, &end);
	return 0;
}
