/*
 * fuzz_messages.c - any bytes may be in a block of the message history
 *
 * What can be read of them is written again and read again: it is the same.
 * The bytes as a text that is looked for are any text.
 */
#include "base/messages_keys.h"
#include "base/messages_pack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct unpacker first, second;
static struct packer packer;
static struct key_set keys;
static uint32_t sorted[KEY_SLOTS];

static void
write_again(struct slice block)
{
	struct mail_event event;

	pack_reset(&packer);
	keys_reset(&keys);
	unpack_begin(&first, block);
	while (unpack_event(&first, &event) == 1) {
		pack_event(&packer, &event);
		keys_add_event(&keys, &event);
	}
}

static void
check_keys(void)
{
	size_t n = keys_sorted(&keys, sorted);

	if (n != keys.count)
		abort();
	for (size_t i = 1; i < n; i++)
		if (sorted[i] <= sorted[i - 1])
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice block = { (const char *)data, size };
	struct sought sought;
	bool seeks = sought_read(&sought, block);
	struct mail_event one, two;

	write_again(block);
	check_keys();
	unpack_begin(&first, block);
	unpack_begin(&second, (struct slice){ packer.bytes.p, packer.bytes.n });
	while (unpack_event(&first, &one) == 1) {
		if (unpack_event(&second, &two) != 1 || !pack_same(&one, &two))
			abort();
		if (seeks)
			(void)sought_matches(&sought, &one);
	}
	if (unpack_event(&second, &two) != 0)
		abort();
	return 0;
}
