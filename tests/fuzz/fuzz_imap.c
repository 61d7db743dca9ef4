/* fuzz_imap.c - both sides of a IMAP login may say anything */
#include "tests/fuzz/login_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return rig_login(PROTOCOL_IMAP, data, size);
}
