/*
 * fuzz_flow.c - segments may come in any order and lie about everything
 *
 * Eight bytes a segment: who, flags, sequence number, acknowledgement, length,
 * port.  What is given out of a direction must add up to its numbers.
 */
#include <stdlib.h>

#include "collectors/wire/flow.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void *
start(void *arg, const struct flow_start *how)
{
	(void)how;
	return arg;
}

static bool
take(void *session, const struct stream_data *data)
{
	unsigned *left = session;

	for (size_t i = 0; i < data->bytes.n; i++)
		*left += (unsigned char)data->bytes.p[i];
	if (data->bytes.n == 0)
		abort();
	return *left % 1024 != 5;
}

static bool
gap(void *session, enum side from, uint32_t bytes, int64_t when)
{
	(void)session;
	(void)from;
	(void)when;
	if (bytes == 0 || bytes > (64u << 20))
		abort();
	return true;
}

static void
closed(void *session, enum side from)
{
	(void)session;
	(void)from;
}

static void
end(void *session, const struct flow_end *how)
{
	(void)session;
	(void)how;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "EHLO a\r\n250 ok\r\nMAIL FROM:<>\r\n";
	unsigned left = 0;
	struct flow_reader reader = { start, take, gap, closed, end, &left };
	struct flows *flows = flows_new(&reader);
	struct segment segment = { .when = 1 };

	for (; size >= 8; data += 8, size -= 8) {
		enum side from = data[0] & 1 ? CLIENT : SERVER;

		(void)addr_parse(SLICE("192.0.2.1"), &segment.from);
		(void)addr_parse(SLICE("192.0.2.2"), &segment.to);
		segment.flags = data[1] & 0x17;
		segment.seq = (uint32_t)(data[2] << 8 | data[3]);
		segment.ack = (uint32_t)(data[4] << 8 | data[5]);
		if (data[0] & 0x80)
			segment.seq += 0xffffff80u;
		segment.payload =
		    (struct slice){ text, data[6] % sizeof(text) };
		segment.cut = data[0] & 0x40 ? data[6] : 0;
		segment.interface = data[0] >> 4 & 1;
		segment.from_port = segment.to_port = data[7] & 3;
		segment.when += data[7];
		flows_add(flows, &segment, from);
	}
	flows_clock(flows, segment.when + 2000000);
	flows_free(flows);
	return 0;
}
