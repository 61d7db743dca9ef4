/* fuzz_poplogin.c - what daemons grant after a login, and vpopmail's logins */
#include "tests/fuzz/rig.h"

extern const struct log_format format_poplogin, format_vpopmail, format_dovecot;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const daemons[] = { "pop-before-smtp", "dracinsert",
		"drac", "dracd", "rpc.dracd" };
	static const char *const vpopmail[] = { "vpopmail" };
	static const char *const dovecot[] = { "dovecot" };

	(void)rig_format(
	    &format_vpopmail, vpopmail, NELEMS(vpopmail), data, size);
	(void)rig_format(&format_dovecot, dovecot, NELEMS(dovecot), data, size);
	return rig_format(
	    &format_poplogin, daemons, NELEMS(daemons), data, size);
}
