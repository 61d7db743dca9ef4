/* reason.c - why a client was refused */
#include "base/reason.h"

static const struct {
	const char *name;
	const char *help;
} reasons[] = {
#define REASON_ROW(name, word, help) [REASON_##name] = { word, help },
	REASON_TABLE(REASON_ROW)
#undef REASON_ROW
};

const char *
reason_name(enum reason reason)
{
	return reasons[reason].name;
}

const char *
reason_help(enum reason reason)
{
	return reasons[reason].help;
}
