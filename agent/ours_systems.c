/* ours_systems.c - the mail systems whose networks and domains are read */
#include <string.h>

#include "agent/ours.h"
#include "base/array.h"

extern const struct ours_system ours_postfix, ours_sendmail, ours_exim,
    ours_qmail, ours_opensmtpd;

const struct ours_system *const ours_systems[] = {
	&ours_postfix,
	&ours_sendmail,
	&ours_exim,
	&ours_qmail,
	&ours_opensmtpd,
};
const size_t ours_system_count = NELEMS(ours_systems);

const struct ours_system *
ours_system(const char *name)
{
	for (size_t i = 0; i < ours_system_count; i++)
		if (strcmp(ours_systems[i]->name, name) == 0)
			return ours_systems[i];
	return NULL;
}

static void
gather_configured(
    struct ours *ours, const struct our_system_config *config, int stop)
{
	struct our_place place = { config->program, config->directory };
	const struct ours_system *system = ours_system(config->name);

	if (system != NULL && system->find(&place)) {
		system->read(&place, stop, ours);
		return;
	}
	ours_gap(
	    ours, true, "mail_system \"%s\": is not found here", config->name);
	ours_gap(
	    ours, false, "mail_system \"%s\": is not found here", config->name);
}

void
ours_gather(struct ours *ours, const struct our_system_config *configs,
    size_t n, int stop)
{
	for (size_t i = 0; i < n; i++)
		gather_configured(ours, &configs[i], stop);
	for (size_t i = 0; n == 0 && i < ours_system_count; i++) {
		struct our_place place = { NULL, NULL };

		if (ours_systems[i]->find(&place))
			ours_systems[i]->read(&place, stop, ours);
	}
}
