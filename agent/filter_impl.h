/* filter_impl.h - how a filter is made of lists of calls; libseccomp(3) */
#ifndef AGENT_FILTER_IMPL_H
#define AGENT_FILTER_IMPL_H

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>

#include "base/err.h"

#define DENY SCMP_ACT_ERRNO(EPERM)

struct rule {
	int call;
	unsigned n; /* 1: only where */
	struct scmp_arg_cmp where;
};

#define CALL(name)                                                             \
	{                                                                      \
		.call = SCMP_SYS(name)                                         \
	}
#define CALL_BITS(name, number, mask, value)                                   \
	{                                                                      \
		.call = SCMP_SYS(name), .n = 1, .where = {                     \
			number,                                                \
			SCMP_CMP_MASKED_EQ,                                    \
			mask,                                                  \
			value                                                  \
		}                                                              \
	}
#define CALL_EQ(name, number, value)                                           \
	{                                                                      \
		.call = SCMP_SYS(name), .n = 1, .where = {                     \
			number,                                                \
			SCMP_CMP_EQ,                                           \
			value,                                                 \
			0                                                      \
		}                                                              \
	}

/* What neither the agent nor a program that writes a map ever does. */
extern const struct rule filter_never[];
extern const size_t filter_never_count;

/* 0 or a negative errno.  A call that this architecture has not is left out. */
int filter_add(scmp_filter_ctx, uint32_t action, const struct rule *, size_t n);
/* Puts it on this process and frees it; rc: how it was made. */
int filter_load(scmp_filter_ctx, int rc, struct err *);

#endif
