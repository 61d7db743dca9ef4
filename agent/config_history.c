/* config_history.c - the section history of the configuration */
#include "agent/config_history.h"

#include "base/array.h"

#define DAYS_MOST  3660
#define SIZE_LEAST (UINT64_C(1) << 20)

cfg_opt_t history_options[] = {
	CFG_BOOL("enabled", cfg_true, CFGF_NONE),
	CFG_INT("days", 30, CFGF_NONE),
	CFG_STR("size", "512MiB", CFGF_NONE),
	CFG_END(),
};

/* "512MiB", "2GiB"; false otherwise. */
static bool
size_of(const char *text, uint64_t *bytes)
{
	static const struct {
		struct slice unit;
		unsigned shift;
	} units[] = { { { "KiB", 3 }, 10 }, { { "MiB", 3 }, 20 },
		{ { "GiB", 3 }, 30 } };
	struct slice number = slice_of(text);

	for (size_t i = 0; i < NELEMS(units); i++) {
		if (!slice_ends(number, units[i].unit))
			continue;
		number.n -= units[i].unit.n;
		if (!slice_number(number, bytes) ||
		    *bytes > UINT64_MAX >> units[i].shift)
			return false;
		*bytes <<= units[i].shift;
		return *bytes >= SIZE_LEAST && *bytes <= INT64_MAX;
	}
	return false;
}

int
check_history_days(cfg_t *cfg, cfg_opt_t *opt)
{
	long days = cfg_opt_getnint(opt, cfg_opt_size(opt) - 1);

	if (days >= 1 && days <= DAYS_MOST)
		return 0;
	cfg_error(cfg, "history: days %ld: expected 1 to %d", days, DAYS_MOST);
	return -1;
}

int
check_history_size(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	uint64_t bytes;

	if (size_of(text, &bytes))
		return 0;
	cfg_error(cfg,
	    "history: size \"%s\": expected 1MiB or more, such as 512MiB or "
	    "2GiB",
	    text);
	return -1;
}

void
read_history(cfg_t *section, struct messages_config *messages)
{
	messages->enabled = cfg_getbool(section, "enabled");
	messages->days = (unsigned)cfg_getint(section, "days");
	(void)size_of(cfg_getstr(section, "size"), &messages->bytes);
}
