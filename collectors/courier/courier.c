/* courier.c - Courier MTA: whose line, and on to its parser */
#include "collectors/courier/courier.h"

#include "base/array.h"

enum kind { KIND_OTHER, KIND_SMTPD, KIND_SCHEDULER, KIND_MODULES };

/* From KIND_MODULES on. */
static const struct {
	struct slice program, module;
} modules[] = {
#define M(program, module)                                                     \
	{                                                                      \
		{ program, sizeof(program) - 1 },                              \
		{                                                              \
			module, sizeof(module) - 1                             \
		}                                                              \
	}
	M("courieresmtp", "esmtp"),
	M("courierlocal", "local"),
	M("courieruucp", "uucp"),
	M("courierfax", "fax"),
	M("courierdsn", "dsn"),
#undef M
};

bool
courier_address(struct slice *text, const struct slice *followers, size_t n,
    struct slice *address)
{
	bool ambiguous;

	return cut_address(text, followers, n, address, &ambiguous) &&
	       !ambiguous;
}

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice others[] = { { "courierfilter", 13 },
		{ "courierlogger", 13 }, { "couriertcpd", 11 },
		{ "couriertls", 10 }, { "authdaemond", 11 } };

	*kind = KIND_SMTPD;
	if (slice_is(program, "courieresmtpd"))
		return true;
	*kind = KIND_SCHEDULER;
	if (slice_is(program, "courierd"))
		return true;
	for (size_t i = 0; i < NELEMS(modules); i++) {
		*kind = KIND_MODULES + (unsigned)i;
		if (slice_eq(program, modules[i].program))
			return true;
	}
	*kind = KIND_OTHER;
	return format_has(program, others, NELEMS(others));
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct entry entry = { tracker, line, { NULL, 0 }, line->text };

	switch (kind) {
	case KIND_OTHER:
		return MEANS_NOTHING;
	case KIND_SMTPD:
		return courier_smtpd(&entry);
	case KIND_SCHEDULER:
		return courier_delivery(&entry, SLICE(""));
	default:
		return courier_delivery(
		    &entry, modules[kind - KIND_MODULES].module);
	}
}

const struct log_format format_courier = {
	.name = "courier",
	.systems = "Courier MTA 0.60 to 1.3",
	.reads = "messages, deliveries, refusals, failed authentications; who "
		 "authenticated only where the version logs it",
	.owns = owns,
	.parse = parse,
};
